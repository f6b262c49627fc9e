"""What the session shows its witness: what means something of every turn, and the end."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from openai_codex._core.account import Usage
from openai_codex._core.session import Session
from openai_codex.errors import TransportClosedError
from tests.core.boxes import Box, hear, session

STARTED = '{"method":"turn/started","params":{"threadId":"th","turn":{"id":"t1"}}}'
DELTA = (
    '{"method":"item/agentMessage/delta",'
    '"params":{"threadId":"th","turnId":"t1","itemId":"i","delta":"Hel"}}'
)
ITEM = (
    '{"method":"item/started","params":{"threadId":"th","turnId":"t1",'
    '"item":{"type":"agentMessage","id":"i"}}}'
)
NAMED = '{"method":"thread/name/updated","params":{"threadId":"th","threadName":"tidy"}}'
USAGE = (
    '{"method":"thread/tokenUsage/updated","params":{"threadId":"th","turnId":"t1","tokenUsage":'
    '{"total":{"inputTokens":7,"outputTokens":2},"last":{"inputTokens":7,"outputTokens":2}}}}'
)


class Seen:
    """A witness that writes down what it is shown."""

    def __init__(self) -> None:
        self.words: list[Any] = []

    def see(self, note: Any) -> None:
        self.words.append(note.method)

    def thread_opened(self, result: Any) -> None:
        self.words.append(result["thread"]["id"])

    def accepted(self, start: object, turn_id: str) -> None:
        self.words.append((start, turn_id))

    def closed(self, cause: BaseException) -> None:
        self.words.append(cause)


def watched() -> tuple[Session, Seen]:
    one, seen = session(), Seen()
    one.intake.witness = seen
    return one, seen


def test_a_turn_that_nobody_reads_is_seen_without_its_deltas() -> None:
    one, seen = watched()
    hear(one, STARTED, ITEM, DELTA, DELTA, NAMED)
    assert seen.words == ["turn/started", "item/started", "thread/name/updated"]


def test_the_start_of_a_turn_is_known_by_the_box_of_its_events() -> None:
    one, seen = watched()
    events = Box("events")
    one.call("turn/start", {"threadId": "th"}, Box(), events=events)
    hear(one, '{"id":0,"result":{"turn":{"id":"t1"}}}')
    assert seen.words == [(events, "t1")]


def test_a_reply_without_a_turn_and_a_login_start_no_turn() -> None:
    one, seen = watched()
    one.call("turn/start", {"threadId": "th"}, Box(), events=Box())
    one.call("account/login/start", {}, Box(), events=Box())
    hear(one, '{"id":0,"result":{}}', '{"id":1,"result":{"loginId":"l"}}')
    assert seen.words == []


def test_a_thread_that_is_opened_is_seen() -> None:
    one, seen = watched()
    one.call("thread/start", {}, Box())
    hear(one, '{"id":0,"result":{"thread":{"id":"th"},"model":"gpt-5.5"}}')
    assert seen.words == ["th"]


def test_the_end_of_the_connection_is_seen() -> None:
    one, seen = watched()
    gone = TransportClosedError("the codex runtime exited")
    one.close(gone)
    assert seen.words == [gone]


def test_the_ledger_tells_of_each_response_once() -> None:
    one, told = session(), list[Any]()
    one.ledger.on_response = lambda *given: told.append(given)
    one.ledger.price = lambda model, tier, usage: Decimal(3)
    hear(one, STARTED, USAGE, USAGE)
    assert told == [("t1", Usage(input=7, output=2), Decimal(3), None)]


def test_a_call_carries_the_trace_context_that_it_is_given() -> None:
    one = session()
    trace = {"traceparent": "00-" + "a" * 32 + "-" + "b" * 16 + "-01"}
    _, line = one.call("turn/start", {"threadId": "th"}, Box(), trace=trace)
    assert b'"trace":{"traceparent":"00-aaaaaaaa' in line
    _, line = one.call("turn/start", {"threadId": "th"}, Box())
    assert b"trace" not in line
