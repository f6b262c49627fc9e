"""A connection that is lost, and the one that takes its place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from openai_codex._core.messages import (
    Closed,
    FromAgent,
    MayBeOver,
    QuestionSettled,
    RawQuestion,
    encode_answer,
)
from openai_codex._core.notices import NOTICES
from openai_codex._core.replays import Replays
from openai_codex._core.returns import Reaching, Returns
from openai_codex._core.selection import Selection
from openai_codex._core.session import Session
from openai_codex._core.thread_settings import ThreadSettings
from openai_codex._core.turnbox import hand_over
from openai_codex.errors import ConnectionLostError, TransportClosedError
from tests.core.boxes import Box, Note, Queue, hear, session

LOST = ConnectionLostError("the codex runtime exited", signal=9)
ASKED = '{"method":"item/tool/call","id":0,"params":{"threadId":"th","turnId":"t1","callId":"c"}}'


class Clock:
    """A clock that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def successor(before: Session, questions: Box) -> Session:
    return Session(
        questions=questions,
        make_notification=Note,
        max_message_bytes=1 << 20,
        max_in_flight=4,
        max_turn_starts=4,
        before=before,
    )


def line(method: str, **params: Any) -> str:
    return json.dumps({"method": method, "params": params})


def turn(method: str, turn_id: str) -> str:
    return line(method, threadId="th", turn={"id": turn_id, "rootTurnId": turn_id})


# --- how often -----------------------------------------------------------------------------------


def test_the_first_return_comes_at_once_and_each_further_one_waits_longer() -> None:
    returns = Returns(limit=9, within=60.0, clock=Clock())
    waits = [returns.next_wait() for _ in range(10)]
    assert waits == [0.0, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, None]


def test_returns_that_are_long_ago_do_not_count() -> None:
    clock = Clock()
    returns = Returns(limit=1, within=60.0, clock=clock)
    assert returns.next_wait() == 0.0
    clock.now = 59.9
    assert returns.next_wait() is None
    clock.now = 60.0
    assert returns.next_wait() == 0.0


# --- what ends, and what goes on -----------------------------------------------------------------


def test_calls_that_queue_are_told_that_they_were_never_sent() -> None:
    one = session(max_in_flight=1)
    sent, queued = Box(), Box()
    one.call("model/list", {}, sent)
    one.call("account/read", {}, queued)
    for box, item in one.close(LOST):
        box.put(item)
    assert sent.items == [Closed(LOST)]
    assert queued.items == [Closed(LOST, is_unsent=True)]


def test_the_inbox_goes_on_after_a_loss_and_ends_when_it_is_given_up() -> None:
    questions = Box("questions")
    one = session(questions=questions)
    hear(one, ASKED)
    questions.items.clear()
    for box, item in one.close(LOST):
        box.put(item)
    one.forget_everyone()
    assert questions.items == [QuestionSettled(0, "closed")]
    gone = TransportClosedError("too often")
    *_, (box, end) = one.give_up(gone)
    assert box is questions
    assert end == Closed(gone)
    with pytest.raises(TransportClosedError, match="too often"):
        one.call("model/list", {}, Box())


def test_an_answer_reaches_only_the_connection_that_asked() -> None:
    questions = Box("questions")
    first = session(questions=questions)
    hear(first, ASKED)
    first.close(LOST)
    first.forget_everyone()
    second = successor(first, questions)
    second.renew()
    hear(second, ASKED)
    older, newer = (item for item in questions.items if not isinstance(item, QuestionSettled))
    assert (older.epoch, newer.epoch) == (0, 1)
    answer = encode_answer(0, {})
    assert second.questions.answer(0, answer, epoch=older.epoch) == b""
    assert second.questions.answer(0, answer, epoch=newer.epoch) == answer


def test_no_two_calls_of_a_client_have_the_same_id() -> None:
    first = session()
    first.call("model/list", {}, Box())
    first.close(LOST)
    second = successor(first, Box())
    call_id, _ = second.call("model/list", {}, Box())
    assert call_id == 1


