"""What a turn came to: `TurnResult`, and `TurnCollector`, the pure fold of events into one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

if TYPE_CHECKING:
    from ._core.messages import NotificationLike
    from .display import Diff
    from .types import ThreadItem, ThreadTokenUsage, TokenUsageBreakdown, TurnError, TurnStatus

__all__ = ["TurnCollector", "TurnResult"]

T = TypeVar("T")
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Raw:
    """A value as it came, not typed yet."""

    value: Any


class _Typed:
    """A field that is typed when somebody reads it: wire models load only for those who look."""

    def __init__(self, name: str, decode: Callable[[Any], Any]) -> None:
        self._name = name
        self._decode = decode

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self
        value = instance.__dict__[self._name]
        if isinstance(value, _Raw):
            value = instance.__dict__[self._name] = self._decode(value.value)
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self._name] = value


def _status(raw: str) -> TurnStatus:
    from .types import TurnStatus

    return TurnStatus(raw)


def _items(raw: list[Json]) -> list[ThreadItem]:
    from .types import ThreadItem

    validate = cast("Callable[[Json], ThreadItem]", cast(Any, ThreadItem).model_validate)
    return [validate(item) for item in raw]


def _model(name: str) -> Callable[[Json | None], Any]:
    def decoded(raw: Json | None) -> Any:
        from ._wire.base import decode
        from ._wire.lookup import model_class

        return None if raw is None else decode(model_class(name), raw)

    return decoded


@dataclass(repr=False)
class TurnResult(Generic[T]):
    """Hold what a turn came to.

    `started_at` and `completed_at` are unix seconds. `final_response` is the text of the final
    answer: the last message of phase `final_answer`, else the last message without a phase, else
    None. `items` are the completed items in order; `usage` is the thread's token usage as the turn
    left it, `turn_usage` the tokens of this turn alone, without those of its sub-agents. `output`
    is the validated object of a turn that was asked for an `output_type`.
    """

    id: str
    status: TurnStatus
    error: TurnError | None
    started_at: int | None
    completed_at: int | None
    duration_ms: int | None
    final_response: str | None
    items: list[ThreadItem]
    usage: ThreadTokenUsage | None
    output: T | None = None
    turn_usage: TokenUsageBreakdown | None = None

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from .schemas import dataclass_schema, turn_result_kinds

        return dataclass_schema(
            cls, handler, turn_result_kinds(), defaults={"output": None, "turn_usage": None}
        )

    @property
    def completed(self) -> bool:
        """Tell whether the turn ran to its end: it was not interrupted, and did not fail."""
        status: Any = self.__dict__["status"]  # as it came, so that no wire model is loaded for it
        return bool((status.value if isinstance(status, _Raw) else status) == "completed")

    @property
    def diff(self) -> Diff:
        """Return what the turn's completed file changes did, as one unified diff."""
        from .display import turn_diff

        return turn_diff(self.items)

    def __repr__(self) -> str:
        from .display import result_text

        return result_text(self)

    def _repr_html_(self) -> str:
        from .display import result_html

        return result_html(self)


for _name, _decode in (
    ("status", _status),
    ("error", _model("TurnError")),
    ("items", _items),
    ("usage", _model("ThreadTokenUsage")),
    ("turn_usage", _model("TokenUsageBreakdown")),
):
    setattr(TurnResult, _name, _Typed(_name, _decode))


class TurnCollector:
    """Fold a turn's notifications, in order, into its result. Keeps no deltas."""

    def __init__(self, turn_id: str) -> None:
        self.turn_id = turn_id
        self.is_complete = False
        self._items: dict[str, Json] = {}
        self._turn: Json = {}
        self._usage: Json | None = None
        self._turn_usage: Json | None = None
        self._error: Json | None = None

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
    def raw_error(self) -> Json | None:
        """Return the turn's error as it came: from its completion, else from its last `error`."""
        return self._turn.get("error") or self._error

    def result(self) -> TurnResult[Any]:
        """Return the result of what was fed so far; an unfinished turn's status is `inProgress`."""
        turn, items = self._turn, list(self._items.values())
        return TurnResult(
            id=self.turn_id,
            status=cast("TurnStatus", _Raw(turn.get("status", "inProgress"))),
            error=cast("TurnError | None", _Raw(self.raw_error)),
            started_at=turn.get("startedAt"),
            completed_at=turn.get("completedAt"),
            duration_ms=turn.get("durationMs"),
            final_response=_final_response(items),
            items=cast("list[ThreadItem]", _Raw(items)),
            usage=cast("ThreadTokenUsage | None", _Raw(self._usage)),
            turn_usage=cast("TokenUsageBreakdown | None", _Raw(self._turn_usage)),
        )

    def _take_item(self, params: Json) -> None:
        item = params.get("item")
        if isinstance(item, dict):
            # A model stream that was retried completes the same item again: the last one counts.
            ident = item.get("id") or f"nameless {len(self._items)}"
            self._items[f"{item.get('type')} {ident}"] = item

    def _take_usage(self, params: Json) -> None:
        before, self._usage = self._usage, params.get("tokenUsage")
        if self._usage != before and isinstance(self._usage, dict):  # else it is told once more
            self._turn_usage = _added(self._turn_usage or {}, self._usage.get("last")) or None

    def _take_error(self, params: Json) -> None:
        if not params.get("willRetry"):
            self._error = params.get("error")

    def _take_turn(self, params: Json) -> None:
        turn = params.get("turn")
        self._turn = turn if isinstance(turn, dict) else {}
        self.is_complete = True


_HANDLERS: dict[str, Callable[[TurnCollector, Json], None]] = {
    "item/completed": TurnCollector._take_item,
    "thread/tokenUsage/updated": TurnCollector._take_usage,
    "error": TurnCollector._take_error,
    "turn/completed": TurnCollector._take_turn,
}

COLLECTED = frozenset(_HANDLERS)
"""The methods that a result is made of."""


def _added(counts: Json, more: Any) -> Json:
    """Return the sums of the counts of tokens."""
    given = more.items() if isinstance(more, dict) else ()
    return counts | {name: counts.get(name, 0) + n for name, n in given if isinstance(n, int)}


def _final_response(items: list[Json]) -> str | None:
    messages = [item for item in items if item.get("type") == "agentMessage"]
    final = [item for item in messages if item.get("phase") == "final_answer"]
    phaseless = [item for item in messages if item.get("phase") is None]
    chosen = (final or phaseless)[-1:]
    return chosen[0].get("text") if chosen else None
