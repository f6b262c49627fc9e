"""Joining a turn that runs already, whichever client started it: its handle, with its items so far.

Nothing is missed between what is read and what comes: the route is open before the items are read.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .._core.messages import Underway
from .._drivers.aio import sleep
from .._turns.notification import Notification
from ..errors import CodexRpcError, InvalidRequestError, MethodNotFoundError
from ..retry import backoff
from .found import AsyncFoundTurn
from .reviving import join_agents

if TYPE_CHECKING:
    from .rpc import AsyncRpc
    from .turn import AsyncTurnHandle

__all__ = ["running_turn", "when_stored"]


async def running_turn(rpc: AsyncRpc, thread_id: str) -> AsyncTurnHandle | None:
    """Return the turn of a thread that runs now, detached; None where none does."""
    turn = await _running(rpc, thread_id, view="notLoaded")
    while turn is not None:
        found = AsyncFoundTurn(rpc, thread_id, turn["id"], limits=())
        rpc.locked(found.join)
        try:
            seen = await _running(rpc, thread_id, view="full")
        except BaseException:
            rpc.locked(found.leave)
            raise
        if seen is not None and seen["id"] == turn["id"]:
            handle = _begun(rpc, found, seen)
            await join_agents(rpc, thread_id)
            return handle
        rpc.locked(found.leave)
        turn = seen  # that one ended meanwhile
    return None


async def _running(rpc: AsyncRpc, thread_id: str, *, view: str) -> dict[str, Any] | None:
    turns = await _newest(rpc, thread_id, view)
    is_one = bool(turns) and isinstance(turns[0], dict) and isinstance(turns[0].get("id"), str)
    return turns[0] if is_one and turns[0].get("status") == "inProgress" else None


async def _newest(rpc: AsyncRpc, thread_id: str, view: str) -> list[dict[str, Any]]:
    params = {"threadId": thread_id, "limit": 1, "sortDirection": "desc", "itemsView": view}
    listing = functools.partial(rpc.request, "thread/turns/list", params)
    try:
        page = await when_stored(rpc, thread_id, listing)
    except CodexRpcError:  # it is not stored: it had no turn yet, or is ephemeral
        if _is_active(await _read(rpc, thread_id)):
            raise
        return []
    turns: list[dict[str, Any]] = page.get("data") or []
    return turns


async def when_stored(rpc: AsyncRpc, thread_id: str, work: Callable[[], Any]) -> Any:
    """Return what `work` returns; tries again while the thread's first turn is just beginning.

    The runtime stores a thread with its first turn, and not in the moment that it begins.
    """
    for delay in backoff(attempts=8, initial=0.02, maximum=0.5, jitter=0.0):
        try:
            return await work()
        except (InvalidRequestError, MethodNotFoundError) as error:
            thread = await _read(rpc, thread_id)
            is_beginning = _is_active(thread) or isinstance(error, MethodNotFoundError)
            if thread.get("ephemeral") or not is_beginning:
                raise
        await sleep(delay)
    return await work()


async def _read(rpc: AsyncRpc, thread_id: str) -> dict[str, Any]:
    try:
        read = await rpc.request("thread/read", {"threadId": thread_id})
    except CodexRpcError:  # it is nowhere
        return {}
    thread: dict[str, Any] = read["thread"]
    return thread


def _is_active(thread: dict[str, Any]) -> bool:
    status = thread.get("status")
    return isinstance(status, dict) and status.get("type") == "active"


def _tell(rpc: AsyncRpc, found: AsyncFoundTurn, started: Notification) -> None:
    if not found.box.is_over:  # else its span would never end
        rpc.witness.see(started)
    found.box.put(Underway(started))


def _begun(rpc: AsyncRpc, found: AsyncFoundTurn, turn: dict[str, Any]) -> AsyncTurnHandle:
    """Return the handle, detached, with what the turn has done so far."""
    handle = found.handle
    ids = {"threadId": handle.thread_id, "turnId": handle.id}
    started = Notification.from_wire("turn/started", {**ids, "turn": turn}, 0)
    rpc.locked(lambda _: _tell(rpc, found, started))
    handle.detach()
    for item in turn.get("items") or ():
        handle.begin_with(Notification.from_wire("item/completed", {**ids, "item": item}, 0))
    return handle
