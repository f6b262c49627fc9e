"""Settled tasks: first the ledger is on the disk, then folders go; many at once share it."""

from __future__ import annotations

import asyncio
import threading

import pytest

from openai_codex.batch.commits import Commits


class Disk:
    """Notes what is done to it; each sync waits until it may go on."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.may_go_on = threading.Semaphore(0)
        self.syncing = threading.Semaphore(0)

    def sync(self) -> None:
        """Begin a sync, and end it when that is allowed."""
        self.syncing.release()
        assert self.may_go_on.acquire(timeout=10)
        self.done.append("sync")

    def discard(self, task_id: str) -> None:
        """Delete a task's folder."""
        self.done.append(task_id)

    async def is_syncing(self) -> bool:
        """Wait until a sync has begun."""
        return await asyncio.to_thread(self.syncing.acquire, timeout=10)


async def test_a_folder_goes_after_the_sync_and_those_who_wait_meanwhile_share_the_next() -> None:
    disk = Disk()
    commits = Commits(disk.sync, disk.discard)
    first = asyncio.create_task(commits.settle("a", is_kept=False))
    assert await disk.is_syncing()
    others = [asyncio.create_task(commits.settle(name, is_kept=name == "c")) for name in "bcd"]
    await asyncio.sleep(0)
    assert disk.done == []
    disk.may_go_on.release()
    await first
    assert disk.done == ["sync", "a"]
    assert not any(other.done() for other in others)
    disk.may_go_on.release()
    await asyncio.gather(*others)
    assert disk.done == ["sync", "a", "sync", "b", "d"]


async def test_what_cannot_be_synced_is_told_to_all_who_wait_and_deletes_nothing() -> None:
    gone: list[str] = []

    def fail() -> None:
        raise OSError("no space left")

    commits = Commits(fail, gone.append)
    ends = await asyncio.gather(
        *(commits.settle(name, is_kept=False) for name in "ab"), return_exceptions=True
    )
    assert [str(end) for end in ends] == ["no space left"] * 2
    assert gone == []
    with pytest.raises(OSError, match="no space left"):
        await commits.settle("c", is_kept=False)


async def test_one_who_leaves_takes_no_sync_from_the_others() -> None:
    disk = Disk()
    commits = Commits(disk.sync, disk.discard)
    leaving, staying = (asyncio.create_task(commits.settle(n, is_kept=False)) for n in "ab")
    assert await disk.is_syncing()
    leaving.cancel()
    disk.may_go_on.release()
    await staying
    assert disk.done == ["sync", "a", "b"]
