"""User's handlers run off the reader, within their time, until their question is settled."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from openai_codex._drivers.aio import Mailbox, run_handler, run_in_background, wait_settled
from openai_codex._drivers.settlement import Settlement
from openai_codex.errors import HandlerTimeoutError
from tests.drivers._async.harness import received
from tests.drivers.children import SOON


async def test_a_plain_handler_returns_its_answer() -> None:
    def handler(question: str) -> str:
        return question.upper()

    for seconds in (None, SOON):
        assert await run_handler(handler, "yes", seconds=seconds, settled=None) == "YES"


async def test_a_coroutine_handler_returns_its_answer() -> None:
    async def handler(question: str) -> str:
        return question.upper()

    for seconds in (None, SOON):
        assert await run_handler(handler, "yes", seconds=seconds, settled=Settlement()) == "YES"


async def test_what_a_handler_raises_comes_out() -> None:
    def handler(question: str) -> None:
        raise KeyError(question)

    for seconds in (None, SOON):
        with pytest.raises(KeyError, match="why"):
            await run_handler(handler, "why", seconds=seconds, settled=None)


async def test_a_handler_that_takes_too_long_is_left_behind() -> None:
    begun, free = threading.Event(), threading.Event()

    def handler(question: str) -> None:
        begun.set()
        free.wait(SOON)

    with pytest.raises(HandlerTimeoutError) as caught:
        await run_handler(handler, "q", seconds=0.01, settled=None)
    free.set()
    assert begun.wait(SOON)
    assert isinstance(caught.value, TimeoutError)


async def test_a_handler_may_ask_for_its_own_thread_to_block() -> None:
    answers, free = Mailbox(), threading.Event()

    def handler(question: str) -> bool:
        return free.wait(SOON)

    async def answer() -> None:
        answers.put(await run_handler(handler, "q", seconds=SOON, settled=Settlement()))

    run_in_background(answer)
    assert answers.pop() is None
    free.set()
    assert await received(answers) is True


async def test_waiting_for_a_settlement_ends_with_it_or_with_its_time() -> None:
    settled = Settlement()
    assert not await wait_settled(settled, 0.01)
    settled.settle("turn over")
    assert await wait_settled(settled, SOON)


async def test_a_waiter_for_a_settlement_is_woken() -> None:
    settled, woken = Settlement(), Mailbox()

    async def wait() -> None:
        woken.put(await wait_settled(settled, SOON))

    run_in_background(wait)
    settler: Any = threading.Thread(target=settled.settle, args=("closed",))
    settler.start()
    assert await received(woken) is True
    settler.join()
