"""What is spent counts once, for the turn that it was spent for; literals of real wire lines."""

from __future__ import annotations

import json
from dataclasses import asdict
from decimal import Decimal
from typing import Any

import pytest

from openai_codex._core.account import Account, Counts, Usage, price_of, wire_total
from openai_codex._core.ledger import Ledger
from openai_codex._turns.notification import Notification


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(clock: Clock) -> Ledger:
    return Ledger(clock=clock)


def note(method: str, **params: Any) -> Notification:
    return Notification.from_wire(method, params, 1)


def started(ledger: Ledger, thread: str, turn: Any, root: str | None = None) -> None:
    body = {"id": turn, "rootTurnId": root or turn, "status": "inProgress"}
    ledger.turn_started(note("turn/started", threadId=thread, turn=body))


def completed(ledger: Ledger, thread: str, turn: Any, milliseconds: Any = 2000) -> None:
    body = {"id": turn, "status": "completed", "durationMs": milliseconds}
    ledger.turn_completed(note("turn/completed", threadId=thread, turn=body))


def tokens(given: int, out: int) -> dict[str, int]:
    return {
        "totalTokens": given + out,
        "inputTokens": given,
        "cachedInputTokens": given // 2,
        "cacheWriteInputTokens": 0,
        "outputTokens": out,
        "reasoningOutputTokens": 1,
    }


def used(
    ledger: Ledger, thread: str, turn: str, last: tuple[int, int], total: tuple[int, int]
) -> None:
    usage = {"last": tokens(*last), "total": tokens(*total), "modelContextWindow": 258400}
    ledger.usage_updated(
        note("thread/tokenUsage/updated", threadId=thread, turnId=turn, tokenUsage=usage)
    )


def item(ledger: Ledger, thread: str, turn: str, **fields: Any) -> None:
    ledger.item_started({"threadId": thread, "turnId": turn, "item": fields})


def spent(account: Account) -> tuple[int, int, int]:
    return account.counts.input, account.counts.output, account.counts.model_calls


def test_responses_add_up_for_the_turn_the_thread_and_the_client(ledger: Ledger) -> None:
    started(ledger, "T1", "U1")
    used(ledger, "T1", "U1", (100, 10), (100, 10))
    used(ledger, "T1", "U1", (200, 20), (300, 30))
    for account in (ledger.of_turn("U1"), ledger.of_thread("T1"), ledger.total):
        assert spent(account) == (300, 30, 2)
        assert account.counts.cached == 150
        assert account.counts.reasoning == 2
    assert ledger.of_turn("U1").by_agent["T1"].model_calls == 2
    assert ledger.total.by_agent == ledger.of_turn("U1").by_agent


def test_the_same_total_again_is_a_replay(ledger: Ledger) -> None:
    started(ledger, "T1", "U1")
    used(ledger, "T1", "U1", (100, 10), (100, 10))
    used(ledger, "T1", "U1", (100, 10), (100, 10))
    assert spent(ledger.total) == (100, 10, 1)


def test_a_turn_after_a_cut_may_come_to_the_total_that_was_there(ledger: Ledger) -> None:
    started(ledger, "T1", "U1")
    used(ledger, "T1", "U1", (100, 10), (100, 10))
    ledger.thread_cut("T1")
    ledger.thread_cut("T2")  # one that nobody has heard of
    used(ledger, "T1", "U1", (100, 10), (100, 10))  # a replay still
    ledger.thread_cut("T1")
    started(ledger, "T1", "U2")
    used(ledger, "T1", "U2", (100, 10), (100, 10))  # the same prompt again
    used(ledger, "T1", "U2", (100, 10), (100, 10))
    assert spent(ledger.total) == (200, 20, 2)
    assert spent(ledger.of_turn("U2")) == (100, 10, 1)


def test_a_full_context_and_a_compaction_are_no_responses(ledger: Ledger) -> None:
    started(ledger, "T1", "U1")
    used(ledger, "T1", "U1", (100, 10), (100, 10))
    full = {"totalTokens": 258290, "inputTokens": 0, "outputTokens": 0}
    usage = {"last": full, "total": {"totalTokens": 258400}}
    ledger.usage_updated(
        note("thread/tokenUsage/updated", threadId="T1", turnId="U1", tokenUsage=usage)
    )
    used(ledger, "T1", "U1", (100, 10), (100, 10))  # after it, totals begin again
    assert spent(ledger.total) == (200, 20, 2)


