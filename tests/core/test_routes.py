"""A notification goes to its turn, its thread, its login and everyone, and to nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from openai_codex._core.messages import Closed, FromAgent, Run, Underway
from openai_codex._core.routes import (
    EVERYONE,
    Delivery,
    Expectation,
    Key,
    Routes,
    login_key,
    thread_key,
    turn_key,
)
from openai_codex._core.turnbox import hand_over
from tests.core.boxes import Box, Note


def deliver(routes: Routes, method: str, **params: Any) -> list[Delivery]:
    out: list[Delivery] = []
    routes.deliver(Note(method, params), out)
    hand_over(out)
    return out


def expect(routes: Routes, box: Box, prefix: Key) -> Expectation:
    expectation = Expectation(box, prefix)
    routes.expect(expectation)
    return expectation


def delta(routes: Routes, turn_id: str = "t1", thread_id: str = "th") -> list[Delivery]:
    return deliver(
        routes, "item/agentMessage/delta", threadId=thread_id, turnId=turn_id, delta="Hel"
    )


def started(routes: Routes, turn: Any) -> list[Delivery]:
    return deliver(routes, "turn/started", threadId="th", turn=turn)


def completed(routes: Routes, turn_id: str = "t1") -> list[Delivery]:
    return deliver(routes, "turn/completed", threadId="th", turn={"id": turn_id})


def opened(routes: Routes, box: Box, turn_id: str = "t1") -> None:
    expectation = expect(routes, box, ("turn", "th"))
    for one, item in routes.open(expectation, turn_key("th", turn_id)):
        one.put(item)


def test_two_live_turns_never_see_each_others_events() -> None:
    routes, one, two = Routes(), Box("one"), Box("two")
    opened(routes, one, "t1")
    opened(routes, two, "t2")
    delta(routes, "t1")
    delta(routes, "t2")
    completed(routes, "t1")
    delta(routes, "t2")
    assert one.methods == ["item/agentMessage/delta", "turn/completed"]
    assert two.methods == ["item/agentMessage/delta"] * 2
    assert routes.dropped == 0


def test_the_same_turn_id_in_another_thread_is_another_turn() -> None:
    routes, box = Routes(), Box()
    opened(routes, box)
    delta(routes, thread_id="other")
    assert box.items == []
    assert routes.dropped == 1


def test_two_handles_on_one_turn_both_see_what_follows_and_both_finish() -> None:
    routes, first, second = Routes(), Box("first"), Box("second")
    opened(routes, first)
    delta(routes)
    opened(routes, second)
    delta(routes)
    completed(routes)
    assert first.methods == ["item/agentMessage/delta"] * 2 + ["turn/completed"]
    assert second.methods == ["item/agentMessage/delta", "turn/completed"]


def test_a_box_that_joins_a_begun_turn_gets_underway_and_no_replay() -> None:
    routes, first, second = Routes(), Box("first"), Box("second")
    opened(routes, first)
    started(routes, {"id": "t1"})
    opened(routes, second)
    assert [item.note.params["turn"] for item in second.items] == [{"id": "t1"}]
    assert isinstance(second.items[0], Underway)


def test_a_joining_box_gets_a_start_that_outran_the_first_reply() -> None:
    routes, first, second = Routes(), Box("first"), Box("second")
    expectation = expect(routes, first, ("turn", "th"))
    started(routes, {"id": "t1"})
    routes.open(expectation, turn_key("th", "t1"))
    opened(routes, second)
    assert second.methods == ["Underway"]


def test_a_turn_that_is_over_leaves_nothing_behind() -> None:
    routes = Routes()
    opened(routes, Box())
    started(routes, {"id": "t1"})
    completed(routes)
    assert list(routes.boxes()) == []
    late = Box()
    opened(routes, late)
    assert late.items == []


def test_what_outruns_the_reply_is_kept_and_delivered() -> None:
    routes, box = Routes(), Box()
    expectation = expect(routes, box, ("turn", "th"))
    started(routes, {"id": "t1"})
    delta(routes)
    delta(routes, "somebody-elses")
    assert box.items == []
    early = routes.open(expectation, turn_key("th", "t1"))
    assert [note.method for _, note in early] == ["turn/started", "item/agentMessage/delta"]
    delta(routes)
    assert box.methods == ["item/agentMessage/delta"]
    assert routes.dropped == 0


def test_a_turn_that_is_over_before_its_reply_opens_no_route() -> None:
    routes, box = Routes(), Box()
    expectation = expect(routes, box, ("turn", "th"))
    completed(routes)
    early = routes.open(expectation, turn_key("th", "t1"))
    assert [note.method for _, note in early] == ["turn/completed"]
    assert list(routes.boxes()) == []


def test_only_what_could_be_meant_is_kept() -> None:
    routes, box = Routes(), Box()
    expectation = expect(routes, box, ("turn", "th"))
    delta(routes, thread_id="other")
    assert expectation.kept == []
    assert routes.dropped == 1


def test_a_cancelled_expectation_keeps_no_more_and_may_be_cancelled_again() -> None:
    routes = Routes()
    expectation = expect(routes, Box(), ("turn",))
    routes.cancel(expectation)
    routes.cancel(expectation)
    delta(routes)
    assert expectation.kept == []
    assert list(routes.boxes()) == []


def test_a_reviews_start_has_its_own_id_and_goes_to_its_root() -> None:
    routes, box = Routes(), Box()
    opened(routes, box, "R")
    started(routes, {"id": "I", "rootTurnId": "R"})
    completed(routes, "R")
    assert box.methods == ["turn/started", "turn/completed"]
    assert box.items[0].params["turn"]["id"] == "I"


def test_a_login_is_over_even_before_its_reply() -> None:
    routes, box = Routes(), Box()
    expectation = expect(routes, box, ("login",))
    deliver(routes, "account/login/completed", loginId="L", success=True, error=None)
    early = routes.open(expectation, login_key("L"))
    assert [note.params["loginId"] for _, note in early] == ["L"]
    assert list(routes.boxes()) == []


def test_a_login_is_told_its_own_end_only() -> None:
    routes, box = Routes(), Box()
    routes.join(login_key("L"), box)
    deliver(routes, "account/login/completed", loginId="M", success=False)
    deliver(routes, "account/login/completed", loginId=None, success=True)
    assert box.items == []
    deliver(routes, "account/login/completed", loginId="L", success=True)
    assert box.methods == ["account/login/completed"]


def test_a_threads_box_and_everyones_box_see_what_they_asked_for() -> None:
    routes, thread, everyone = Routes(), Box("thread"), Box("everyone")
    routes.join(thread_key("th"), thread)
    routes.join(EVERYONE, everyone)
    delta(routes)
    deliver(routes, "thread/name/updated", threadId="th", threadName="n")
    deliver(routes, "thread/name/updated", threadId="other", threadName="n")
    deliver(routes, "skills/changed")
    assert thread.methods == ["item/agentMessage/delta", "thread/name/updated"]
    assert everyone.methods == [*thread.methods, "thread/name/updated", "skills/changed"]
    assert routes.dropped == 0


def test_a_box_that_left_gets_nothing_more() -> None:
    routes, stays, leaves = Routes(), Box("stays"), Box("leaves")
    for box in (stays, leaves):
        opened(routes, box)
    routes.leave(turn_key("th", "t1"), leaves)
    routes.leave(turn_key("th", "t1"), leaves)
    delta(routes)
    assert leaves.items == []
    assert len(stays.items) == 1
    routes.leave(turn_key("th", "t1"), stays)
    assert list(routes.boxes()) == []


def test_what_nobody_asked_for_is_counted_and_not_kept() -> None:
    routes = Routes()
    for _ in range(3):
        delta(routes)
        deliver(routes, "skills/changed")
    assert routes.dropped == 6
    opened(routes, late := Box())
    assert late.items == []


@pytest.mark.parametrize(
    "params",
    [
        {"turnId": ["t1"], "threadId": "th"},
        {"turnId": {}, "threadId": {}},
        {"turnId": 7, "turn": {"id": ["t1"]}},
        {"turn": {"id": {}, "rootTurnId": []}, "threadId": ["th"]},
        {"turn": "t1", "threadId": 5},
        {"turnId": "t1", "threadId": ["th"]},
    ],
)
@pytest.mark.parametrize(
    "method", ["item/completed", "turn/started", "turn/completed", "account/login/completed"]
)
def test_malformed_ids_are_nobodys(method: str, params: dict[str, Any]) -> None:
    routes, box = Routes(), Box()
    opened(routes, box)
    expect(routes, Box(), ("login",))
    assert deliver(routes, method, **params) == []
    assert routes.dropped == 1


def test_clearing_closes_every_route() -> None:
    routes, box = Routes(), Box()
    opened(routes, box)
    expect(routes, box, ("turn",))
    started(routes, {"id": "t1"})
    assert len(list(routes.boxes())) == 2
    routes.clear()
    assert list(routes.boxes()) == []
    assert delta(routes) == []


def test_clearing_forgets_which_turns_had_begun() -> None:
    routes, box = Routes(), Box()
    opened(routes, box)
    started(routes, {"id": "t1"})
    routes.clear()
    again = expect(routes, Box(), ("turn", "th"))
    assert routes.open(again, turn_key("th", "t1")) == []


def test_a_route_can_be_ended_with_a_word_to_its_boxes() -> None:
    routes, first, second, other = Routes(), Box("first"), Box("second"), Box("other")
    opened(routes, first)
    opened(routes, second)
    opened(routes, other, "t2")
    assert routes.end(turn_key("th", "t1"), "word") == [(first, "word"), (second, "word")]
    assert routes.end(turn_key("th", "t1"), "word") == []
    assert list(routes.boxes()) == [other]


def test_a_word_for_a_thread_goes_to_the_readers_of_its_turns_alone() -> None:
    routes, mine, joined, others = Routes(), Box(), Box(), Box()
    opened(routes, mine, "t1")
    routes.join(turn_key("th", "t2"), joined)
    for key in (turn_key("other", "t1"), thread_key("th"), login_key("th"), EVERYONE):
        routes.join(key, others)
    hand_over(routes.tell_thread("th", "over?"))
    assert (mine.items, joined.items, others.items) == (["over?"], ["over?"], [])


def test_a_key_is_listened_to_when_it_is_open_or_may_be_meant_by_who_waits() -> None:
    routes = Routes()
    assert not routes.has(turn_key("th", "t1"))
    opened(routes, Box())
    assert routes.has(turn_key("th", "t1"))
    assert not routes.has(turn_key("th", "t2"))
    expect(routes, Box(), ("turn", "th"))
    assert routes.has(turn_key("th", "t2"))
    assert not routes.has(turn_key("other", "t2"))


def test_only_another_threads_turn_is_a_root() -> None:
    routes = Routes()
    routes.join(login_key("t1"), Box())
    opened(routes, Box())
    assert routes.adopt("sub", "t1") == "th"
    assert routes.adopt("sub", "t2") is None
    assert routes.adopt("th", "t1") is None
    completed(routes)
    assert routes.adopt("sub", "t1") is None


def test_the_events_of_a_sub_agent_also_go_to_the_turn_that_it_works_for() -> None:
    routes, root, own = Routes(), Box("root"), Box("own")
    opened(routes, root)
    delta(routes, "t9", "sub")
    routes.adopt("sub", "t1")
    delta(routes, "t9", "sub")
    deliver(routes, "thread/tokenUsage/updated", threadId="sub", turnId="t9")
    routes.join(turn_key("sub", "t9"), own)
    run: Run = [Note("x", {"threadId": "sub", "turnId": "t9"})]
    out: list[Delivery] = []
    routes.deliver_run(run, out)
    hand_over(out)
    assert [item.note.method for item in root.items] == [
        *("item/agentMessage/delta", "thread/tokenUsage/updated", "x")
    ]
    assert {type(item) for item in root.items} == {FromAgent}
    assert own.items == run


@pytest.mark.parametrize(("thread_id", "turn_id"), [("sub", "t9"), ("th", "t1")])
def test_a_sub_agent_works_for_a_turn_until_either_ends(thread_id: str, turn_id: str) -> None:
    routes, root = Routes(), Box("root")
    opened(routes, root)
    routes.adopt("sub", "t1")
    assert routes.root_of({"threadId": "sub"}) == "t1"
    deliver(routes, "turn/completed", threadId=thread_id, turn={"id": turn_id})
    seen = len(root.items)
    delta(routes, "t9", "sub")
    assert (routes.root_of({"threadId": "sub"}), len(root.items) - seen) == (None, 0)


def test_a_reader_misses_nothing_while_another_is_about_to_join() -> None:
    routes, first, second = Routes(), Box("first"), Box("second")
    opened(routes, first)
    expectation = expect(routes, second, ("turn", "th"))
    delta(routes)
    early = routes.open(expectation, turn_key("th", "t1"))
    assert first.methods == ["item/agentMessage/delta"]
    assert [note.method for _, note in early] == ["item/agentMessage/delta"]


# --- runs ----------------------------------------------------------------------------------------


def plain(turn_id: str, text: str) -> Note:
    params = {"threadId": "th", "turnId": turn_id, "delta": text}
    return Note("item/agentMessage/delta", params)


def run_delivered(routes: Routes, run: Run) -> list[Delivery]:
    out: list[Delivery] = []
    routes.deliver_run(run, out)
    return out


def test_a_run_goes_to_all_who_listen_to_its_turn_as_it_is() -> None:
    routes, one, two, other = Routes(), Box("one"), Box("two"), Box("other")
    opened(routes, one, "t1")
    opened(routes, two, "t1")
    opened(routes, other, "t2")
    run: Run = [plain("t1", "a"), plain("t1", "b")]
    out = run_delivered(routes, run)
    assert out == [(one, run), (two, run)]
    assert all(item is run for _, item in out)


def test_a_box_of_several_turns_gets_a_run_note_by_note() -> None:
    routes, turn, thread = Routes(), Box("turn"), Box("thread")
    opened(routes, turn, "t1")
    routes.join(thread_key("th"), thread)
    a, b = plain("t1", "a"), plain("t1", "b")
    assert run_delivered(routes, [a, b]) == [(turn, a), (thread, a), (turn, b), (thread, b)]


def test_a_run_that_may_belong_to_a_turn_about_to_open_is_kept() -> None:
    routes, box = Routes(), Box()
    expectation = expect(routes, box, ("turn", "th"))
    a, b = plain("t1", "a"), plain("t1", "b")
    assert run_delivered(routes, [a, b]) == []
    assert routes.open(expectation, turn_key("th", "t1")) == [(box, a), (box, b)]


@pytest.mark.parametrize("turn_id", ["t2", None, 5, [], {}])
def test_a_run_of_nobody_is_counted(turn_id: Any) -> None:
    routes = Routes()
    opened(routes, Box(), "t1")
    assert run_delivered(routes, [plain(turn_id, "a"), plain(turn_id, "b")]) == []
    assert routes.dropped == 2


# --- what is kept until a route opens ------------------------------------------------------------


def sized(note: Note, size: int) -> Note:
    return Note(note.method, note.params, size)


def test_the_turn_is_told_what_it_missed_though_nothing_of_it_is_kept() -> None:
    routes, box = Routes(max_kept_bytes=100), Box()
    expectation = expect(routes, box, ("turn", "th"))
    routes.deliver(sized(plain("t1", "a"), 101), [])
    assert expectation.kept == []
    hand_over(routes.open(expectation, turn_key("th", "t1")))
    assert box.methods == ["Closed"]


def test_what_is_kept_is_bounded_and_the_turn_is_told_what_it_missed() -> None:
    routes, box = Routes(max_kept_bytes=100), Box()
    expectation = expect(routes, box, ("turn", "th"))
    started(routes, {"id": "t1"})
    for text in "abc":
        routes.deliver(sized(plain("t1", text), 60), [])
    assert [note.method for _, note in expectation.kept] == ["turn/started"]
    completed(routes)
    hand_over(routes.open(expectation, turn_key("th", "t1")))
    assert box.methods == ["Closed", "turn/started", "turn/completed"]
    assert isinstance(box.items[0], Closed)
    assert "100 bytes" in str(box.items[0].cause)


def test_a_notification_that_names_only_its_turn_reaches_that_turn() -> None:
    routes, box = Routes(), Box()
    routes.join(turn_key("th", "t1"), box)
    deliver(routes, "turn/glittered", turnId="t1")
    deliver(routes, "turn/glittered", turnId="t2")
    deliver(routes, "turn/glittered", turnId=7)
    deliver(routes, "turn/shone", turn={"id": "t1"})
    deliver(routes, "turn/shone", turn={"id": "t2"})
    deliver(routes, "turn/shone", turn={})
    assert (box.methods, routes.dropped) == (["turn/glittered", "turn/shone"], 4)


# --- turns that nobody here started ---------------------------------------------------------------


class Finding:
    """A finder that gives every turn that begins a box, or none."""

    methods = frozenset({"thread/goal/updated"})

    def __init__(self, *, wants: bool = True) -> None:
        self.boxes = [Box()] if wants else []

    def put(self, item: Any) -> None:
        raise NotImplementedError

    def found(self, note: Any) -> Box | None:
        return self.boxes[0] if self.boxes else None


def test_a_finder_gets_the_turns_of_its_thread_from_their_beginning() -> None:
    routes, finder = Routes(), Finding()
    routes.find("th", finder)
    routes.find("th", finder)
    started(routes, {"id": "t1"})
    delta(routes)
    completed(routes)
    deliver(routes, "turn/started", threadId="other", turn={"id": "t2"})
    assert finder.boxes[0].methods == [
        "turn/started",
        "item/agentMessage/delta",
        "turn/completed",
    ]
    assert routes.dropped == 1


def test_a_finder_may_leave_a_turn_alone_and_gets_the_news_it_asked_for() -> None:
    routes, finder = Routes(), Finding(wants=False)
    routes.find("th", finder)
    started(routes, {"id": "t1"})
    news = Note("thread/goal/updated", {"threadId": "th", "turnId": "t1"})
    out: list[Delivery] = []
    routes.deliver_run([news], out)
    assert out == [(finder, news)]
    other = Finding()
    routes.find("th", other)
    assert list(routes.boxes()) == [finder, other]
    routes.stop_finding("th", other)
    routes.stop_finding("th", other)
    routes.stop_finding("th", finder)
    assert list(routes.boxes()) == []


def test_closing_forgets_the_finders() -> None:
    routes, finder = Routes(), Finding()
    routes.find("th", finder)
    routes.clear()
    started(routes, {"id": "t1"})
    assert finder.boxes[0].items == []


def test_a_finder_gets_its_news_out_of_a_run_as_well() -> None:
    routes, finder, box = Routes(), Finding(wants=False), Box()
    opened(routes, box)
    routes.find("th", finder)
    news = Note("thread/goal/updated", {"threadId": "th", "turnId": "t1"})
    assert run_delivered(routes, [news]) == [(finder, news), (box, news)]
