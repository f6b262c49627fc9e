"""Every line is one of a few shapes, or garbage with a reason; nothing raises."""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import ANY

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_codex._core.lines import Oversized
from openai_codex._core.messages import (
    Closed,
    FailedReply,
    Failure,
    Garbage,
    Message,
    RawQuestion,
    Reply,
    encode_answer,
    encode_call,
    encode_notification,
    encode_refusal,
    lone_reply,
    not_json,
    parse,
)
from openai_codex._core.turnbox import hand_over
from openai_codex.errors import CodexError, MessageTooLargeError, TransportClosedError
from tests.core.boxes import Box, Note, session


def read(line: bytes | Oversized) -> Message:
    [message] = parse([line], Note)
    return message


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            b'{"id":0,"result":{"userAgent":"x/0.163.0","platformOs":"linux"}}',
            Reply(0, {"userAgent": "x/0.163.0", "platformOs": "linux"}),
        ),
        (b'{"id":3,"result":null}', Reply(3, None)),
        (
            b'{"error":{"code":-32600,"message":"Not initialized"},"id":1}',
            Failure(1, -32600, "Not initialized"),
        ),
        (
            b'{"id":2,"error":{"code":-32602,"message":"m","data":{"max_chars":1048576}}}',
            Failure(2, -32602, "m", {"max_chars": 1048576}),
        ),
        (b'{"id":4,"error":{"code":"x"}}', Failure(4, 0, "")),
        (
            b'{"method":"item/commandExecution/requestApproval","id":0,"params":{"itemId":"c1"}}',
            RawQuestion(0, "item/commandExecution/requestApproval", {"itemId": "c1"}),
        ),
        (
            b'{"method":"attestation/generate","id":"q-1"}',
            RawQuestion("q-1", "attestation/generate", {}),
        ),
    ],
)
def test_a_line_is_read_as_what_it_is(line: bytes, message: object) -> None:
    assert read(line) == message


def test_a_notification_is_built_with_its_size() -> None:
    line = b'{"method":"thread/started","params":{"thread":{"id":"th"}}}'
    assert read(line) == Note("thread/started", {"thread": {"id": "th"}}, len(line))


@pytest.mark.parametrize(
    ("line", "params"),
    [
        (b'{"method":"skills/changed"}', {}),
        (b'{"method":"skills/changed","params":null}', {}),
        (b'{"method":"skills/changed","params":[1]}', {"params": [1]}),
    ],
)
def test_params_are_always_an_object(line: bytes, params: object) -> None:
    assert read(line) == Note("skills/changed", params, len(line))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"thread 'main' panicked", "expected"),
        (b'{"id":1,"result":{', "EOF"),
        (b'{"id":1,"result":"\xff"}', ""),
        (b"[]", "a list, not an object"),
        (b"42", "a int, not an object"),
        (b"{}", "neither a request nor a reply"),
        (b'{"id":7}', "a reply without a result or an error"),
        (
            b'{"id":null,"error":{"code":-32700,"message":"Parse error"}}',
            "nor a reply to one of ours",
        ),
        (b'{"id":[],"result":1}', "nor a reply to one of ours"),
        (b'{"id":{},"error":{}}', "nor a reply to one of ours"),
        (b'{"id":1.0,"result":1}', "nor a reply to one of ours"),
        (b'{"id":true,"result":1}', "nor a reply to one of ours"),
        (b'{"id":null,"method":"x"}', "a request without a usable id"),
        (b'{"id":[1],"method":"x"}', "a request without a usable id"),
        (b'{"id":7,"method":5}', "a reply without a result or an error"),
    ],
)
def test_anything_else_is_garbage_with_a_reason(line: bytes, reason: str) -> None:
    message = read(line)
    assert isinstance(message, Garbage)
    assert message.head == line
    assert reason in message.reason


def test_garbage_keeps_only_its_first_bytes() -> None:
    message = read(b"x" * 5000)
    assert isinstance(message, Garbage)
    assert message.head == b"x" * 200


