"""What every transport has to do, over both drivers and every pump."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager  # async only

# sync: from contextlib import contextmanager
from typing import Any

import pytest

from openai_codex._core.messages import Closed, Reply
from openai_codex._drivers.aio import Driver, Mailbox
from openai_codex._drivers.facts import RuntimeProcess
from openai_codex.errors import (
    ClientClosedError,
    StartupError,
    TransportClosedError,
    WrongProcessError,
)
from tests.drivers import children
from tests.drivers._async.harness import received
from tests.drivers.transports import KINDS, Kind


def new_driver(transport: Any, polls_pipes: bool = True) -> Driver:
    return Driver(children.session(Mailbox()), transport, polls_pipes=polls_pipes)


def tell(driver: Driver, method: str, **params: Any) -> Mailbox:
    """Send a call and return the box of its reply."""
    box = Mailbox()
    driver.call(method, params, box)
    return box


async def ask(driver: Driver, method: str, **params: Any) -> Any:
    """Send a call and return its result."""
    return (await received(tell(driver, method, **params))).result


async def cause_of_the_end(box: Mailbox) -> TransportClosedError:
    """Return why a wait ended, which it must in time."""
    closed = await received(box, children.DEATH_BOUND)
    assert isinstance(closed, Closed)
    assert isinstance(closed.cause, TransportClosedError)
    return closed.cause


@asynccontextmanager  # async only
# sync: @contextmanager
async def running(kind: Kind, polls_pipes: bool) -> AsyncIterator[Driver]:
    driver = new_driver(kind.make(), polls_pipes)
    await driver.start()
    try:
        yield driver
    finally:
        await driver.close(1.0)


@pytest.mark.parametrize("polls_pipes", [True, False], ids=["polled", "threads"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
class TestEveryTransport:
    async def test_a_line_goes_out_and_its_reply_comes_back(
        self, kind: Kind, polls_pipes: bool
    ) -> None:
        async with running(kind, polls_pipes) as driver:
            assert await ask(driver, "echo", text="größer") == {"text": "größer"}

    async def test_lines_keep_their_order(self, kind: Kind, polls_pipes: bool) -> None:
        async with running(kind, polls_pipes) as driver:
            boxes = [tell(driver, "echo", n=number) for number in range(200)]
            assert [(await received(box)).result["n"] for box in boxes] == list(range(200))

    @pytest.mark.parametrize("size", [1, 7, 4096])
    async def test_a_line_may_come_in_pieces(
        self, kind: Kind, polls_pipes: bool, size: int
    ) -> None:
        text = "x" * size * 5
        async with running(kind, polls_pipes) as driver:
            assert await ask(driver, "pieces", text=text, size=size) == text

    async def test_a_line_longer_than_any_buffer_passes_both_ways(
        self, kind: Kind, polls_pipes: bool
    ) -> None:
        async with running(kind, polls_pipes) as driver:
            assert await ask(driver, "echo", text="x" * 1_000_000) == {"text": "x" * 1_000_000}

    async def test_the_end_of_the_runtime_ends_every_wait_with_its_cause(
        self, kind: Kind, polls_pipes: bool
    ) -> None:
        async with running(kind, polls_pipes) as driver:
            ends = [tell(driver, "silence"), tell(driver, "exit", code=3)]
            reasons = {str(await cause_of_the_end(box)) for box in ends}
            assert len(reasons) == 1
            with pytest.raises(TransportClosedError):
                tell(driver, "echo")

    async def test_what_came_before_the_end_is_heard(self, kind: Kind, polls_pipes: bool) -> None:
        async with running(kind, polls_pipes) as driver:
            reply = tell(driver, "exit", code=0, reply_first=True)
            assert await received(reply) == Reply(0, "last")

    async def test_closing_ends_every_wait_and_what_comes_after_it_is_refused(
        self, kind: Kind, polls_pipes: bool
    ) -> None:
        async with running(kind, polls_pipes) as driver:
            await ask(driver, "echo")
            waiting = tell(driver, "silence")
            await driver.close(5.0)
            assert isinstance(await cause_of_the_end(waiting), ClientClosedError)
            with pytest.raises(ClientClosedError):
                tell(driver, "echo")
            await driver.close(5.0)

    async def test_a_runtime_that_ignores_the_end_of_its_input_holds_up_nobody(
        self, kind: Kind, polls_pipes: bool
    ) -> None:
        async with running(kind, polls_pipes) as driver:
            await ask(driver, "ignore_eof")
            began = time.monotonic()
            await driver.close(1.0)
            assert time.monotonic() - began < 4.0
            assert driver.transport.wait(0.0)

    async def test_nothing_is_left_behind(self, kind: Kind, polls_pipes: bool) -> None:
        async def cycle() -> None:
            async with running(kind, polls_pipes) as driver:
                await ask(driver, "echo")

        await cycle()
        gc.collect()
        descriptors, threads = children.open_descriptors(), set(threading.enumerate())
        for _ in range(20):
            await cycle()
        for thread in set(threading.enumerate()) - threads:
            thread.join(children.SOON)
        assert len(children.open_descriptors()) <= len(descriptors)
        assert set(threading.enumerate()) <= threads

    async def test_a_start_that_fails_says_why_and_leaves_nothing(
        self, kind: Kind, polls_pipes: bool
    ) -> None:
        descriptors, threads = children.open_descriptors(), set(threading.enumerate())
        driver = new_driver(kind.make_broken(), polls_pipes)
        with pytest.raises(StartupError):
            await driver.start()
        await driver.close(5.0)
        assert len(children.open_descriptors()) <= len(descriptors)
        assert set(threading.enumerate()) <= threads

    async def test_every_method_is_harmless_before_the_start_and_after_the_end(
        self, kind: Kind, polls_pipes: bool
    ) -> None:
        transport = kind.make()
        for is_before in (True, False):
            transport.send(b"{}\n")
            transport.close_input()
            assert sum(transport.end(0.1)) <= 3.0
            assert transport.wait(children.SOON)
            transport.stop()
            transport.check_owner()
            assert str(transport.end_cause("why")).startswith("why")
            assert (transport.facts() is None) or kind.has_process
            if is_before:
                driver = new_driver(transport, polls_pipes)
                await driver.start()
                await driver.close(5.0)

    async def test_facts_are_those_of_a_process_of_ours(
        self, kind: Kind, polls_pipes: bool
    ) -> None:
        async with running(kind, polls_pipes) as driver:
            facts = driver.transport.facts()
            assert isinstance(facts, RuntimeProcess) == kind.has_process
            assert facts is None or facts.is_alive

    async def test_a_forked_child_is_refused(
        self, kind: Kind, polls_pipes: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with running(kind, polls_pipes) as driver:
            with monkeypatch.context() as patch:
                patch.setattr(os, "getpid", lambda: -1)
                with pytest.raises(WrongProcessError):
                    tell(driver, "echo")
                await driver.close(5.0)  # which must not touch what is the parent's
            assert await ask(driver, "echo", n=1) == {"n": 1}
