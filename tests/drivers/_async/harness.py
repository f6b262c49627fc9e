"""A driver at work on the child, and short words for what every test does with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from openai_codex._core.messages import Closed
from openai_codex._drivers.aio import Driver, Mailbox
from openai_codex._drivers.launch import Launch
from openai_codex._drivers.platform import Platform
from openai_codex.errors import TransportClosedError
from tests.drivers import children

__all__ = ["AsyncHarness", "received"]


async def received(box: Mailbox, seconds: float = children.SOON) -> Any:
    """Return the next item of a box."""
    while (item := box.pop()) is None:
        assert await box.wait(seconds), "nothing came"
    return item


class AsyncHarness:
    """Run a driver on one child; `questions` is where the child's questions arrive."""

    def __init__(self, platform: Callable[[], Platform]) -> None:
        self.questions = Mailbox()
        self.driver = Driver(children.session(self.questions), platform=platform())

    async def __aenter__(self) -> AsyncHarness:
        await self.start(children.launch())
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.driver.close(0.5)

    async def start(self, launch: Launch) -> None:
        """Start a child."""
        await self.driver.start(launch)

    def tell(self, method: str, **params: Any) -> Mailbox:
        """Send a call and return the box of its reply."""
        box = Mailbox()
        self.driver.call(method, params, box)
        return box

    async def ask(self, method: str, **params: Any) -> Any:
        """Send a call and return its result."""
        return (await received(self.tell(method, **params))).result

    async def death(self, box: Mailbox) -> TransportClosedError:
        """Return the cause that a waiter is told, in time."""
        word = await received(box, children.DEATH_BOUND)
        assert isinstance(word, Closed)
        assert isinstance(word.cause, TransportClosedError)
        return word.cause