def test_a_reply_that_is_too_long_tells_which_call_it_was_for() -> None:
    head = b'{"id":17,"result":{"data":"aaaa'
    assert read(Oversized(head, 10**9)) == Garbage(head, "longer than max_message_bytes", 10**9, 17)


@pytest.mark.parametrize("end", [b"}", b"}\n"])
def test_an_error_that_is_too_long_names_its_call_at_its_end(end: bytes) -> None:
    """The runtime writes the members of an error reply in this order."""
    head, tail = b'{"error":{"code":-32600,"message":"aaa', b'aaa"},"id":17' + end
    assert read(Oversized(head, 10**9, tail)) == Garbage(head, ANY, 10**9, 17)
    assert read(Oversized(b'{"method":"m","params":{', 10**9, b'"id":17}' + end)) == Garbage(
        b'{"method":"m","params":{', ANY, 10**9
    )


def test_a_reply_without_a_result_or_an_error_fails_its_call() -> None:
    message = read(b'{"id":17}\n')
    assert isinstance(message, Garbage)
    assert (message.reply_to, message.reason) == (17, "a reply without a result or an error")
    assert str(not_json(message.reason)) == (
        "the runtime sent a reply without a result or an error"
    )


@pytest.mark.parametrize("error", ["boom", 5, [1], True])
def test_an_error_that_is_no_object_is_an_error(error: object) -> None:
    line = json.dumps({"id": 17, "error": error, "result": {}}).encode()
    assert read(line) == Failure(17, 0, str(error))


@pytest.mark.parametrize("member", ["result", "error"])
def test_a_reply_that_is_not_json_tells_which_call_it_was_for(member: str) -> None:
    line = f'{{"id":17,"{member}":{{"da'.encode()
    assert read(line + b"\n") == Garbage(line, ANY, reply_to=17)


def test_a_turns_end_that_is_not_json_tells_which_turn_it_ends() -> None:
    line = b'{"method":"turn/completed","params":{"threadId":"th","turn":{"id":"t1","it'
    assert read(line) == Garbage(line, ANY, ends_turn=("th", "t1"))


def test_a_notification_that_is_too_long_is_for_no_call() -> None:
    message = read(Oversized(b'{"method":"item/completed","params":{', 10**9))
    assert isinstance(message, Garbage)
    assert message.reply_to is None


def test_outgoing_lines() -> None:
    assert encode_call(0, "model/list", {}) == b'{"id":0,"method":"model/list","params":{}}\n'
    assert encode_call(1, "account/logout", None) == b'{"id":1,"method":"account/logout"}\n'
    assert encode_notification("initialized", None) == b'{"method":"initialized"}\n'
    assert encode_notification("x", {"a": 1}) == b'{"method":"x","params":{"a":1}}\n'
    assert (
        encode_answer(0, {"decision": "decline"}) == b'{"id":0,"result":{"decision":"decline"}}\n'
    )
    assert (
        encode_refusal("q", -32601, "no") == b'{"id":"q","error":{"code":-32601,"message":"no"}}\n'
    )


def test_a_transport_error_is_raised_afresh_for_each_waiter() -> None:
    cause = TransportClosedError("the codex runtime exited", exit_code=3, stderr_tail="why")
    cause.__cause__ = OSError("first")
    fresh = Closed(cause).fresh_cause()
    assert fresh is not cause
    assert str(fresh) == str(cause)
    assert fresh.__cause__ is cause.__cause__


def test_other_causes_are_raised_as_they_are() -> None:
    cause = MessageTooLargeError(limit=1, size=2)
    assert Closed(cause).fresh_cause() is cause


