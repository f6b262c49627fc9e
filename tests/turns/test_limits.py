"""The limits of a turn are asked with what goes on, and answer with what is to be done."""

from __future__ import annotations

import pytest

from openai_codex._core import deadline as deadlines
from openai_codex._core.deadline import NEVER, Deadline
from openai_codex._turns.budget_limit import BudgetLimit
from openai_codex._turns.collector import TurnCollector
from openai_codex._turns.limits import (
    Activity,
    Interrupt,
    Limit,
    Reach,
    Remark,
    Silence,
    TimeLimit,
    TurnFacts,
    turn_limits,
)
from openai_codex._turns.notification import Notification
from openai_codex.errors import ModelUnreachableError, TurnTimeoutError

FACTS = TurnFacts("t1", "item/completed", True, TurnCollector("t1").result())


class Clock:
    """A clock that stands still until it is told."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(deadlines, "time", clock)
    return clock


def test_a_time_limit_interrupts_once_its_moment_has_come(clock: Clock) -> None:
    limit = TimeLimit(Deadline(5))
    seen = [limit.left(), limit.check(Activity(1))]
    clock.now += 5
    assert [*seen, limit.left(), limit.check(Activity(9))] == [5, None, 0, Interrupt()]
    error = limit.error(FACTS)
    assert isinstance(error, TurnTimeoutError)
    assert (error.seconds, error.idle, error.result) == (5, False, FACTS.result)


def test_silence_is_broken_by_any_event(clock: Clock) -> None:
    limit = Silence(5)
    clock.now += 4
    seen = [limit.check(Activity(1)), limit.left()]
    clock.now += 4
    seen += [limit.check(Activity(1)), limit.left()]
    clock.now += 1
    assert [*seen, limit.check(Activity(1))] == [None, 5, None, 1, Interrupt()]
    error = limit.error(FACTS)
    assert isinstance(error, TurnTimeoutError)
    assert (error.seconds, error.idle) == (5, True)


def test_silence_counts_from_the_start_of_the_turn(clock: Clock) -> None:
    limit = Silence(5)
    clock.now += 4
    limit.start()
    clock.now += 4
    assert limit.check(Activity(0)) is None


def test_silence_rests_while_an_answer_of_ours_is_awaited(clock: Clock) -> None:
    limit = Silence(5)
    clock.now += 9
    assert limit.check(Activity(0, is_asked=True)) is None
    clock.now += 4
    assert limit.check(Activity(0)) is None
    clock.now += 1
    assert limit.check(Activity(0)) == Interrupt()


def test_a_turn_has_the_limits_that_were_asked_for() -> None:
    both = turn_limits(deadline=Deadline(1), idle_timeout=2)
    assert [type(limit) for limit in both] == [Reach, TimeLimit, Silence]
    assert [type(limit) for limit in turn_limits(deadline=NEVER, idle_timeout=None)] == [Reach]


def test_time_and_silence_are_asked_after_whatever_comes_and_retries_alone_are_not() -> None:
    assert {kind: kind.counts_all for kind in (Limit, TimeLimit, Silence, Reach)} == {
        Limit: True,
        TimeLimit: True,
        Silence: True,
        Reach: False,
    }


def test_only_a_budget_stops_the_turns_of_sub_agents_as_well() -> None:
    kinds = (Limit, TimeLimit, Silence, Reach, BudgetLimit)
    assert [kind for kind in kinds if kind.stops_agents] == [BudgetLimit]
    assert [kind.raises for kind in kinds] == [
        *("CodexError", "TurnTimeoutError", "TurnTimeoutError"),
        *("ModelUnreachableError", "BudgetExceededError"),
    ]


def test_a_limit_has_nothing_to_say_unless_it_is_taught() -> None:
    limit = Limit()
    limit.start()
    limit.done(Interrupt(), None)
    assert (limit.left(), limit.check(Activity(1)), limit.methods) == (None, None, frozenset())
    with pytest.raises(NotImplementedError):
        limit.error(FACTS)


def retry(why: str = "no route") -> Notification:
    error = {"message": "Reconnecting... 1/5", "additionalDetails": why}
    return Notification.from_wire("error", {"willRetry": True, "error": error}, 0)


def test_retries_do_not_break_the_silence(clock: Clock) -> None:
    limit = Silence(5)
    assert limit.check(Activity(1)) is None
    clock.now += 4
    limit.see(retry(), is_agents=False)
    assert limit.check(Activity(2)) is None
    clock.now += 1
    assert limit.check(Activity(2)) == Interrupt()


def test_nothing_but_retries_for_too_long_ends_a_turn(clock: Clock) -> None:
    limit = Reach(5)
    assert (limit.check(Activity(3)), limit.left()) == (None, None)
    limit.see(retry(), is_agents=False)
    told = [limit.check(Activity(4)), limit.left()]
    clock.now += 4
    limit.see(retry("{still} none"), is_agents=True)
    told += [limit.check(Activity(5)), limit.left()]
    text = "the runtime did not reach the model and tries again"
    assert told == [
        Remark(f"{text} (1): no route"),
        5,
        Remark(f"{text} (2): {{still}} none"),
        1,
    ]
    clock.now += 1
    assert limit.check(Activity(5)) == Interrupt()
    error = limit.error(FACTS)
    assert isinstance(error, ModelUnreachableError)
    assert (error.seconds, error.retries, error.last_error) == (5, 2, "{still} none")


def test_any_other_event_begins_the_count_of_retries_again(clock: Clock) -> None:
    limit = Reach(5)
    limit.see(retry(), is_agents=False)
    limit.check(Activity(1))
    clock.now += 6
    assert (limit.check(Activity(2)), limit.left()) == (None, None)
    limit.see(retry(), is_agents=False)
    assert str(limit.check(Activity(3))).count("(1)") == 1
    assert limit.left() == 5


def test_retries_without_a_limit_are_remarked_upon(clock: Clock) -> None:
    limit = Reach(None)
    limit.see(Notification.from_wire("error", {"willRetry": True}, 0), is_agents=False)
    assert "the runtime does not say" in str(limit.check(Activity(1)))
    clock.now += 1e6
    assert (limit.check(Activity(1)), limit.left()) == (None, None)


def test_an_error_that_ends_the_turn_is_no_retry() -> None:
    limit = Reach(5)
    limit.see(Notification.from_wire("error", {"willRetry": False}, 0), is_agents=False)
    assert (limit.check(Activity(1)), limit.left()) == (None, None)