def test_a_sub_agent_counts_for_the_turn_that_it_works_for(ledger: Ledger) -> None:
    started(ledger, "T1", "U1")
    started(ledger, "T2", "U2", root="U1")
    used(ledger, "T2", "U2", (5000, 77), (5000, 77))
    assert spent(ledger.of_turn("U1")) == (5000, 77, 1)
    assert spent(ledger.of_thread("T1")) == (5000, 77, 1)
    assert spent(ledger.of_thread("T2")) == (0, 0, 0)
    assert ledger.of_turn("U1").by_agent["T2"].output == 77
    assert ledger.agents_of("U1") == [("T2", "U2")]
    assert ledger.running_turns("T1") == [("T1", "U1"), ("T2", "U2")]
    assert ledger.running_turns() == [("T1", "U1"), ("T2", "U2")]


def test_nested_agents_count_for_the_first_turn(ledger: Ledger) -> None:
    started(ledger, "T1", "U1")
    started(ledger, "T2", "U2", root="U1")
    started(ledger, "T3", "U3", root="U2")
    used(ledger, "T3", "U3", (7, 1), (7, 1))
    assert spent(ledger.of_turn("U1")) == (7, 1, 1)


def test_an_agent_that_outlives_its_root_still_counts_for_it(ledger: Ledger) -> None:
    started(ledger, "T1", "U1")
    started(ledger, "T2", "U2", root="U1")
    account = ledger.of_turn("U1")
    completed(ledger, "T1", "U1")
    started(ledger, "T3", "U3", root="U1")  # spawned by the agent, after the root was over
    used(ledger, "T2", "U2", (50, 5), (50, 5))
    used(ledger, "T3", "U3", (50, 5), (50, 5))
    assert spent(account) == (100, 10, 2)
    assert spent(ledger.of_thread("T1")) == (100, 10, 2)
    completed(ledger, "T2", "U2")
    completed(ledger, "T3", "U3")
    assert ledger.of_turn("U1") is account
    assert not account.running


def test_a_review_begins_under_another_id_and_counts_for_the_id_that_its_caller_has(
    ledger: Ledger,
) -> None:
    started(ledger, "T1", "I1", root="R1")
    used(ledger, "T1", "R1", (10, 1), (10, 1))
    completed(ledger, "T1", "R1")
    assert spent(ledger.of_turn("R1")) == (10, 1, 1)
    assert ledger.running_turns() == []


def test_where_a_resumed_thread_stands_is_its_own_past_and_not_the_clients(ledger: Ledger) -> None:
    ledger.thread_opened("thread/resume", {"thread": {"id": "T1"}, "model": "gpt-5.5"})
    used(ledger, "T1", "U0", (100, 10), (900, 90))
    assert spent(ledger.of_thread("T1")) == (900, 90, 0)
    assert spent(ledger.total) == (0, 0, 0)
    started(ledger, "T1", "U1")
    used(ledger, "T1", "U1", (100, 10), (1000, 100))
    assert spent(ledger.of_thread("T1")) == (1000, 100, 1)
    assert spent(ledger.total) == (100, 10, 1)


def test_a_second_resume_of_a_thread_in_use_adds_nothing(ledger: Ledger) -> None:
    started(ledger, "T1", "U1")
    used(ledger, "T1", "U1", (100, 10), (100, 10))
    completed(ledger, "T1", "U1")
    ledger.thread_opened("thread/resume", {"thread": {"id": "T1"}})
    used(ledger, "T1", "U1", (100, 10), (100, 10))
    assert spent(ledger.of_thread("T1")) == (100, 10, 1)


def test_a_copy_that_takes_a_threads_place_goes_on_counting(ledger: Ledger) -> None:
    ledger.thread_opened("thread/start", {"thread": {"id": "T1"}, "model": "gpt-5.5"})
    started(ledger, "T1", "R")
    used(ledger, "T1", "R", (100, 10), (100, 10))
    completed(ledger, "T1", "R")
    for _ in "ab":  # again after a redo that was broken off
        ledger.hand_over("T1", "T2")
    ledger.thread_opened("thread/resume", {"thread": {"id": "T2"}})
    used(ledger, "T2", "R", (100, 10), (100, 10))  # where it stands
    assert spent(ledger.of_thread("T2")) == (100, 10, 1)
    started(ledger, "T2", "S")
    used(ledger, "T2", "S", (50, 10), (150, 20))
    assert spent(ledger.of_thread("T2")) == (150, 20, 2)
    by_agent = ledger.of_thread("T2").by_agent
    assert {name: counts.model_calls for name, counts in by_agent.items()} == {"T2": 2}