def test_what_is_known_of_threads_outlives_the_connection() -> None:
    first = session()
    hear(first, line("thread/settings/updated", threadId="th", threadSettings={"effort": "low"}))
    second = successor(first, Box())
    assert second.notices.settings.of("th") == {"effort": "low"}
    hear(second, line("thread/deleted", threadId="th"))
    assert second.notices.settings.of("th") == {}
    assert second.ledger is first.ledger


def test_a_client_is_warned_of_its_reviewer_once_though_its_runtime_was_lost(
    caplog: pytest.LogCaptureFixture,
) -> None:
    reviewed = line("item/autoApprovalReview/completed", review={"status": "approved"}, action={})
    first = session()
    hear(first, reviewed)
    hear(successor(first, Box()), reviewed)
    assert [record.levelname for record in caplog.records].count("WARNING") == 1


def test_only_so_many_threads_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openai_codex._core.thread_settings._MOST", 2)
    settings = ThreadSettings()
    for name in ("a", "b", "a", "c"):
        settings.note({"threadId": name, "threadSettings": {"model": name}})
    settings.note({"threadId": "d", "threadSettings": None})
    assert [settings.of(name) for name in "abc"] == [{"model": "a"}, {}, {"model": "c"}]


def test_turns_that_went_with_their_runtime_are_no_longer_running() -> None:
    one = session()
    hear(one, turn("turn/started", "t1"))
    agents = {"id": "t2", "rootTurnId": "t1"}
    hear(one, line("turn/started", threadId="agent", turn=agents))
    assert len(one.ledger.running_turns()) == 2
    one.close(LOST)
    assert one.ledger.running_turns() == []
    assert one.ledger.of_turn("t1").running == {}


# --- a runtime that lives on ---------------------------------------------------------------------


def attached(questions: Box, before: Session | None = None) -> Session:
    return Session(
        questions=questions,
        make_notification=Note,
        max_message_bytes=1 << 20,
        max_in_flight=4,
        max_turn_starts=4,
        before=before,
        keeps_turns=True,
    )


def lost(one: Session) -> None:
    for box, item in one.close(LOST):
        box.put(item)
    one.forget_everyone()


def next_one(before: Session, questions: Box) -> Session:
    after = attached(questions, before)
    after.renew()
    return after


def item(ident: str, **rest: Any) -> dict[str, Any]:
    return {"type": "agentMessage", "id": ident, **rest}


def completed(ident: str) -> str:
    return line("item/completed", threadId="th", turnId="t1", item=item(ident))


def open_turn(one: Session) -> Box:
    box = Box("turn")
    one.routes.join(("turn", "th", "t1"), box)
    hear(one, turn("turn/started", "t1"))
    return box


def caught_up(one: Session, *turns: dict[str, Any]) -> None:
    hand_over(one.intake.catching_up.thread("th", list(turns)))


def test_a_turn_goes_on_over_the_next_connection_and_its_items_come_once() -> None:
    first = attached(Box())
    box = open_turn(first)
    hear(first, completed("a"))
    lost(first)
    second = next_one(first, Box())
    stored = [item("a"), item("b"), item("c", status="inProgress"), None]
    caught_up(second, {"id": "t1", "status": "inProgress", "items": stored})
    hear(second, completed("b"), completed("c"), turn("turn/completed", "t1"))
    assert box.items[2].params == {"threadId": "th", "turnId": "t1", "missed": "deltas"}
    assert [(each.method, (each.params.get("item") or {}).get("id")) for each in box.items] == [
        ("turn/started", None),
        ("item/completed", "a"),
        ("connection/reconnected", None),
        ("item/completed", "b"),
        ("item/completed", "c"),
        ("turn/completed", None),
    ]


def test_what_was_replayed_is_left_out_of_a_run_of_events() -> None:
    first = attached(Box())
    box = open_turn(first)
    lost(first)
    second = next_one(first, Box())
    caught_up(second, {"id": "t1", "status": "inProgress", "items": [item("a"), item("b")]})
    box.items.clear()
    delta = line("item/agentMessage/delta", threadId="th", turnId="t1", itemId="c", delta="x")
    hear(second, completed("a"), delta, delta)
    hear(second, completed("b"))
    assert box.methods == ["item/agentMessage/delta"] * 2


