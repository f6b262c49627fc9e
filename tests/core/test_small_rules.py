"""Deadlines, replies, selections and reports of usage: small rules of the core, one by one."""

from __future__ import annotations

import logging
from collections import deque
from typing import Any

import pytest

from openai_codex._core import messages
from openai_codex._core.calls import Calls
from openai_codex._core.careful_log import CarefulLog
from openai_codex._core.deadline import NEVER, Deadline
from openai_codex._core.gate import Gate
from openai_codex._core.messages import Closed, FailedReply, FromAgent, MayBeOver, Reply
from openai_codex._core.replies import object_in, text_in
from openai_codex._core.routes import Routes, turn_key
from openai_codex._core.selection import Selection
from openai_codex._core.turnbox import TurnBox, hand_over
from openai_codex.errors import (
    CodexError,
    InvalidReplyError,
    StreamOverflowError,
    TransportClosedError,
)
from tests.core.boxes import Box, Latch, Note, Queue, hear, session

GONE = Closed(TransportClosedError("the codex runtime exited"))


# --- deadlines -----------------------------------------------------------------------------------


def test_no_deadline_never_ends() -> None:
    assert NEVER.left() is None
    assert NEVER.left(5) == 5
    assert not NEVER.is_over
    assert not NEVER.ends_before(1e9)
    assert NEVER.or_after(None) is NEVER


def test_a_deadline_counts_down_and_ends() -> None:
    deadline = Deadline(1000)
    assert 0 < (deadline.left() or 0) <= 1000
    assert deadline.left(1) == 1
    assert deadline.ends_before(2000)
    assert deadline.or_after(2000) is deadline
    assert deadline.or_after(1) is not deadline
    over = Deadline(0)
    assert over.is_over
    assert over.left(5) == 0


# --- replies -------------------------------------------------------------------------------------


def test_a_text_is_found_at_its_path() -> None:
    assert text_in({"thread": {"id": "T1"}}, "thread", "id", method="m") == "T1"
    assert object_in({"a": 1}, method="m") == {"a": 1}


@pytest.mark.parametrize("reply", [None, [], {}, {"thread": 7}, {"thread": {"id": 7}}])
def test_a_reply_without_its_text_names_what_it_holds(reply: Any) -> None:
    with pytest.raises(InvalidReplyError):
        text_in(reply, "thread", "id", method="thread/start")


def test_a_reply_that_is_not_an_object_is_refused() -> None:
    with pytest.raises(InvalidReplyError):
        object_in([], method="m")


# --- selections ----------------------------------------------------------------------------------


def test_a_selection_takes_one_method_with_one_value_until_it_ends() -> None:
    queue = Queue()
    chosen = Selection(queue, "x/y", "id", "a", limit=100)
    wanted = Note("x/y", {"id": "a"}, 10)
    for note in (wanted, Note("x/y", {"id": "b"}, 10), Note("z", {"id": "a"}, 10)):
        chosen.put(note)
    chosen.put(GONE)
    chosen.put(wanted)
    assert list(queue.items) == [wanted, GONE]


def test_a_selection_may_take_what_ends_it_as_well() -> None:
    queue = Queue()
    chosen = Selection(queue, "x/y", "id", "a", limit=100, last="x/over")
    notes = [Note("x/y", {"id": "a"}), Note("x/over", {"id": "b"}), Note("x/over", {"id": "a"})]
    for note in notes:
        chosen.put(note)
    assert list(queue.items) == [notes[0], notes[2]]


def test_a_selection_that_nobody_reads_ends_at_its_bound() -> None:
    queue = Queue()
    chosen = Selection(queue, "x/y", "id", "a", limit=15)
    note = Note("x/y", {"id": "a"}, 10)
    chosen.put(note)
    chosen.read(10)
    chosen.put(note)
    chosen.put(note)
    assert isinstance(queue.items[-1], Closed)
    assert isinstance(queue.items[-1].cause, StreamOverflowError)