def test_the_copy_of_a_thread_has_its_model_and_then_one_of_its_own(ledger: Ledger) -> None:
    opened = {"thread": {"id": "T1"}, "model": "m", "serviceTier": "fast"}
    ledger.thread_opened("thread/start", opened)
    ledger.hand_over("T1", "T2")
    assert ledger.model_of("T2") == ("m", "fast")
    ledger.thread_opened("thread/resume", {"thread": {"id": "T2"}, "model": "n"})
    assert (ledger.model_of("T1")[0], ledger.model_of("T2")[0]) == ("m", "n")


def test_a_fork_begins_with_nothing_spent(ledger: Ledger) -> None:
    ledger.thread_opened("thread/fork", {"thread": {"id": "T2"}})
    used(ledger, "T2", "U1", (100, 10), (100, 10))
    assert spent(ledger.of_thread("T2")) == (0, 0, 0)


def test_a_turn_that_begins_before_the_total_of_a_resume_counts(ledger: Ledger) -> None:
    ledger.thread_opened("thread/resume", {"thread": {"id": "T1"}})
    started(ledger, "T1", "U1")
    used(ledger, "T1", "U1", (100, 10), (100, 10))
    assert spent(ledger.total) == (100, 10, 1)


def test_a_history_takes_the_place_of_what_was_carried_over(ledger: Ledger) -> None:
    counts = Counts(input=900, output=90, model_calls=9, commands=2)
    ledger.history("T1", counts, {"T1": Counts(input=900, output=90)}, total=tokens(900, 90))
    ledger.thread_opened("thread/resume", {"thread": {"id": "T1"}})
    used(ledger, "T1", "U0", (100, 10), (900, 90))  # where it stands, which the file told already
    assert spent(ledger.of_thread("T1")) == (900, 90, 9)
    assert ledger.of_thread("T1").by_agent["T1"].input == 900
    assert spent(ledger.total) == (0, 0, 0)
    started(ledger, "T1", "U1")
    used(ledger, "T1", "U1", (100, 10), (1000, 100))
    assert spent(ledger.of_thread("T1")) == (1000, 100, 10)
    assert spent(ledger.total) == (100, 10, 1)


def test_what_was_spent_between_the_file_and_the_resume_counts_once(ledger: Ledger) -> None:
    started(ledger, "T1", "U1")
    used(ledger, "T1", "U1", (100, 10), (100, 10))
    completed(ledger, "T1", "U1")
    # Another client went on with it: its file tells of one response, a report of the next.
    ledger.history("T1", Counts(input=300, output=30, model_calls=2), {}, total=tokens(300, 30))
    ledger.thread_opened("thread/resume", {"thread": {"id": "T1"}})
    used(ledger, "T1", "U2", (100, 10), (400, 40))
    assert spent(ledger.of_thread("T1")) == (400, 40, 3)


def test_a_history_that_tells_no_more_than_was_heard_changes_nothing(ledger: Ledger) -> None:
    started(ledger, "T1", "U1")
    item(ledger, "T1", "U1", type="commandExecution", id="c1")
    used(ledger, "T1", "U1", (100, 10), (100, 10))
    for calls in (0, 1):
        ledger.history("T1", Counts(input=100, output=10, model_calls=calls), {})
    assert spent(ledger.of_thread("T1")) == (100, 10, 1)
    assert ledger.of_thread("T1").counts.commands == 1


def test_a_stored_total_is_told_as_on_the_wire() -> None:
    stored = {"input_tokens": 5, "cache_write_input_tokens": 3, "total_tokens": 7, "new": 1}
    told = {"inputTokens": 5, "cacheWriteInputTokens": 3, "totalTokens": 7}
    assert wire_total(stored) == told
    assert wire_total(None) is None