def test_a_command_that_ran_in_the_gap_is_counted_once() -> None:
    first = attached(Box())
    open_turn(first)
    lost(first)
    second = next_one(first, Box())
    command = {"type": "commandExecution", "id": "k", "status": "completed"}
    caught_up(second, {"id": "t1", "status": "inProgress", "items": [command]})
    assert second.ledger.of_turn("t1").counts.commands == 1
    hear(second, line("item/started", threadId="th", turnId="t1", item=command))
    assert second.ledger.of_turn("t1").counts.commands == 1


def test_a_turn_that_the_runtime_does_not_know_is_looked_into() -> None:
    first = attached(Box())
    box = open_turn(first)
    lost(first)
    second = next_one(first, Box())
    caught_up(second)
    assert box.items[-1] == MayBeOver("its connection was lost")


def test_a_turn_that_ended_in_the_gap_ends_now() -> None:
    first = attached(Box())
    box = open_turn(first)
    lost(first)
    second = next_one(first, Box())
    caught_up(second, {"id": "other"}, {"id": "t1", "status": "completed", "items": None})
    assert box.methods == ["turn/started", "connection/reconnected", "turn/completed"]
    assert second.ledger.running_turns() == []
    assert second.routes.open_turns() == []


def test_a_thread_that_cannot_be_taken_up_ends_its_turns() -> None:
    first = attached(Box())
    box = open_turn(first)
    lost(first)
    second = next_one(first, Box())
    for each, end in second.intake.catching_up.lost_thread("th", Closed(LOST)):
        each.put(end)
    assert box.items[-1] == Closed(LOST)


def test_logins_and_what_one_connection_alone_is_told_end_with_it() -> None:
    one = attached(Box())
    login, watched, everyone = Box(), Queue(), Box()
    watch = Selection(watched, "fs/changed", "watchId", "w", limit=100)
    one.routes.join(("login", "l1"), login)
    one.routes.join(("everyone",), watch)
    one.routes.join(("everyone",), everyone)
    lost(one)
    assert login.items == list(watched.items) == [Closed(LOST)]
    assert list(one.routes.boxes()) == [everyone]
    assert everyone.items == []
    for box, end in one.give_up(TransportClosedError("gone")):
        box.put(end)
    assert len(everyone.items) == 1


def test_a_connection_that_does_not_come_about_ends_nothing_but_its_own_calls() -> None:
    questions = Box("questions")
    first = attached(questions)
    box = open_turn(first)
    lost(first)
    fresh = attached(questions, first)
    hello = Box()
    fresh.call("initialize", {}, hello)
    for each, end in fresh.close(TransportClosedError("refused")):
        each.put(end)
    fresh.forget_everyone()
    assert len(hello.items) == 1
    assert box.methods == ["turn/started"]
    assert questions.items == []


# --- questions over the gap ----------------------------------------------------------------------


def test_a_question_that_is_asked_again_is_answered_once() -> None:
    questions = Box("questions")
    first = attached(questions)
    hear(first, ASKED)
    lost(first)
    second = next_one(first, questions)
    hear(second, ASKED)
    (asked,) = questions.items
    answer = encode_answer(0, {})
    assert second.questions.answer(0, answer, epoch=asked.epoch) == answer
    assert not second.has_ready


def test_an_answer_that_could_not_be_sent_is_sent_when_the_question_is_asked_again() -> None:
    questions = Box("questions")
    first = attached(questions)
    hear(first, ASKED)
    lost(first)
    answer = encode_answer(0, {})
    assert first.questions.answer(0, answer, epoch=0) == answer
    second = next_one(first, questions)
    hear(second, ASKED)
    assert second.has_ready
    assert second.take_ready() == [answer]
    hear(second, line("serverRequest/resolved", threadId="th", requestId=0))
    assert len(questions.items) == 1
    assert not second.has_ready


def test_another_runtime_may_ask_something_else_under_the_same_number() -> None:
    questions = Box("questions")
    first = attached(questions)
    hear(first, ASKED)
    lost(first)
    second = next_one(first, questions)
    other = ASKED.replace('"callId":"c"', '"callId":"d"')
    hear(second, other)
    older, settled, newer = questions.items
    assert settled == QuestionSettled(0, "resolved elsewhere")
    answer = encode_answer(0, {})
    assert second.questions.answer(0, answer, epoch=older.epoch) == b""
    assert second.questions.answer(0, answer, epoch=newer.epoch) == answer
    hear(second, ASKED)
    assert len(questions.items) == 4


