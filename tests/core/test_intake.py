"""What comes in: lines that are no messages, lines too long, any bytes in any pieces."""

from __future__ import annotations

import itertools
import json
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_codex._core.messages import Reply
from openai_codex._core.notices import NOTICES
from openai_codex._core.session import Session, State
from openai_codex.errors import CodexError, MessageTooLargeError, TransportClosedError
from tests.core.boxes import Box, Note, hear, session
from tests.core.wire_lines import (
    APPROVAL,
    COMPLETED,
    DELTA,
    HELLO,
    RESOLVED,
    STARTED,
    asked,
    start_turn,
    turn_reply,
)

# --- a reply that comes alone in a read -----------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b'{"id":0,"result":{}}\n{"method":"x","params":{}}\n',
        b'{"id":5,"result":{}}\n{"id":0,"result":{}}\n',
        b'{"method":"thread/started","params":{}}\n{"id":0,"result":{}}\n',
        b'[1]\n{"id":0,"result":{}}\n',
    ],
)
def test_a_reply_is_found_whatever_comes_with_it(data: bytes) -> None:
    one, box = session(), Box()
    one.call("model/list", {}, box)
    hear(one, data.decode().rstrip("\n"))
    assert box.items == [Reply(0, {})]


@pytest.mark.parametrize("method", ["thread/start", "thread/resume", "thread/fork"])
@pytest.mark.parametrize("rest", [b"oops}", b'{},"error":{"code":-32600,"message":"no"}}'])
def test_a_thread_whose_reply_is_no_result_still_answers_its_caller(
    method: str, rest: bytes
) -> None:
    one, box = session(), Box()
    one.call(method, {}, box)
    ((found, reply),) = one.receive_data(b'{"id":0,"result":%b\n' % rest)
    assert found is box
    with pytest.raises(CodexError):
        _ = reply.result
    assert one.intake.garbage == 0


def test_a_thread_that_was_cut_is_told_to_the_ledger() -> None:
    one, box = session(), Box()
    used = {"inputTokens": 100, "outputTokens": 10}
    for turn_id in ("t1", "t2"):
        usage = {"total": used, "last": used}
        params = {"threadId": "th", "turnId": turn_id, "tokenUsage": usage}
        hear(one, json.dumps({"method": "thread/tokenUsage/updated", "params": params}))
        if turn_id == "t1":
            one.call("thread/revert", {"threadId": "th", "beforeTurnId": "t1"}, box)
            hear(one, '{"id":0,"result":{}}')
    assert one.ledger.total.counts.model_calls == 2


def test_a_reply_may_come_in_two_parts() -> None:
    one, box = session(), Box()
    one.call("model/list", {}, box)
    one.receive_data(b'{"id":0,')
    assert one.receive_data(b'"result":{}}\n') == [(box, Reply(0, {}))]


def test_a_first_reply_that_is_taken_while_the_connection_closes_does_not_open_it() -> None:
    one, box = session(), Box()
    one.call("initialize", {}, box)
    one.close(TransportClosedError("gone"))  # a signal handler above the reader may do that
    assert one.intake.receive(f"{HELLO}\n".encode())[0][0] is box
    assert one.state is State.CLOSED


# --- garbage -------------------------------------------------------------------------------------


def test_a_line_that_is_not_json_is_logged_and_skipped(caplog: pytest.LogCaptureFixture) -> None:
    one, box = session(), Box()
    one.call("model/list", {}, box)
    with caplog.at_level(logging.WARNING, logger="openai_codex.wire"):
        hear(one, "thread 'main' panicked", '{"id":0,"result":1}')
    assert box.items == [Reply(0, 1)]
    assert one.intake.garbage == 1
    (record,) = caplog.records
    assert "panicked" in record.getMessage()


def test_a_program_that_prints_for_ever_is_warned_of_twenty_times(
    caplog: pytest.LogCaptureFixture,
) -> None:
    one = session()
    with caplog.at_level(logging.DEBUG, logger="openai_codex.wire"):
        hear(one, *(f"line {number}" for number in range(22)))
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 20 + ["DEBUG"] * 2
    assert {record.name for record in caplog.records} == {"openai_codex.wire"}


