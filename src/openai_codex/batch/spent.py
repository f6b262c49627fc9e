"""What attempts cost: tokens, money, seconds, calls; and limits on that. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from .. import Budget
from .errors import TaskError

if TYPE_CHECKING:
    from .. import Spend

__all__ = ["Limits", "Spent"]


@dataclass(frozen=True, slots=True)
class Spent:
    """What attempts cost, sub-agents included; `usd` is None where a price is not known.

    `input_tokens` includes `cached_tokens`; `seconds` is the time of whole attempts.
    """

    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    usd: float | None = 0.0
    seconds: float = 0.0
    model_calls: int = 0
    commands: int = 0
    tool_calls: int = 0

    @property
    def tokens(self) -> int:
        """The tokens in and out, cached ones included."""
        return self.input_tokens + self.output_tokens

    def __add__(self, other: Spent) -> Spent:
        known = self.usd is not None and other.usd is not None
        return Spent(
            self.input_tokens + other.input_tokens,
            self.cached_tokens + other.cached_tokens,
            self.output_tokens + other.output_tokens,
            (self.usd or 0.0) + (other.usd or 0.0) if known else None,
            self.seconds + other.seconds,
            self.model_calls + other.model_calls,
            self.commands + other.commands,
            self.tool_calls + other.tool_calls,
        )

    @classmethod
    def of(cls, spend: Spend) -> Spent:
        """What a turn spent, its sub-agents included."""
        return cls(
            input_tokens=spend.input_tokens,
            cached_tokens=spend.cached_input_tokens,
            output_tokens=spend.output_tokens,
            usd=None if spend.usd is None else float(spend.usd),
            model_calls=spend.model_calls,
            commands=spend.commands,
            tool_calls=spend.tool_calls,
        )

    def to_json(self) -> dict[str, Any]:
        """The counts as a JSON object, seconds and dollars rounded."""
        counts = {name: getattr(self, name) for name in _COUNTS}
        counts["seconds"] = round(self.seconds, 3)
        counts["usd"] = None if self.usd is None else round(self.usd, 6)
        return counts

    @classmethod
    def from_json(cls, counts: Mapping[str, Any] | None) -> Spent:
        """Read what `to_json` wrote; unknown members are left out."""
        return cls(**{name: value for name, value in (counts or {}).items() if name in _COUNTS})


_COUNTS = tuple(each.name for each in fields(Spent))


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on what a task or a run may spend; None is no limit. Their names are a `Budget`'s."""

    tokens: int | None = None
    output_tokens: int | None = None
    usd: float | None = None
    seconds: float | None = None
    model_calls: int | None = None
    commands: int | None = None
    tool_calls: int | None = None
    on_exceeded: str = "interrupt"
    """"wrap_up" first tells the agent to finish, and gives it `grace` seconds."""
    grace: float = 60.0

    @classmethod
    def of(cls, given: Any) -> Limits:
        """Read limits from a mapping or a `Budget`; raises TaskError for bad ones."""
        if given is None or isinstance(given, cls):
            return given or cls()
        if isinstance(given, Mapping):
            given = _budget(given)
        if not isinstance(given, Budget):
            raise TaskError(f"budget must be a mapping or a Budget, got {given!r}", field="budget")
        if not isinstance(given.on_exceeded, str):
            raise TaskError(
                "a task's budget can interrupt or wrap_up: no function is there to be asked",
                field="budget",
            )
        limits: dict[str, Any] = {
            name: value for name, value in given.limits.items() if value is not None
        }
        if "usd" in limits:
            limits["usd"] = float(limits["usd"])
        if given.on_exceeded == "wrap_up":
            limits |= {"on_exceeded": "wrap_up", "grace": given.grace}
        return cls(**limits)

    @property
    def counts(self) -> dict[str, Any]:
        """The limits that are set, by name."""
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        return {
            name: value
            for name, value in given.items()
            if value is not None and name not in _MANNER
        }

    def passed_by(self, spent: Spent) -> str | None:
        """The name of the first limit that is reached, None while there is something left."""
        for name, limit in self.counts.items():
            value = getattr(spent, name)
            if value is not None and value >= limit:
                return name
        return None

    def left_after(self, spent: Spent) -> Budget | None:
        """What is left for another turn, None without limits; each limit must not be reached."""
        if not self.counts:
            return None
        left = {name: limit - (getattr(spent, name) or 0) for name, limit in self.counts.items()}
        manner: Any = {"on_exceeded": self.on_exceeded, "grace": self.grace}
        return Budget(**left, **manner, warn_at=None)

    def to_json(self) -> dict[str, Any]:
        """The limits that are set, as a JSON object; how they act, where that is not at once."""
        manner = {name: getattr(self, name) for name in _MANNER}
        return self.counts | (manner if self.on_exceeded != "interrupt" else {})


_MANNER = ("on_exceeded", "grace")


def _budget(given: Mapping[str, Any]) -> Budget:
    names = [field.name for field in fields(Limits)]
    unknown = sorted(set(given) - set(names))
    if unknown:
        raise TaskError(f"budget has no {', '.join(map(repr, unknown))}; it has {names}")
    try:
        budget = Budget(**{name: _whole(value) for name, value in given.items()})
    except (TypeError, ValueError) as error:
        raise TaskError(f"budget: {error}", field="budget") from error
    if 0 in budget.limits.values():
        raise TaskError(f"budget: every limit must be above 0, got {budget!r}", field="budget")
    return budget


def _whole(value: Any) -> Any:
    """A whole number as an int: CSV and the command line have only floats."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
