"""What turns spend, and budgets that stop them: the real runtime with a scripted model."""

from __future__ import annotations

import functools
import gc
import json
import logging
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from openai_codex import (
    AppServerConfig,
    AsyncCodex,
    Budget,
    BudgetExceededError,
    BudgetRequest,
    CodexError,
    InvalidRequestError,
    Spend,
    UnknownPriceError,
    methods,
    tool,
)
from openai_codex._async import stopping
from openai_codex._async.spending import AsyncSpending
from openai_codex._async.stopping import AsyncWatch
from openai_codex._core.account import Account
from openai_codex._turns.budget import Allowance
from openai_codex._turns.budget_limit import BudgetLimit
from openai_codex._turns.limits import Activity, Interrupt
from openai_codex._turns.notification import Notification
from openai_codex.prices import Usage
from openai_codex.testing import (
    Gate,
    ModelRequest,
    ScriptedModel,
    Step,
    call_tool,
    fail,
    hold,
    offline_config,
    record,
    replay,
    run_command,
    say,
    spawn_agent,
    usage,
)
from openai_codex.testing.fake import FakeAppServer, faults, on
from tests.budgets.aio import at_once, eventually
from tests.budgets.conftest import AGENTS
from tests.programs import child_process


@pytest_asyncio.fixture
async def codex(config: AppServerConfig) -> AsyncIterator[AsyncCodex]:
    async with AsyncCodex(config) as client:
        yield client


def texts_of(request: ModelRequest) -> list[str]:
    """Return all texts of a request, whoever wrote them."""
    return [json.dumps(item) for item in request.body["input"]]


def busy(
    model: ScriptedModel, *, calls: int, given: int = 1000, out: int = 100, command: str = "true"
) -> None:
    """Script a turn that asks for a command again and again before it answers."""
    steps: list[Step] = []
    for _ in range(calls):
        steps += [usage(input=given, output=out), run_command(command)]
    model.script(*steps, usage(input=given, output=out), say("done"))


def slow(model: ScriptedModel, *, calls: int) -> None:
    """Script a turn that thinks for ever after its calls: that is where it is stopped."""
    steps: list[Step] = [usage(input=1000, output=100), run_command("true")]
    model.script(*steps * calls, hold(Gate()), say("too late"))


def family(model: ScriptedModel, *, parent: int, child: int) -> None:
    """Script a turn whose sub-agent spends `child` tokens of input in its first response.

    Neither gets a second one: a model takes seconds for it, and an interrupt some milliseconds,
    unless the machine is busy with other things.
    """
    thinking = Gate()
    model.script(
        usage(input=parent, output=10),
        spawn_agent("helper", "look around"),
        hold(thinking),
        usage(input=parent, output=10),
        say("parent done"),
    )
    model.script(
        usage(input=child, output=77),
        run_command("true"),  # the runtime reports usage when the tools of a response are done
        hold(thinking),
        usage(input=child, output=77),
        say("child done"),
        agent="/root/helper",
    )


# --- what is spent -------------------------------------------------------------------------------


async def test_a_turn_a_thread_and_a_client_know_what_they_spent(
    codex: AsyncCodex, model: ScriptedModel
) -> None:
    model.script(
        usage(input=1000, cached=400, output=50, reasoning=20),
        run_command("true"),
        usage(input=2000, cache_write=70, output=30),
        say("done"),
    )
    model.script(usage(input=10, output=1), say("again"))
    thread = await codex.thread_start()
    result = await thread.run("go")
    spent = result.spent
    assert spent is not None
    assert (spent.input_tokens, spent.output_tokens, spent.tokens) == (3000, 80, 3080)
    assert (spent.cached_input_tokens, spent.cache_write_tokens) == (400, 70)
    assert spent.reasoning_tokens == 20
    assert (spent.model_calls, spent.commands, spent.tool_calls) == (2, 1, 0)
    assert spent.usd is None
    assert spent.unpriced == (AGENTS,)
    assert spent.seconds > 0
    assert spent.by_agent.keys() == {thread.id}
    second = (await thread.run("again")).spent
    assert second is not None
    assert thread.spent.tokens == codex.spent.tokens == spent.tokens + second.tokens == 3091
    assert (spent + second).model_calls == thread.spent.model_calls == 3


async def test_compactions_and_goals_count_in_their_thread(
    codex: AsyncCodex, model: ScriptedModel
) -> None:
    thread = await codex.thread_start()
    model.script(usage(input=100, output=10), say("hello"))
    await thread.run("hi")
    assert thread.spent.tokens == 110
    model.script(usage(input=2000, output=200), say("a summary"), kind="compaction")
    await thread.compact()
    await eventually(lambda: thread.spent.tokens == 2310)
    reached = call_tool("update_goal", {"status": "complete"})
    model.script(
        usage(input=3000, output=300),
        reached,
        usage(input=4000, output=400),
        say("reached"),
        kind="goal",
    )
    await thread.run_goal("Make it so")
    assert thread.spent.tokens == codex.spent.tokens == 10_010


