"""A budget is checked when it is made, each limit by its name, and shows what it limits."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from openai_codex import Budget
from openai_codex._core.account import Counts
from openai_codex._turns.budget import Allowance

COUNTED = ("tokens", "output_tokens", "model_calls", "commands", "tool_calls")
Raw: Any = Budget  # as a program without type hints calls it


@pytest.mark.parametrize("name", [*COUNTED, "usd", "seconds"])
def test_each_limit_is_one_by_itself(name: str) -> None:
    budget = Raw(**{name: 3})
    assert budget.limits == {name: 3}
    assert repr(budget) == f"Budget({name}={budget.limits[name]})"


def test_the_limits_have_one_order_whatever_was_given_first() -> None:
    budget = Budget(tool_calls=1, seconds=2, usd=1, tokens=5, commands=0)
    assert list(budget.limits) == ["tokens", "usd", "seconds", "commands", "tool_calls"]


@pytest.mark.parametrize(
    ("given", "usd"),
    [(0.1, "0.1"), ("2.50", "2.50"), (3, "3"), (Decimal("0.05"), "0.05"), (0, "0")],
)
def test_money_is_the_amount_that_was_written(given: Any, usd: str) -> None:
    assert str(Budget(usd=given).usd) == usd


def test_time_is_seconds() -> None:
    budget = Budget(seconds=timedelta(minutes=2), grace=timedelta(seconds=5))
    assert (budget.seconds, budget.grace) == (120.0, 5.0)
    assert Budget(tokens=1).grace == 60.0


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        *(({name: -1}, ValueError, rf"^{name} must be at least 0") for name in COUNTED),
        *(({name: 1.5}, TypeError, rf"^{name} must be a whole number") for name in COUNTED),
        ({"usd": "much"}, ValueError, r"^usd must be an amount of at least 0 US dollars, got 'mu"),
        ({"usd": -1}, ValueError, r"^usd must be an amount of at least 0 US dollars, got -1"),
        ({"usd": True}, ValueError, r"^usd must be an amount of at least 0"),
        ({"usd": float("inf")}, ValueError, r"^usd must be an amount of at least 0"),
        ({"usd": float("nan")}, ValueError, r"^usd must be an amount of at least 0"),
        ({"usd": [1]}, TypeError, r"^usd must be a Decimal or an int or a float or a str, got li"),
        ({"seconds": -1}, ValueError, r"^seconds must be at least 0"),
        ({"seconds": "1"}, TypeError, r"^seconds must be a number of seconds"),
        ({"tokens": 1, "grace": -1}, ValueError, r"^grace must be at least 0 seconds"),
        ({"tokens": 1, "grace": None}, TypeError, r"^grace must be a number of seconds"),
        ({"tokens": 1, "warn_at": "80%"}, TypeError, r"^warn_at must be an int or a float, got st"),
        ({"tokens": 1, "warn_at": 0}, ValueError, r"^warn_at must be more than 0 and at most 1"),
        ({"tokens": 1, "warn_at": 1.1}, ValueError, r"^warn_at must be more than 0 and at most 1"),
        ({"tokens": 1, "warn_at": True}, ValueError, r"^warn_at must be more than 0 and at most"),
        ({"tokens": 1, "on_exceeded": "stop"}, ValueError, r'^on_exceeded must be "interrupt", "w'),
        ({"tokens": 1, "on_exceeded": None}, ValueError, r"^on_exceeded must be"),
        (
            {},
            ValueError,
            r"^a budget needs a limit: give one of tokens, output_tokens, usd, seconds, "
            r"model_calls, commands, tool_calls$",
        ),
        ({"warn_at": 0.5}, ValueError, r"^a budget needs a limit"),
        ({"seconds": float("inf")}, ValueError, r"^a budget needs a limit"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    options: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        Raw(**options)


def decide(request: object) -> None:
    """Grant nothing."""


@pytest.mark.parametrize("wanted", ["interrupt", "wrap_up", decide])
def test_what_happens_when_it_is_spent_is_a_word_or_a_function(wanted: Any) -> None:
    assert Budget(tokens=1, on_exceeded=wanted).on_exceeded is wanted


@pytest.mark.parametrize("share", [None, 1, 0.01])
def test_the_share_that_is_warned_at_is_up_to_the_whole(share: float | None) -> None:
    assert Budget(tokens=1, warn_at=share).warn_at == share


# --- each limit at work --------------------------------------------------------------------------

COUNTS = Counts(*(70, 9, 9, 30, 9), usd=Decimal("1.5"), model_calls=4, commands=5, tool_calls=6)


def test_each_limit_is_held_against_its_own_count() -> None:
    budget = Budget(
        tokens=1, output_tokens=1, usd=1, seconds=1, model_calls=1, commands=1, tool_calls=1
    )
    assert Allowance(budget, scope="turn").values(COUNTS, 12.5) == {
        "tokens": 100,
        "output_tokens": 30,
        "usd": Decimal("1.5"),
        "seconds": 12.5,
        "model_calls": 4,
        "commands": 5,
        "tool_calls": 6,
    }


@pytest.mark.parametrize(
    ("budget", "goes_on", "ended"),
    [
        (Budget(output_tokens=30), "output_tokens", None),
        (Budget(output_tokens=29), "output_tokens", "output_tokens"),
        (Budget(usd=1.5), "usd", None),
        (Budget(seconds=12.5), "seconds", None),
        (Budget(model_calls=4), "model_calls", None),
        (Budget(commands=5), None, None),
        (Budget(commands=4), "commands", "commands"),
        (Budget(tool_calls=6), None, None),
        (Budget(tool_calls=5), "tool_calls", "tool_calls"),
        (Budget(tokens=101, commands=6), None, None),
    ],
)
def test_a_limit_that_is_reached_stops_what_goes_on_and_no_last_call(
    budget: Budget, goes_on: str | None, ended: str | None
) -> None:
    allowance = Allowance(budget, scope="turn")
    assert allowance.exceeded(COUNTS, 12.5, goes_on=True) == goes_on
    assert allowance.exceeded(COUNTS, 12.5, goes_on=False) == ended


@pytest.mark.parametrize("scope", ["goal", "thread", "client"])
def test_more_than_one_turn_is_over_once_its_last_command_was_run(scope: Any) -> None:
    for budget in (Budget(commands=5), Budget(tool_calls=6)):
        (name,) = budget.limits
        assert Allowance(budget, scope=scope).is_spent(COUNTS, 0.0) == name
        assert Allowance(budget, scope="turn").is_spent(COUNTS, 0.0) is None
    assert Allowance(Budget(commands=6), scope=scope).is_spent(COUNTS, 0.0) is None


def test_a_price_that_is_unknown_ends_a_budget_of_money_alone() -> None:
    counts = Counts(unpriced=frozenset({"new"}))
    for allowance in (Allowance(Budget(usd=100, tokens=9), scope="turn"),):
        assert allowance.exceeded(counts, 0.0, goes_on=False) == "usd"
        assert allowance.is_spent(counts, 0.0) == "usd"
    other = Allowance(Budget(tokens=9), scope="turn")
    assert other.exceeded(counts, 0.0, goes_on=False) is None
    assert other.is_spent(counts, 0.0) is None


def test_a_limit_that_was_not_set_has_nothing_left() -> None:
    allowance = Allowance(Budget(tokens=150), scope="turn")
    assert allowance.left("tokens", COUNTS, 0.0) == 50
    assert allowance.left("usd", COUNTS, 0.0) is None


def test_a_share_that_is_reached_is_near_and_looking_warns_nobody() -> None:
    allowance = Allowance(Budget(tokens=125, usd=100), scope="turn")
    assert allowance.near(COUNTS, 0.0) == "tokens"
    assert not allowance.has_warned
    assert Allowance(Budget(tokens=126), scope="turn").near(COUNTS, 0.0) is None
    assert Allowance(Budget(tokens=1, warn_at=None), scope="turn").near(COUNTS, 0.0) is None


@pytest.mark.parametrize(
    ("budget", "counts", "over"),
    [
        (Budget(output_tokens=100), Counts(output=110), False),
        (Budget(output_tokens=100), Counts(output=111), True),
        (Budget(model_calls=3), Counts(model_calls=5), False),
        (Budget(model_calls=3), Counts(model_calls=6), True),
        (Budget(commands=0), Counts(commands=2), False),
        (Budget(commands=0), Counts(commands=3), True),
        (Budget(tool_calls=100), Counts(tool_calls=110), False),
        (Budget(tool_calls=100), Counts(tool_calls=111), True),
    ],
)
def test_wrapping_up_may_take_a_tenth_more_and_of_calls_two(
    budget: Budget, counts: Counts, over: bool
) -> None:
    found = Allowance(budget, scope="turn").overdrawn(counts, 0.0)
    assert found == (set(budget.limits) if over else set())


def test_wrapping_up_takes_no_more_than_a_tenth_of_the_time() -> None:
    allowance = Allowance(Budget(seconds=100), scope="turn")
    assert allowance.left_to_overdraw(Counts(), 104.0) == pytest.approx(6)
    assert allowance.left_to_overdraw(Counts(), 120.0) == 0.0