def test_a_question_whose_item_is_complete_was_answered_by_others() -> None:
    questions = Box("questions")
    first = attached(questions)
    hear(first, ASKED)
    hear(first, ASKED.replace('"id":0', '"id":1').replace('"th"', '"other"'))
    hear(first, ASKED.replace('"id":0', '"id":2'))
    first.questions.answer(2, encode_answer(2, {}))
    lost(first)
    second = next_one(first, questions)
    caught_up(second)
    assert len(questions.items) == 3
    for ident in ("d", None, "c"):
        hear(second, line("item/completed", threadId="th", turnId="t1", item={"id": ident}))
    assert questions.items[3:] == [QuestionSettled(0, "resolved elsewhere")]


def test_a_question_that_is_asked_again_late_is_still_the_same() -> None:
    questions = Box("questions")
    first = attached(questions)
    open_turn(first)
    hear(first, ASKED)
    lost(first)
    second = next_one(first, questions)
    caught_up(second, {"id": "t1", "status": "inProgress", "items": []})
    hear(second, ASKED)
    assert len(questions.items) == 1


def test_the_questions_of_a_thread_that_is_lost_are_settled() -> None:
    questions = Box("questions")
    first = attached(questions)
    hear(first, ASKED)
    hear(first, ASKED.replace('"id":0', '"id":1').replace('"th"', '"other"'))
    lost(first)
    second = next_one(first, questions)
    hand_over(second.intake.catching_up.lost_thread("th", Closed(LOST)))
    assert questions.items[2:] == [QuestionSettled(0, "resolved elsewhere")]


def test_answers_are_kept_between_two_connections_only() -> None:
    one = attached(Box())
    seen = [one.questions.is_away]
    lost(one)
    seen.append(one.questions.is_away)
    seen.append(next_one(one, Box()).questions.is_away)
    assert seen == [False, True, False]


# --- attempts, and what was spent in the gap -----------------------------------------------------


def test_attempts_come_closely_and_for_so_long() -> None:
    clock = Clock()
    reaching = Reaching(seconds=10.0, longest=0.05, clock=clock)
    waits = [reaching.next_wait() for _ in range(5)]
    assert waits == [0.0, 0.02, 0.03, pytest.approx(0.045), 0.05]
    clock.now = 10.0
    assert reaching.next_wait() is None
    reaching.reset()
    assert reaching.next_wait() == 0.0


def test_attempts_without_an_end_go_on() -> None:
    clock = Clock()
    reaching = Reaching(seconds=None, longest=0.05, clock=clock)
    reaching.next_wait()
    clock.now = 1e9
    assert reaching.next_wait() is not None
    Returns(limit=1, within=1.0).reset()


def test_what_was_spent_in_the_gap_is_counted_with_the_next_report() -> None:
    one = attached(Box())
    hear(one, turn("turn/started", "t1"), usage(100))
    params = {"threadId": "th"}
    call_id, _ = one.call("thread/resume", params, Box())
    hear(one, json.dumps({"id": call_id, "result": {"thread": {"id": "th"}}}))
    hear(one, usage(400))
    hear(one, usage(400))
    assert one.ledger.of_thread("th").counts.input == 400


def usage(total: int) -> str:
    counts = {"inputTokens": total, "outputTokens": 0}
    last = {"inputTokens": 100, "outputTokens": 0}
    report = {"total": counts, "last": last}
    return line("thread/tokenUsage/updated", threadId="th", turnId="t1", tokenUsage=report)


def test_a_turn_that_runs_when_its_thread_is_resumed_carries_nothing_over() -> None:
    one = attached(Box())
    hear(one, turn("turn/started", "t1"))
    call_id, _ = one.call("thread/resume", {"threadId": "th"}, Box())
    hear(one, json.dumps({"id": call_id, "result": {"thread": {"id": "th"}}}))
    hear(one, usage(400))
    assert one.ledger.of_thread("th").counts.input == 0