def test_the_beginning_and_the_end_of_a_turn_are_logged_with_its_ids(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG, logger="openai_codex.turns"):
        hear(session(), STARTED, COMPLETED)
    told = [record for record in caplog.records if record.name == "openai_codex.turns"]
    assert [record.getMessage() for record in told] == [
        "turn t1 of thread th began",
        "turn t1 of thread th ended (completed)",
    ]
    ids = [(record.__dict__["thread_id"], record.__dict__["turn_id"]) for record in told]
    assert ids == [("th", "t1")] * 2


def test_a_reply_over_the_ceiling_fails_its_call_alone(caplog: pytest.LogCaptureFixture) -> None:
    one, big, small, events = session(max_message_bytes=1000), Box(), Box(), Box()
    start_turn(one, events, reply=big)
    one.call("model/list", {}, small)
    hear(one, f'{{"id":0,"result":{{"data":"{"x" * 2000}"}}}}', '{"id":1,"result":1}')
    (word,) = big.items
    assert isinstance(word.cause, MessageTooLargeError)
    assert (word.cause.limit, word.cause.size) == (1000, 2029)
    assert small.items == [Reply(1, 1)]
    assert list(one.routes.boxes()) == []
    assert len(caplog.records[0].getMessage()) < 400


def test_an_oversized_line_for_nobody_is_only_logged() -> None:
    one, box = session(max_message_bytes=100), Box()
    one.call("model/list", {}, box)
    hear(one, f'{{"id":5,"result":"{"x" * 200}"}}', f'{{"method":"m","params":"{"x" * 200}"}}')
    assert box.items == []
    assert one.intake.garbage == 2


def test_a_completion_over_the_ceiling_ends_the_streams_of_its_turn_alone() -> None:
    one, first, second, other = session(max_message_bytes=1000), Box(), Box(), Box()
    hear(one, turn_reply(start_turn(one, first)), turn_reply(start_turn(one, second)))
    hear(one, turn_reply(start_turn(one, other), "t2"))
    text = "x" * 2000
    hear(
        one,
        '{"method":"turn/completed","params":{"threadId":"th","turn":{"id":"t1",'
        f'"items":["{text}"]}}}}}}',
        DELTA.replace('"t1"', '"t2"'),
    )
    for box in (first, second):
        (word,) = box.items
        assert isinstance(word.cause, MessageTooLargeError)
    assert other.methods == ["item/agentMessage/delta"]


def test_a_line_that_is_not_json_fails_its_waiter_alone() -> None:
    one, reply, events, other = session(), Box("reply"), Box("events"), Box("other")
    hear(one, turn_reply(start_turn(one, events)))
    call_id, _ = one.call("model/list", {}, reply)
    waiting, _ = one.call("model/list", {}, other)
    end = '{"method":"turn/completed","params":{"threadId":"th","turn":{"id":"t1","items":[oops'
    hear(one, f'{{"id":{call_id},"result":oops}}', end, f'{{"id":{waiting},"result":7}}')
    for box in (reply, events):
        (word,) = box.items
        assert type(word.cause) is CodexError
        assert "what is not JSON" in str(word.cause)
    assert other.items == [Reply(waiting, 7)]


