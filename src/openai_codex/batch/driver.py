"""The driver: what to start, what an attempt's end means, when to stop. It waits for nothing.

Every decision is in here, and is in the ledger before it has an effect. The running loop asks
`take` for jobs, reports each end to `judge`, stores the result, and then calls `settle`. Time is an
argument, so a simulation drives the same code that a real run does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from .feed import NotYet
from .ledger import Fold, OpenTask
from .outcome import OUTCOMES, Outcome
from .queue import Candidate, Queue
from .result import TaskResult
from .sources import Problem, id_key
from .spent import Limits, Spent
from .task import Task

__all__ = ["Driver", "End", "Job", "Policy", "Verdict", "exit_code_of"]

LONGEST_DELAY = 60.0
LONGEST_PAUSE = 300.0
SHOWN_WHY = 2000


@dataclass(frozen=True, slots=True)
class Policy:
    """How often, and how long.

    retries        attempts after the first that failed for `infrastructure`
    max_deaths     runtimes or workers that may die under a task before it counts as the cause
    suspect_after  deaths after which a task runs alone, so that it harms no other
    retry_delay    seconds before the first retry; doubles up to a minute
    pause_delay    seconds of the first pause when nobody says how long; doubles up to five minutes
    max_pause      a longer pause ends the run instead; None waits for any time
    """

    retries: int = 2
    max_deaths: int = 5
    suspect_after: int = 2
    retry_delay: float = 1.0
    pause_delay: float = 5.0
    max_pause: float | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One attempt to make: the task, the attempt's number, where to go on, and what is left.

    `alone` asks for a runtime that no other task uses.
    """

    task: Task
    attempt: int
    thread: str | None
    spent: Spent
    alone: bool = False
    origin: dict[str, str] | None = None
    """The trace context of the run, for the spans of an attempt on another machine."""


