"""An event loop of its own, whichever face the client under test has."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator
from typing import Any

from openai_codex import Notification, Question


def accept_on_a_new_loop(question: Question, told: list[str]) -> None:
    """Accept a question inside `asyncio.run`, and note why it is settled then."""

    async def accept() -> str:
        question.answer(True)
        return await question.settled

    told.append(asyncio.run(accept()))


async def fetch(name: str) -> str:
    """Fetch something by name."""
    await asyncio.sleep(0)
    return f"fetched {name}"


class Later:
    """What can be awaited though it is no coroutine."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __await__(self) -> Generator[Any, None, object]:
        yield from asyncio.sleep(0).__await__()
        return self.value


async def note(seen: list[str], event: Notification) -> None:
    """Note an event, in time."""
    await asyncio.sleep(0)
    seen.append(event.method)


class Noting:
    """An object that notes events when it is awaited after its call."""

    def __init__(self, seen: list[str]) -> None:
        self.seen = seen

    async def __call__(self, event: Notification) -> None:
        """Note an event, in time."""
        await note(self.seen, event)


def wait_and_tell(question: Question, told: threading.Event) -> None:
    """Wait on a thread until a question is settled."""
    question.settled.wait()
    told.set()
