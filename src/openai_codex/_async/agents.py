"""Sub-agents of a running turn: look at one, watch it, stop it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

from .._safe_text import safe_repr
from .._turns.result import Agent
from .stopping import interrupt_turn

if TYPE_CHECKING:
    from .._turns.events import Event
    from .._turns.result import TurnResult
    from .._turns.spend import Spend
    from ..types import ThreadItem
    from .rpc import AsyncRpc

__all__ = ["AsyncRunningAgent"]

Watch = Callable[[str, str, Any], "AsyncIterator[Event]"]
"""Yields the events of a turn, given its thread, its id and a time-out."""


class AsyncRunningAgent:
    """A sub-agent of a turn, as it was when `turn.agents` was read; `agents` are those below it.

    Its attributes are those of `Agent`.
    """

    def __init__(self, rpc: AsyncRpc, told: Agent, watch: Watch) -> None:
        self._rpc = rpc
        self._told = told
        self._watch = watch
        self.agents = tuple(AsyncRunningAgent(rpc, each, watch) for each in told.agents)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({safe_repr(self.path or self.thread_id)}, {self.status})"

    @property
    def thread_id(self) -> str:
        """The id of its thread, which can be read like any other."""
        return self._told.thread_id

    @property
    def path(self) -> str | None:
        """Its place in the tree, such as `/root/tests`; None where agents have none."""
        return self._told.path

    @property
    def name(self) -> str:
        """The last part of its path, or its thread's id."""
        return self._told.name

    @property
    def task(self) -> str | None:
        """What it was told; None where the runtime keeps that to itself."""
        return self._told.task

    @property
    def model(self) -> str | None:
        """The model that it runs on, or None where that was not told."""
        return self._told.model

    @property
    def status(self) -> str:
        """How far it is: "running", "completed", "interrupted" or "failed"."""
        return self._told.status

    @property
    def spent(self) -> Spend:
        """What it has spent, without its agents."""
        return self._told.spent

    @property
    def result(self) -> TurnResult[Any]:
        """The result of its last turn, partial while it runs."""
        return self._told.result

    @property
    def items(self) -> list[ThreadItem]:
        """The completed items of its last turn."""
        return self._told.items

    async def stream(self, *, timeout: Any = None) -> AsyncIterator[Event]:
        """Yield its events from here on, up to and with the end of its turn; none once it is over.

        Leaving early does not stop it. Raises what `TurnHandle.stream` does.
        """
        events = self._watch(self.thread_id, self.result.id, timeout)
        async for event in events:  # async only
            yield event  # async only
        # sync: yield from events

    async def interrupt(self) -> None:
        """Stop its turn (turn/interrupt), not the turn that it works for. Idempotent."""
        await interrupt_turn(self._rpc, self.thread_id, self.result.id)