def test_the_witness_hears_of_the_end_when_it_is_final() -> None:
    heard: list[Exception] = []

    class Hearing:
        def closed(self, cause: Exception) -> None:
            heard.append(cause)

    one = attached(Box())
    one.intake.witness = Hearing()  # type: ignore[assignment]
    lost(one)
    assert heard == []
    gone = TransportClosedError("gone")
    one.give_up(gone)
    assert heard == [gone]


def test_questions_that_wait_for_a_connection_are_settled_when_it_is_given_up() -> None:
    questions = Box("questions")
    one = attached(questions)
    hear(one, '{"id":7,"method":"item/x","params":{"threadId":"th","turnId":"t1"}}')
    lost(one)
    assert [type(each) for each in questions.items] == [RawQuestion]
    gone = TransportClosedError("gone")
    for box, end in one.give_up(gone):
        box.put(end)
    assert questions.items[1:] == [QuestionSettled(7, "closed"), Closed(gone)]


def catching_up() -> tuple[Session, Box]:
    """Return the connection after one that was lost, which holds what comes, and the turn's box."""
    first = attached(Box())
    box = open_turn(first)
    lost(first)
    second = next_one(first, Box())
    second.intake.catching_up.begin("th")
    return second, box


def test_what_comes_while_a_turn_is_brought_up_to_date_comes_after_what_is_stored() -> None:
    second, box = catching_up()
    delta = line("item/agentMessage/delta", threadId="th", turnId="t1", itemId="d", delta="x")
    named = line("thread/name/updated", threadId="th", threadName="n")
    elsewhere = line("thread/name/updated", threadId="other", threadName="n")
    hear(second, completed("b"), delta, named, elsewhere, line("account/updated"))
    hear(second, completed("c"), turn("turn/completed", "t1"))
    assert box.methods == ["turn/started"]
    stored = [item("a"), item("b")]
    caught_up(second, {"id": "t1", "status": "completed", "items": stored})
    assert [(each.method, (each.params.get("item") or {}).get("id")) for each in box.items[1:]] == [
        ("connection/reconnected", None),
        ("item/completed", "a"),
        ("item/completed", "b"),
        ("item/agentMessage/delta", None),
        ("item/completed", "c"),
        ("turn/completed", None),
    ]
    assert second.intake.catching_up.held == {}


def test_what_was_held_comes_though_nobody_could_read_what_is_stored() -> None:
    second, box = catching_up()
    hear(second, completed("b"))
    hand_over(second.intake.catching_up.let_go("th"))
    assert box.methods == ["turn/started", "item/completed"]
    assert second.intake.catching_up.let_go("th") == []


def test_an_event_of_an_odd_shape_that_was_held_is_skipped_and_the_rest_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    second, box = catching_up()
    odd = line("thread/closed", threadId="th")
    hear(second, odd, completed("b"))
    monkeypatch.setitem(NOTICES, "thread/closed", lambda *_: 1 / 0)
    hand_over(second.intake.catching_up.let_go("th"))
    assert (box.methods, second.intake.garbage) == (["turn/started", "item/completed"], 1)


def test_a_held_event_that_cannot_be_delivered_is_skipped_and_the_rest_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    second, box = catching_up()
    hear(second, line("thread/name/updated", threadId="th"))
    hear(second, completed("b"))
    deliver = second.routes.deliver

    def fail_once(note: Any, out: Any) -> None:
        if note.method == "thread/name/updated":
            raise KeyError("a fault of ours")
        deliver(note, out)

    monkeypatch.setattr(second.routes, "deliver", fail_once)
    hand_over(second.intake.catching_up.let_go("th"))
    assert (box.methods, second.intake.garbage) == (["turn/started", "item/completed"], 1)


# --- sub-agents ----------------------------------------------------------------------------------

AGENT = {"id": "a1", "rootTurnId": "t1", "status": "inProgress"}


def agents_caught_up(one: Session, *turns: dict[str, Any]) -> None:
    hand_over(one.intake.catching_up.thread("agent", list(turns)))


