"""Mailboxes, latches and background work: nobody sleeps through what he waits for."""

from __future__ import annotations

from openai_codex._drivers.aio import Latch, Mailbox, run_in_background
from tests.drivers.children import SOON


async def test_an_empty_mailbox_gives_nothing_and_waits_only_so_long() -> None:
    box = Mailbox()
    assert box.pop() is None
    assert not await box.wait(0)
    assert not await box.wait(0.01)


async def test_items_come_out_in_the_order_they_were_put() -> None:
    box = Mailbox()
    box.put(1)
    box.put(2)
    assert await box.wait(0)
    assert [box.pop(), box.pop(), box.pop()] == [1, 2, None]


async def test_a_put_wakes_everyone_who_waits() -> None:
    box, waits, woken = Mailbox(), Mailbox(), Mailbox()

    async def wait() -> None:
        waits.put("waiting")
        woken.put(await box.wait(SOON))

    for _ in range(3):
        run_in_background(wait)
    for _ in range(3):
        assert await waits.wait(SOON)
        waits.pop()
    box.put("item")
    for _ in range(3):
        assert await woken.wait(SOON)
        assert woken.pop() is True


async def test_a_wait_that_timed_out_does_not_spoil_the_next() -> None:
    box, other = Mailbox(), Mailbox()
    assert not await box.wait(0.01)

    async def put() -> None:
        box.put("late")

    run_in_background(put)
    assert await box.wait(SOON)
    assert box.pop() == "late"
    assert other.pop() is None


async def test_a_latch_opens_once_for_everyone() -> None:
    latch, passed = Latch(), Mailbox()
    assert not latch.is_set()
    assert not await latch.wait(0.01)

    async def wait() -> None:
        passed.put(await latch.wait(SOON))

    run_in_background(wait)
    latch.set()
    assert await passed.wait(SOON)
    assert passed.pop() is True
    assert latch.is_set()
    assert await latch.wait(0)
