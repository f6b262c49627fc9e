"""The driver's rules: what an end means for its task, for the pool, and for the run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from openai_codex.batch import OUTCOMES, Limits, Outcome, Spent, Task, TaskResult
from openai_codex.batch.driver import Driver, End, Job, Policy, Verdict
from openai_codex.batch.ledger import Fold
from openai_codex.batch.sources import Problem

TASKS = [Task(one, f"do {one}") for one in "abcde"]


class Notes:
    """A ledger in memory."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []

    def add(self, event: str, **facts: Any) -> None:
        self.entries.append({"event": event, **facts})

    def of(self, event: str) -> list[dict[str, Any]]:
        return [entry for entry in self.entries if entry["event"] == event]


@pytest.fixture
def notes() -> Notes:
    return Notes()


def driver_of(
    tasks: list[Task | Problem],
    notes: Notes,
    *,
    fold: Fold | None = None,
    recall: Callable[[str], TaskResult | None] = lambda _: None,
    **options: Any,
) -> Driver:
    return Driver(tasks, ledger=notes, fold=fold or Fold(), now=0.0, recall=recall, **options)


def take(driver: Driver, now: float = 0.0) -> Job:
    job = driver.take(now)
    assert job is not None
    return job


def end(driver: Driver, job: Job, outcome: Outcome, now: float = 0.0, **facts: Any) -> Verdict:
    verdict = driver.judge(job, End(outcome, **facts), now)
    assert verdict is not None
    driver.settle(verdict)
    return verdict


def refold(notes: Notes) -> Fold:
    fold = Fold()
    for entry in notes.entries:
        fold.add(entry)
    return fold


def test_every_outcome_has_its_row_in_the_table() -> None:
    assert set(OUTCOMES) == set(Outcome)
    for outcome, rule in OUTCOMES.items():
        assert rule.exit_code in (0, 3, 4, 130)
        assert (rule.exit_code == 0) == (outcome is Outcome.ok)
        assert rule.is_final or rule.runs_again, "what never settles has to go on by itself"


def test_an_ok_task_is_settled_at_once(notes: Notes) -> None:
    driver = driver_of([TASKS[0]], notes)
    assert end(driver, take(driver), Outcome.ok).is_final
    assert driver.take(0.0) is None
    assert (driver.is_over, driver.exit_code) == (True, 0)
    assert [entry["event"] for entry in notes.entries] == ["started", "finished"]


@pytest.mark.parametrize("outcome", [Outcome.task_failed, Outcome.agent_error, Outcome.budget])
def test_a_failure_of_the_task_or_the_agent_is_not_tried_again(
    notes: Notes, outcome: Outcome
) -> None:
    driver = driver_of([TASKS[0]], notes)
    assert end(driver, take(driver), outcome, why="because").is_final
    assert driver.take(99.0) is None
    assert driver.exit_code == OUTCOMES[outcome].exit_code
    assert notes.of("finished")[0]["why"] == "because"


def test_infrastructure_is_tried_again_after_growing_delays_and_then_given_up(
    notes: Notes,
) -> None:
    driver = driver_of([TASKS[0]], notes, policy=Policy(retries=2, retry_delay=1.0))
    first = end(driver, take(driver), Outcome.infrastructure, now=10.0, thread="T1")
    assert (first.is_final, first.retry_at) == (False, 11.0)
    assert driver.take(10.9) is None
    second = take(driver, 11.0)
    assert (second.attempt, second.thread) == (2, "T1")
    assert end(driver, second, Outcome.infrastructure, now=11.0).retry_at == 13.0
    assert end(driver, take(driver, 13.0), Outcome.infrastructure, now=13.0).is_final
    assert driver.exit_code == 3
    assert [entry["failures"] for entry in notes.of("ended")] == [1, 2]


def test_a_death_costs_a_resume_and_no_retry(notes: Notes) -> None:
    driver = driver_of([TASKS[0]], notes, policy=Policy(retries=0, max_deaths=3, suspect_after=2))
    job = take(driver)
    driver.began(job, "T1")
    assert not end(driver, job, Outcome.infrastructure, is_death=True).is_final
    again = take(driver)
    assert (again.thread, again.alone) == ("T1", False)
    assert not end(driver, again, Outcome.infrastructure, is_death=True).is_final
    suspect = take(driver)
    assert suspect.alone
    assert end(driver, suspect, Outcome.infrastructure, is_death=True).is_final


