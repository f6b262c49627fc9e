"""`GoalResult`: what the work towards a goal came to. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._safe_text import shown_safely
from .result import TurnResult
from .spend import Spend

if TYPE_CHECKING:
    from ..types import ThreadGoal, ThreadItem

__all__ = ["GoalResult"]


@shown_safely
@dataclass(frozen=True)
class GoalResult:
    """What the work towards a goal came to.

    `goal` is the goal as it was last seen, None once it was cleared; `turns` are the results of the
    turns, the oldest first; `spent` is what they spent with their sub-agents.
    """

    goal: ThreadGoal | None
    turns: tuple[TurnResult[Any], ...]
    spent: Spend

    def __bool__(self) -> bool:
        return self.completed

    @property
    def status(self) -> str | None:
        """What became of it: "complete", "blocked", "paused", "budgetLimited", "usageLimited".

        It is "active" where a turn was interrupted, so that the goal waits for the next turn, and
        None once it was cleared.
        """
        return None if self.goal is None else str(self.goal.status.value)

    @property
    def completed(self) -> bool:
        """Whether the model said that the goal is reached."""
        return self.status == "complete"

    @property
    def final_response(self) -> str | None:
        """The last answer of the turns, or None."""
        said = [turn.final_response for turn in self.turns if turn.final_response is not None]
        return said[-1] if said else None

    @property
    def items(self) -> list[ThreadItem]:
        """The items of all turns, in order."""
        return [item for turn in self.turns for item in turn.items]
