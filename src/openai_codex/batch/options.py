"""What a batch is told, checked before anything starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._turns.options import check_option
from ..config import AppServerConfig
from ..prices import Prices
from ..telemetry import Telemetry
from .driver import Policy
from .errors import TaskError
from .spent import Limits
from .task import Task

__all__ = ["Options"]

KEEP = ("failed", "always", "never")


@dataclass(frozen=True)
class Options:
    """The options of `run_batch`; see there."""

    config: AppServerConfig = field(default_factory=lambda: AppServerConfig())
    concurrency: int | None = None
    runtimes: int | None = None
    engine: Any = None
    defaults: Mapping[str, Any] = field(default_factory=dict)
    budget: Limits = field(default_factory=Limits)
    policy: Policy = field(default_factory=Policy)
    prices: Prices | None = None
    telemetry: Telemetry = field(default_factory=Telemetry)
    keep: str = "failed"
    fresh: bool = False
    cache: Path | None = None
    only: frozenset[str] | None = None

    def __post_init__(self) -> None:
        if self.concurrency is not None:
            _at_least("concurrency", self.concurrency, 1)
        _at_least("retries", self.policy.retries, 0)
        _at_least("max_deaths", self.policy.max_deaths, 1)
        if self.runtimes is not None:
            _at_least("runtimes", self.runtimes, 1)
        if self.keep not in KEEP:
            raise ValueError(f"keep must be one of {', '.join(KEEP)}, got {self.keep!r}")
        self.task(Task("defaults", "checked"))
        self._check_money(self.budget)
        if self.budget.on_exceeded != "interrupt":
            raise TaskError("the budget of a run interrupts; wrap_up is for budgets of tasks")

    def _check_money(self, limits: Limits) -> None:
        if limits.usd is not None and self.prices is None:
            raise TaskError("a budget in usd needs prices=, which say what tokens cost")

    def task(self, task: Task) -> Task:
        """A task with the defaults of the batch; raises TaskError when it cannot be run so."""
        with_defaults = task.with_defaults(**self.defaults)
        self._check_money(with_defaults.budget)
        if with_defaults.effort is not None and self.config.codex_bin is None:
            _check_effort(with_defaults.effort)  # another runtime than ours may know more words
        return with_defaults

    def to_json(self) -> dict[str, Any]:
        """What the manifest says of the options: no configuration, which may hold secrets."""
        return {
            "concurrency": self.concurrency,
            "runtimes": self.runtimes,
            "engine": self.engine if isinstance(self.engine, str) else _kind(self.engine),
            "defaults": {name: _shown(value) for name, value in self.defaults.items()},
            "budget": self.budget.to_json(),
            "retries": self.policy.retries,
            "max_deaths": self.policy.max_deaths,
            "max_pause": self.policy.max_pause,
            "keep": self.keep,
        }


def _check_effort(effort: Any) -> None:
    try:
        check_option("effort", effort)
    except (TypeError, ValueError) as error:
        raise TaskError(str(error), field="effort") from error


def _kind(engine: Any) -> str:
    return "local" if engine is None else type(engine).__name__


def _shown(value: Any) -> Any:
    return (
        value if isinstance(value, (str, int, float, bool, list, dict, type(None))) else str(value)
    )


def _at_least(name: str, value: Any, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be a whole number, got {value!r}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")
