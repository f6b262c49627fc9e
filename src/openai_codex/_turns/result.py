"""`TurnResult`: what a turn came to. Typed when somebody looks."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from .._safe_text import one_line, safe_repr
from .._schema.plain import plain

if TYPE_CHECKING:
    from ..display.cards import Diff
    from ..types import ThreadItem, ThreadTokenUsage, TokenUsageBreakdown, TurnError, TurnStatus
    from .spend import Spend

__all__ = ["Agent", "Raw", "TurnResult"]

T = TypeVar("T")
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Raw:
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
        # Typed when somebody looks, and kept: a caller that reads the answer alone loads no model.
        if isinstance(value, Raw):
            value = instance.__dict__[self._name] = self._decode(value.value)
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self._name] = value


def _status(raw: str) -> TurnStatus:
    from ..types import TurnStatus

    return TurnStatus(raw if isinstance(raw, str) else str(raw))


def _items(raw: list[Json]) -> list[ThreadItem]:
    from ..types import ThreadItem

    validate = cast("Callable[[Json], ThreadItem]", cast(Any, ThreadItem).model_validate)
    return [validate(item) for item in raw]


def _model(name: str) -> Callable[[Json | None], Any]:
    def decoded(raw: Json | None) -> Any:
        from .._wire.base import decode
        from .._wire.lookup import model_class

        return decode(model_class(name), raw) if isinstance(raw, dict) else raw

    return decoded


@dataclass(repr=False)
class TurnResult(Generic[T]):
    """What a turn came to.

    `started_at` and `completed_at` are unix seconds. `final_response` is the text of the final
    answer: the last message of phase `final_answer`, else the last message without a phase, else
    None. `items` are the completed items in order; `usage` is the thread's token usage as the turn
    left it, `turn_usage` the tokens of this turn alone, without those of its sub-agents, or None
    where no model call was reported; its total is input and output. `spent` is what the turn spent
    with its sub-agents, up to its end. `output` is the validated object of a turn that was asked
    for an `output_type`.
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
    spent: Spend | None = None

    # What `diff` is made of, beside the items, and the agents: no fields, so without annotations,
    # and not part of what is compared.
    _turn_diff = None  # the last turn/diff/updated
    _folder = None  # the thread's working folder
    _agents = ()  # the tree of sub-agents

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from .._schema.dataclasses import dataclass_schema, turn_result_kinds

        return dataclass_schema(
            cls,
            handler,
            turn_result_kinds(),
            defaults={"output": None, "turn_usage": None, "spent": None},
        )

    @property
    def completed(self) -> bool:
        """Tell whether the turn ran to its end: it was not interrupted, and did not fail."""
        status: Any = self.__dict__["status"]  # as it came, so that no wire model is loaded for it
        return bool((status.value if isinstance(status, Raw) else status) == "completed")

    @property
    def diff(self) -> Diff:
        """What the turn's completed file changes did, as one diff in git's format.

        `git apply` in the thread's folder makes the same change again, byte for byte.
        """
        from ..display.cards import result_diff

        return result_diff(self.items, text=self._turn_diff, folder=self._folder)

    @property
    def agents(self) -> tuple[Agent, ...]:
        """The sub-agents that worked for the turn, up to its end; each has those below it."""
        return self._agents

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain values that `json.dumps` takes, named as the attributes are.

        `status` is a string, `items` and `agents` are dicts, `output` is what its type is as JSON.
        The keys are those of this class, and stay.
        """
        return {**_fields_of(self), "agents": plain(self.agents)}

    def to_json(self, *, indent: int | None = None) -> str:
        """Return `to_dict()` as JSON: one line of ASCII, unless `indent` is given."""
        return json.dumps(self.to_dict(), indent=indent)

    def __repr__(self) -> str:
        from ..display.cards import result_text

        return result_text(self)

    def _repr_html_(self) -> str:
        from ..display.cards import result_html

        return result_html(self)


@dataclass(frozen=True)
class Agent:
    """A sub-agent that worked for a turn, and those that worked for it: `agents`.

    `status` is "running", "completed", "interrupted" or "failed"; `path` is its place in the tree,
    such as `/root/tests`, and None where the runtime gives its agents none. `task` is what it was
    told, None where the runtime keeps that to itself. `result` is that of its last turn, partial
    while it runs; `spent` is its own, without its agents'.
    """

    thread_id: str
    path: str | None
    task: str | None
    model: str | None
    effort: str | None
    status: str
    spent: Spend
    result: TurnResult[Any]
    agents: tuple[Agent, ...] = ()

    @property
    def name(self) -> str:
        """The last part of its path, or its thread's id."""
        return (self.path or self.thread_id).rpartition("/")[2]

    @property
    def items(self) -> list[ThreadItem]:
        """The completed items of its last turn."""
        return self.result.items

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain values, as `TurnResult.to_dict` does."""
        return _fields_of(self)

    def __repr__(self) -> str:
        return f"Agent({safe_repr(self.path or self.thread_id)}, {one_line(self.status)})"


def _fields_of(shown: TurnResult[Any] | Agent) -> dict[str, Any]:
    return {field.name: plain(getattr(shown, field.name)) for field in fields(shown)}


for _name, _decode in (
    ("status", _status),
    ("error", _model("TurnError")),
    ("items", _items),
    ("usage", _model("ThreadTokenUsage")),
    ("turn_usage", _model("TokenUsageBreakdown")),
):
    # After the class: within it, `dataclass` would take a descriptor for the field's default.
    setattr(TurnResult, _name, _Typed(_name, _decode))
