"""Brings a connection back that was lost: a new driver with a new session, below the same RPC.

Rule 1. What waits for something of the connection that was lost ends with ConnectionLostError; what
comes later waits until another is there. Nothing that was sent is sent again.
Rule 2. A connection is one driver, one session and one epoch. What comes late over an older one
meets a session that is closed, and changes nothing.
Rule 3. The new connection takes its place only when it has been greeted: initialized, logged in.
Rule 4. `stop` wins: after it, whatever is being opened is closed, and nothing is opened any more.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from .._checks import checked_bound
from .._core.careful_log import CarefulLog
from .._core.deadline import Deadline
from .._core.returns import Reaching, Returns
from .._core.turnbox import hand_over
from .._drivers.aio import Driver, Latch, run_in_background
from ..errors import (
    ClientClosedError,
    CodexError,
    ConnectionLostError,
    TransportClosedError,
)
from ..retry import Restart
from .reviving import NEEDS_NO_RESUME, revive, take_up

if TYPE_CHECKING:
    from .rpc import AsyncRpc

__all__ = ["AsyncReconnecting", "AsyncRestarting"]

_log = CarefulLog("openai_codex.runtime")

# Seconds that the rest of a connection is given to go: its process has ended already.
_FAREWELL = 1.0
# Seconds between two looks at what is being opened while the client closes.
_LOOK = 0.05


class AsyncComeback:
    """Brings the connection of one client back, as often as `returns` allows."""

    def __init__(self, returns: Returns | Reaching) -> None:
        self.count = 0
        self._returns = returns
        self._rpc: weakref.ref[AsyncRpc] | None = None  # it holds us
        self._fresh: AsyncRpc | None = None  # what is being opened
        self._begun: dict[int, object] = {}
        self._wait = 0.0
        self._is_over = False  # closed, or given up
        self._is_closing = Latch()
        self._back = Latch()  # of the latest loss
        self._back.set()

    def attach(self, rpc: AsyncRpc) -> None:
        """Bring the connection of `rpc` back from now on."""
        self._rpc = weakref.ref(rpc)
        rpc.comeback = self
        self._watch(rpc.driver)

    def _watch(self, driver: Driver) -> None:
        driver.comeback = self
        cause = driver.session.cause  # looked at last: it may have died before we listened
        if cause is not None and not isinstance(cause, (ConnectionLostError, ClientClosedError)):
            driver.session.cause = self.lose(driver.session.epoch, cause)
            self.begin(driver.session.epoch)

    # --- on the reader ---------------------------------------------------------------------------

    def lose(self, epoch: int, cause: TransportClosedError) -> TransportClosedError:
        """Note the loss; returns the error that those get who wait for something."""
        wait = self._returns.next_wait()
        if wait is None:
            self._is_over = True
            return self._too_often(cause)
        self._wait = wait
        self._back = Latch()
        return ConnectionLostError(
            cause.message,
            exit_code=cause.exit_code,
            signal=cause.signal,
            stderr_tail=cause.stderr_tail,
        )

    def begin(self, epoch: int) -> None:
        """Bring it back, in the background; once for each connection that was lost."""
        mine = object()
        if not self._is_over and self._begun.setdefault(epoch, mine) is mine:
            self._begun.pop(epoch - 2, None)
            try:
                run_in_background(self._come_back)
            except CodexError:  # no thread can be started: the program ends
                self._is_over = True
                self._back.set()

    # --- for callers -----------------------------------------------------------------------------

    async def is_back(self, within: Deadline) -> bool:
        """Wait until the connection is there again; False where it stays away."""
        while not self._is_over:
            back, rpc = self._back, self._rpc() if self._rpc is not None else None
            if rpc is None:
                return False
            if rpc.driver.session.cause is None:
                return True
            if back.is_set() and back is self._back:  # no loss that anybody brings back
                return False
            if not await back.wait(within.left()):
                return False
        return False

    async def revive(self, method: str, thread_id: str) -> None:
        """Resume a stale thread before a call that needs it; raises ThreadLostError."""
        rpc = self._rpc() if self._rpc is not None else None
        if rpc is not None:
            await self._revive(rpc, method, thread_id)

    async def stop(self, seconds: float) -> None:
        """Open nothing any more, and close within `seconds` what is being opened."""
        deadline = Deadline(seconds)
        self._is_closing.set()
        while not await self._back.wait(_LOOK) and not deadline.is_over:
            fresh = self._fresh
            if fresh is not None and fresh.is_started:
                await fresh.driver.close(min(seconds, _FAREWELL))

    # --- in the background -----------------------------------------------------------------------

    async def _come_back(self) -> None:
        back, rpc = self._back, self._rpc() if self._rpc is not None else None
        if rpc is None:
            return
        end: TransportClosedError | None = ClientClosedError("this client is closed")
        try:
            end = await self._bring_back(rpc)
            if end is None:
                back.set()
                await self._catch_up(rpc)
        finally:  # also when the program's loop ends here
            if end is not None:
                self._give_up(rpc, end)
            back.set()

    async def _bring_back(self, rpc: AsyncRpc) -> TransportClosedError | None:
        """Open another connection and put it in place; returns the error where that fails."""
        old = rpc.driver
        cause = old.session.cause or TransportClosedError()
        await old.close(_FAREWELL)  # what is left of it: its pipes, and what reads them
        old.keep_no_longer()
        wait: float | None = self._wait
        has_told = False
        while not await self._is_closing.wait(wait):
            try:
                fresh = await self._opened(rpc)
            except CodexError as error:  # noqa: PERF203
                lost, cause = cause, error if isinstance(error, TransportClosedError) else cause
                wait = self._returns.next_wait()
                if wait is None:
                    return self._too_often(cause)
                if not has_told:  # it may take long, and whoever looks sees nothing meanwhile
                    _log.warning("the codex runtime is lost: %s; trying again", _how(lost))
                    has_told = True
            else:
                self._returns.reset()
                self.count += 1
                _log.warning(self._told(cause))
                rpc.take_over(fresh)
                self._watch(fresh.driver)
                return None
        return ClientClosedError("this client is closed")

    async def _opened(self, rpc: AsyncRpc) -> AsyncRpc:
        self._fresh = fresh = rpc.successor()
        try:
            await fresh.open()
            if rpc.greet is not None:
                await rpc.greet(fresh)
            for place in rpc.places.known.values():  # or their threads could not work there
                wire = place.to_wire(rpc.places.id_of(place.name))
                await fresh.request("environment/add", wire)
            if self._is_closing.is_set():  # looked at last
                raise ClientClosedError("this client is closed")
        except BaseException:
            if fresh.is_started:
                await fresh.driver.close(_FAREWELL)
            raise
        finally:
            self._fresh = None
        return fresh

    def _give_up(self, rpc: AsyncRpc, cause: TransportClosedError) -> None:
        if not isinstance(cause, ClientClosedError):
            _log.error("%s", cause.message)
        hand_over(rpc.locked(lambda session: session.give_up(cause)))
        self._is_over = True  # last: a caller that sees it raises the cause

    # --- what differs ----------------------------------------------------------------------------

    async def _revive(self, rpc: AsyncRpc, method: str, thread_id: str) -> None:
        await revive(rpc, method, thread_id)

    async def _catch_up(self, rpc: AsyncRpc) -> None:
        """Do what is to be done at once: threads come back at their next use."""

    def _told(self, cause: TransportClosedError) -> str:
        return (
            f"the codex runtime was lost ({_how(cause)}) and started again, the {self.count}. time;"
            " turns that ran then ended with ConnectionLostError"
        )

    def _too_often(self, cause: TransportClosedError) -> TransportClosedError:
        assert isinstance(self._returns, Returns)
        limit, within = self._returns.limit, self._returns.within
        what = f"the codex runtime was lost more than {limit} times within {within:g} s"
        return _with_facts(f"{what} and is not started again: {cause.message}", cause)


class AsyncRestarting(AsyncComeback):
    """Starts a runtime again that died."""

    def __init__(self, policy: Restart) -> None:
        super().__init__(Returns(limit=policy.limit, within=checked_bound("within", policy.within)))


class AsyncReconnecting(AsyncComeback):
    """Connects again to a runtime that lives on: its turns and questions do as well."""

    def __init__(self, seconds: float | None, *, longest: float) -> None:
        super().__init__(Reaching(seconds=seconds, longest=longest))

    async def _revive(self, rpc: AsyncRpc, method: str, thread_id: str) -> None:
        if method not in NEEDS_NO_RESUME:
            await take_up(rpc, thread_id)

    async def _catch_up(self, rpc: AsyncRpc) -> None:
        """Take up every live thread: turns may run there."""
        for thread_id in sorted(rpc.stale):
            try:
                await take_up(rpc, thread_id)
            except TransportClosedError:  # noqa: PERF203  # lost again: the next one does it
                return
            except CodexError as error:
                _log.warning("thread %s could not be taken up again: %s", thread_id, error)

    def _told(self, cause: TransportClosedError) -> str:
        return f"the connection to the codex runtime was lost and is back, the {self.count}. time"

    def _too_often(self, cause: TransportClosedError) -> TransportClosedError:
        what = f"the codex runtime could not be reached again within {self._returns_seconds:g} s"
        return _with_facts(f"{what}: {cause.message}", cause)

    @property
    def _returns_seconds(self) -> float:
        seconds = self._returns.seconds if isinstance(self._returns, Reaching) else None
        return seconds or 0.0


def _with_facts(message: str, cause: TransportClosedError) -> TransportClosedError:
    return TransportClosedError(
        message, exit_code=cause.exit_code, signal=cause.signal, stderr_tail=cause.stderr_tail
    )


def _how(cause: TransportClosedError) -> str:
    if cause.signal is not None:
        return f"signal {cause.signal}"
    return cause.message if cause.exit_code is None else f"exit code {cause.exit_code}"
