"""The limit that a budget puts on a turn: when it looks again, and what it says was spent."""

from __future__ import annotations

from typing import Any

import pytest

from openai_codex import Budget, Spend
from openai_codex._core.account import Account, Counts
from openai_codex._turns.budget import Allowance
from openai_codex._turns.budget_limit import BudgetLimit
from openai_codex._turns.limits import Activity, Consult, Interrupt, Steer
from openai_codex._turns.notification import Notification

STARTED = Notification.from_wire(
    "turn/started", {"threadId": "th", "turn": {"id": "t1", "items": [], "status": "inProgress"}}, 9
)


class Clock:
    """A clock that stands still until it is told."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def account(clock: Clock) -> Account:
    """Return the account of a turn that began at 100."""
    account = Account(clock)
    account.running["t1"] = ("th", clock.now, True)
    return account


def limit_of(allowance: Allowance, account: Account) -> BudgetLimit:
    limit = BudgetLimit(allowance, account_of=lambda turn_id: account, thread_id="th")
    limit.see(STARTED, is_agents=False)
    return limit


def test_an_agent_told_to_finish_is_looked_at_when_that_has_taken_too_long(
    clock: Clock, account: Account
) -> None:
    budget = Budget(seconds=20, on_exceeded="wrap_up", warn_at=None)
    limit = limit_of(Allowance(budget, scope="turn"), account)
    assert limit.left() == 20
    clock.now = 121
    assert limit.left() == 0
    assert isinstance(limit.check(Activity(1)), Steer)
    assert limit.left() == pytest.approx(1)  # what is left of a tenth more, and not at once
    clock.now = 122.5
    assert limit.left() == 0
    assert isinstance(limit.check(Activity(1)), Interrupt)


def test_a_turn_that_waits_for_anothers_answer_does_not_look_all_the_time(
    clock: Clock, account: Account
) -> None:
    budget = Budget(seconds=20, on_exceeded=lambda request: None, warn_at=None)
    allowance = Allowance(budget, scope="client")
    asker, other = limit_of(allowance, account), limit_of(allowance, account)
    clock.now = 121
    asked = asker.check(Activity(1))
    assert isinstance(asked, Consult)
    assert other.check(Activity(1)) is None
    left = other.left()
    assert left is not None
    assert left > 0
    asker.done(asked, Budget(seconds=30))
    assert other.left() == 29


def test_what_was_carried_counts_before_the_turn_has_begun(account: Account) -> None:
    allowance = Allowance(Budget(tokens=100), scope="turn")
    allowance.charge(Spend(input_tokens=110, output_tokens=10))
    limit = BudgetLimit(allowance, account_of=lambda turn_id: account, thread_id="th")
    assert limit.spent().tokens == 120
    account.counts = Counts(input=5)
    limit.see(STARTED, is_agents=False)
    assert limit.spent().tokens == 125


@pytest.mark.parametrize(
    ("params", "turn_id"),
    [
        ({"turnId": "t1"}, "t1"),
        ({"turn": {"id": "t1"}}, "t1"),
        ({"turn": {"id": "t1", "rootTurnId": None}}, "t1"),
        ({"turn": {"id": "review", "rootTurnId": "t1"}}, "t1"),
        ({"turnId": "review", "turn": {"rootTurnId": "t1"}}, "t1"),
        ({"turn": "odd"}, None),
        ({}, None),
    ],
)
def test_a_limit_is_of_the_turn_that_its_caller_knows(
    account: Account, params: dict[str, Any], turn_id: str | None
) -> None:
    asked: list[str] = []

    def account_of(turn_id: str) -> Account:
        asked.append(turn_id)
        return account

    allowance = Allowance(Budget(tokens=1), scope="turn")
    limit = BudgetLimit(allowance, account_of=account_of, thread_id="th")
    limit.see(Notification.from_wire("turn/started", STARTED.params, 9), is_agents=True)
    limit.see(Notification.from_wire("turn/started", params, 9), is_agents=False)
    assert limit.turn_id == turn_id
    assert (limit.account() is account) is (turn_id is not None)
    assert set(asked) == ({turn_id} if turn_id else set())


def test_a_turn_looks_at_what_others_spent_when_it_is_woken(account: Account) -> None:
    limit = limit_of(Allowance(Budget(tokens=100), scope="client"), account)
    looks: list[str] = []
    limit.look = lambda: looks.append("looks")
    assert limit.check(Activity(1)) is None
    account.counts = Counts(input=200)
    assert limit.check(Activity(2)) is None
    limit.wake()
    assert looks == ["looks"]
    assert limit.check(Activity(2)) == Interrupt()
    limit.look = None
    limit.wake()


@pytest.mark.parametrize(
    ("granted", "then", "told"),
    [
        (None, Interrupt(), None),
        (Budget(tokens=50), Interrupt(), "Budget(tokens=50) is spent already: the turn stops"),
        (Budget(tokens=500), None, None),
        (7, Interrupt(), "on_exceeded must return a Budget or None, got 7: the turn stops"),
        (ValueError("a bug"), Interrupt(), None),
    ],
)
def test_what_a_function_grants_holds_at_once(
    account: Account, granted: object, then: object, told: str | None
) -> None:
    budget = Budget(tokens=100, on_exceeded=lambda request: None, warn_at=None, grace=7)
    limit = limit_of(Allowance(budget, scope="client"), account)
    account.counts = Counts(input=200)
    asked = limit.check(Activity(1))
    assert isinstance(asked, Consult)
    request = asked.argument
    assert (asked.seconds, request.limit, request.scope) == (7, "tokens", "client")
    assert (request.thread_id, request.turn_id, request.spent.tokens) == ("th", "t1", 200)
    assert limit.done(asked, granted) == told
    assert limit.check(Activity(1)) == then


@pytest.mark.parametrize("odd", [7, None, ["commandExecution"], {"type": "x"}])
def test_an_item_whose_type_is_of_any_shape_stops_no_budget(account: Account, odd: object) -> None:
    limit = limit_of(Allowance(Budget(tokens=10), scope="turn"), account)
    item = {"type": odd, "id": "i1"}
    limit.see(Notification.from_wire("item/started", {"item": item}, 9), is_agents=False)
    assert limit.check(Activity(1)) is None


def responds(limit: BudgetLimit, account: Account, *items: str, tokens: int) -> object:
    """Show a response that asks for some items, and return what the budget wants done."""
    for kind in items:
        started = {"item": {"type": kind, "id": "i"}, "turnId": "t1", "threadId": "th"}
        limit.see(Notification.from_wire("item/started", started, 9), is_agents=False)
    account.counts.input += tokens
    account.counts.model_calls += 1
    report = {"threadId": "th", "turnId": "t1", "tokenUsage": {}}
    limit.see(Notification.from_wire("thread/tokenUsage/updated", report, 9), is_agents=False)
    return limit.check(Activity(1))


COMMAND, MESSAGE = "commandExecution", "agentMessage"


def test_an_agent_told_to_finish_answers_though_a_response_was_under_way(account: Account) -> None:
    budget = Budget(tokens=3005, on_exceeded="wrap_up", warn_at=None)
    limit = limit_of(Allowance(budget, scope="turn"), account)
    assert isinstance(responds(limit, account, COMMAND, tokens=3010), Steer)
    assert responds(limit, account, COMMAND, tokens=3010) is None
    assert responds(limit, account, MESSAGE, tokens=3010) is None


def test_an_agent_that_goes_on_though_it_was_told_to_finish_is_stopped(account: Account) -> None:
    budget = Budget(tokens=3005, on_exceeded="wrap_up", warn_at=None)
    limit = limit_of(Allowance(budget, scope="turn"), account)
    assert isinstance(responds(limit, account, COMMAND, tokens=3010), Steer)
    assert responds(limit, account, COMMAND, tokens=3010) is None
    assert isinstance(responds(limit, account, MESSAGE, COMMAND, tokens=3010), Interrupt)


def test_an_agent_that_was_told_and_talks_without_end_is_stopped(account: Account) -> None:
    budget = Budget(output_tokens=100, tokens=3005, on_exceeded="wrap_up", warn_at=None)
    limit = limit_of(Allowance(budget, scope="turn"), account)
    assert isinstance(responds(limit, account, MESSAGE, tokens=3010), Steer)
    assert responds(limit, account, MESSAGE, tokens=3010) is None
    assert responds(limit, account, MESSAGE, tokens=3010) is None
    assert isinstance(responds(limit, account, MESSAGE, tokens=3010), Interrupt)


def test_a_limit_of_calls_does_not_wait_for_responses(account: Account) -> None:
    budget = Budget(commands=1, on_exceeded="wrap_up", warn_at=None)
    limit = limit_of(Allowance(budget, scope="turn"), account)
    account.counts.commands = 2
    assert isinstance(responds(limit, account, COMMAND, tokens=10), Steer)
    account.counts.commands = 4
    assert isinstance(responds(limit, account, COMMAND, tokens=10), Interrupt)
