"""Resumes a thread in a runtime that does not have it yet, before a call that needs it.

What the runtime stores with a thread is not said again; what it does not store, is.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .._core.careful_log import CarefulLog
from .._core.messages import Closed, Params
from .._core.session import Session
from .._core.turnbox import hand_over
from ..errors import (
    CodexError,
    ConnectionLostError,
    ThreadLostError,
    ThreadNotFoundError,
    TransportClosedError,
)
from .agents_at_work import agents_of
from .places import before_resume

if TYPE_CHECKING:
    from .live_threads import AsyncLiveThread
    from .rpc import AsyncRpc

__all__ = [
    "NEEDS_NO_RESUME",
    "join_agents",
    "revive",
    "set_again",
    "settings_again",
    "take_up",
]

_log = CarefulLog("openai_codex.runtime")

# Settings that turns changed. Those that the file has as well are among them: the runtime may have
# died after it took them and before it wrote them down.
_SET_AGAIN = (
    "approvalPolicy",
    "approvalsReviewer",
    "cwd",
    "effort",
    "model",
    "sandboxPolicy",
    "serviceTier",
    "summary",
)
# What works on a thread that is not loaded, or loads it.
NEEDS_NO_RESUME = frozenset(
    {
        "thread/archive",
        "thread/delete",
        "thread/fork",
        "thread/goal/clear",
        "thread/goal/get",
        "thread/items/list",
        "thread/items/read",
        "thread/queue/delete",
        "thread/queue/list",
        "thread/queue/reorder",
        "thread/queue/update",
        "thread/read",
        "thread/resume",
        "thread/settings/update",  # it is how a thread is resumed
        "thread/turns/list",
        "thread/unarchive",
    }
)


async def revive(rpc: AsyncRpc, method: str, thread_id: str) -> None:
    """Resume a stale thread before a call that needs it; raises ThreadLostError."""
    if method in NEEDS_NO_RESUME:
        return
    live = rpc.threads.hold(thread_id)
    async with live.lock:
        if thread_id in rpc.stale:  # nobody did it meanwhile
            await _resume(rpc, live)
            rpc.stale.discard(thread_id)


async def take_up(rpc: AsyncRpc, thread_id: str) -> None:
    """Subscribe to a stale thread again, and bring its open turns and their sub-agents up to date.

    Raises ThreadLostError, after the thread's turns have ended.
    """
    live = rpc.threads.hold(thread_id)
    async with live.lock:
        if thread_id not in rpc.stale:
            return
        is_open = rpc.locked(lambda session: session.intake.catching_up.is_open(thread_id))
        await _take_up(rpc, live, is_open=is_open)
        for agent_id in sorted(await _agents_with_news(rpc, thread_id)) if is_open else ():
            try:
                await _take_up(rpc, rpc.threads.hold(agent_id), is_open=True)
            except TransportClosedError:  # noqa: PERF203
                raise
            except CodexError as error:
                _log.warning("sub-agent %s could not be taken up again: %s", agent_id, error)


async def _take_up(rpc: AsyncRpc, live: AsyncLiveThread, *, is_open: bool) -> None:
    """Subscribe first, then read: what is stored by then is all that came before.

    What comes of itself from now on is held until that has been shown.
    """
    with _holding(rpc, live.id):
        try:
            await _subscribe(rpc, live)
            turns = await _stored_turns(rpc, live.id, limit=20, view="full") if is_open else []
            rpc.locked(functools.partial(_bring_up, live.id, turns))
            rpc.stale.discard(live.id)
        except TransportClosedError:
            raise
        except CodexError as error:
            lost = ConnectionLostError(f"the thread could not be resumed: {error}")
            lost.resumable = False
            end = Closed(lost)
            rpc.locked(
                lambda session: hand_over(session.intake.catching_up.lost_thread(live.id, end))
            )
            raise


async def _subscribe(rpc: AsyncRpc, live: AsyncLiveThread) -> None:
    loaded = await rpc.request("thread/loaded/list", {})
    if live.id in (loaded.get("data") or ()):  # it is as it was
        await rpc.request("thread/resume", {"threadId": live.id, "excludeTurns": True})
    else:
        await _resume(rpc, live)


async def join_agents(rpc: AsyncRpc, thread_id: str) -> None:
    """Show a turn that was joined in its middle the sub-agents that began before."""
    for agent_id in sorted(await _agents_with_news(rpc, thread_id)):
        with _holding(rpc, agent_id):
            turns = await _stored_turns(rpc, agent_id, limit=20, view="full")
            rpc.locked(functools.partial(_bring_up, agent_id, turns))


@contextlib.contextmanager
def _holding(rpc: AsyncRpc, thread_id: str) -> Iterator[None]:
    """Hold what comes for a thread, also where a caller is cancelled who cannot wait any more."""
    rpc.locked(lambda session: session.intake.catching_up.begin(thread_id))
    try:
        yield
    finally:
        rpc.locked(lambda session: hand_over(session.intake.catching_up.let_go(thread_id)))


def _bring_up(thread_id: str, turns: list[Params], session: Session) -> None:
    hand_over(session.intake.catching_up.thread(thread_id, turns))


async def _agents_with_news(rpc: AsyncRpc, thread_id: str) -> set[str]:
    """Return the sub-agents of a thread that work for an open turn, or did so unseen."""
    found: set[str] = set()
    for agent in await agents_of(rpc, thread_id):
        turns = await _stored_turns(rpc, agent["id"], limit=5, view="notLoaded")
        if rpc.locked(functools.partial(_has_news, agent["id"], turns)):
            found.add(agent["id"])
    return found


def _has_news(thread_id: str, turns: list[Params], session: Session) -> bool:
    return session.intake.catching_up.has_news(thread_id, turns)


async def _stored_turns(rpc: AsyncRpc, thread_id: str, *, limit: int, view: str) -> list[Params]:
    params = {
        "threadId": thread_id,
        "limit": limit,
        "sortDirection": "desc",
        "itemsView": view,
    }
    page = await rpc.request("thread/turns/list", params)
    return [turn for turn in page.get("data") or () if isinstance(turn, dict)]


async def _resume(rpc: AsyncRpc, live: AsyncLiveThread) -> Any:
    """Resume one thread with its options (thread/resume); raises ThreadLostError."""
    if live.is_ephemeral:
        raise ThreadLostError(thread_id=live.id, reason="it was ephemeral")
    await before_resume(rpc, live.id, rpc.places.of(live.id))
    params = {"threadId": live.id, "excludeTurns": True, **live.given}
    brake = rpc.spending.brake_again(live.id)
    if brake is not None:
        params["config"] = brake
    again = settings_again(rpc, live.id)
    try:
        result = await rpc.request("thread/resume", params)
    except ThreadNotFoundError as error:
        raise ThreadLostError(thread_id=live.id, reason="it had no turn yet") from error
    await set_again(rpc, live.id, again)
    return result


def settings_again(rpc: AsyncRpc, thread_id: str) -> Params:
    """Return the settings that turns of a thread changed."""
    settings = dict(rpc.locked(lambda session: session.notices.settings.of(thread_id)))
    return {name: settings[name] for name in _SET_AGAIN if settings.get(name) is not None}


async def set_again(rpc: AsyncRpc, thread_id: str, settings: Params) -> None:
    """Set what turns had changed, in a thread that was resumed (thread/settings/update)."""
    if settings and rpc.config.experimental_api:
        await rpc.request("thread/settings/update", {"threadId": thread_id, **settings})