WORDS = st.sampled_from(["", "turn", "id", "\u00e9", "turn/started", "\x00"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
ENVELOPES = st.dictionaries(
    st.sampled_from(["id", "method", "params", "result", "error", "jsonrpc"]), JSON
)


@given(st.binary(max_size=200))
def test_no_bytes_raise(line: bytes) -> None:
    assert len(parse([line], Note)) == (line != b"\n")


@given(ENVELOPES)
def test_no_envelope_raises(body: object) -> None:
    read(json.dumps(body).encode())


def test_an_empty_line_is_nothing() -> None:
    assert parse([b"\n"], Note) == []


def test_what_is_kept_of_garbage_is_without_its_newline() -> None:
    assert read(b"panicked\n") == Garbage(b"panicked", ANY)


def test_the_lines_of_a_chunk_are_read_in_order() -> None:
    lines = [b'{"method":"a","params":{}}', b"garbage", b'{"id":1,"result":{}}']
    kinds = [type(message) for message in parse(lines, Note)]
    assert kinds == [Note, Garbage, Reply]


# --- runs ----------------------------------------------------------------------------------------


def event(text: str, *, method: str = "item/agentMessage/delta", **ids: Any) -> bytes:
    params = {"threadId": "th", "turnId": "t1", "delta": text, **ids}
    return json.dumps({"method": method, "params": params}).encode()


def runs(*lines: bytes) -> list[str]:
    """Return the texts of what the lines are, those of a run joined."""
    return [
        "".join(note.params["delta"] for note in message)
        if isinstance(message, list)
        else f"alone: {message.params['delta']}"
        if isinstance(message, Note)
        else type(message).__name__
        for message in parse(lines, Note)
    ]


def test_events_in_a_row_from_the_middle_of_one_turn_are_a_run() -> None:
    assert runs(event("a"), event("b", method="item/started"), event("c")) == ["abc"]


def test_an_event_of_another_turn_or_thread_begins_another_run() -> None:
    lines = [event("a"), event("b", turnId="t2"), event("c", turnId="t2"), event("d")]
    assert runs(*lines) == ["a", "bc", "d"]
    assert runs(event("a"), event("b", threadId="other"), event("c")) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("between", "kind"),
    [
        (b'{"id":1,"result":{}}', "Reply"),
        (b"garbage", "Garbage"),
        (event("x", method="turn/started"), "alone: x"),
        (event("x", method="turn/completed"), "alone: x"),
        (b'{"method":"warning","params":{"delta":"x"}}', "alone: x"),
    ],
)
def test_whatever_else_comes_between_ends_a_run(between: bytes, kind: str) -> None:
    assert runs(event("a"), between, event("b")) == ["a", kind, "b"]


def test_an_empty_line_does_not_end_a_run() -> None:
    assert runs(event("a"), b"\n", event("b")) == ["ab"]


def test_a_question_about_a_turn_is_in_no_run() -> None:
    params = {"threadId": "th", "turnId": "t1"}
    asked = json.dumps({"method": "m", "id": 0, "params": params}).encode()
    assert runs(event("a"), asked, event("b")) == ["a", "RawQuestion", "b"]


@pytest.mark.parametrize("method", [5, None, True, 1.5, [], {}])
def test_what_has_no_name_is_in_no_run(method: Any) -> None:
    assert runs(event("a"), event("x", method=method), event("b")) == ["a", "Garbage", "b"]


@pytest.mark.parametrize("turn_id", [None, 5, [], {}])
def test_odd_ids_make_runs_of_their_own(turn_id: Any) -> None:
    assert runs(event("a"), event("x", turnId=turn_id), event("b")) == ["a", "x", "b"]


# --- replies that come alone ---------------------------------------------------------------------


def test_a_reply_that_comes_alone_is_not_parsed_before_somebody_looks() -> None:
    reply = lone_reply(b'{"id":12,"result":{"data":[]}}\n')
    assert reply is not None
    assert (reply.id, reply.text, reply.result) == (12, b'{"data":[]}', {"data": []})
    assert reply.result is reply.result
    assert read(b'{"id":12,"result":{"data":[]}}\n') == reply
    assert reply != "a reply"
    assert repr(reply) == "Reply(id=12)"


@given(JSON)
def test_whatever_the_result_it_is_the_same_alone_and_among_others(result: object) -> None:
    line = json.dumps({"id": 3, "result": result}, separators=(",", ":")).encode() + b"\n"
    alone, among_others = lone_reply(line), read(line)
    assert isinstance(alone, Reply)
    assert isinstance(among_others, Reply)
    assert alone.id == among_others.id == 3
    assert repr(alone.result) == repr(among_others.result)  # a NaN is not equal to itself


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b'{"id":1,"result":{}}',
        b'{"id":1,"result":{}}\n\n',
        b'{"id":1,"result":{}}\n{"id":2,"result":{}}\n',
        b'{"id":1,"result":{}} \n',
        b'{"id":1,"error":{"code":1,"message":"m","data":{"a":",\\"result\\":"}}}\n',
        b'{"id":1,"method":"m","params":{},"result":{}}\n',
        b'{"id":"1","result":{}}\n',
        b'{"id":-1,"result":{}}\n',
        b'{"id":1.0,"result":{}}\n',
        b'{"id":,"result":{}}\n',
        b'{"id":01,"result":{}}\n',
        b'{"id":' + b"1" * 40 + b',"result":{}}\n',
        b' {"id":1,"result":{}}\n',
        b'{"ID":1,"result":{}}\n',
        b'{"result":{},"id":1}\n',
    ],
)
def test_anything_else_and_anything_more_is_no_lone_reply(data: bytes) -> None:
    assert lone_reply(data) is None