def test_a_usage_limit_pauses_all_and_burns_no_retry(notes: Notes) -> None:
    driver = driver_of(list(TASKS), notes, policy=Policy(retries=0))
    jobs = [take(driver), take(driver), take(driver)]
    for job in jobs:
        end(driver, job, Outcome.rate_limited, now=1.0, resets_at=100.0, thread=f"T{job.task.id}")
    assert driver.take(99.0) is None
    assert driver.wake_at() == 100.0
    probe = take(driver, 100.0)
    assert (probe.task.id, probe.thread, probe.attempt) == ("a", "Ta", 2)
    assert driver.take(100.0) is None, "the others wait until it gets through"
    driver.spend(probe, Spent(10, 0, 5))
    assert [take(driver, 100.0).task.id for _ in range(4)] == ["b", "c", "d", "e"]
    assert len(notes.of("paused")) == 1


def test_a_pause_of_an_earlier_run_is_tried_by_one_task_at_once(notes: Notes) -> None:
    fold = Fold()
    fold.add({"event": "paused", "until": 1e9, "why": "a usage limit of another login"})
    driver = driver_of(list(TASKS), notes, fold=fold, policy=Policy(max_pause=60.0))
    probe = take(driver)
    assert driver.take(0.0) is None
    end(driver, probe, Outcome.rate_limited, resets_at=1e9)
    assert driver.halted == "rate_limited", "it is still there, and longer than one may wait"


def test_an_overload_without_a_time_pauses_longer_each_time(notes: Notes) -> None:
    driver = driver_of([TASKS[0]], notes, policy=Policy(pause_delay=5.0))
    now, pauses = 0.0, []
    for _ in range(8):
        job = take(driver, now)
        end(driver, job, Outcome.rate_limited, now=now)
        wake_at = driver.wake_at()
        assert wake_at is not None
        pauses.append(wake_at - now)
        now = wake_at
    assert pauses == [5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0, 300.0]
    end(driver, take(driver, now), Outcome.ok, now=now)
    assert driver.exit_code == 0


def test_a_pause_that_is_too_long_ends_the_run_with_everything_left_to_do(notes: Notes) -> None:
    driver = driver_of(list(TASKS), notes, policy=Policy(max_pause=60.0))
    end(driver, take(driver), Outcome.rate_limited, now=0.0, resets_at=3600.0)
    assert (driver.is_over, driver.halted, driver.exit_code) == (True, "rate_limited", 3)
    later = driver_of(list(TASKS), notes, fold=refold(notes))
    assert take(later).task.id == "a"
    assert later.take(3599.0) is None, "the others wait until it gets through"


def test_a_late_result_changes_nothing(notes: Notes) -> None:
    driver = driver_of([TASKS[0]], notes)
    lost = take(driver)
    end(driver, lost, Outcome.infrastructure, is_death=True)
    current = take(driver)
    assert driver.judge(lost, End(Outcome.ok), 0.0) is None
    assert not driver.spend(lost, Spent(10**9))
    end(driver, current, Outcome.ok)
    assert driver.judge(current, End(Outcome.ok), 0.0) is None
    assert (driver.late, len(notes.of("finished"))) == (2, 1)


def test_the_budget_of_the_run_stops_what_runs_and_starts_nothing_new(notes: Notes) -> None:
    driver = driver_of(list(TASKS), notes, limits=Limits(tokens=100))
    first, second = take(driver), take(driver)
    assert not driver.spend(first, Spent(50))
    assert driver.spend(second, Spent(50))
    assert driver.take(0.0) is None
    stopped = end(driver, first, Outcome.cancelled, spent=Spent(50), thread="T1")
    assert (stopped.end.outcome, stopped.is_final) == (Outcome.budget, False)
    end(driver, second, Outcome.ok, spent=Spent(50))
    assert (driver.is_over, driver.exit_code) == (True, 4)
    more = driver_of(list(TASKS), notes, fold=refold(notes), limits=Limits(tokens=200))
    assert more.spent.tokens == 100, "what earlier runs spent counts"
    assert take(more).thread == "T1"


def test_what_an_attempt_spent_counts_from_its_end_on_though_it_is_not_written_down_yet(
    notes: Notes,
) -> None:
    driver = driver_of(list(TASKS), notes, limits=Limits(tokens=100))
    first, second = take(driver), take(driver)
    assert not driver.spend(first, Spent(60))
    verdict = driver.judge(first, End(Outcome.ok, spent=Spent(70)), 0.0)
    assert driver.spent.tokens == 70
    assert driver.spend(second, Spent(30)), "together they reach it"
    assert driver.take(0.0) is None
    assert verdict is not None
    driver.settle(verdict)
    assert driver.spent.tokens == 100


