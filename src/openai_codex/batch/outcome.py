"""What can become of a task, in one table: what is tried again, from where, and what it counts as.

Pure data. Everything that decides about a task asks this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["OUTCOMES", "Outcome", "Rule"]


class Outcome(str, Enum):
    """What became of a task.

    ok              the turn was completed, and the checks passed
    task_failed     the turn was completed, but its answer or its work does not pass the checks
    agent_error     the turn itself failed or passed its time-out
    infrastructure  something around the task failed: runtime, worker, clone, network, disk
    rate_limited    the service refused for now: a usage limit, or overload
    budget          a budget was spent
    cancelled       somebody stopped the batch
    """

    ok = "ok"
    task_failed = "task_failed"
    agent_error = "agent_error"
    infrastructure = "infrastructure"
    rate_limited = "rate_limited"
    budget = "budget"
    cancelled = "cancelled"


@dataclass(frozen=True)
class Rule:
    """What follows from an outcome.

    is_final      the attempt may settle the task; otherwise it always goes on later
    is_retried    within the same run, as long as `retries` allows
    is_counted    an attempt with this outcome counts against `retries`
    pauses_pool   nothing new starts until the limit is over
    is_resumed    the next attempt goes on in the same thread and folder
    runs_again    a later run over the same folder takes it up by itself
    exit_code     of a run in which this is the worst outcome
    """

    is_final: bool
    is_retried: bool
    is_counted: bool
    pauses_pool: bool
    is_resumed: bool
    runs_again: bool
    exit_code: int


OUTCOMES: dict[Outcome, Rule] = {
    #                              final  retried counted pauses resumed again  exit
    Outcome.ok:             Rule(  True,  False,  False,  False, False,  False, 0),
    Outcome.task_failed:    Rule(  True,  False,  False,  False, False,  False, 3),
    Outcome.agent_error:    Rule(  True,  False,  False,  False, False,  False, 3),
    Outcome.infrastructure: Rule(  True,  True,   True,   False, True,   True,  3),
    Outcome.rate_limited:   Rule(  False, True,   False,  True,  True,   True,  3),
    Outcome.budget:         Rule(  True,  False,  False,  False, True,   False, 4),
    Outcome.cancelled:      Rule(  False, False,  False,  False, True,   True,  130),
}  # fmt: skip
"""Every class of outcome and what follows from it."""
