"""Tools and handlers that tell in whose context they run; async ones stay async in both APIs."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar

from openai_codex import CommandApproval, tool

USER: ContextVar[str] = ContextVar("USER", default="nobody")
SEEN: list[str] = []


@tool
def user() -> str:
    """Return who calls."""
    seen = USER.get()
    USER.set("changed by a tool")
    return seen


@tool
async def user_later() -> str:
    """Return who calls, from an async function."""
    await asyncio.sleep(0)
    return USER.get()


def approve(_: CommandApproval) -> bool:
    """Accept, and note who asks."""
    SEEN.append(USER.get())
    return True


async def approve_later(_: CommandApproval) -> bool:
    """Accept from an async function, and note who asks."""
    await asyncio.sleep(0)
    SEEN.append(USER.get())
    return True
