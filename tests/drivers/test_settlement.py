"""A question is settled once, for one reason, and everyone who waits or listens learns it."""

from __future__ import annotations

import asyncio
import gc
import threading

from openai_codex._drivers.settlement import Settlement
from openai_codex._drivers.weakbox import WeakBox
from tests.core.boxes import Box
from tests.drivers.children import SOON


def test_it_is_false_until_it_is_settled_and_keeps_its_first_reason() -> None:
    settled = Settlement()
    assert not settled
    assert repr(settled) == "<Settlement open>"
    assert settled.settle("answered")
    assert not settled.settle("closed")
    assert settled
    assert (settled.reason, repr(settled)) == ("answered", "<Settlement answered>")


def test_a_thread_waits_for_it() -> None:
    settled = Settlement()
    assert not settled.wait(0.01)
    settler = threading.Thread(target=settled.settle, args=("closed",))
    settler.start()
    assert settled.wait(SOON)
    settler.join()


def test_listeners_are_called_once_before_or_after() -> None:
    settled, heard = Settlement(), Box()
    settled.listen(lambda: heard.put("before"))
    settled.settle("turn over")
    settled.settle("turn over")
    settled.listen(lambda: heard.put("after"))
    assert heard.items == ["before", "after"]


async def test_tasks_of_any_loop_await_it() -> None:
    settled = Settlement()

    async def reason() -> str:
        return await settled

    here = asyncio.ensure_future(reason())
    await asyncio.sleep(0)
    loop = asyncio.get_running_loop()
    there = loop.run_in_executor(None, lambda: asyncio.run(reason()))
    settled.settle("resolved elsewhere")
    assert await here == await there == "resolved elsewhere"
    assert await settled == "resolved elsewhere"


def test_a_weak_box_passes_items_on_for_as_long_as_somebody_keeps_its_box() -> None:
    box = Box()
    weak = WeakBox(box)
    weak.put(1)
    assert box.items == [1]
    del box
    gc.collect()
    weak.put(2)  # to nobody


def test_a_waiter_whose_loop_is_closed_is_in_nobodys_way() -> None:
    settled, heard = Settlement(), Box()

    async def give_up() -> None:
        waiting = asyncio.ensure_future(reason())
        await asyncio.sleep(0)
        waiting.cancel()

    async def reason() -> str:
        return await settled

    asyncio.run(give_up())
    settled.listen(lambda: heard.put("heard"))
    assert settled.settle("closed")
    assert heard.items == ["heard"]
