"""`TurnCollector`: the pure fold of a turn's events into its result. Keeps no deltas."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from .limits import cause_of
from .result import Raw, TurnResult
from .usage import added, spent

if TYPE_CHECKING:
    from .._core.messages import NotificationLike
    from ..types import ThreadItem, ThreadTokenUsage, TokenUsageBreakdown, TurnError, TurnStatus

__all__ = ["COLLECTED", "TurnCollector"]

Json = dict[str, Any]


class TurnCollector:
    """A fold of a turn's notifications, in order, into its result. Keeps no deltas."""

    def __init__(
        self,
        turn_id: str,
        *,
        folder: str | None = None,
        usage_before: Callable[[], Json | None] = lambda: None,
    ) -> None:
        self.turn_id = turn_id
        self._folder = folder
        self._usage_before = usage_before
        self._diff: Any = None
        self.is_complete = False
        self._items: dict[str, Json] = {}
        self._turn: Json = {}
        self._usage: Json | None = None
        self._turn_usage: Json | None = None
        self._error: Json | None = None
        self.last_error: str | None = None

    def feed(self, note: NotificationLike) -> None:
        """Take one notification of the turn; any that says nothing about the result is ignored."""
        handler = _HANDLERS.get(note.method)
        if handler is not None:
            handler(self, note.params)

    @property
    def failed(self) -> bool:
        """Tell whether the turn ended as failed."""
        return self._turn.get("status") == "failed"

    @property
    def raw_status(self) -> str | None:
        """Return the turn's status as it ended, or None while it runs."""
        return self._turn.get("status")

    @property
    def raw_error(self) -> Json | None:
        """Return the turn's error as it came: from its completion, else from its last `error`."""
        return self._turn.get("error") or self._error

    def result(self) -> TurnResult[Any]:
        """Return the result of what was fed so far; an unfinished turn's status is `inProgress`."""
        turn, items = self._turn, list(self._items.values())
        result: TurnResult[Any] = TurnResult(
            id=self.turn_id,
            status=cast("TurnStatus", Raw(turn.get("status", "inProgress"))),
            error=cast("TurnError | None", Raw(self.raw_error)),
            started_at=turn.get("startedAt"),
            completed_at=turn.get("completedAt"),
            duration_ms=turn.get("durationMs"),
            final_response=_final_response(items),
            items=cast("list[ThreadItem]", Raw(items)),
            usage=cast("ThreadTokenUsage | None", Raw(self._usage)),
            turn_usage=cast("TokenUsageBreakdown | None", Raw(self._turn_usage)),
        )
        # Beside the fields: a program that compares or stores results sees none of this.
        vars(result).update(_turn_diff=self._diff, _folder=self._folder)
        return result

    def _take_item(self, params: Json) -> None:
        item = params.get("item")
        if isinstance(item, dict):
            # A model stream that was retried completes the same item again: the last one counts.
            ident = item.get("id") or f"nameless {len(self._items)}"
            self._items[f"{item.get('type')} {ident}"] = item

    def _take_diff(self, params: Json) -> None:
        self._diff = params.get("diff")

    def _take_usage(self, params: Json) -> None:
        # A turn's first report may repeat the last one of the turn before, which is then no call of
        # it.
        before = self._usage if self._usage is not None else self._usage_before()
        self._usage = params.get("tokenUsage")
        call = spent(self._usage, before)
        if call is not None:
            self._turn_usage = added(self._turn_usage, call)

    def _take_error(self, params: Json) -> None:
        self.last_error = cause_of(params.get("error"))
        # A retry is progress: only the last error is why a turn failed.
        if not params.get("willRetry"):
            self._error = params.get("error")

    def _take_turn(self, params: Json) -> None:
        turn = params.get("turn")
        self._turn = turn if isinstance(turn, dict) else {}
        # Whatever its shape: a reader must not wait for a second end.
        self.is_complete = True


_HANDLERS: dict[str, Callable[[TurnCollector, Json], None]] = {
    "item/completed": TurnCollector._take_item,
    "thread/tokenUsage/updated": TurnCollector._take_usage,
    "turn/diff/updated": TurnCollector._take_diff,
    "error": TurnCollector._take_error,
    "turn/completed": TurnCollector._take_turn,
}

COLLECTED = frozenset(_HANDLERS)
"""The methods that a result is made of."""


def _final_response(items: list[Json]) -> str | None:
    messages = [item for item in items if item.get("type") == "agentMessage"]
    final = [item for item in messages if item.get("phase") == "final_answer"]
    # Older models send no phases; what has one and is not final is a remark on the way.
    phaseless = [item for item in messages if item.get("phase") is None]
    chosen = (final or phaseless)[-1:]
    return chosen[0].get("text") if chosen else None