def test_an_end_that_reaches_the_budget_starts_nothing_new(notes: Notes) -> None:
    driver = driver_of(list(TASKS), notes, limits=Limits(tokens=100))
    job = take(driver)
    verdict = driver.judge(job, End(Outcome.ok, spent=Spent(100)), 0.0)
    assert verdict is not None
    assert (verdict.is_final, driver.halted, driver.take(0.0)) == (True, "budget", None)


def test_the_time_of_the_run_is_a_budget_too(notes: Notes) -> None:
    driver = driver_of(list(TASKS), notes, limits=Limits(seconds=60))
    take(driver)
    assert not driver.check_time(59.0)
    assert driver.wake_at() == 0.0
    assert driver.check_time(60.0)
    assert driver.take(60.0) is None


def test_a_drained_run_is_interrupted_as_far_as_anyone_can_see(notes: Notes) -> None:
    driver = driver_of(list(TASKS), notes)
    job = take(driver)
    driver.halt("drained")
    assert not driver.is_over
    assert driver.take(0.0) is None
    driver.halt("interrupted")
    end(driver, job, Outcome.cancelled, thread="T1")
    assert (driver.is_over, driver.exit_code) == (True, 130)
    assert refold(notes).open["a"].thread == "T1"


def test_a_second_run_skips_what_is_settled_and_goes_on_with_the_rest(notes: Notes) -> None:
    driver = driver_of(list(TASKS), notes)
    end(driver, take(driver), Outcome.ok)
    end(driver, take(driver), Outcome.task_failed)
    running = take(driver)
    driver.began(running, "T3")
    again = driver_of(list(TASKS), notes, fold=refold(notes))
    job = take(again)
    assert (job.task.id, job.attempt, job.thread) == ("c", 2, "T3")
    assert take(again).task.id == "d"
    assert again.skipped == 2


def test_a_later_run_takes_up_infrastructure_by_itself(notes: Notes) -> None:
    driver = driver_of([TASKS[0]], notes, policy=Policy(retries=0))
    end(driver, take(driver), Outcome.infrastructure)
    result = TaskResult("a", Outcome.infrastructure, thread_id="T1", attempts=1)
    again = driver_of([TASKS[0]], notes, fold=refold(notes), recall={"a": result}.get)
    job = take(again)
    assert (job.attempt, job.thread) == (2, "T1")
    end(again, job, Outcome.ok)
    assert again.exit_code == 0
    assert refold(notes).counts[Outcome.infrastructure] == 0


@pytest.mark.parametrize("is_settled", [True, False])
def test_a_task_that_asks_something_else_is_noticed_and_run_anew(
    notes: Notes, is_settled: bool
) -> None:
    driver = driver_of([TASKS[0]], notes)
    job = take(driver)
    driver.began(job, "T1")
    if is_settled:
        end(driver, job, Outcome.ok)
    again = driver_of([Task("a", "do something else")], notes, fold=refold(notes))
    assert take(again).thread is None
    assert again.changed == 1


def test_a_result_that_a_crash_kept_out_of_the_ledger_is_taken_over(notes: Notes) -> None:
    driver = driver_of([TASKS[0]], notes)
    job = take(driver)
    stored = TaskResult(
        "a", Outcome.ok, attempts=job.attempt, digest=TASKS[0].digest(), last_spent=Spent(7)
    )
    again = driver_of([TASKS[0]], notes, fold=refold(notes), recall={"a": stored}.get)
    assert again.take(0.0) is None
    assert (again.is_over, again.exit_code, again.spent.tokens) == (True, 0, 7)
    assert len(notes.of("finished")) == 1


def test_members_that_are_no_tasks_are_written_down_and_count_as_failed(notes: Notes) -> None:
    tasks: list[Task | Problem] = [
        TASKS[0],
        Problem(2, "prompt is missing"),
        Task("a", "once more"),
    ]
    driver = driver_of(tasks, notes)
    end(driver, take(driver), Outcome.ok)
    assert driver.take(0.0) is None
    assert [entry["why"] for entry in notes.of("rejected")] == [
        "prompt is missing",
        "the id 'a' is there twice",
    ]
    assert driver.exit_code == 3


def test_only_chosen_tasks_run(notes: Notes) -> None:
    driver = driver_of(list(TASKS), notes, only=frozenset({"c"}))
    assert take(driver).task.id == "c"
    assert driver.take(0.0) is None
