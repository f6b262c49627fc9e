"""The sub-agents of a thread as the runtime lists them: those that began before we were there."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING, Any

from .._core.session import Session
from ..errors import InvalidRequestError

if TYPE_CHECKING:
    from .live_threads import AsyncLiveThread
    from .rpc import AsyncRpc

__all__ = ["agents_of", "attend_agents"]

_ANCESTOR = "ancestorThreadId"
_MOST = 100  # of a thread that has had more, the newest


async def attend_agents(rpc: AsyncRpc, live: AsyncLiveThread, opened: dict[str, Any]) -> None:
    """Subscribe to the sub-agents that work for a thread which was opened: they may ask.

    The runtime sends what a sub-agent asks to those who were there when it began, and to those who
    resume its own thread.
    """
    for agent in await agents_of(rpc, live.id) if _is_at_work(opened) else ():
        if _is_at_work(agent):
            rpc.locked(functools.partial(_note_parent, agent["id"], live.id))
            live.agents.append(rpc.threads.hold(agent["id"]))
            with contextlib.suppress(InvalidRequestError):  # it has just ended
                await rpc.request("thread/resume", {"threadId": agent["id"], "excludeTurns": True})


def _is_at_work(thread: dict[str, Any]) -> bool:
    status = thread.get("status")
    return isinstance(status, dict) and status.get("type") == "active"


def _note_parent(thread_id: str, parent: str, session: Session) -> None:
    session.notices.parents[thread_id] = parent  # whose handlers answer


async def agents_of(rpc: AsyncRpc, thread_id: str) -> list[dict[str, Any]]:
    """Return the sub-agents of a thread, at any depth, as threads (thread/list)."""
    if _ANCESTOR in rpc.lacks.get("thread/list", ()):  # an old runtime: it would list all threads
        return []
    params = {_ANCESTOR: thread_id, "limit": _MOST, "useStateDbOnly": True}
    page = await rpc.request("thread/list", params)
    threads = [each for each in page.get("data") or () if isinstance(each, dict)]
    return [each for each in threads if isinstance(each.get("id"), str)]