async def test_a_budget_stops_a_goals_turn_and_pauses_the_goal(
    codex: AsyncCodex, model: ScriptedModel
) -> None:
    thread = await codex.thread_start()
    model.script(usage(input=5000, output=10), say("before the goal, and not its own"))
    await thread.run("hi")
    model.script(usage(input=100, output=10), say("cheap"), kind="goal")
    model.script(
        usage(input=5000, output=10),
        run_command("sleep 1"),
        usage(input=5000, output=10),
        run_command("sleep 30"),
        kind="goal",
    )
    async with await thread.start_goal("Make it so", budget=Budget(tokens=1000)) as run:
        with pytest.raises(BudgetExceededError) as caught:
            await run.run()
    assert (caught.value.scope, caught.value.limit) == ("goal", "tokens")
    assert [turn.final_response for turn in run.result().turns] == ["cheap"]
    goal = await thread.goal.get()
    assert goal is not None
    assert goal.status == "paused"


async def test_a_spent_budget_refuses_a_goal_before_anything_is_sent(
    codex: AsyncCodex, model: ScriptedModel
) -> None:
    thread = await codex.thread_start(budget=Budget(model_calls=1))
    model.script(usage(input=100, output=10), say("hello"))
    await thread.run("hi")
    with pytest.raises(BudgetExceededError):
        await thread.run_goal("Make it so")
    assert await thread.goal.get() is None


async def test_the_runtime_does_not_tell_what_a_review_spends(
    codex: AsyncCodex, model: ScriptedModel
) -> None:
    """Should this fail with a newer runtime, reviews are counted: say so in the guide."""
    thread = await codex.thread_start()
    model.script(usage(input=1000, output=100), say("{}"), kind="review")
    result = (await thread.review(instructions="All.")).result
    assert (result.turn_usage, thread.spent.tokens) == (None, 0)


async def test_what_a_sub_agent_spends_counts_for_its_turn(
    codex: AsyncCodex, model: ScriptedModel
) -> None:
    model.script(
        usage(input=4300, output=10),
        spawn_agent("helper", "look around"),
        usage(input=0, output=0, omit=True),
        say("parent done"),
    )
    model.script(usage(input=50_700, output=77), say("child done"), agent="/root/helper")
    thread = await codex.thread_start()
    turn = await thread.turn("go")
    await turn.run()
    await eventually(lambda: turn.spent.tokens == 4310 + 50_777)  # it may outlive its parent
    agents = turn.spent.by_agent
    assert sorted(agent.tokens for agent in agents.values()) == [4310, 50_777]
    assert thread.spent.tokens == codex.spent.tokens == 55_087
    assert codex.spent.by_agent == thread.spent.by_agent


async def test_resumes_and_forks_count_nothing_twice(
    codex: AsyncCodex, model: ScriptedModel
) -> None:
    model.script(usage(input=100, output=10), say("one"))
    model.script(usage(input=100, output=10), say("two"))
    model.script(usage(input=100, output=10), say("three"))
    thread = await codex.thread_start()
    await thread.run("one")
    again = await codex.thread_resume(thread.id)
    await again.run("two")
    fork = await codex.thread_fork(thread.id)
    assert fork.spent.tokens == 0
    await fork.run("three")
    assert fork.spent.tokens == 110
    assert again.spent.tokens == thread.spent.tokens == 220
    assert codex.spent.tokens == 330


async def test_a_price_that_is_no_decimal_loses_nothing_of_what_was_spent(
    config: AppServerConfig, model: ScriptedModel, caplog: pytest.LogCaptureFixture
) -> None:
    def price(name: str | None, tier: str | None, used: Usage) -> Any:
        return 0.125 if used.input < 5000 else "a lot"

    busy(model, calls=1)
    model.script(usage(input=9000, output=1), say("dear"))
    with caplog.at_level(logging.WARNING, "openai_codex.budgets"):
        async with AsyncCodex(config, prices=price) as codex:
            thread = await codex.thread_start()
            assert (await thread.run("go")).spent == thread.spent
            assert (thread.spent.usd, thread.spent.tokens) == (Decimal("0.25"), 2200)
            await thread.run("and on")
            assert (thread.spent.usd, thread.spent.tokens) == (None, 11_201)
    assert [each.getMessage() for each in caplog.records] == [
        "prices= failed, so what gpt-6.1-sol spends in money is unknown: "
        "TypeError(\"prices= must return a Decimal or None, got 'a lot'\")"
    ]


async def test_a_price_function_that_fails_is_told_before_a_budget_in_money_relies_on_it(
    config: AppServerConfig, model: ScriptedModel
) -> None:
    def price(name: str | None, tier: str | None, used: Usage) -> Decimal | None:
        return Decimal("NaN")

    async with AsyncCodex(config, prices=price) as codex:
        thread = await codex.thread_start()
        with pytest.raises(ValueError, match="at least 0 US dollars"):
            await thread.run("go", budget=Budget(usd=1))
    assert model.requests == []


async def test_money_is_what_the_price_function_says(
    config: AppServerConfig, model: ScriptedModel
) -> None:
    def price(name: str | None, tier: str | None, used: Usage) -> Decimal | None:
        return Decimal(used.input) / 1000 if name == AGENTS else None

    model.script(usage(input=1500, output=50), say("done"))
    async with AsyncCodex(config, prices=price) as codex:
        result = await (await codex.thread_start()).run("go")
    assert result.spent is not None
    assert result.spent.usd == Decimal("1.5")
    assert Spend.from_dict(result.spent.to_dict()) == result.spent


