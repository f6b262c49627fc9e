"""One call to the runtime: through the gate, out, and back; again when the runtime was too busy."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .._core.careful_log import CarefulLog
from .._core.deadline import NEVER, Deadline
from .._core.messages import Closed, FailedReply, Failure, Params, Reply
from .._core.routes import Box
from .._drivers.aio import Mailbox
from .._failures import option_error, rpc_error
from .._safe_text import runtime_line
from ..errors import (
    CodexRpcError,
    RequestTimeoutError,
    ServerBusyError,
    TransportClosedError,
)
from ..retry import backoff

if TYPE_CHECKING:
    from .._core.session import Session
    from .connection import AsyncConnection

__all__ = ["AsyncCall"]

_log = CarefulLog("openai_codex.requests")

_OVERLOADED = -32001


class AsyncCall:
    """One call and the wait for its reply; `release` must follow, whatever happened."""

    def __init__(
        self,
        connection: AsyncConnection,
        method: str,
        params: Params | None,
        *,
        events: Box | None = None,
        reply: Mailbox | None = None,
    ) -> None:
        self._connection = connection
        self.method = method
        self._params = params
        self._events = events
        self.trace: Params | None = None  # of the turn that it starts; else it is the caller's
        # An interrupt brings its own, which the end of its turn fills as well.
        self._reply = reply or Mailbox()
        self._came: Any = None
        self._id: int | None = None
        self._is_tried = False  # to be sent
        self._delays: Iterator[float] | None = None
        # Before anything is sent: a runtime that knows less drops the option without a word.
        if method in connection.lacks:
            self._refuse_what_is_lost(connection.lacks[method])

    async def reply(self, timeout: float | None, *, within: Deadline = NEVER) -> Reply:
        """Return what came back; `timeout` counts seconds from sending, `within` from now.

        Raises the reply's error as a JsonRpcError, RequestTimeoutError, or TransportClosedError.
        Refusals for overload (-32001) come before anything was done: those are tried again.
        """
        while True:
            await self._send(within)
            came, delay = await self._receive(within, timeout), None
            try:
                if not _is_unsent(came):
                    return self._unwrap(came)
            except ServerBusyError as error:
                delay = self._next_delay()
                # Only this refusal comes before anything was done. To wait past the limit helps
                # nobody.
                if delay is None or error.code != _OVERLOADED or within.ends_before(delay):
                    raise
            # Given back before the pause: a call that sleeps must not keep others from their turn.
            self.release()
            if delay is not None:
                self._tell(f"refused, for the runtime is busy: again in {delay:.1f} s")
                await self._connection.pause(delay)

    def result(self, reply: Reply) -> Any:
        """Return the result of a reply to this call; raises as `reply` does.

        One that came alone may turn out to be an error only now.
        """
        try:
            return reply.result
        except FailedReply as failed:
            raise self._error(failed.failure) from None

    def withdraw(self) -> bool:
        """Take the call back if the runtime does not have it; tells whether that was so."""
        self._look_up()
        if self._id is None:
            return not self._reply.items
        return bool(self._connection.locked(lambda session: session.calls.withdraw(self._id)))

    def redirect(self, box: Box) -> None:
        """Give a sent call up that may still start a turn: `box` gets its reply, should it come."""
        came = self._came
        if came is None and self._id is None:
            # Ctrl-C struck between its sending and the note of its id, and the reply was faster.
            came = self._reply.pop()
        if came is not None:
            # It came while its caller was leaving: what stops the turn reads it instead.
            box.put(came)
        elif self._id is not None:
            self._connection.locked(functools.partial(_redirect, self._id, self._reply, box))
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

    def _refuse_what_is_lost(self, options: dict[str, str]) -> None:
        """Raise UnsupportedByRuntimeError for an option that this runtime would drop unseen."""
        from .._wire.support import first_lost

        lost = first_lost(self._params or {}, options)
        if lost is not None:
            runtime = self._connection.runtime_version or "unknown"
            raise option_error(self.method, lost, needs=options[lost], runtime=runtime)

    async def _send(self, within: Deadline) -> None:
        """Send it, as soon as there is a runtime, and one that has its thread."""
        while self._id is None:
            if self._connection.stale:  # hardly ever: another runtime is there than at first
                await self._connection.revive(self.method, self._params)
            self._is_tried = True
            call = self._connection.driver.call
            trace = self.trace or self._connection.witness.carrier()
            try:
                self._id = call(self.method, self._params, self._reply, self._events, trace)
                self._tell("sent")
            except TransportClosedError as error:  # so nothing was sent
                if await self._connection.is_back(within):
                    continue
                if within.is_over:
                    raise self._timed_out(within.seconds) from None
                gone = self._connection.driver.session.cause  # by now it may be another one
                raise gone.copy() if gone is not None else error from None

    async def _receive(self, within: Deadline, timeout: float | None = None) -> Any:
        items, seconds = self._reply.items, timeout
        while not items:
            left = within.left(seconds)
            await self._reply.wait(left)
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
        sent_at = self._connection.locked(lambda session: session.calls.sent_at(self._id))
        return timeout if sent_at is None else sent_at + timeout - time.monotonic()

    def _let_go(self) -> None:
        if self._is_tried:
            self._look_up()
            if self._id is not None:
                self._connection.driver.forget(self._id)

    def _look_up(self) -> None:
        """Learn the id of a call that Ctrl-C broke off after its sending, before we noted it."""
        if self._id is None and self._is_tried:
            self._id = self._connection.locked(lambda session: session.calls.id_of(self._reply))

    def _next_delay(self) -> float | None:
        if self._delays is None:
            self._delays = backoff(
                attempts=self._connection.config.max_overload_retries, maximum=4.0
            )
        return next(self._delays, None)

    def _timed_out(self, seconds: float | None) -> RequestTimeoutError:
        return RequestTimeoutError(
            method=self.method, seconds=seconds or 0.0, **self._connection.signs_of_life()
        )

    def _unwrap(self, item: Reply | Failure | Closed) -> Reply:
        if isinstance(item, Reply):
            return item
        if isinstance(item, Failure):
            raise self._error(item)
        raise item.fresh_cause((self._params or {}).get("threadId"))

    def _tell(self, what: str) -> None:
        if _log.is_enabled_for(logging.DEBUG):
            params = self._params or {}
            turn_id = params.get("turnId") or params.get("expectedTurnId")
            ids = {"thread_id": params.get("threadId"), "turn_id": turn_id}
            _log.log(logging.DEBUG, "%s: %s", self.method, what, extra=ids)

    def _error(self, failure: Failure) -> CodexRpcError:
        if failure.code != _OVERLOADED:
            self._tell(f"refused with {failure.code}: {runtime_line(failure.message, most=500)}")
        return rpc_error(
            self.method,
            failure.code,
            failure.message,
            failure.data,
            runtime=self._connection.runtime_version or "unknown",
            thread_id=(self._params or {}).get("threadId"),
        )


def _is_unsent(came: object) -> bool:
    return isinstance(came, Closed) and came.is_unsent


def _redirect(call_id: int, reply: Mailbox, box: Box, session: Session) -> None:
    session.calls.redirect(call_id, box)
    came = reply.pop()
    if came is not None:  # just now, after its caller had looked a last time
        box.put(came)