def test_commands_and_tool_calls_count_once_each(ledger: Ledger) -> None:
    started(ledger, "T1", "U1")
    item(ledger, "T1", "U1", type="commandExecution", id="c1")
    item(ledger, "T1", "U1", type="commandExecution", id="c1")  # a retried response repeats it
    item(ledger, "T1", "U1", type="commandExecution", id="c2", source="userShell")
    item(ledger, "T1", "U1", type="dynamicToolCall", id="t1")
    item(ledger, "T1", "U1", type="mcpToolCall", id="t2")
    item(ledger, "T1", "U1", type="agentMessage", id="m1")
    item(ledger, "T1", "U1", type=7, id="m2")
    item(ledger, "T1", "U1", type=["odd"], id="m3")
    ledger.item_completed({"item": {"type": ["odd"], "id": "m3"}})
    item(ledger, "T9", "U9", type="commandExecution", id="c3")  # of no turn that runs
    counts = ledger.of_turn("U1").counts
    assert (counts.commands, counts.tool_calls) == (1, 2)
    assert (ledger.total.counts.commands, ledger.total.counts.tool_calls) == (1, 2)
    assert ledger.of_turn("U1").by_agent["T1"].commands == 1


def test_an_item_of_another_shape_counts_nothing(ledger: Ledger) -> None:
    started(ledger, "T1", "U1")
    ledger.item_started({"threadId": "T1", "turnId": "U1", "item": None})
    assert ledger.total.counts.commands == 0


def test_money_is_counted_by_the_model_and_tier_of_each_thread(ledger: Ledger) -> None:
    asked = []

    def price(model: str | None, tier: str | None, usage: Usage) -> Decimal | None:
        asked.append((model, tier, usage.input))
        return None if model == "new" else Decimal(usage.input)

    ledger.price = price
    ledger.thread_opened(
        "thread/start", {"thread": {"id": "T1"}, "model": "gpt-5.5", "serviceTier": "flex"}
    )
    started(ledger, "T1", "U1")
    item(ledger, "T1", "U1", type="subAgentActivity", agentThreadId="T2", model="small")
    started(ledger, "T2", "U2", root="U1")
    started(ledger, "T3", "U3", root="U1")
    used(ledger, "T1", "U1", (1, 0), (1, 0))
    used(ledger, "T2", "U2", (2, 0), (2, 0))
    used(ledger, "T3", "U3", (4, 0), (4, 0))
    assert asked == [("gpt-5.5", "flex", 1), ("small", None, 2), ("gpt-5.5", None, 4)]
    assert ledger.total.counts.usd == 7
    assert ledger.model_of("T1") == ("gpt-5.5", "flex")
    ledger.rerouted(note("model/rerouted", threadId="T1", toModel="new"))
    used(ledger, "T1", "U1", (8, 0), (9, 0))
    assert ledger.total.counts.usd == 7
    assert ledger.total.counts.unpriced == {"new"}


def test_an_item_that_ends_names_the_model_of_its_agents(ledger: Ledger) -> None:
    ledger.item_completed(
        {"item": {"type": "collabAgentToolCall", "receiverThreadIds": ["T2", 7], "model": "small"}}
    )
    ledger.item_completed(
        {"item": {"type": "subAgentActivity", "agentThreadId": "T2", "model": None}}
    )
    ledger.item_completed({"item": {"type": "agentMessage", "model": "odd"}})
    assert ledger.model_of("T2") == ("small", None)


def test_settings_change_the_model_and_the_tier(ledger: Ledger) -> None:
    settings = {"model": "gpt-6", "serviceTier": "priority"}
    ledger.settings_updated(note("thread/settings/updated", threadId="T1", threadSettings=settings))
    ledger.settings_updated(note("thread/settings/updated", threadId="T1", threadSettings=None))
    assert ledger.model_of("T1") == ("gpt-6", "priority")


def test_a_price_that_raises_is_an_unknown_price(ledger: Ledger) -> None:
    def price(*_: object) -> Decimal:
        raise RuntimeError("boom")

    ledger.price = price
    started(ledger, "T1", "U1")
    used(ledger, "T1", "U1", (1, 0), (1, 0))
    assert ledger.total.counts.unpriced == {"unknown"}


@pytest.mark.parametrize(
    ("told", "usd"), [(Decimal("0.1"), "0.1"), (0.1, "0.1"), (2, "2"), (0, "0"), (None, None)]
)
def test_a_price_is_a_decimal_whatever_number_it_was(told: Any, usd: str | None) -> None:
    assert price_of(lambda *_: told, "m", None, Usage()) == (None if usd is None else Decimal(usd))