# --- budgets -------------------------------------------------------------------------------------


async def test_a_turn_over_its_tokens_is_stopped_within_one_response(
    codex: AsyncCodex, model: ScriptedModel
) -> None:
    busy(model, calls=50)
    thread = await codex.thread_start()
    with pytest.raises(BudgetExceededError) as caught:
        await thread.run("go", budget=Budget(tokens=3000))
    error = caught.value
    assert (error.limit, error.scope) == ("tokens", "turn")
    assert 3000 < error.spent.tokens <= 3000 + 1100
    assert error.result is not None
    assert error.result.spent is not None
    assert error.result.spent.commands >= 2
    assert "3000" in str(error)
    model.script(say("fresh"))
    assert (await thread.run("and now?")).final_response == "fresh"


async def test_a_turn_within_its_budget_is_left_alone(
    codex: AsyncCodex, model: ScriptedModel
) -> None:
    busy(model, calls=1)
    thread = await codex.thread_start()
    budget = Budget(tokens=2200, model_calls=2, commands=1)  # to the very last of each
    assert (await thread.run("go", budget=budget)).final_response == "done"


@pytest.mark.parametrize(
    ("budget", "limit"),
    [
        (Budget(output_tokens=250), "output_tokens"),
        (Budget(model_calls=3), "model_calls"),
        (Budget(commands=2), "commands"),
        (Budget(tokens=10_000_000, model_calls=3), "model_calls"),
    ],
)
async def test_each_limit_stops_the_turn(
    codex: AsyncCodex, model: ScriptedModel, budget: Budget, limit: str
) -> None:
    busy(model, calls=20)
    thread = await codex.thread_start()
    with pytest.raises(BudgetExceededError) as caught:
        await thread.run("go", budget=budget)
    assert caught.value.limit == limit
    assert caught.value.spent.model_calls <= 4


@pytest.mark.parametrize(
    "budget", [Budget(model_calls=3), Budget(tokens=3300), Budget(output_tokens=300)]
)
async def test_a_limit_that_is_reached_stops_a_turn_before_the_next_response(
    codex: AsyncCodex, model: ScriptedModel, budget: Budget
) -> None:
    slow(model, calls=3)
    thread = await codex.thread_start()
    with pytest.raises(BudgetExceededError) as caught:
        await thread.run("go", budget=budget)
    assert caught.value.spent.model_calls == 3
    await eventually(lambda: not running(codex))
    assert thread.spent.model_calls == 3


async def test_a_turn_over_its_time_is_stopped(codex: AsyncCodex, model: ScriptedModel) -> None:
    model.script(run_command("sleep 30"), say("late"))
    thread = await codex.thread_start()
    with pytest.raises(BudgetExceededError) as caught:
        await thread.run("go", budget=Budget(seconds=0.5))
    assert caught.value.limit == "seconds"


async def test_a_sub_agent_is_stopped_within_its_first_response(
    codex: AsyncCodex, model: ScriptedModel
) -> None:
    family(model, parent=4300, child=50_700)
    thread = await codex.thread_start()
    with pytest.raises(BudgetExceededError) as caught:
        await thread.run("go", budget=Budget(tokens=20_000))
    assert 50_777 <= caught.value.spent.tokens <= 50_777 + 4310
    await eventually(lambda: not running(codex))
    await eventually(lambda: thread.spent.tokens == 50_777 + 4310)
    assert thread.spent.model_calls == 2


def running(codex: AsyncCodex) -> Any:
    rpc: Any = codex._rpc
    return rpc.locked(lambda session: session.ledger.running_turns())


async def test_a_turn_that_nobody_reads_is_stopped_too(
    codex: AsyncCodex, model: ScriptedModel
) -> None:
    busy(model, calls=50)
    thread = await codex.thread_start()
    turn = await thread.turn("go", budget=Budget(tokens=3000))
    await eventually(lambda: not running(codex))
    assert turn.spent.tokens <= 4100
    with pytest.raises(BudgetExceededError):
        await turn.run()


async def test_a_threads_budget_holds_for_all_its_turns(
    codex: AsyncCodex, model: ScriptedModel
) -> None:
    thread = await codex.thread_start(budget=Budget(tokens=2500))
    for number in range(2):
        model.script(usage(input=1000, output=100), say(str(number)))
        await thread.run("go")
    busy(model, calls=5)
    with pytest.raises(BudgetExceededError) as caught:
        await thread.run("go on")
    assert caught.value.scope == "thread"
    asked = len(model.requests)
    with pytest.raises(BudgetExceededError) as caught:
        await thread.run("and on")
    assert caught.value.result is None
    assert len(model.requests) == asked  # refused before anything was sent
    await thread.set_budget(Budget(tokens=5000))
    for _ in range(3):  # more than the runtime's first brake would have let through
        model.script(usage(input=1000, output=100), say("fresh"))
        assert (await thread.run("now?")).final_response == "fresh"
    await thread.set_budget(None)
    model.script(usage(input=9000, output=100), say("free"))
    assert (await thread.run("now?")).final_response == "free"