def test_a_message_that_cannot_be_handled_is_logged_and_skipped(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, box = session(), Box()
    one.call("model/list", {}, box)

    def fail(*args: object) -> None:
        raise KeyError("a fault of ours")

    monkeypatch.setattr(one.routes, "deliver", fail)
    hear(one, DELTA, '{"id":0,"result":1}')
    assert box.items == [Reply(0, 1)]
    assert one.intake.garbage == 1
    assert "skipped a message" in caplog.records[0].getMessage()


def test_events_are_delivered_though_one_of_them_cannot_be_noted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, events = session(), Box()
    hear(one, turn_reply(start_turn(one, events)))

    def fail(*args: object) -> None:
        raise KeyError("a fault of ours")

    monkeypatch.setitem(NOTICES, "item/started", fail)
    hear(one, DELTA, DELTA.replace("agentMessage/delta", "started"), DELTA)
    assert len(events.items) == 3
    assert one.intake.garbage == 1


@pytest.mark.parametrize("method", ["item/started", "turn/completed"])
def test_an_event_that_comes_alone_and_cannot_be_noted_is_delivered(
    monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    one, events = session(), Box()
    hear(one, turn_reply(start_turn(one, events)))

    def fail(*args: object) -> None:
        raise KeyError("a fault of ours")

    monkeypatch.setitem(NOTICES, method, fail)
    line = (
        COMPLETED if method == "turn/completed" else DELTA.replace("agentMessage/delta", "started")
    )
    hear(one, line)
    assert [event.method for event in events.items] == [method]
    assert one.intake.garbage == 1


def test_what_comes_behind_an_event_that_cannot_be_noted_is_noted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, events = session(), Box()
    hear(one, turn_reply(start_turn(one, events)))
    noted: list[str] = []

    def fail_once(notices: object, note: Note, out: object) -> None:
        noted.append(note.method)
        if len(noted) == 1:
            raise KeyError("a fault of ours")

    monkeypatch.setitem(NOTICES, "item/started", fail_once)
    started = DELTA.replace("agentMessage/delta", "started")
    hear(one, started, started, DELTA)
    assert noted == ["item/started"] * 2
    assert len(events.items) == 3


@pytest.mark.parametrize("odd", ["7", '["x"]', '{"a":1}', "null"])
def test_types_of_any_shape_can_be_noted(odd: str) -> None:
    one, events = session(), Box()
    hear(one, turn_reply(start_turn(one, events)))
    hear(
        one,
        f'{{"method":"item/started","params":{{"threadId":"t1","item":{{"type":{odd},"id":{odd}}}}}}}',
        f'{{"method":"thread/status/changed","params":{{"threadId":"t1","status":{{"type":{odd}}}}}}}',
    )
    assert one.intake.garbage == 0


# --- any bytes -----------------------------------------------------------------------------------

LINES = st.sampled_from(
    [HELLO, STARTED, DELTA, COMPLETED, APPROVAL, RESOLVED, "", "garbage", "[]", "{}"]
    + [turn_reply(n, t) for n in range(4) for t in ("t1", "t2")]
    + ['{"id":[],"result":1}', '{"method":"turn/started","params":{"turnId":["t1"]}}']
    + ['{"method":"turn/completed","params":{"turn":{"id":{}}}}', '{"id":1,"result":null}']
    + ['{"id":2,"error":{"code":-32001,"message":"Server overloaded; retry later."}}']
).map(str.encode)


@st.composite
def cut_streams(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    """Return a stream of lines and noise, and the same stream in pieces."""
    parts = draw(st.lists(LINES | st.binary(max_size=12), max_size=12))
    data = b"\n".join(parts) + b"\n"
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=8)))
    edges = [0, *cuts, len(data)]
    return data, [data[a:b] for a, b in itertools.pairwise(edges)]


def listening() -> tuple[Session, dict[Box, str]]:
    one = session(max_message_bytes=200)
    names: dict[Box, str] = {asked(one): "questions"}
    for number in range(3):
        events, reply = Box(), Box()
        names |= {events: f"events {number}", reply: f"reply {number}"}
        start_turn(one, events, reply=reply)
    return one, names


def heard(one: Session, names: dict[Box, str], chunks: list[bytes]) -> list[tuple[str, Any]]:
    found = []
    for box, item in [pair for chunk in chunks for pair in one.receive_data(chunk)]:
        name = names[box] if isinstance(box, Box) else "bulletin"
        found += [(name, repr(each)) for each in (item if type(item) is list else [item])]
    return found


@given(cut_streams())
def test_any_bytes_in_any_pieces_are_deliveries_or_a_logged_line(
    stream: tuple[bytes, list[bytes]],
) -> None:
    data, pieces = stream
    one, whole = listening(), listening()
    assert heard(*one, pieces) == heard(*whole, [data])
    assert one[0].intake.garbage == whole[0].intake.garbage
    assert one[0].routes.dropped == whole[0].routes.dropped


@given(st.lists(st.binary(max_size=60), max_size=10))
def test_noise_never_raises(chunks: list[bytes]) -> None:
    one, names = listening()
    heard(one, names, chunks)


def test_a_notification_carries_the_size_of_its_line() -> None:
    one, events = session(), Box()
    hear(one, turn_reply(start_turn(one, events)), DELTA)
    assert events.items == [
        Note("item/agentMessage/delta", json.loads(DELTA)["params"], len(DELTA + "\n"))
    ]
