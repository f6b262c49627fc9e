"""`Spend`: what a turn, a thread or a client spent, as data that adds up and prints. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .._core.account import Account, Counts

__all__ = ["Spend", "spend_of"]


@dataclass(frozen=True)
class Spend:
    """Tokens, money, time and calls of a turn, a thread or a client, sub-agents included.

    `input_tokens` includes `cached_input_tokens`; `output_tokens` includes `reasoning_tokens`.
    `usd` is None where a price is unknown: `unpriced` names the models. `seconds` is the time that
    turns took. `model_calls` counts responses of the model, `commands` shell commands, `tool_calls`
    calls of Python and MCP tools. `by_agent` has the same for each agent, by its thread id; a
    client's leaves out threads that were deleted. Two can be added.
    """

    input_tokens: int = 0
    cached_input_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    usd: Decimal | None = Decimal(0)
    seconds: float = 0.0
    model_calls: int = 0
    commands: int = 0
    tool_calls: int = 0
    unpriced: tuple[str, ...] = ()
    by_agent: Mapping[str, Spend] = field(default_factory=dict)

    @property
    def tokens(self) -> int:
        """All tokens: input and output."""
        return self.input_tokens + self.output_tokens

    def __add__(self, other: Spend) -> Spend:
        if not isinstance(other, Spend):
            return NotImplemented
        agents = {**self.by_agent}
        for thread_id, spend in other.by_agent.items():
            agents[thread_id] = agents[thread_id] + spend if thread_id in agents else spend
        sums = {name: getattr(self, name) + getattr(other, name) for name in _SUMMED}
        usd = None if self.usd is None or other.usd is None else self.usd + other.usd
        unpriced = tuple(sorted({*self.unpriced, *other.unpriced}))
        return Spend(**sums, usd=usd, unpriced=unpriced, by_agent=agents)

    def __radd__(self, other: object) -> Spend:
        """Let `sum()` begin with 0."""
        # So that `sum()` works, which begins with 0.
        return self if other == 0 else NotImplemented

    def since(self, before: Spend) -> Spend:
        """Return what was spent after `before`, an earlier state of the same sums."""
        sums = {name: getattr(self, name) - getattr(before, name) for name in _SUMMED}
        agents = {
            name: spend.since(before.by_agent.get(name, Spend()))
            for name, spend in self.by_agent.items()
            if spend != before.by_agent.get(name)
        }
        usd = None if self.usd is None else self.usd - (before.usd or 0)
        return Spend(**sums, usd=usd, unpriced=self.unpriced, by_agent=agents)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON data; money as a decimal string, None where a price is unknown."""
        data: dict[str, Any] = {each.name: getattr(self, each.name) for each in fields(self)}
        data["tokens"] = self.tokens
        # As text: a float would not give the amount back to its last digit.
        data["usd"] = None if self.usd is None else str(self.usd)
        data["unpriced"] = list(self.unpriced)
        data["by_agent"] = {name: spend.to_dict() for name, spend in self.by_agent.items()}
        return data

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from .._schema.plain_data import plain_data_schema

        return plain_data_schema(cls, cls.from_dict, cls.to_dict)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Spend:
        """Return what `to_dict` made; unknown names are passed over."""
        # What is not known is left out: a newer release may have written more.
        known = {name: data[name] for name in _SUMMED if name in data}
        usd = data.get("usd", "0")
        agents = {name: cls.from_dict(spend) for name, spend in data.get("by_agent", {}).items()}
        return cls(
            **known,
            usd=None if usd is None else Decimal(usd),
            unpriced=tuple(data.get("unpriced", ())),
            by_agent=agents,
        )

    def __str__(self) -> str:
        rows = self._rows()
        wide = max(len(name) for name, _ in rows)
        return "\n".join(f"{name:<{wide}}  {value}" for name, value in rows)

    def __repr__(self) -> str:
        money = "" if self.usd is None else f", usd={self.usd}"
        return f"Spend(tokens={self.tokens}{money}, model_calls={self.model_calls})"

    def _repr_html_(self) -> str:
        cells = "".join(
            f"<tr><td>{escape(name)}</td><td style='text-align:right'>{escape(value)}</td></tr>"
            for name, value in self._rows()
        )
        return f"<table>{cells}</table>"

    def _rows(self) -> list[tuple[str, str]]:
        rows = [
            ("input", f"{self.input_tokens:,} tokens, {self.cached_input_tokens:,} cached"),
            ("output", f"{self.output_tokens:,} tokens, {self.reasoning_tokens:,} reasoning"),
            ("money", self._money()),
            ("time", f"{self.seconds:,.1f} s"),
            ("calls", f"{self.model_calls:,} model, {self.commands:,} commands"),
        ]
        if self.tool_calls:
            rows[-1] = ("calls", f"{rows[-1][1]}, {self.tool_calls:,} tools")
        # One of them is the thread's own.
        if len(self.by_agent) > 1:
            rows.append(("agents", f"{len(self.by_agent)}"))
        return rows

    def _money(self) -> str:
        from .._safe_text import one_line

        if self.usd is not None:
            return f"${self.usd:,.4f}"
        return f"unknown price: {one_line(', '.join(self.unpriced))}"


_SUMMED = tuple(
    each.name for each in fields(Spend) if each.name not in ("usd", "unpriced", "by_agent")
)


def spend_of(account: Account) -> Spend:
    """Return what an account holds now. Call it under the session's lock, or on a turn's reader."""
    # A copy, since a turn's reader holds no lock while the runtime's reader adds agents.
    by_agent = {name: _spend(counts) for name, counts in list(account.by_agent.items())}
    return _spend(account.counts, account.elapsed(), by_agent)


def _spend(
    counts: Counts, seconds: float | None = None, by_agent: Mapping[str, Spend] | None = None
) -> Spend:
    return Spend(
        input_tokens=counts.input,
        cached_input_tokens=counts.cached,
        cache_write_tokens=counts.cache_write,
        output_tokens=counts.output,
        reasoning_tokens=counts.reasoning,
        usd=None if counts.unpriced else counts.usd,
        seconds=counts.seconds if seconds is None else seconds,
        model_calls=counts.model_calls,
        commands=counts.commands,
        tool_calls=counts.tool_calls,
        unpriced=tuple(sorted(counts.unpriced)),
        by_agent=by_agent or {},
    )
