"""A turn's box keeps its unread events within a bound and remembers how far the turn is."""

from __future__ import annotations

from typing import Any

import pytest

from openai_codex._core.messages import (
    Closed,
    FromAgent,
    LimitReached,
    QuestionAsked,
    Reply,
    Run,
    Underway,
)
from openai_codex._core.turnbox import TurnBox, hand_over
from openai_codex.errors import StreamOverflowError, TransportClosedError
from tests.core.boxes import Box, Latch, Note, Queue

STARTED = Note("turn/started", {"threadId": "th", "turn": {"id": "t1", "status": "inProgress"}}, 90)
DELTA = Note("item/agentMessage/delta", {"threadId": "th", "turnId": "t1", "delta": "Hel"}, 100)
COMPLETED = Note("turn/completed", {"threadId": "th", "turn": {"id": "t1"}}, 120)
GONE = Closed(TransportClosedError("the codex runtime exited"))


def turn_box(limit: int = 1000) -> TurnBox[Queue, Latch]:
    return TurnBox(queue=Queue(), started=Latch(), over=Latch(), limit=limit)


def drained(box: TurnBox[Any, Any]) -> list[Any]:
    found: list[Any] = []
    while (run := box.pop_run()) is not None:
        found += run if isinstance(run, list) else [run]
    return found


def test_events_come_out_in_order() -> None:
    box = turn_box()
    for note in (STARTED, DELTA, COMPLETED):
        box.put(note)
    assert drained(box) == [STARTED, DELTA, COMPLETED]
    assert box.seen == 3
    assert box.last_event == "turn/completed"


def test_a_question_counts_as_activity_and_is_no_event() -> None:
    box = turn_box()
    box.put(QuestionAsked("item/tool/call"))
    assert (box.seen, box.last_event) == (1, "item/tool/call")
    assert drained(box) == []


class Watch:
    def __init__(self) -> None:
        self.seen: list[tuple[str, bool]] = []

    def see(self, run: Run, *, is_agents: bool = False) -> None:
        self.seen += [(note.method, is_agents) for note in run]


def test_a_watch_sees_every_event_also_what_is_not_kept_and_what_agents_send() -> None:
    box, watch = turn_box(), Watch()
    box.watch = watch
    box.want_only(frozenset({"turn/completed"}))
    box.put(STARTED)
    box.put_run([DELTA, DELTA])
    box.put(FromAgent(DELTA))
    box.put(COMPLETED)
    assert watch.seen == [
        ("turn/started", False),
        *[(DELTA.method, False)] * 2,
        (DELTA.method, True),
        ("turn/completed", False),
    ]
    assert (drained(box), box.seen) == ([COMPLETED], 5)


def test_the_reader_gets_the_word_of_a_limit_in_its_place() -> None:
    box, reached = turn_box(), LimitReached("limit", "x")
    for item in (STARTED, reached, COMPLETED):
        box.put(item)
    assert drained(box) == [STARTED, reached, COMPLETED]


def test_a_started_turn_opens_its_latch_and_knows_the_id_that_interrupts_it() -> None:
    box = turn_box()
    box.put(DELTA)
    assert not box.started.is_set()
    box.put(Note("turn/started", {"turn": {"id": "inner", "rootTurnId": "t1"}}))
    assert box.started.is_set()
    assert box.started_id == "inner"
    assert not box.over.is_set()


@pytest.mark.parametrize("params", [{}, {"turn": None}, {"turn": {}}, {"turn": ["t1"]}])
def test_a_malformed_start_is_a_start_without_an_id(params: dict[str, Any]) -> None:
    box = turn_box()
    box.put(Note("turn/started", params))
    assert box.started.is_set()
    assert box.started_id is None


def test_joining_a_running_turn_marks_it_begun_without_an_event() -> None:
    box = turn_box()
    box.put(Underway(STARTED))
    assert box.started.is_set()
    assert box.started_id == "t1"
    assert box.pop_run() is None
    assert box.seen == 0


def test_completion_opens_both_latches() -> None:
    box = turn_box()
    box.put(COMPLETED)
    assert box.is_over
    assert box.started.is_set()
    assert box.over.is_set()


def test_the_end_of_the_connection_ends_the_turn_and_its_stream() -> None:
    box = turn_box()
    box.put(DELTA)
    box.put(GONE)
    assert drained(box) == [DELTA, GONE]
    assert box.is_over


def test_unread_bytes_over_the_bound_end_the_stream_with_an_error() -> None:
    box = turn_box(limit=250)
    for _ in range(5):
        box.put(DELTA)
    (end,) = drained(box)
    assert isinstance(end.cause, StreamOverflowError)
    assert end.cause.limit == 250
    assert box.seen == 5


def test_an_overflowed_turn_still_tells_that_it_is_over() -> None:
    box = turn_box(limit=50)
    box.put(DELTA)
    box.put(COMPLETED)
    (end,) = drained(box)
    assert isinstance(end.cause, StreamOverflowError)
    assert box.over.is_set()


