"""Settled tasks are made durable: the ledger is brought to the disk, then folders are deleted.

Those who wait at the same time share it: a sync costs more than the rest, and the way to a thread
and back as much as making a file does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

__all__ = ["Commits"]


class Commits:
    """Syncs with `sync`, then deletes the folder of a task with `discard`; both may block."""

    def __init__(self, sync: Callable[[], None], discard: Callable[[str], None]) -> None:
        self._sync = sync
        self._discard = discard
        self._done_with: list[str] = []
        self._next: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()

    async def settle(self, task_id: str, *, is_kept: bool) -> None:
        """Return once all that was added to the ledger is on the disk.

        The folder of the task is gone then, unless it is kept. Raises what the two raise.
        """
        if not is_kept:
            self._done_with.append(task_id)
        if self._next is None:
            self._next = asyncio.create_task(self._commit())
        await asyncio.shield(self._next)

    async def _commit(self) -> None:
        async with self._lock:
            self._next = None  # who comes from here on needs the next one
            tasks, self._done_with = self._done_with, []
            await asyncio.to_thread(self._write, tasks)

    def _write(self, tasks: list[str]) -> None:
        self._sync()
        for task_id in tasks:
            self._discard(task_id)
