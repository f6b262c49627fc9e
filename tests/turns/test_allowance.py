"""A budget at work: what is held against it, what is granted, and who may ask for more."""

from __future__ import annotations

from decimal import Decimal

import pytest

from openai_codex import Budget, Spend
from openai_codex._core.account import Counts
from openai_codex._turns.budget import Allowance


class Sleeper:
    """Something that waits for another one's question."""

    def __init__(self) -> None:
        self.woken = 0

    def wake(self) -> None:
        self.woken += 1


def test_what_was_spent_before_is_not_held_against_it_and_what_is_carried_is() -> None:
    before = Spend(input_tokens=5000, output_tokens=500, usd=Decimal("2"), model_calls=4)
    allowance = Allowance(Budget(tokens=1000, usd=1), scope="thread", before=before)
    counts = Counts(input=5600, output=500, usd=Decimal("2.5"), model_calls=5)
    assert allowance.values(counts, 0.0) == {"tokens": 600, "usd": Decimal("0.5")}
    allowance.charge(Spend(input_tokens=300, output_tokens=100, usd=Decimal("0.25")))
    assert allowance.values(counts, 0.0) == {"tokens": 1000, "usd": Decimal("0.75")}
    assert allowance.left("tokens", counts, 0.0) == 0
    assert allowance.exceeded(counts, 0.0, goes_on=False) is None
    assert allowance.exceeded(counts, 0.0, goes_on=True) == "tokens"
    now = Spend(input_tokens=5600, output_tokens=500, usd=Decimal("2.5"), model_calls=5)
    held = allowance.held(now)
    assert (held.tokens, held.usd, held.model_calls) == (1000, Decimal("0.75"), 1)


def test_a_grant_is_part_of_the_budget_and_warned_of_anew() -> None:
    budget = Budget(tokens=1000, warn_at=0.5)
    allowance = Allowance(budget, scope="turn")
    counts = Counts(input=900)
    assert [allowance.nears(counts, 0.0), allowance.nears(counts, 0.0)] == ["tokens", None]
    allowance.grant(Budget(tokens=500, usd=5))
    assert allowance.budget == Budget(tokens=1500, warn_at=0.5)
    assert budget.tokens == 1000
    assert allowance.nears(counts, 0.0) == "tokens"
    assert not allowance.overdrawn(Counts(input=1650), 0.0)
    assert allowance.overdrawn(Counts(input=1651), 0.0) == {"tokens"}


@pytest.mark.parametrize(
    ("budget", "counts", "seconds", "left"),
    [
        (Budget(tokens=1000), Counts(input=1040), 0.0, "60"),
        (Budget(tokens=1000), Counts(input=1400), 0.0, "0"),
        (Budget(commands=2), Counts(commands=3), 0.0, "1"),
        (Budget(model_calls=3), Counts(model_calls=3), 0.0, "2"),
        (Budget(model_calls=50), Counts(model_calls=50), 0.0, "5"),
        (Budget(usd=2), Counts(usd=Decimal("2.05")), 0.0, "0.15"),
        (Budget(seconds=60), Counts(), 61.5, "4.50"),
    ],
)
def test_an_agent_that_is_to_finish_is_told_what_it_may_still_take(
    budget: Budget, counts: Counts, seconds: float, left: str
) -> None:
    (name,) = budget.limits
    told = Allowance(budget, scope="turn").left_to_finish(name, counts, seconds)
    assert told == left


@pytest.mark.parametrize(("value", "stops"), [(999, False), (1000, True), (1001, True)])
def test_a_turn_that_goes_on_stops_at_its_limit(value: int, stops: bool) -> None:
    assert Allowance(Budget(tokens=1000), scope="turn").would_stop("tokens", value) is stops


def test_one_more_command_than_allowed_is_what_must_not_be() -> None:
    allowance = Allowance(Budget(commands=0), scope="turn")
    assert allowance.is_spent(Counts(), 0.0) is None  # a turn without any is fine
    assert not allowance.would_stop("commands", 0)
    assert allowance.would_stop("commands", 1)
    assert Allowance(Budget(tokens=0), scope="turn").is_spent(Counts(), 0.0) == "tokens"


def test_one_asks_and_the_others_are_woken_by_the_answer() -> None:
    allowance = Allowance(Budget(tokens=1), scope="client")
    asker, other = Sleeper(), Sleeper()
    assert allowance.may_ask(asker)
    assert not allowance.may_ask(other)
    assert not allowance.may_ask(other)
    allowance.has_asked()
    assert (asker.woken, other.woken) == (0, 1)
    assert allowance.may_ask(other)
    allowance.has_asked()
    assert other.woken == 1


def test_a_turn_that_is_turned_away_while_an_answer_comes_is_woken_by_the_next() -> None:
    allowance = Allowance(Budget(tokens=1), scope="client")
    first, second = Sleeper(), Sleeper()

    class Late(Sleeper):
        """Is noted at the very moment at which one question is answered and the next one asked."""

        is_noted = False

        def __hash__(self) -> int:
            if not self.is_noted:
                self.is_noted = True
                allowance.has_asked()
                assert allowance.may_ask(second)
            return 1

    late = Late()
    assert allowance.may_ask(first)
    assert not allowance.may_ask(late)
    allowance.has_asked()
    assert late.woken == 1


def test_a_difference_of_sums_has_the_agents_that_spent_meanwhile() -> None:
    before = Spend(
        input_tokens=5, by_agent={"a": Spend(input_tokens=2), "b": Spend(input_tokens=3)}
    )
    agents = {"a": Spend(input_tokens=2), "b": Spend(input_tokens=7), "c": Spend(output_tokens=1)}
    now = Spend(input_tokens=9, output_tokens=1, usd=None, unpriced=("m",), by_agent=agents)
    assert now.since(before) == Spend(
        input_tokens=4,
        output_tokens=1,
        usd=None,
        unpriced=("m",),
        by_agent={"b": Spend(input_tokens=4), "c": Spend(output_tokens=1)},
    )
