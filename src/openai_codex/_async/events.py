"""Events outside the turns that one runs: those of the client, and those of a thread."""

from __future__ import annotations

import functools
import weakref
from typing import TYPE_CHECKING, Any

from .._core.bulletin import Feed
from .._core.messages import Closed
from .._core.routes import thread_key
from .._core.session import Session
from .._drivers.aio import Mailbox
from ..errors import ClientClosedError

if TYPE_CHECKING:
    from .._turns.events import Event
    from .rpc import AsyncRpc

__all__ = ["AsyncEvents"]


class AsyncEvents:
    """An iterator over events, until the client is closed or this is.

    Each reader has its own, and sees every event. What is not read waits, within
    `AppServerConfig.max_unread_bytes`; a reader that falls further behind gets StreamOverflowError.
    Raises TransportClosedError when the runtime ends by itself.
    """

    def __init__(
        self,
        ready: Any,
        rpc: AsyncRpc | None,
        *,
        limit: int,
        thread_id: str | None = None,
    ) -> None:
        self._ready = ready
        self._thread_id = thread_id
        self._queue = Mailbox()
        self._feed: Feed[Mailbox] = Feed(self._queue, limit)
        self._rpc: weakref.ref[AsyncRpc] | None = None
        self._over = False
        if rpc is not None:
            self._open(rpc)

    def __del__(self) -> None:
        rpc = self._rpc() if self._rpc is not None else None
        if rpc is not None and not self._over:  # on any thread, at any time: so not here
            leave = functools.partial(_leave, self._feed, self._thread_id)
            rpc.driver.later(functools.partial(rpc.driver.locked, leave))

    def __aiter__(self) -> AsyncEvents:
        return self

    async def __anext__(self) -> Event:
        if self._rpc is None and not self._over:
            self._open(await self._ready())
        while not self._over:
            item: Any = self._feed.take()
            if item is None:
                await self._wait()
            elif isinstance(item, Closed):
                if isinstance(item.cause, ClientClosedError):
                    self.close()
                    break
                raise item.fresh_cause(self._thread_id)
            else:
                event: Event = item
                return event
        raise StopAsyncIteration

    async def __aenter__(self) -> AsyncEvents:
        if self._rpc is None and not self._over:
            self._open(await self._ready())
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Read no more. Idempotent."""
        self._over = True
        rpc = self._rpc() if self._rpc is not None else None
        if rpc is not None and rpc.driver.is_at_home:
            rpc.locked(functools.partial(_leave, self._feed, self._thread_id))
        self._feed.put(Closed(ClientClosedError()))  # wakes a reader in another thread or task

    def _open(self, rpc: AsyncRpc) -> None:
        self._rpc = weakref.ref(rpc)
        rpc.locked(functools.partial(_join, self._feed, self._thread_id))

    async def _wait(self) -> None:
        rpc = self._rpc() if self._rpc is not None else None
        if rpc is not None:
            rpc.locked(_nothing)  # which is refused in another process or loop: nothing would come
        await self._queue.wait()


def _join(feed: Feed[Mailbox], thread_id: str | None, session: Session) -> None:
    if thread_id is None:
        session.bulletin.join(feed)
    else:
        session.routes.join(thread_key(thread_id), feed)
    session.tell_if_closed(feed)


def _leave(feed: Feed[Mailbox], thread_id: str | None, session: Session) -> None:
    if thread_id is None:
        session.bulletin.leave(feed)
    else:
        session.routes.leave(thread_key(thread_id), feed)


def _nothing(session: Session) -> None:
    pass