async def test_a_threads_turn_that_takes_the_last_token_of_its_budget_has_kept_it(
    codex: AsyncCodex, model: ScriptedModel
) -> None:
    busy(model, calls=1)
    thread = await codex.thread_start(budget=Budget(tokens=2200))
    assert (await thread.run("go")).final_response == "done"


async def test_a_threads_budget_can_be_granted_more_and_wrapped_up(
    codex: AsyncCodex, model: ScriptedModel
) -> None:
    asked: list[BudgetRequest] = []

    def grant(request: BudgetRequest) -> Budget:
        asked.append(request)
        return Budget(tokens=3000)

    busy(model, calls=3)
    thread = await codex.thread_start(budget=Budget(tokens=2000, on_exceeded=grant))
    assert (await thread.run("go")).final_response == "done"
    assert [(each.budget.tokens, each.spent.tokens) for each in asked] == [(2000, 2200)]
    told = Budget(tokens=3005, on_exceeded="wrap_up")
    model.default(work_until_told)
    thread = await codex.thread_start(budget=told)
    assert (await thread.run("go")).final_response == "what I have so far"


async def test_a_thread_in_use_takes_a_larger_budget_when_it_is_resumed(
    codex: AsyncCodex, model: ScriptedModel
) -> None:
    thread = await codex.thread_start(budget=Budget(tokens=1500))
    busy(model, calls=5)
    with pytest.raises(BudgetExceededError):
        await thread.run("go")
    await eventually(lambda: not running(codex))
    busy(model, calls=3)
    again = await codex.thread_resume(thread.id, budget=Budget(tokens=20_000))
    assert (await again.run("go on")).final_response == "done"
    busy(model, calls=3)
    again = await codex.thread_resume(thread.id, budget=Budget(model_calls=50))
    assert (await again.run("and on")).final_response == "done"


async def test_an_error_tells_what_counts_against_its_budget(
    codex: AsyncCodex, model: ScriptedModel
) -> None:
    thread = await codex.thread_start()
    busy(model, calls=3)
    await thread.run("before the budget")
    await thread.set_budget(Budget(tokens=3000))
    slow(model, calls=3)
    with pytest.raises(
        BudgetExceededError, match="spent 3300 tokens of its budget of 3000"
    ) as told:
        await thread.run("go")
    assert told.value.spent.tokens == told.value.spent.by_agent[thread.id].tokens == 3300


async def test_repairs_and_waits_spend_from_the_budget_of_their_run(
    codex: AsyncCodex, model: ScriptedModel
) -> None:
    thread = await codex.thread_start()
    model.script(usage(input=1000, output=100), say("no number"))
    slow(model, calls=2)
    with pytest.raises(BudgetExceededError) as caught:
        await thread.run("go", output_type=int, budget=Budget(tokens=2500))
    assert caught.value.spent.tokens == 3300
    limit = fail(status=429, code="usage_limit_reached", details={"resets_at": int(time.time())})
    model.script(usage(input=1000, output=100), run_command("true"), limit)
    slow(model, calls=2)
    with pytest.raises(BudgetExceededError) as caught:
        await thread.run("go", on_usage_limit="wait", budget=Budget(tokens=2500))
    assert caught.value.spent.tokens == 3300
    with pytest.raises(BudgetExceededError) as caught:
        await thread.run("go", budget=Budget(tokens=0))
    assert caught.value.result is None


def crowd(model: ScriptedModel, *, quick: int) -> None:
    """Script turns without an end: each is quick once, `quick` of them twice, and then they wait.

    What waits is a command that lasts until it is interrupted, however busy the machine is.
    """
    left = iter(range(quick))

    def answer(request: ModelRequest) -> list[Step]:
        rounds = len(request.function_outputs)
        is_quick = rounds == 0 or (rounds == 1 and next(left, None) is not None)
        command = "true" if is_quick else "sleep 600"
        return [usage(input=1000, output=100), run_command(command, yield_time_ms=30_000)]

    model.default(answer)


async def test_turns_at_once_share_the_clients_budget(
    config: AppServerConfig, model: ScriptedModel
) -> None:
    crowd(model, quick=37)
    async with AsyncCodex(config, budget=Budget(tokens=150_000)) as codex:
        threads = [await codex.thread_start(ephemeral=True) for _ in range(100)]
        done = await at_once([functools.partial(each.run, "go") for each in threads])
        assert {type(each) for each in done} == {BudgetExceededError}
        await eventually(lambda: not running(codex))
        # The 137th response reaches the limit; each turn may have had one more by then, of which
        # the runtime tells when its command is over.
        assert 150_000 < codex.spent.tokens <= (137 + 100) * 1100


async def test_a_warning_comes_once_before_the_limit(
    codex: AsyncCodex, model: ScriptedModel, caplog: pytest.LogCaptureFixture
) -> None:
    busy(model, calls=8)
    thread = await codex.thread_start()
    events: list[Any] = []
    with caplog.at_level(logging.WARNING, "openai_codex.budgets"):
        await thread.run("go", budget=Budget(tokens=10_000, warn_at=0.5), on_event=events.append)
    warnings = [event for event in events if event.method == "budget/warning"]
    assert len(warnings) == 1
    assert warnings[0].params["limit"] == "tokens"
    assert len([each for each in caplog.records if each.name == "openai_codex.budgets"]) == 1