def test_an_overflow_before_the_route_was_open_does_not_end_the_turn() -> None:
    box = turn_box()
    box.put(Closed(StreamOverflowError(limit=9)))
    box.put(STARTED)
    assert (box.started_id, box.is_over) == ("t1", False)
    box.put(COMPLETED)
    (end,) = drained(box)
    assert isinstance(end.cause, StreamOverflowError)
    assert box.over.is_set()


def test_what_was_read_counts_no_more() -> None:
    box = turn_box(limit=250)
    for _ in range(50):
        box.put(DELTA)
        box.put(DELTA)
        assert drained(box) == [DELTA, DELTA]


def test_a_completion_is_never_too_much() -> None:
    box = turn_box(limit=100)
    box.put(DELTA)
    box.put(COMPLETED)
    assert drained(box) == [DELTA, COMPLETED]


def test_a_reader_that_wants_no_deltas_stores_none() -> None:
    box = turn_box(limit=150)
    box.want_only(frozenset({"item/completed", "turn/completed"}))
    done = Note("item/completed", {"item": {"type": "agentMessage"}}, 100)
    for note in (STARTED, *[DELTA] * 50, done, COMPLETED):
        box.put(note)
    assert drained(box) == [done, COMPLETED]
    assert box.seen == 53
    assert box.started.is_set()


def test_an_interrupt_that_the_runtime_leaves_unanswered_is_answered_by_the_end() -> None:
    box, first, second = turn_box(), Box(), Box()
    box.reply_when_over(first)
    assert first.items == []
    box.put(COMPLETED)
    box.reply_when_over(second)
    assert first.items == second.items == [Reply(None, {})]


def test_a_second_end_answers_nobody_twice() -> None:
    box, waiting = turn_box(), Box()
    box.reply_when_over(waiting)
    box.put(COMPLETED)
    box.put(GONE)
    assert waiting.items == [Reply(None, {})]


def test_an_overflowed_stream_cannot_be_wanted_back() -> None:
    box = turn_box(limit=50)
    box.put(DELTA)
    box.want_only(frozenset({"item/agentMessage/delta"}))
    box.put(Note("item/agentMessage/delta", {}, 1))
    (end,) = drained(box)
    assert isinstance(end.cause, StreamOverflowError)


# --- several at once -----------------------------------------------------------------------------

OUTPUT = Note("item/commandExecution/outputDelta", {"threadId": "th", "turnId": "t1"}, 50)


def test_a_run_is_taken_and_given_back_as_one() -> None:
    box = turn_box()
    box.put_run([DELTA, OUTPUT])
    box.put_run([DELTA])
    assert (box.seen, box.last_event, box.is_over) == (3, DELTA.method, False)
    assert box.pop_run() == [DELTA, OUTPUT]
    assert box.pop_run() == [DELTA]
    assert box.pop_run() is None


def test_everything_handed_over_comes_out_in_its_place() -> None:
    one, other, reply = turn_box(), turn_box(), Box()
    run = [DELTA, DELTA]
    deliveries: list[tuple[Any, Any]] = [
        (one, STARTED),
        (one, run),
        (other, run),
        (reply, Reply(0, {})),
        (other, GONE),
        (one, [OUTPUT]),
        (one, QuestionAsked("item/tool/call")),
        (one, COMPLETED),
    ]
    hand_over(deliveries)
    assert drained(one) == [STARTED, DELTA, DELTA, OUTPUT, COMPLETED]
    assert drained(other) == [DELTA, DELTA, GONE]
    assert reply.items == [Reply(0, {})]
    assert (one.seen, one.last_event, one.is_over) == (6, "turn/completed", True)


def test_a_run_keeps_only_what_is_wanted_and_counts_it_all() -> None:
    box = turn_box(limit=120)
    run: Run = [DELTA, OUTPUT, DELTA]
    box.want_only(frozenset({OUTPUT.method}))
    box.put_run(run)
    box.put_run([DELTA, DELTA])
    assert drained(box) == [OUTPUT]
    assert box.seen == 5
    assert run == [DELTA, OUTPUT, DELTA]  # others may have it, too


def test_a_run_over_the_bound_ends_the_stream_once() -> None:
    box = turn_box(limit=150)
    for _ in range(2):
        box.put_run([DELTA, DELTA])
    (last,) = drained(box)
    assert isinstance(last.cause, StreamOverflowError)
    assert box.seen == 4


def test_events_of_sub_agents_are_kept_where_somebody_wants_them() -> None:
    box, agents = turn_box(), Note("turn/completed", {"threadId": "sub", "turn": {"id": "s"}}, 10)
    box.put(FromAgent(DELTA))
    assert drained(box) == []
    box.keeps_agents = True
    box.put(FromAgent(agents))
    assert (drained(box), box.agents, box.is_over) == ([agents], {"sub"}, False)
    box.put(COMPLETED)
    box.put(FromAgent(agents))
    assert drained(box) == [COMPLETED]
