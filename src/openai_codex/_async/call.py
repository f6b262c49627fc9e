"""One call to the runtime: through the gate, out, and back; again when the runtime was too busy."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .._core.messages import Closed, Failure, Params, Reply
from .._core.routes import Box
from .._drivers.aio import Mailbox
from ..deadline import NEVER, Deadline
from ..errors import RequestTimeoutError, ServerBusyError
from ..failures import rpc_error
from ..retry import backoff

if TYPE_CHECKING:
    from .._core.session import Session
    from .rpc import AsyncRpc

__all__ = ["AsyncCall"]

_OVERLOADED = -32001


class AsyncCall:
    """Ask once and wait for the reply; `release` must follow, whatever happened."""

    def __init__(
        self,
        rpc: AsyncRpc,
        method: str,
        params: Params | None,
        *,
        events: Box | None = None,
        reply: Mailbox | None = None,
    ) -> None:
        self._rpc = rpc
        self.method = method
        self._params = params
        self._events = events
        self._reply = reply or Mailbox()
        self._came: Any = None
        self._id: int | None = None
        self._is_tried = False  # to be sent
        self._delays: Iterator[float] | None = None

    async def reply(self, timeout: float | None, *, within: Deadline = NEVER) -> Reply:
        """Return what came back; `timeout` counts seconds from sending, `within` from now.

        Raises the reply's error as a JsonRpcError, RequestTimeoutError, or TransportClosedError.
        Refusals for overload (-32001) come before anything was done: those are tried again.
        """
        while True:
            self._send()
            try:
                return self._unwrap(await self._receive(within, timeout))
            except ServerBusyError as error:
                delay = self._next_delay()
                if delay is None or error.code != _OVERLOADED or within.ends_before(delay):
                    raise
            self.release()
            await self._rpc.pause(delay)

    async def late_reply(self, within: Deadline) -> Reply:
        """Return the reply to a call that was sent, for a caller that leaves: never send again."""
        return self._unwrap(await self._receive(within))

    def withdraw(self) -> bool:
        """Take the call back if the runtime does not have it; tells whether that was so."""
        self._look_up()
        if self._id is None:
            return not self._reply.items
        return bool(self._rpc.locked(lambda session: session.withdraw(self._id)))

    def abandon(self, box: Box) -> None:
        """Give a sent call up that may still start a turn: `box` gets its reply, should it come."""
        if self._id is not None and self._came is None:
            self._rpc.locked(functools.partial(_abandon, self._id, self._reply, box))
            self._id = None

    def release(self) -> None:
        """Forget the call, so that another may go out in its place. Idempotent."""
        came = self._came
        if type(came) is Reply and came.id is not None and came.id == self._id:
            return  # the session has forgotten it already
        self._let_go()
        if came is not None:
            self._reply.pop()
        self._id = self._came = None
        self._is_tried = False

    def _send(self) -> None:
        if self._id is None:
            self._is_tried = True
            call, events = self._rpc.driver.call, self._events
            will_wait = events is None
            self._id = call(self.method, self._params, self._reply, events, will_wait=will_wait)

    async def _receive(self, within: Deadline, timeout: float | None = None) -> Any:
        items, seconds = self._reply.items, timeout
        while not items:
            left = within.left(seconds)
            await self._rpc.driver.wait_for_reply(self._id, self._reply, left)
            if items:
                break
            if within.is_over:
                raise self._timed_out(within.seconds)
            if timeout is not None:
                seconds = self._left_of(timeout)
                if seconds <= 0.0 and not items:  # it may come between the two looks
                    raise self._timed_out(timeout)
        self._came = items[0]  # it stays there: Ctrl-C could lose it here
        return self._came

    def _left_of(self, timeout: float) -> float:
        """Return what is left of the seconds since the call was sent: all of them if it queues."""
        sent_at = self._rpc.locked(lambda session: session.sent_at(self._id))
        return timeout if sent_at is None else sent_at + timeout - time.monotonic()

    def _let_go(self) -> None:
        if self._is_tried:
            self._look_up()
            if self._id is not None:
                self._rpc.driver.forget(self._id)

    def _look_up(self) -> None:
        """Learn the id of a call that Ctrl-C broke off after its sending, before we noted it."""
        if self._id is None and self._is_tried:
            self._id = self._rpc.locked(lambda session: session.id_of(self._reply))

    def _next_delay(self) -> float | None:
        if self._delays is None:
            self._delays = backoff(attempts=self._rpc.config.max_overload_retries, maximum=4.0)
        return next(self._delays, None)

    def _timed_out(self, seconds: float | None) -> RequestTimeoutError:
        return RequestTimeoutError(
            method=self.method, seconds=seconds or 0.0, **self._rpc.signs_of_life()
        )

    def _unwrap(self, item: Reply | Failure | Closed) -> Reply:
        if isinstance(item, Reply):
            return item
        if isinstance(item, Failure):
            version = self._rpc.runtime_version or "unknown"
            raise rpc_error(self.method, item.code, item.message, item.data, runtime=version)
        raise item.fresh_cause()


def _abandon(call_id: int, reply: Mailbox, box: Box, session: Session) -> None:
    session.abandon(call_id, box)
    came = reply.pop()
    if came is not None:  # just now, after its caller had looked a last time
        box.put(came)