def told(box: Box) -> list[tuple[str, Any]]:
    """Return what a root was told of its sub-agents: the method, and the item's id."""
    notes = [each.note for each in box.items if isinstance(each, FromAgent)]
    return [(note.method, (note.params.get("item") or {}).get("id")) for note in notes]


def test_a_sub_agent_that_runs_on_is_brought_up_to_date() -> None:
    first = attached(Box())
    box = open_turn(first)
    hear(first, line("turn/started", threadId="agent", turn=AGENT))
    hear(first, line("item/completed", threadId="agent", turnId="a1", item=item("x")))
    lost(first)
    second = next_one(first, Box())
    assert second.intake.catching_up.is_open("agent")
    assert not second.intake.catching_up.is_open("another")
    box.items.clear()
    ended = {**AGENT, "status": "completed", "items": [item("x"), item("y")]}
    assert second.intake.catching_up.has_news("agent", [ended])
    agents_caught_up(second, ended)
    assert told(box) == [("item/completed", "y"), ("turn/completed", None)]
    assert second.ledger.running_turns() == [("th", "t1")]
    assert not second.intake.catching_up.has_news("agent", [ended])


def test_a_sub_agent_that_began_in_the_gap_begins_now() -> None:
    first = attached(Box())
    box = open_turn(first)
    lost(first)
    second = next_one(first, Box())
    older = {"id": "a0", "rootTurnId": "t0", "status": "completed"}
    own = {"id": "a9", "rootTurnId": "a9", "status": "inProgress"}
    for known in ([], [older], [own]):
        assert not second.intake.catching_up.has_news("agent", known)
    turns: list[dict[str, Any]] = [{**AGENT, "items": [item("x")]}, older]
    assert second.intake.catching_up.has_news("agent", turns)
    agents_caught_up(second, *turns)
    assert told(box) == [("turn/started", None), ("item/completed", "x")]
    assert second.notices.parents == {"agent": "th"}
    assert ("agent", "a1") in second.ledger.running_turns()


def usage_of(thread_id: str, turn_id: str, total: int, last: int) -> str:
    counts = {"total": {"inputTokens": total}, "last": {"inputTokens": last}}
    return line("thread/tokenUsage/updated", threadId=thread_id, turnId=turn_id, tokenUsage=counts)


@pytest.mark.parametrize("began", ["before", "in the gap"])
def test_what_a_sub_agent_spent_in_the_gap_is_counted_with_its_first_report(began: str) -> None:
    first = attached(Box())
    open_turn(first)
    if began == "before":
        hear(first, line("turn/started", threadId="agent", turn=AGENT))
    lost(first)
    second = next_one(first, Box())
    second.ledger.thread_opened("thread/resume", {"thread": {"id": "agent"}})
    agents_caught_up(second, AGENT)
    hear(second, usage_of("agent", "a1", 300, 100), usage_of("agent", "a1", 350, 50))
    account = second.ledger.of_turn("t1")
    assert account.agent("agent").input == 350


def test_the_end_of_a_turn_forgets_what_was_replayed_of_it_and_of_no_other() -> None:
    replays = Replays()
    for turn_id in ("t1", "t2"):
        assert replays.missing(turn_id, {"items": [item("a")]}) == [item("a")]
    replays.forget("t1")
    again = {"item": item("a")}
    assert replays.is_new({"turnId": "t1", **again})
    assert not replays.is_new({"turnId": "t2", **again})
    replays.forget("t1")
    assert replays.missing("t1", {"items": [item("a")]}) == [item("a")]


def test_what_comes_for_a_turn_that_went_with_its_runtime_is_not_counted() -> None:
    first = session()
    hear(first, turn("turn/started", "t1"))
    first.ledger.cut_off()
    command = {"type": "commandExecution", "id": "c"}
    first.ledger.item_started({"threadId": "th", "turnId": "t1", "item": command})
    assert first.ledger.total.counts.commands == 0


def test_a_lost_connection_names_the_thread_that_each_waited_for() -> None:
    end = Closed(LOST)
    named, unnamed = end.fresh_cause("th"), end.fresh_cause()
    assert isinstance(named, ConnectionLostError)
    assert isinstance(unnamed, ConnectionLostError)
    assert (named.thread_id, unnamed.thread_id, LOST.thread_id) == ("th", None, None)