@pytest.mark.parametrize(
    ("told", "kind"),
    [("0.1", TypeError), (True, TypeError), (-1, ValueError), (float("nan"), ValueError)],
)
def test_what_no_response_can_cost_is_unknown_and_its_tokens_count(
    ledger: Ledger, told: Any, kind: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(kind, match="prices= must return"):
        price_of(lambda *_: told, "m", None, Usage())
    ledger.price = lambda *_: told
    started(ledger, "T1", "U1")
    used(ledger, "T1", "U1", (1, 0), (1, 0))
    used(ledger, "T1", "U1", (2, 0), (3, 0))
    assert spent(ledger.total) == (3, 0, 2)
    assert ledger.total.counts.unpriced == {"unknown"}
    assert len(caplog.records) == 1  # of the first


def test_time_is_that_of_root_turns_and_of_each_agent(ledger: Ledger, clock: Clock) -> None:
    started(ledger, "T1", "U1")
    started(ledger, "T2", "U2", root="U1")
    clock.now += 3
    assert ledger.of_turn("U1").elapsed() == 3
    completed(ledger, "T2", "U2", milliseconds=1500)
    completed(ledger, "T1", "U1", milliseconds=None)  # where the runtime does not tell
    assert ledger.of_turn("U1").elapsed() == 3
    assert ledger.of_turn("U1").by_agent["T2"].seconds == 1.5


def test_finished_turns_are_kept_for_a_while_and_then_forgotten(ledger: Ledger) -> None:
    for number in range(70):
        started(ledger, "T1", f"U{number}")
        used(ledger, "T1", f"U{number}", (1, 1), (number + 1, number + 1))
        completed(ledger, "T1", f"U{number}")
    assert spent(ledger.of_turn("U69")) == (1, 1, 1)
    assert spent(ledger.of_turn("U0")) == (0, 0, 0)
    assert spent(ledger.of_thread("T1")) == (70, 70, 70)


def test_a_turn_that_was_joined_in_its_middle_counts_from_then_on(ledger: Ledger) -> None:
    used(ledger, "T1", "U1", (10, 1), (500, 50))
    used(ledger, "T1", "U1", (10, 1), (510, 51))
    assert spent(ledger.of_turn("U1")) == (20, 2, 2)
    assert spent(ledger.of_thread("T1")) == (20, 2, 2)


def test_a_deleted_thread_is_forgotten_and_the_client_keeps_its_sum(ledger: Ledger) -> None:
    started(ledger, "T1", "U1")
    used(ledger, "T1", "U1", (10, 1), (10, 1))
    completed(ledger, "T1", "U1")
    ledger.thread_deleted(note("thread/deleted", threadId="T1"))
    assert spent(ledger.of_thread("T1")) == (0, 0, 0)
    assert spent(ledger.total) == (10, 1, 1)
    assert ledger.total.by_agent == {}


def test_whoever_wants_to_know_of_spending_is_called(ledger: Ledger) -> None:
    heard: list[tuple[str, str]] = []
    ledger.on_spent = lambda thread, turn: heard.append((thread, turn))
    started(ledger, "T1", "U1")
    started(ledger, "T2", "U2", root="U1")
    used(ledger, "T2", "U2", (10, 1), (10, 1))
    item(ledger, "T1", "U1", type="commandExecution", id="c1")
    assert heard == [("T1", "U1")] * 4


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("turn_started", {}),
        ("turn_started", {"threadId": "T1", "turn": {"id": 7}}),
        ("turn_started", {"threadId": "T1", "turn": []}),
        ("turn_completed", {"threadId": "T1"}),
        ("turn_completed", {"threadId": "T1", "turn": {"id": "never begun"}}),
        ("usage_updated", {}),
        ("usage_updated", {"threadId": "T1", "turnId": "U1", "tokenUsage": 1}),
        ("usage_updated", {"threadId": "T1", "turnId": "U1", "tokenUsage": {"last": "x"}}),
        (
            "usage_updated",
            {"threadId": "T1", "turnId": "U1", "tokenUsage": {"last": {"inputTokens": -5}}},
        ),
    ],
)
def test_messages_of_another_shape_count_nothing(
    ledger: Ledger, method: str, params: dict[str, Any]
) -> None:
    getattr(ledger, method)(note("odd", **json.loads(json.dumps(params))))
    assert spent(ledger.total) == (0, 0, 0)


@pytest.mark.parametrize("result", [None, {}, {"thread": {}}, {"thread": {"id": 7}}])
def test_a_reply_of_another_shape_opens_nothing(ledger: Ledger, result: Any) -> None:
    ledger.thread_opened("thread/start", result)
    assert ledger.model_of("7") == (None, None)