# --- what a signal handler may take in between ----------------------------------------------------


class TakenMeanwhile(deque[Any]):
    """A queue whose last entry goes just before it is taken."""

    def popleft(self) -> Any:
        self.clear()
        raise IndexError


class AdmittedMeanwhile(dict[Any, None]):
    """A queue that is not empty when it is looked at, and is when it is read."""

    def __bool__(self) -> bool:
        return True


class DroppedMeanwhile(dict[Any, Any]):
    """Lists of which one is dropped the first time that it is looked up."""

    has_dropped = False

    def get(self, key: Any, default: Any = None) -> Any:
        if not self.has_dropped:
            self.has_dropped = True
            self.pop(key, None)
        return super().get(key, default)


def test_a_ready_call_that_a_signal_handler_sent_is_not_sent_again() -> None:
    calls = Calls(max_in_flight=1, max_turn_starts=1, routes=Routes(), clock=lambda: 0.0)
    calls.ready = TakenMeanwhile([object()])
    assert calls.take_ready() == []


def test_a_waiting_call_that_a_signal_handler_admitted_is_not_admitted_again() -> None:
    admitted: list[str] = []
    gate: Gate[str] = Gate(limit=1, tell=admitted.append)
    gate._queue = AdmittedMeanwhile()
    gate.leave("nobody")
    assert admitted == []


def test_a_list_that_a_signal_handler_dropped_is_made_again() -> None:
    routes, box = Routes(), Box()
    routes._narrow = DroppedMeanwhile()
    routes.join(turn_key("th", "t1"), box)
    assert routes._narrow[turn_key("th", "t1")] == [box]


def test_a_call_during_which_a_signal_handler_closed_raises_the_cause() -> None:
    one = session()
    opened = one.calls.open

    def open_and_close(*given: Any, **named: Any) -> Any:
        made = opened(*given, **named)
        one.close(TransportClosedError("closed above us"))
        return made

    one.calls.open = open_and_close  # type: ignore[method-assign]
    with pytest.raises(TransportClosedError, match="closed above us"):
        one.call("initialize", {}, Box())


def test_a_connection_that_a_signal_handler_moved_on_stays_where_it_is() -> None:
    one = session()
    one.call("initialize", {}, Box())
    state = one.state
    one._go(state)
    assert one.state is state


def test_a_start_without_events_that_its_caller_left_tells_its_new_owner() -> None:
    one, owner = session(), Box()
    call_id, _ = one.call("turn/start", {"threadId": "th"}, Box())
    one.calls.redirect(call_id, owner)
    hear(one, '{"id":0,"result":{"turn":{"id":"t1"}}}')
    assert isinstance(owner.items[0], Reply)


def test_a_reply_that_holds_an_error_raises_it() -> None:
    reply = Reply(1, text=b'1,"error":{"code":-1,"message":"boom"}')
    with pytest.raises(FailedReply):
        _ = reply.result


def test_a_notification_is_never_taken_for_a_reply() -> None:
    with pytest.raises(CodexError, match="the notification x for a reply"):
        messages._no_notification("x", {}, 1)


# --- threads -------------------------------------------------------------------------------------


def opened_turn() -> tuple[Any, Box]:
    one, box = session(), Box()
    one.call("initialize", {}, Box())
    hear(one, '{"id":0,"result":{}}')
    one.call("turn/start", {"threadId": "th"}, Box(), events=box)
    hear(one, '{"id":1,"result":{"turn":{"id":"t1","status":"inProgress"}}}')
    return one, box


@pytest.mark.parametrize(
    "line",
    [
        '{"method":"thread/closed","params":{"threadId":"th"}}',
        '{"method":"thread/deleted","params":{"threadId":"th"}}',
        '{"method":"thread/status/changed","params":{"threadId":"th","status":{"type":"idle"}}}',
    ],
)
def test_the_readers_of_a_thread_hear_that_its_turn_may_be_over(line: str) -> None:
    one, box = opened_turn()
    hear(one, line)
    assert [type(item) for item in box.items if isinstance(item, MayBeOver)] == [MayBeOver]


