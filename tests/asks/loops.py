"""An event loop of its own, whichever face the client under test has."""

from __future__ import annotations

import asyncio
import threading

from openai_codex import Question


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


def wait_and_tell(question: Question, told: threading.Event) -> None:
    """Wait on a thread until a question is settled."""
    question.settled.wait()
    told.set()