def test_sums_include_sums() -> None:
    one = Counts(input=1, usd=Decimal(2), commands=3, tool_calls=4, seconds=5, model_calls=6)
    other = Counts(input=1, usd=Decimal(2), unpriced=frozenset({"m"}))
    one.include(other)
    assert (one.input, one.usd, one.model_calls) == (2, Decimal(4), 6)
    assert one.unpriced == {"m"}
    numbers: Any = {name: at for at, name in enumerate(Counts.__slots__, 1)}
    whole = Counts(**{**numbers, "usd": Decimal(7), "unpriced": frozenset({"m"})})
    sums = Counts()
    sums.include(whole)
    assert sums == whole


def test_a_turn_of_a_thread_that_was_deleted_ends_quietly(ledger: Ledger) -> None:
    started(ledger, "T1", "U1")
    ledger.thread_deleted(note("thread/deleted", threadId="T1"))
    completed(ledger, "T1", "U1")
    assert ledger.running_turns() == []


def test_the_report_before_a_turn_is_remembered(ledger: Ledger) -> None:
    def total_before(turn: str) -> Any:
        report = ledger.usage_before("T1", turn)
        return report and report["total"]["inputTokens"]

    assert total_before("U1") is None
    used(ledger, "T1", "U1", (100, 10), (100, 10))
    assert [total_before("U1"), total_before("U2")] == [None, 100]
    used(ledger, "T1", "U2", (100, 10), (200, 20))
    used(ledger, "T1", "U2", (100, 10), (300, 30))
    assert [total_before("U2"), total_before("U3")] == [100, 300]
    assert ledger.usage_before("T2", "U2") is None
    ledger.thread_deleted(note("thread/deleted", threadId="T1"))
    assert total_before("U3") is None


def test_a_stored_usage_has_names_of_its_own() -> None:
    stored = {"input_tokens": 5, "cached_input_tokens": 4, "cache_write_input_tokens": 3}
    stored.update(output_tokens=2, reasoning_output_tokens=1)
    assert Usage.of_stored(stored) == Usage(5, 4, 3, 2, 1)
    assert Usage.of(stored) == Usage()


def test_only_the_first_report_of_a_resumed_thread_is_what_it_had_spent(ledger: Ledger) -> None:
    ledger.thread_opened("thread/resume", {"thread": {"id": "T1"}})
    used(ledger, "T1", "U1", (100, 10), (100, 10))
    assert spent(ledger.of_thread("T1")) == (100, 10, 0)
    used(ledger, "T1", "U1", (5, 1), (105, 11))  # of a turn whose beginning nobody saw
    assert spent(ledger.of_thread("T1")) == (105, 11, 1)


def test_a_turn_that_names_no_root_is_its_own(ledger: Ledger) -> None:
    ledger.turn_started(note("turn/started", threadId="T1", turn={"id": "U1"}))
    completed(ledger, "T1", "U1", 3000)
    assert ledger.of_turn("U1").counts.seconds == 3.0


def test_nothing_is_spent_at_first() -> None:
    assert Usage() == Usage(0, 0, 0, 0, 0)
    assert not any(asdict(Counts()).values())


def test_the_first_report_of_a_thread_that_is_new_counts(ledger: Ledger) -> None:
    ledger.thread_opened("thread/start", {"thread": {"id": "T1"}})
    used(ledger, "T1", "U1", (100, 10), (100, 10))  # of a turn whose beginning nobody saw
    assert spent(ledger.total) == (100, 10, 1)


def test_turns_that_were_joined_in_their_middle_are_forgotten_as_others_are(ledger: Ledger) -> None:
    for number in range(70):
        used(ledger, "T1", f"U{number}", (1, 1), (number + 1, number + 1))
    assert spent(ledger.of_turn("U69")) == (1, 1, 1)
    assert spent(ledger.of_turn("U0")) == (0, 0, 0)


def test_a_thread_of_ours_that_is_resumed_has_spent_all_it_reports(ledger: Ledger) -> None:
    ledger.thread_opened("thread/start", {"thread": {"id": "T1"}})
    ledger.thread_opened("thread/resume", {"thread": {"id": "T1"}})
    used(ledger, "T1", "U1", (100, 10), (100, 10))
    assert spent(ledger.total) == (100, 10, 1)


def test_what_was_used_since_is_the_difference_and_never_less_than_nothing() -> None:
    assert Usage(10, 8, 6, 4, 2).since(Usage(1, 2, 3, 1, 1)) == Usage(9, 6, 3, 3, 1)
    assert Usage(1, 2, 3, 1, 1).since(Usage(10, 8, 6, 4, 2)) == Usage()
