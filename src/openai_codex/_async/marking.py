"""The automatic checkpoint before work that the runtime turns into turns by itself.

For a turn that this client starts, see `AsyncThread._begun`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import JsonRpcError

if TYPE_CHECKING:
    from .._checkpoints.records import Checkpoint
    from .checkpoints import AsyncCheckpoints

__all__ = ["AsyncMarking"]


class AsyncMarking:
    """A block before which a checkpoint is made; forgotten when the runtime refuses the block.

    None is made in a thread without automatic checkpoints, or beside a turn, which has its own.
    """

    def __init__(self, checkpoints: AsyncCheckpoints | None, *, queued: bool = False) -> None:
        self._checkpoints = checkpoints
        self._queued = queued
        self._mark: Checkpoint | None = None

    async def __aenter__(self) -> None:
        if self._checkpoints is not None:
            self._mark = await self._checkpoints.before_work(queued=self._queued)

    async def __aexit__(self, kind: object, error: object, trace: object) -> None:
        if self._checkpoints is not None and isinstance(error, JsonRpcError):
            await self._checkpoints.turn_refused(self._mark)