@dataclass(slots=True)
class End:
    """How an attempt ended.

    `is_death`: its runtime or worker died. `resets_at`: when a limit is over, in unix seconds.
    `is_fresh`: the thread cannot be gone on with; the next attempt begins from zero.
    """

    outcome: Outcome
    why: str = ""
    spent: Spent = field(default_factory=Spent)
    thread: str | None = None
    is_death: bool = False
    resets_at: float | None = None
    is_fresh: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an end means: the task is settled, or goes on at `retry_at`, or in a later run."""

    job: Job
    end: End
    is_final: bool
    candidate: Candidate
    retry_at: float | None = None


class Entries(Protocol):
    """Where the driver writes down what it decides."""

    def add(self, event: str, **facts: Any) -> None:
        """Append one entry."""


class Driver:
    """The rules of one run over a folder. Not for several threads at once."""

    def __init__(
        self,
        tasks: Iterable[Task | Problem | NotYet],
        *,
        ledger: Entries,
        fold: Fold,
        now: float,
        policy: Policy | None = None,
        limits: Limits | None = None,
        is_checked: bool = False,
        only: frozenset[str] | None = None,
        recall: Callable[[str], TaskResult | None] = lambda _: None,
    ) -> None:
        self.fold = fold
        self.policy = policy or Policy()
        self.limits = limits or Limits()
        self.running: dict[str, Job] = {}
        self.halted: str | None = None
        self.late = 0
        self.changed = 0
        self.settled = 0
        self.skipped = 0
        self._live: dict[str, Spent] = {}
        self._begun: dict[str, Candidate] = {}
        self._ledger = ledger
        self._started_at = now
        self._pauses = 0
        self._seen: set[int] | None = None if is_checked else set()
        self._only = only
        self._recall = recall
        self._unsettled = 0
        self.queue = Queue(self._candidates(tasks))
        if fold.paused_until > now:  # a limit of then: the login may be another one by now
            self.queue.pause(now)

    # --- starting ----------------------------------------------------------------------------

    def take(self, now: float) -> Job | None:
        """The next attempt to make, None when nothing may start now."""
        if self.halted is not None:
            return None
        candidate = self.queue.take(now)
        if candidate is None:
            return None
        candidate.attempt += 1
        job = Job(
            candidate.task,
            candidate.attempt,
            candidate.thread,
            candidate.spent,
            alone=candidate.deaths >= self.policy.suspect_after,
        )
        self._write(
            "started",
            id=job.task.id,
            attempt=job.attempt,
            task=candidate.digest,
            **({} if job.thread else {"fresh": True}),
        )
        self.running[job.task.id] = job
        self._begun[job.task.id] = candidate
        return job

    def _candidates(self, tasks: Iterable[Task | Problem | NotYet]) -> Iterator[Candidate | None]:
        number = 0
        for task in tasks:
            number += not isinstance(task, NotYet)
            if isinstance(task, NotYet):
                yield None
            elif isinstance(task, Problem):
                self._write("rejected", line=task.line, why=task.why)
            elif self._is_double(task):
                self._write("rejected", line=number, why=f"the id {task.id!r} is there twice")
            elif self._only is None or task.id in self._only:
                candidate = self._candidate(task)
                if candidate is not None:
                    yield candidate

    def _is_double(self, task: Task) -> bool:
        if self._seen is None:
            return False
        key = id_key(task.id)
        if key in self._seen:
            return True
        self._seen.add(key)
        return False

    def _candidate(self, task: Task) -> Candidate | None:
        """What is left to do of a task, None when it is settled."""
        digest = task.digest()
        if self.fold.outcome_of(task.id) is not None and self._is_settled(task.id, digest):
            self.skipped += 1
            return None
        before = self.fold.open.get(task.id, OpenTask())
        if before.digest and before.digest != digest:
            self.changed += 1
            return Candidate(task, digest, attempt=before.attempt)
        if before.attempt and self._adopt(task.id, digest, before):
            self.skipped += 1
            return None
        return Candidate(
            task,
            digest,
            before.attempt,
            before.failures,
            before.deaths,
            before.thread,
            before.spent,
        )

    def _is_settled(self, task_id: str, digest: str) -> bool:
        """Tell whether a settled task stays so; reopen one that runs again or was changed."""
        outcome = self.fold.outcome_of(task_id)
        is_same = self.fold.is_same(task_id, digest)
        if outcome is None or (is_same and not OUTCOMES[outcome].runs_again):
            return outcome is not None
        before = self._recall(task_id)
        thread = before.thread_id if before is not None and is_same else None
        attempt = before.attempts if before is not None else 0
        self._write(
            "reopened", id=task_id, attempt=attempt, **({"thread": thread} if thread else {})
        )
        return False

    def _adopt(self, task_id: str, digest: str, before: OpenTask) -> bool:
        """Settle a task whose result was stored just before a crash kept it out of the ledger."""
        stored = self._recall(task_id)
        if stored is None or (stored.attempts, stored.digest) != (before.attempt, digest):
            return False
        rule = OUTCOMES[stored.outcome]
        if not before.is_unrecorded or not rule.is_final or rule.is_retried:
            return False
        spent = {"spent": stored.last_spent.to_json()} if stored.last_spent else {}
        facts = {"attempt": stored.attempts, "outcome": stored.outcome.value, **spent}
        self._write("finished", id=task_id, task=digest, **facts)
        return True

    # --- while it runs -----------------------------------------------------------------------

    def began(self, job: Job, thread: str) -> None:
        """Note the thread of an attempt: from here on it can be gone on with."""
        if self._is_current(job):
            self._begun[job.task.id].thread = thread
            self._write("thread", id=job.task.id, attempt=job.attempt, thread=thread)

    def spend(self, job: Job, spent: Spent) -> bool:
        """Note what a running attempt has spent so far; True when the run's budget is used up."""
        if not self._is_current(job):
            return False
        self._live[job.task.id] = spent
        self.queue.clear()
        return self._check_budget()

    def check_time(self, now: float) -> bool:
        """Tell whether the time of the run's budget is used up."""
        seconds = self.limits.seconds
        if seconds is not None and now - self._started_at >= seconds:
            self.halt("budget")
        return self.halted == "budget"

    def _check_budget(self) -> bool:
        limits = replace(self.limits, seconds=None)  # time has its own check
        if limits != Limits() and limits.passed_by(self.spent) is not None:
            self.halt("budget")
        return self.halted == "budget"

    @property
    def spent(self) -> Spent:
        """What the batch cost so far, in all its runs, with what runs now."""
        total = self.fold.spent
        for spent in self._live.values():
            total += spent
        return total

    def note(self, event: str, **facts: Any) -> None:
        """Write down what was decided elsewhere."""
        self._write(event, **facts)

    def halt(self, reason: str) -> None:
        """Start nothing more; the first reason counts, but an interrupt goes before it."""
        if self.halted is None or reason == "interrupted":
            self.halted = reason

    # --- ending ------------------------------------------------------------------------------

    def judge(self, job: Job, end: End, now: float) -> Verdict | None:
        """Say what an end means; None for an attempt that is not the current one any more."""
        if not self._is_current(job):
            self.late += 1
            return None
        if end.outcome is Outcome.cancelled and self.halted == "budget":
            end.outcome, end.why = Outcome.budget, "the budget of the run is spent"
        del self.running[job.task.id]
        self._unsettled += 1
        self._live[job.task.id] = end.spent  # until it is in the ledger
        candidate = self._begun.pop(job.task.id)
        rule = OUTCOMES[end.outcome]
        candidate.deaths += end.is_death
        candidate.failures += rule.is_counted and not end.is_death
        candidate.thread = None if end.is_fresh else (end.thread or candidate.thread)
        candidate.spent += end.spent
        if rule.pauses_pool:
            self._pause(end, now)
        elif end.spent.tokens or end.outcome is Outcome.ok:
            self.queue.clear()
            self._pauses = 0
        else:
            self.queue.release(job.task.id)  # it says nothing about the limit: another may try
        is_final = self._is_final(candidate, end)
        self._check_budget()
        retry_at = None if is_final else self._retry_at(candidate, end, now)
        return Verdict(job, end, is_final, candidate, retry_at)

    def settle(self, verdict: Verdict) -> None:
        """Write a verdict down. What `judge` decided holds from here on, over a crash too."""
        self._unsettled -= 1
        self._live.pop(verdict.job.task.id, None)
        end, candidate = verdict.end, verdict.candidate
        facts: dict[str, Any] = {
            "id": verdict.job.task.id,
            "attempt": verdict.job.attempt,
            "outcome": end.outcome.value,
            "spent": end.spent.to_json(),
        }
        if end.why:
            facts["why"] = end.why[:SHOWN_WHY]
        if verdict.is_final:
            self.settled += 1
            thread = {"thread": candidate.thread} if candidate.thread else {}
            self._write("finished", task=candidate.digest, **thread, **facts)
        else:
            facts |= {"failures": candidate.failures, "deaths": candidate.deaths}
            self._write("ended", thread=candidate.thread, **facts)
        if verdict.retry_at is not None:
            self.queue.again(candidate, verdict.retry_at)

    def _is_final(self, candidate: Candidate, end: End) -> bool:
        rule = OUTCOMES[end.outcome]
        if not rule.is_final or (end.outcome is Outcome.budget and self.halted == "budget"):
            return False
        if end.is_death:
            return candidate.deaths >= self.policy.max_deaths
        return not rule.is_retried or candidate.failures > self.policy.retries

    def _retry_at(self, candidate: Candidate, end: End, now: float) -> float | None:
        rule = OUTCOMES[end.outcome]
        if not rule.is_retried:
            return None
        if rule.pauses_pool or end.is_death:
            return now
        delay = self.policy.retry_delay * 2.0 ** (candidate.failures - 1)
        return now + min(delay, LONGEST_DELAY)

    def _pause(self, end: End, now: float) -> None:
        """Pause the pool until the limit is over; a run that would pause too long ends instead."""
        until = end.resets_at
        if until is None or until <= now:
            if now < self.queue.paused_until:
                return  # others that ran into the same limit
            until = now + min(self.policy.pause_delay * 2**self._pauses, LONGEST_PAUSE)
            self._pauses += 1
        if until > self.queue.paused_until:
            self._write("paused", until=round(until, 3), why=end.why[:SHOWN_WHY])
        self.queue.pause(until)
        if self.policy.max_pause is not None and until - now > self.policy.max_pause:
            self.halt("rate_limited")

    def _is_current(self, job: Job) -> bool:
        return self.running.get(job.task.id) is job

    # --- the end -----------------------------------------------------------------------------

    @property
    def is_over(self) -> bool:
        """Tell whether nothing runs and nothing will."""
        is_idle = not self.running and not self._unsettled
        return is_idle and (self.halted is not None or self.queue.is_empty)

    def wake_at(self) -> float | None:
        """When to ask `take` or `check_time` again without an event."""
        if self.halted is not None:
            return None
        times = [self.queue.wake_at()]
        if self.limits.seconds is not None:
            times.append(self._started_at + self.limits.seconds)
        return min((time for time in times if time is not None), default=None)

    @property
    def exit_code(self) -> int:
        """0 all ok, 3 some failed or are left, 4 a budget was spent, 130 interrupted."""
        if self.halted in ("interrupted", "drained"):
            return 130
        if self.halted == "budget":
            return 4
        return exit_code_of(self.fold, is_incomplete=bool(self.halted or self.running))

    def _write(self, event: str, **facts: Any) -> None:
        """Append an entry, and fold it: the state here is the one that a reader will find."""
        self._ledger.add(event, **facts)
        self.fold.add({"event": event, **facts})


def exit_code_of(fold: Fold, *, is_incomplete: bool) -> int:
    """The exit code that follows from the settled tasks alone."""
    failed = {outcome for outcome in Outcome if fold.counts[outcome]} - {Outcome.ok}
    if failed == {Outcome.budget} and not is_incomplete and not fold.rejected:
        return 4
    return 3 if failed or is_incomplete or fold.rejected else 0