def work_until_told(request: ModelRequest) -> list[Step]:
    """Work as an agent that does as it is told."""
    told = any("Finish now" in text for text in texts_of(request))
    step = say("what I have so far") if told else run_command("sleep 5")
    return [usage(input=20 if told else 3000, output=10), step]


async def test_a_turn_that_nobody_here_started_is_warned_of_and_stopped(
    codex: AsyncCodex, model: ScriptedModel, caplog: pytest.LogCaptureFixture
) -> None:
    steps: list[Step] = [usage(input=1000, output=100), run_command("sleep 0.2")]
    model.script(*steps, *steps, *steps, *steps, *steps, hold(Gate()), say("more"), kind="goal")
    thread = await codex.thread_start(budget=Budget(model_calls=5))
    with caplog.at_level(logging.WARNING, "openai_codex.budgets"):
        await thread.goal.set("Make it so")
        await eventually(lambda: thread.spent.model_calls == 5)
        await eventually(lambda: not running(codex))
    told = [each.getMessage() for each in caplog.records if "budget" in each.name]
    assert len(told) == 2
    assert told[0].endswith("the thread spent 4 model calls of its budget of 5")
    assert "which no caller started" in told[1]


async def test_a_recording_of_a_turn_that_its_budget_stopped_is_replayed(
    config: AppServerConfig, model: ScriptedModel, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A replay has all events of a turn at once: whoever started it stops it, and nobody else."""

    async def stopped(config: AppServerConfig) -> int:
        async with AsyncCodex(config) as codex:
            thread = await codex.thread_start(budget=Budget(tokens=2500, warn_at=None))
            with pytest.raises(BudgetExceededError) as caught:
                await thread.run("go")
            return caught.value.spent.tokens

    slow(model, calls=3)
    file = tmp_path / "stopped.jsonl"
    with record(file, config) as live:
        assert await stopped(live) == 3300
    with replay(file) as repeated:
        assert await stopped(repeated) == 3300
    assert [each for each in caplog.records if each.name == "openai_codex.budgets"] == []


@pytest.mark.parametrize("limit", [{"tokens": 3005}, {"model_calls": 1}, {"commands": 0}])
async def test_wrapping_up_lets_the_agent_answer(
    codex: AsyncCodex, model: ScriptedModel, limit: dict[str, int]
) -> None:
    model.default(work_until_told)
    thread = await codex.thread_start()
    allowed: Any = {**limit, "on_exceeded": "wrap_up"}
    result = await thread.run("go", budget=Budget(**allowed))
    assert result.final_response == "what I have so far"


async def test_an_agent_that_does_not_wrap_up_is_stopped(
    codex: AsyncCodex, model: ScriptedModel
) -> None:
    busy(model, calls=50)
    thread = await codex.thread_start()
    with pytest.raises(BudgetExceededError) as caught:
        await thread.run("go", budget=Budget(tokens=2000, on_exceeded="wrap_up"))
    assert caught.value.spent.tokens <= 2000 * 1.1 + 2 * 1100


async def test_a_function_may_grant_more(codex: AsyncCodex, model: ScriptedModel) -> None:
    asked: list[BudgetRequest] = []

    async def decide(request: BudgetRequest) -> Budget | None:
        asked.append(request)
        return Budget(tokens=100_000) if len(asked) == 1 else None

    busy(model, calls=4)
    thread = await codex.thread_start()
    result = await thread.run("go", budget=Budget(tokens=2000, on_exceeded=decide))
    assert result.final_response == "done"
    assert [(each.limit, each.scope) for each in asked] == [("tokens", "turn")]


async def test_a_function_that_grants_nothing_stops_the_turn(
    codex: AsyncCodex, model: ScriptedModel
) -> None:
    busy(model, calls=200)
    thread = await codex.thread_start()
    with pytest.raises(BudgetExceededError):
        await thread.run("go", budget=Budget(tokens=2000, on_exceeded=lambda request: None))


@pytest.mark.parametrize("granted", [Budget(tokens=1), Budget(usd=5), 5000])
async def test_a_function_whose_grant_helps_nobody_is_asked_once(
    config: AppServerConfig,
    model: ScriptedModel,
    granted: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    asked: list[BudgetRequest] = []

    def grant(request: BudgetRequest) -> Any:
        asked.append(request)
        return granted

    for _ in range(3):
        busy(model, calls=20, command="sleep 0.1")
    allowed = Budget(tokens=7000, on_exceeded=grant, warn_at=None)
    async with AsyncCodex(config, budget=allowed) as codex:
        threads = [await codex.thread_start() for _ in range(3)]
        done = await at_once([functools.partial(each.run, "go") for each in threads])
    assert {type(each) for each in done} == {BudgetExceededError}
    assert len(asked) == 1
    assert [each.getMessage()[-14:] for each in caplog.records if "a limit" in each.msg] == [
        "the turn stops"
    ]


async def test_a_turns_own_tier_is_what_it_is_priced_by(
    config: AppServerConfig, model: ScriptedModel
) -> None:
    def price(name: str | None, tier: str | None, used: Usage) -> Decimal | None:
        return Decimal(2) if tier == "priority" else Decimal(1)

    async with AsyncCodex(config, prices=price) as codex:
        thread = await codex.thread_start()
        for tier, dollars in ((None, 1), ("priority", 2), (None, 1)):
            model.script(usage(input=1, output=1), say("ok"))
            spent = (await thread.run("go", turn_service_tier=tier)).spent
            assert spent is not None
            assert spent.usd == dollars


async def test_a_tier_without_a_price_is_refused_before_anything_is_sent(
    config: AppServerConfig, model: ScriptedModel
) -> None:
    def price(name: str | None, tier: str | None, used: Usage) -> Decimal | None:
        return None if tier == "priority" else Decimal(1)

    async with AsyncCodex(config, prices=price) as codex:
        thread = await codex.thread_start()
        for tier in ("service_tier", "turn_service_tier"):
            options: Any = {tier: "priority"}
            with pytest.raises(UnknownPriceError):
                await thread.run("go", budget=Budget(usd=5), **options)
    assert model.requests == []


async def test_money_over_an_unknown_price_is_refused_before_anything_is_sent(
    config: AppServerConfig, model: ScriptedModel
) -> None:
    async with AsyncCodex(config, prices=lambda *_: None) as codex:
        thread = await codex.thread_start()
        with pytest.raises(UnknownPriceError) as caught:
            await thread.run("go", budget=Budget(usd=Decimal("0.50")))
    assert caught.value.model == AGENTS
    assert model.requests == []


async def test_a_budget_in_money_uses_the_catalogue_where_no_prices_are_given(
    model: ScriptedModel,
) -> None:
    for _ in range(3):
        busy(model, calls=10, given=200_000)
    async with AsyncCodex(offline_config(model), budget=Budget(usd=Decimal("2.50"))) as codex:
        with pytest.raises(BudgetExceededError) as caught:
            await (await codex.thread_start()).run("go")
    assert caught.value.limit == "usd"
    assert caught.value.spent.usd is not None
    assert Decimal("2.5") < caught.value.spent.usd < Decimal("3.6")


async def test_a_resume_knows_what_was_spent_sub_agents_too(
    config: AppServerConfig, model: ScriptedModel
) -> None:
    model.script(
        usage(input=4300, output=10),
        spawn_agent("helper", "look around"),
        usage(input=100, output=1),
        say("parent done"),
    )
    model.script(usage(input=50_700, output=77), say("child done"), agent="/root/helper")
    async with AsyncCodex(config) as codex:
        thread = await codex.thread_start()
        turn = await thread.turn("go")
        await turn.run()
        await eventually(lambda: len(turn.spent.by_agent) == 2)
        await eventually(lambda: not running(codex))
        spent = thread.spent
    async with AsyncCodex(config) as codex:
        again = await codex.thread_resume(thread.id, budget=Budget(tokens=10_000))
        assert again.spent.tokens == spent.tokens == 4310 + 101 + 50_777
        with pytest.raises(BudgetExceededError) as caught:
            await again.run("go on")
        assert caught.value.result is None
        assert codex.spent.tokens == 0


async def test_a_resume_knows_of_commands_calls_and_time_in_this_and_another_process(
    config: AppServerConfig, model: ScriptedModel
) -> None:
    @tool
    def weigh(thing: str) -> str:
        """Weigh a thing."""
        return "3 kg"

    asks = call_tool("weigh", {"thing": "tea"})
    model.script(run_command("true"), run_command("true"), asks, say("done"))
    async with AsyncCodex(config) as codex:
        thread = await codex.thread_start(tools=[weigh])
        await thread.run("go")
        spent = thread.spent
        assert (spent.commands, spent.tool_calls, spent.model_calls) == (2, 1, 4)
        again = await codex.thread_resume(thread.id, budget=Budget(commands=9), tools=[weigh])
        assert again.spent == spent
    async with AsyncCodex(config) as codex:
        again = await codex.thread_resume(thread.id, budget=Budget(commands=2), tools=[weigh])
        assert again.spent.seconds == pytest.approx(spent.seconds, abs=0.01)
        sums = ("tokens", "commands", "tool_calls", "model_calls")
        assert [getattr(again.spent, name) for name in sums] == [
            getattr(spent, name) for name in sums
        ]
        with pytest.raises(BudgetExceededError, match="no turn was started"):
            await again.run("go on")
        once_more = await codex.thread_resume(thread.id, budget=Budget(tokens=9000), tools=[weigh])
        model.script(usage(input=10, output=1), say("more"))
        await once_more.run("go on")
        assert once_more.spent.tokens == spent.tokens + 11
        assert codex.spent.tokens == 11


async def test_what_a_killed_program_spent_counts_when_its_thread_is_resumed(
    config: AppServerConfig, model: ScriptedModel
) -> None:
    late = (usage(omit=True), say("late"))  # the runtime may still ask while it goes
    model.script(usage(input=7000, output=100), run_command("sleep 60"), *late)
    thread_id, spent = killed(config)
    assert spent == 7100
    async with AsyncCodex(config) as codex:
        thread = await codex.thread_resume(thread_id, budget=Budget(tokens=7000))
        assert thread.spent.tokens == 7100
        with pytest.raises(BudgetExceededError) as caught:
            await thread.run("go on")
        assert caught.value.result is None


def killed(config: AppServerConfig) -> tuple[str, int]:
    """Kill a program in mid-turn; returns its thread and what it knew to have spent."""
    program = str(Path(__file__).parents[1] / "killed.py")
    pipe = subprocess.PIPE
    with child_process([sys.executable, program], stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(launch_of(config)) + "\n")
        process.stdin.flush()
        thread_id = process.stdout.readline().strip()
        spent = int(process.stdout.readline())
        process.kill()
    return thread_id, spent


def launch_of(config: AppServerConfig) -> dict[str, Any]:
    """Return what another process needs to start a client with this configuration."""
    overrides = list(config.config_overrides)
    return {"config_overrides": overrides, "cwd": str(config.cwd), "env": dict(config.env or {})}


async def test_a_goal_that_goes_on_and_on_is_stopped_by_the_threads_budget(
    codex: AsyncCodex, model: ScriptedModel
) -> None:
    for _ in range(20):
        model.script(usage(input=1000, output=100), say("still at it"), kind="goal")
    thread = await codex.thread_start(budget=Budget(tokens=5000))
    params: Any = {"threadId": thread.id, "objective": "never done", "status": "active"}
    await codex.call(methods.thread.GOAL_SET, params)
    await eventually(lambda: thread.spent.tokens > 5000)
    await eventually(lambda: not running(codex))
    goal = await codex.call(methods.thread.GOAL_GET, {"threadId": thread.id})
    assert goal.goal is not None
    assert goal.goal.status.value != "active"
    assert thread.spent.tokens <= 5000 + 3 * 1100


async def test_the_runtimes_own_brake_is_set_for_a_threads_tokens(
    codex: AsyncCodex, model: ScriptedModel
) -> None:
    model.script(usage(input=10, output=1), say("ok"))
    thread = await codex.thread_start(budget=Budget(tokens=5000))
    await thread.run("go")
    told = str(model.requests[-1].body)
    assert "rollout_budget" in told


@pytest.mark.parametrize("wanted", [Budget(tokens=20_000), Budget(usd=5)])
async def test_a_fork_leaves_the_brake_of_its_source_as_it_is(wanted: Budget) -> None:
    with FakeAppServer() as server:
        async with AsyncCodex(server.config()) as codex:
            thread = await codex.thread_start(budget=Budget(tokens=1000))
            brake = codex._spending._brakes[thread.id].config
            await codex.thread_fork(thread.id, budget=wanted)
            assert codex._spending._brakes[thread.id].config == brake
        sent = [each["method"] for each in server.received]
    assert "thread/archive" not in sent
    assert "thread/resume" not in sent


@pytest.mark.parametrize("refused", ["thread/resume", "thread/name/set", "thread/archive"])
async def test_a_redo_that_fails_leaves_the_thread_its_budget(
    codex: AsyncCodex,
    model: ScriptedModel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    refused: str,
) -> None:
    budget = Budget(model_calls=1, tokens=50_000)
    thread = await codex.thread_start(cwd=str(tmp_path), checkpoints=True, budget=budget)
    model.script(usage(input=100, output=10), say("one"))
    await thread.run("one")
    await thread.set_name("mine")
    await thread.rewind((await thread.checkpoints())[0])
    rpc, first = codex._rpc, thread.id
    assert rpc is not None
    request = rpc.request

    async def refuse(method: str, params: Any = None, **options: Any) -> Any:
        is_copys = params["threadId"] != first
        if method == refused and is_copys is (method != "thread/archive"):
            raise InvalidRequestError(-32600, "no")
        return await request(method, params, **options)

    monkeypatch.setattr(rpc, "request", refuse)
    with pytest.raises(InvalidRequestError):
        await thread.redo()
    monkeypatch.undo()
    assert set(codex._spending._threads) == set(codex._spending._brakes) == {first}
    with pytest.raises(BudgetExceededError):
        await thread.run("two")
    await thread.redo()
    assert thread.id != first
    assert set(codex._spending._threads) == set(codex._spending._brakes) == {thread.id}
    assert thread.spent.model_calls == 1
    with pytest.raises(BudgetExceededError):
        await thread.run("two")


async def test_turns_that_start_while_the_reader_looks_do_no_harm() -> None:
    spending = AsyncSpending(Budget(tokens=5000))
    held = [spending.limits("th", None, check=False) for _ in range(3)]

    def another_thread(frame: Any, event: str, argument: Any) -> None:
        """Start one more turn between any two steps."""
        if event == "call":
            held.append(spending.limits("th", None, check=False))

    before = sys.getprofile()
    sys.setprofile(another_thread)
    try:
        is_watched = spending._is_watched("t1")
    finally:
        sys.setprofile(before)
    assert not is_watched
    assert len(held) > 3
    assert len(spending._living()) == len(held)
    held.clear()
    gc.collect()
    assert spending._living() == []


async def test_a_question_that_nobody_can_be_asked_keeps_no_other_from_asking(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Anything:
        """Stands for the connection, the box and the stopping of a turn."""

        is_over, seen, turn_id, last_event = False, 1, "t1", None

    def no_thread(work: object, **options: object) -> None:
        raise CodexError("no thread could be started")

    class Waiting:
        woken = 0

        def wake(self) -> None:
            self.woken += 1

    nobody: Any = Anything()
    budget = Budget(tokens=5, warn_at=None, on_exceeded=lambda request: None)
    allowance, account = Allowance(budget, scope="client"), Account()
    account.counts.input = 9
    limit = BudgetLimit(allowance, account_of=lambda turn_id: account, thread_id="th")
    watch = AsyncWatch(nobody, "th", nobody, nobody, [limit])
    waiting = Waiting()

    def turned_away(work: object, **options: object) -> None:
        assert not allowance.may_ask(waiting)
        no_thread(work)

    monkeypatch.setattr(stopping, "run_in_background", turned_away)
    started = {"threadId": "th", "turn": {"id": "t1", "items": [], "status": "inProgress"}}
    watch.see([Notification.from_wire("turn/started", started, 9)])
    assert waiting.woken == 1
    assert allowance.may_ask(waiting)
    # Nothing was granted: the turn stops.
    assert isinstance(limit.check(Activity(1)), Interrupt)


@pytest.mark.parametrize("method", ["thread/start", "thread/resume", "thread/fork"])
async def test_a_runtime_without_a_brake_is_no_error(method: str) -> None:
    words = "failed to load configuration: invalid type: map, expected a boolean in `features`"
    refusal = on(method, faults.error(-32600, words), nth=1, times=1)
    with FakeAppServer([refusal]) as server:
        async with AsyncCodex(server.config()) as codex:
            allowed = Budget(tokens=5000)
            if method == "thread/start":
                thread = await codex.thread_start(budget=allowed)
            else:
                thread = await codex.thread_start()
                open_again = codex.thread_fork if method == "thread/fork" else codex.thread_resume
                thread = await open_again(thread.id, budget=allowed)
            rpc = codex._rpc
            assert rpc is not None
            # Nor does a restart send it again, which would lose the thread.
            assert "rollout_budget" not in str(rpc.threads.hold(thread.id).given)
        sent = [each["params"] for each in server.received if each["method"] == method]
    assert ["rollout_budget" in str(params) for params in sent] == [True, False]


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ({}, ValueError),
        ({"tokens": -1}, ValueError),
        ({"tokens": 1.5}, TypeError),
        ({"tokens": True}, TypeError),
        ({"usd": "free"}, ValueError),
        ({"usd": float("nan")}, ValueError),
        ({"usd": -1}, ValueError),
        ({"usd": True}, ValueError),
        ({"seconds": -1}, ValueError),
        ({"tokens": 5, "warn_at": 0}, ValueError),
        ({"tokens": 5, "warn_at": "much"}, TypeError),
        ({"tokens": 5, "on_exceeded": "explode"}, ValueError),
        ({"tokens": 5, "grace": float("nan")}, ValueError),
    ],
)
async def test_a_budget_that_cannot_be_is_refused(wrong: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        Budget(**wrong)


async def test_what_is_no_budget_is_refused_before_anything_is_sent(codex: AsyncCodex) -> None:
    wrong: Any = 5000
    thread = await codex.thread_start()
    with pytest.raises(TypeError, match="budget must be a Budget"):
        await thread.run("go", budget=wrong)
    with pytest.raises(TypeError, match="budget must be a Budget"):
        await codex.thread_start(budget=wrong)


async def test_nested_agents_are_held_against_the_first_turn(
    codex: AsyncCodex, model: ScriptedModel
) -> None:
    model.script(
        usage(input=100, output=1),
        spawn_agent("outer", "look around"),
        usage(input=100, output=1),
        run_command("sleep 30"),
        usage(omit=True),
        say("done"),
    )
    model.script(
        usage(input=200, output=2),
        spawn_agent("inner", "look closer"),
        usage(input=200, output=2),
        run_command("sleep 30"),
        usage(omit=True),
        say("done"),
        agent="/root/outer",
    )
    model.script(
        usage(input=50_000, output=3),
        run_command("true"),  # this model's usage is reported when its tools are done
        usage(omit=True),
        run_command("sleep 30"),
        usage(omit=True),
        say("done"),
        agent="/root/outer/inner",
    )
    thread = await codex.thread_start()
    with pytest.raises(BudgetExceededError) as caught:
        await thread.run("go", budget=Budget(tokens=20_000))
    spent = caught.value.spent
    assert len(spent.by_agent) == 3
    assert max(agent.tokens for agent in spent.by_agent.values()) == 50_003
    await eventually(lambda: not running(codex))


async def test_an_account_that_pays_by_the_token_has_no_windows(codex: AsyncCodex) -> None:
    with pytest.raises(InvalidRequestError, match="authentication required"):
        await codex.rate_limits()
    with pytest.raises(InvalidRequestError, match="authentication required"):
        await codex.account_usage()
