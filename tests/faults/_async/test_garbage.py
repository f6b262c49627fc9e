"""Point 3: what is not a message is logged and survived; what would not be one is never sent."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from openai_codex import AsyncCodex, CodexError, MessageTooLargeError, UnsendableError, methods
from openai_codex.testing import offline_config
from openai_codex.testing.fake import Step, complete, faults, notify, on, pause, reply, say, turn
from tests.attacks import is_safe
from tests.conftest import SharedModel
from tests.faults.aio import assert_idle, saw, start
from tests.faults.play import Play

MEGABYTE = 1024 * 1024

GARBAGE = [
    pytest.param(faults.garbage(), id="text"),
    pytest.param(faults.garbage("(node:1) Warning: something"), id="a warning of another program"),
    pytest.param(faults.broken_utf8(), id="broken UTF-8"),
    pytest.param(faults.truncated_json(), id="truncated JSON"),
    pytest.param(faults.json_array(), id="a JSON array"),
    pytest.param(faults.bare_scalar(), id="a number"),
    pytest.param(faults.raw(b"null\n"), id="null"),
    pytest.param(faults.raw(b"{}\n"), id="an empty object"),
    pytest.param(faults.raw(b'{"method":7}\n'), id="a method that is a number"),
    pytest.param(faults.raw(b'{"id":[1],"result":{}}\n'), id="an id that is a list"),
    pytest.param(faults.raw(b'{"id":{"a":1},"error":{}}\n'), id="an id that is an object"),
    pytest.param(faults.raw(b'{"id":1.0,"result":{}}\n'), id="an id that only equals ours"),
    pytest.param(faults.raw(b'{"id":true,"result":{}}\n'), id="an id that is true"),
    pytest.param(faults.raw(b'{"id":null,"method":"x/ask","params":{}}\n'), id="a null question"),
    pytest.param(faults.raw(b"\xff\xfe\x00\x80\n"), id="binary"),
    pytest.param(faults.raw(b"[" * 100_000 + b"\n"), id="a hundred thousand brackets"),
]


@pytest.mark.parametrize("garbage", GARBAGE)
async def test_garbage_between_messages_is_logged_and_skipped(
    play: Play, garbage: Step, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="openai_codex.wire")
    server = play(
        on("model/list", garbage, reply(), garbage),
        turn(garbage, say("Hello", deltas=2), garbage, complete(), garbage),
    )
    async with AsyncCodex(server.config()) as codex:
        assert (await codex.models()).data
        assert (await (await codex.thread_start()).run("hi")).final_response == "Hello"
        assert (await codex.models()).data
        await assert_idle(codex)
    assert "skipped a line from the runtime" in caplog.text


ODD = [
    pytest.param(faults.stray_reply(), id="a reply that nobody waits for"),
    pytest.param(faults.stray_reply("a string"), id="a reply to an id we never use"),
    pytest.param(faults.raw(b'{"id":77,"error":{"code":1,"message":"x"}}\n'), id="a stray error"),
    pytest.param(faults.raw(b"\n\n\n"), id="empty lines"),
    pytest.param(notify("brand/new"), id="an unknown event"),
    pytest.param(faults.raw(b'{"method":"x","params":[1]}\n'), id="params that are a list"),
    pytest.param(notify("x", {"turnId": [1], "threadId": {}}), id="ids that are not strings"),
    pytest.param(notify("turn/completed", {"turn": 7}), id="a turn that is a number"),
    pytest.param(notify("turn/completed", {"turn": {"id": [1]}}), id="a turn id that is a list"),
    pytest.param(notify("serverRequest/resolved", {"requestId": [1]}), id="a resolved list"),
    pytest.param(notify("turn/started", {"threadId": None, "turn": None}), id="a null turn"),
]


@pytest.mark.parametrize("odd", ODD)
async def test_messages_that_concern_nobody_are_survived(play: Play, odd: Step) -> None:
    server = play(on("model/list", odd, reply(), odd), turn(odd, say("Hello"), odd))
    async with AsyncCodex(server.config()) as codex:
        assert (await codex.models()).data
        assert (await (await codex.thread_start()).run("hi")).final_response == "Hello"
        assert (await codex.models()).data
        await assert_idle(codex)


async def test_duplicate_replies_are_counted_once(play: Play) -> None:
    server = play(
        *(on(method, faults.duplicate(times=3)) for method in ("model/list", "turn/start"))
    )
    async with AsyncCodex(server.config()) as codex:
        thread = await codex.thread_start()
        for _ in range(3):
            assert (await codex.models()).data
        assert (await thread.run("hi")).final_response == "ok"
        await assert_idle(codex)


async def test_replies_in_any_order_reach_their_callers(play: Play) -> None:
    server = play(on("thread/start", faults.reorder(8)))
    async with AsyncCodex(server.config()) as codex:
        calls = [start(codex.thread_start, cwd=f"/{number}") for number in range(8)]
        threads = [await call.result() for call in calls]
        read = [await thread.read() for thread in threads]
        assert [reply_.thread.cwd for reply_ in read] == [f"/{number}" for number in range(8)]


async def test_a_line_of_64_megabytes_is_read(play: Play) -> None:
    server = play(on("model/list", faults.huge_line(64 * MEGABYTE), reply()))
    async with AsyncCodex(server.config()) as codex:
        assert (await codex.models()).data


async def test_a_line_over_the_ceiling_fails_alone(
    play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    server = play(on("model/list", faults.huge_line(2 * MEGABYTE), reply()))
    async with AsyncCodex(server.config(max_message_bytes=MEGABYTE)) as codex:
        assert (await codex.models()).data
    assert "longer than max_message_bytes" in caplog.text


async def test_a_reply_over_the_ceiling_fails_its_call_alone(play: Play) -> None:
    server = play(on("model/list", reply({"data": ["x" * 2 * MEGABYTE]}), times=1))
    async with AsyncCodex(server.config(max_message_bytes=MEGABYTE)) as codex:
        with pytest.raises(MessageTooLargeError) as caught:
            await codex.models()
        assert caught.value.limit == MEGABYTE
        assert caught.value.size > 2 * MEGABYTE
        assert (await codex.models()).data
        await assert_idle(codex)


async def test_an_error_reply_over_the_ceiling_fails_its_call_alone(play: Play) -> None:
    server = play(on("model/list", faults.error(-32603, "x" * 2 * MEGABYTE), times=1))
    async with AsyncCodex(server.config(max_message_bytes=MEGABYTE)) as codex:
        with pytest.raises(MessageTooLargeError):
            await codex.models()
        assert (await codex.models()).data


async def test_a_long_refusal_of_the_real_runtime_fails_its_call_alone(
    model: SharedModel,
) -> None:
    """It writes the id last, behind an error that quotes what was wrong."""
    config = offline_config(model, max_message_bytes=MEGABYTE)
    async with AsyncCodex(config) as codex:
        with pytest.raises(MessageTooLargeError):
            await codex.call(methods.thread.START, {"sandbox": "x" * 2 * MEGABYTE})
        assert (await codex.models()).data


async def test_the_end_of_a_turn_over_the_ceiling_fails_that_turn_alone(play: Play) -> None:
    """Nothing else would ever end it."""
    server = play(turn(say("x" * 2 * MEGABYTE)), turn(pause("gate"), say("fine")))
    async with AsyncCodex(server.config(max_message_bytes=MEGABYTE)) as codex:
        first, second = await codex.thread_start(), await codex.thread_start()
        long = start(first.run, "long")
        await saw(server, "complete", kind="step")
        short = start(second.run, "short")
        assert isinstance(await long.error(), MessageTooLargeError)
        server.release("gate")
        assert (await short.result()).final_response == "fine"
        assert (await first.run("again")).final_response == "ok"
        await assert_idle(codex)


async def test_a_line_in_pieces_is_one_line(play: Play) -> None:
    pieces = [faults.raw(b'{"id":1,"res'), pause(seconds=0.05), faults.raw(b'ult":{"data":[]}}\n')]
    server = play(on("model/list", *pieces))
    async with AsyncCodex(server.config()) as codex:
        assert (await codex.models()).data == []


NOT_JSON: list[Any] = [
    pytest.param({"a": ["\ud800"]}, "a[0] holds a lone surrogate", id="a lone surrogate"),
    pytest.param({"a": float("nan")}, "a is nan", id="NaN"),
    pytest.param({"a": {"b": float("-inf")}}, "a.b is -inf", id="minus infinity"),
    pytest.param({"a": object()}, "a is of type object", id="an object"),
    pytest.param({"a": b"bytes"}, "a is of type bytes", id="bytes"),
]


@pytest.mark.parametrize(("params", "complaint"), NOT_JSON)
async def test_what_is_not_json_is_refused_and_nothing_is_sent(
    play: Play, params: dict[str, Any], complaint: str
) -> None:
    server = play()
    async with AsyncCodex(server.config()) as codex:
        with pytest.raises(UnsendableError) as caught:
            await codex.call(methods.config.VALUE_WRITE, params)
        assert isinstance(caught.value, ValueError)
        assert complaint in str(caught.value)
        await assert_idle(codex)
        await codex.models()
        assert not server.requests("config/value/write")
        assert not [record for record in server.records if record.kind == "malformed"]


async def test_a_lone_surrogate_in_a_prompt_is_refused_before_the_turn(play: Play) -> None:
    server = play()
    async with AsyncCodex(server.config()) as codex:
        thread = await codex.thread_start()
        with pytest.raises(UnsendableError, match="lone surrogate"):
            await thread.run("broken \udc80 text")
        await assert_idle(codex)
        assert (await thread.run("fine \N{GRINNING FACE} text")).final_response == "ok"
        assert len(server.requests("turn/start")) == 1


HOLLOW = [
    pytest.param({}, "has no thread.id but nothing", id="empty"),
    pytest.param({"thread": {"name": "x"}}, "has no thread.id but thread", id="without an id"),
    pytest.param({"thread": []}, "has no thread.id but thread", id="of another shape"),
]


@pytest.mark.parametrize(("result", "told"), HOLLOW)
async def test_a_reply_that_names_no_thread_is_an_error_that_says_so(
    play: Play, result: dict[str, Any], told: str
) -> None:
    server = play(on("thread/start", reply(result), times=1), turn(say("Hello")))
    async with AsyncCodex(server.config()) as codex:
        with pytest.raises(CodexError, match=f"reply to thread/start {told}"):
            await codex.thread_start()
        assert (await (await codex.thread_start()).run("hi")).final_response == "Hello"
        await assert_idle(codex)


NONSENSE = pytest.param(b"nonsense", id="text"), pytest.param(b'{"data":[}', id="a hole")


@pytest.mark.parametrize("result", NONSENSE)
async def test_a_result_that_is_not_json_fails_its_call_alone(play: Play, result: bytes) -> None:
    server = play(
        on("model/list", faults.raw(b'{"id":1,"result":' + result + b"}\n"), times=1),
        on("turn/start", faults.raw(b'{"id":4,"result":' + result + b"}\n"), times=1),
        turn(say("Hello")),
    )
    async with AsyncCodex(server.config()) as codex:
        with pytest.raises(CodexError, match="what is not JSON"):
            await codex.models()
        assert (await codex.models()).data
        thread = await codex.thread_start()
        with pytest.raises(CodexError, match="what is not JSON"):
            await thread.turn("hi")
        assert (await thread.run("hi")).final_response == "Hello"
        await assert_idle(codex)


async def test_a_result_that_is_not_json_fails_its_call_though_it_came_with_more(
    play: Play,
) -> None:
    lines = b'{"id":1,"result":{"da\n\n{"method":"x","params":{}}\n'
    server = play(on("model/list", faults.raw(lines), times=1))
    async with AsyncCodex(server.config()) as codex:
        with pytest.raises(CodexError, match="what is not JSON"):
            await codex.models()
        assert (await codex.models()).data
        await assert_idle(codex)


async def test_a_reply_that_names_no_turn_is_an_error_that_says_so(play: Play) -> None:
    server = play(on("turn/start", reply({}), times=1), turn(say("Hello")))
    async with AsyncCodex(server.config()) as codex:
        thread = await codex.thread_start()
        with pytest.raises(CodexError, match=r"reply to turn/start has no turn\.id"):
            await thread.turn("hi")
        assert (await thread.run("hi")).final_response == "Hello"
        await assert_idle(codex)


async def test_a_login_that_names_no_address_shows_none_of_what_came(play: Play) -> None:
    server = play(on("account/login/start", reply({"loginId": "secret"})))
    async with AsyncCodex(server.config()) as codex:
        with pytest.raises(CodexError, match="has no authUrl but loginId") as caught:
            await codex.login_chatgpt()
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize("attack", ["\x1b[2K", "\x85", "\u202e\u2028", "\U000e0041"], ids=ascii)
async def test_a_line_that_is_skipped_is_logged_safely(
    play: Play, attack: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="openai_codex.wire")
    line = f"token: opaque {attack} forged\n".encode("utf-8", "surrogatepass")
    server = play(on("model/list", faults.raw(line), reply()))
    async with AsyncCodex(server.config()) as codex:
        assert (await codex.models()).data
    told = [text for text in caplog.messages if "skipped a line" in text]
    assert "opaque" not in "".join(told)
    assert told
    assert all(map(is_safe, told))