@pytest.mark.parametrize("text", [b"nonsense", b"{", b'"\xff"', b"{},{}", b"{},"])
def test_a_result_that_is_not_json_is_an_error_when_it_is_read(text: bytes) -> None:
    reply = lone_reply(b'{"id":1,"result":' + text + b"}\n")
    assert reply is not None
    with pytest.raises(CodexError, match="what is not JSON") as caught:
        pytest.fail(f"it was taken as {reply.result!r}")
    assert "nonsense" not in str(caught.value)


# --- the same, in whatever order and however it is cut --------------------------------------------

MEMBERS: dict[str, st.SearchStrategy[Any]] = {
    "result": JSON,
    "error": st.none() | st.just({"code": -1, "message": "m"}) | st.text(max_size=3),
    "jsonrpc": st.just("2.0"),
    "emittedAtMs": st.integers(0, 9),
}
REPLIES = st.fixed_dictionaries({}, optional=MEMBERS).map(lambda body: {"id": 0, **body})


def outcome(data: list[bytes]) -> object:
    """Return what the caller of call 0 gets when the data comes in these reads."""
    one, box = session(), Box()
    one.call("model/list", {}, box)
    for part in data:
        hand_over(one.receive_data(part))
    assert len(box.items) <= 1
    return told(box.items[0]) if box.items else None


def told(item: Any) -> object:
    try:
        return ("result", repr(item.result)) if isinstance(item, Reply) else repr(item)
    except FailedReply as failed:
        return repr(failed.failure)
    except CodexError as error:
        return f"Closed(cause={error!r})"


@given(REPLIES, st.data())
def test_a_reply_means_the_same_in_any_order_and_any_cut(
    body: dict[str, Any], data: st.DataObject
) -> None:
    ordered = {name: body[name] for name in data.draw(st.permutations(list(body)))}
    line = json.dumps(ordered, separators=(",", ":")).encode() + b"\n"
    cut = data.draw(st.integers(1, len(line) - 1))
    whole = outcome([line])
    assert whole == outcome([line[:cut], line[cut:]]) == outcome([b"\n" + line])
    assert whole is not None


def test_a_lone_reply_with_more_than_a_result_is_read_again() -> None:
    reply = lone_reply(b'{"id":0,"result":{"a":1},"also":2}\n')
    assert reply is not None
    assert reply.result == {"a": 1}