def test_a_threads_settings_usage_and_model_are_counted() -> None:
    one, _ = opened_turn()
    lines = (
        '{"method":"thread/status/changed","params":{"threadId":"th","status":"odd"}}',
        '{"method":"thread/settings/updated","params":{"threadId":"th",'
        '"threadSettings":{"model":"a"}}}',
        '{"method":"model/rerouted","params":{"threadId":"th","toModel":"b"}}',
        '{"method":"turn/started","params":{"threadId":"th","turn":{"id":"t1"}}}',
        '{"method":"thread/tokenUsage/updated","params":{"threadId":"th","turnId":"t1",'
        '"tokenUsage":{"total":{"inputTokens":3},"last":{"inputTokens":3}}}}',
    )
    for line in lines:
        hear(one, line)
    assert one.ledger.model_of("th") == ("b", None)
    assert one.ledger.total.counts.input == 3


def test_the_reply_to_a_start_tells_the_model_of_its_thread() -> None:
    one, box = session(), Box()
    one.call("thread/start", {}, box)
    hear(one, '{"id":0,"result":{"thread":{"id":"th"},"model":"a"}}')
    assert one.ledger.model_of("th") == ("a", None)
    assert isinstance(box.items[0], Reply)


# --- boxes ---------------------------------------------------------------------------------------


def test_a_sub_agents_event_is_activity_though_no_limit_watches() -> None:
    box: TurnBox[Queue, Latch] = TurnBox(queue=Queue(), started=Latch(), over=Latch(), limit=9)
    box.put(FromAgent(Note("turn/started", {}, 1)))
    assert box.seen == 1


class Broken(Box):
    def put(self, item: Any) -> None:
        raise RuntimeError("no")


def test_a_box_that_fails_loses_its_item_alone(caplog: pytest.LogCaptureFixture) -> None:
    box = Box()
    hand_over([(Broken(), 1), (box, 2)])
    assert box.items == [2]
    (record,) = caplog.records
    assert "could not deliver" in record.getMessage()
    assert (record.name, record.levelname) == ("openai_codex.wire", "ERROR")


def test_a_careful_log_says_whether_it_would_log() -> None:
    log = CarefulLog("openai_codex.tests")
    logging.getLogger("openai_codex.tests").setLevel(logging.ERROR)
    assert log.is_enabled_for(logging.ERROR)
    assert not log.is_enabled_for(logging.DEBUG)


class BrokenHandler(logging.Handler):
    """A log handler of a program that raises."""

    def handle(self, record: logging.LogRecord) -> bool:
        raise ValueError


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("debug", logging.DEBUG),
        ("info", logging.INFO),
        ("warning", logging.WARNING),
        ("error", logging.ERROR),
        ("exception", logging.ERROR),
    ],
)
def test_a_careful_log_loses_a_record_alone_and_names_the_line_that_logs(
    caplog: pytest.LogCaptureFixture, name: str, level: int
) -> None:
    log, broken = CarefulLog("openai_codex.tests"), BrokenHandler()
    caplog.set_level(logging.DEBUG, "openai_codex.tests")
    getattr(log, name)("%s of %s", 1, 2, extra={"turn_id": "t1"})
    logging.getLogger("openai_codex.tests").addHandler(broken)
    getattr(log, name)("lost")
    logging.getLogger("openai_codex.tests").removeHandler(broken)
    (record,) = caplog.records
    assert (record.levelno, record.getMessage()) == (level, "1 of 2")
    assert record.__dict__["turn_id"] == "t1"
    assert record.pathname == __file__
    assert (record.exc_info is not None) == (name == "exception")
