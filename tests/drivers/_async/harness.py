"""A driver at work on the child, and short words for what every test does with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from openai_codex._core.messages import Closed
from openai_codex._drivers.aio import Driver, Mailbox
from openai_codex._drivers.process.launch import Launch
from openai_codex._drivers.process.platform import Platform
from openai_codex._drivers.process.process import Process
from openai_codex._drivers.process.transport import ProcessTransport
from openai_codex.errors import TransportClosedError
from tests.drivers import children

__all__ = ["AsyncHarness", "received"]


async def received(box: Mailbox, seconds: float = children.SOON) -> Any:
    """Return the next item of a box."""
    while (item := box.pop()) is None:
        assert await box.wait(seconds), "nothing came"
    return item


class AsyncHarness:
    """A driver on one child; `questions` is where the child's questions arrive."""

    def __init__(self, platform: Callable[[], Platform]) -> None:
        self.questions = Mailbox()
        self._platform = platform
        self.driver: Driver
        self.transport: ProcessTransport

    async def __aenter__(self) -> AsyncHarness:
        await self.start(children.launch())
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.driver.close(0.5)

    async def start(self, launch: Launch) -> None:
        """Start a child."""
        polls = children.polls_pipes(self._platform)
        self.transport = ProcessTransport(launch, platform=self._platform())
        session = children.session(self.questions)
        self.driver = Driver(session, self.transport, polls_pipes=polls)
        await self.driver.start()

    @property
    def process(self) -> Process:
        """The child's process."""
        process = self.transport.process
        assert process is not None
        return process

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
