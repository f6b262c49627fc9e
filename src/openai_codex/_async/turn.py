"""One running turn: watch it, steer it, stop it, or wait for its result."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

from .._core.messages import Closed
from .._core.turnbox import TurnBox
from .._drivers.aio import CANCELLED, Latch, Mailbox, call_on_event, check_on_event
from ..deadline import Deadline
from ..errors import CodexError, StreamOverflowError, TransportClosedError, TurnTimeoutError
from ..failures import turn_error
from ..inputs import Input, steer_input
from ..notification import Notification
from ..result import COLLECTED, TurnCollector, TurnResult
from .interrupt import RETRY_EVERY, interrupt_turn

if TYPE_CHECKING:
    from .._core.session import Session
    from ..types import TurnInterruptResponse, TurnSteerResponse
    from .rpc import AsyncRpc

__all__ = ["AsyncTurnHandle"]

_log = logging.getLogger("openai_codex.turns")


class AsyncTurnHandle:
    """Hold one running turn: `thread_id`, `id`.

    As a context manager it interrupts the turn on exit unless it is over. The events are there to
    be read once, by one reader at a time: with `stream()`, `run()`, or first one then the other.
    """

    def __init__(
        self,
        rpc: AsyncRpc,
        thread_id: str,
        turn_id: str,
        box: TurnBox[Mailbox, Latch],
        *,
        deadline: Deadline,
        idle_timeout: float | None,
    ) -> None:
        self.thread_id = thread_id
        self.id = turn_id
        self._rpc = rpc
        self._box = box
        self._deadline = deadline
        self._idle_timeout = idle_timeout
        self._collector = TurnCollector(turn_id)
        self._ended: Closed | None = None
        self._unread: deque[Any] = deque()
        self._is_left = False

    def __repr__(self) -> str:
        state = "over" if self._box.is_over else "running"
        return f"{type(self).__name__}(thread_id={self.thread_id!r}, id={self.id!r}, {state})"

    async def __aenter__(self) -> AsyncTurnHandle:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        if not self._box.is_over:
            await self._give_up()

    # --- reading ---------------------------------------------------------------------------------

    async def stream(self, *, timeout: float | None = None) -> AsyncIterator[Notification]:
        """Yield the turn's events as they come, up to and with `turn/completed`.

        `timeout` counts seconds from here. Leaving early does not stop the turn. Raises
        TurnTimeoutError, TransportClosedError, StreamOverflowError.
        """
        deadline = self._deadline.or_after(timeout)
        timed = deadline.seconds is not None
        feed = self._collector.feed
        try:
            while True:
                unread = self._unread  # what one reader leaves is there for the next
                while unread:
                    if timed and deadline.is_over:  # a flood must not outrun it
                        await self._heed(deadline)
                    try:
                        event = unread.popleft()  # and not kept: it has its payload by now
                    except IndexError:  # another reader took it
                        break
                    if event.method in COLLECTED:
                        feed(event)
                    yield event
                if self._collector.is_complete:
                    return
                await self._read_on(deadline)
        except CANCELLED:
            await self._leave()
            raise

    async def stream_text(self, *, timeout: float | None = None) -> AsyncIterator[str]:
        """Yield only the text of the agent's messages, piece by piece. See `stream`."""
        async for event in self.stream(timeout=timeout):
            if event.method == "item/agentMessage/delta":
                yield event.params["delta"]

    async def run(
        self,
        *,
        timeout: float | None = None,
        on_event: Callable[[Notification], Any] | None = None,
    ) -> TurnResult[Any]:
        """Wait for the turn to end and return its result; an interrupted turn has that status.

        `timeout` counts seconds from here; `on_event` is called with every event as it comes.
        Raises TurnFailedError, TurnTimeoutError, TransportClosedError.
        """
        check_on_event(on_event)
        try:
            await self._read(timeout, on_event)
        except (*CANCELLED, StreamOverflowError):  # nobody will read the rest
            await self._leave()
            raise
        result = self._collector.result()
        if self._collector.failed:
            raise turn_error(result, self._collector.raw_error, resets_at=self._rpc.resets_at())
        return result

    # --- acting ----------------------------------------------------------------------------------

    async def steer(self, input: Input | str) -> TurnSteerResponse:
        """Say something to the running turn (turn/steer); raises InvalidRequestError if over."""
        from .._wire.base import decode
        from ..types import TurnSteerResponse

        params = {"threadId": self.thread_id, "input": steer_input(input)}
        await self._box.started.wait(self._rpc.config.interrupt_timeout)
        params["expectedTurnId"] = self._active_id
        return decode(TurnSteerResponse, await self._rpc.request("turn/steer", params))

    async def interrupt(self) -> TurnInterruptResponse:
        """Stop the turn (turn/interrupt), as soon as it has begun. Idempotent.

        Waits at most `AppServerConfig.interrupt_timeout` seconds; raises RequestTimeoutError then.
        """
        await self._interrupt()
        from ..types import TurnInterruptResponse  # not before the turn is told to stop

        return TurnInterruptResponse()

    # --- small words -----------------------------------------------------------------------------

    async def _tell(self, on_event: Callable[[Notification], Any], event: Notification) -> None:
        try:
            await call_on_event(on_event, event)
        except BaseException:
            await self._leave()
            raise

    @property
    def _active_id(self) -> str:
        return self._box.started_id or self.id

    async def _interrupt(self) -> None:
        deadline = Deadline(self._rpc.config.interrupt_timeout)
        await self._box.started.wait(deadline.left())
        await interrupt_turn(self._rpc, self.thread_id, self.id, box=self._box, deadline=deadline)

    async def _leave(self) -> None:
        """Stop the turn for a caller that is cancelled; once, through however many callers."""
        if not self._is_left:
            self._is_left = True
            await self._give_up()

    async def _read(
        self, timeout: float | None, on_event: Callable[[Notification], Any] | None
    ) -> None:
        if on_event is None:
            self._box.want_only(COLLECTED)
        async for event in self.stream(timeout=timeout):
            if on_event is not None:
                await self._tell(on_event, event)

    async def _give_up(self) -> None:
        """Stop the turn for a caller that leaves for another reason, which must come through."""
        try:
            await self._interrupt()
        except TransportClosedError:
            pass  # it went with its runtime
        except CodexError as error:
            _log.warning("could not interrupt turn %s: %s", self.id, error)

    async def _read_on(self, deadline: Deadline) -> None:
        """Take the next events out of the box, or wait until there may be some."""
        if deadline.is_over:
            await self._heed(deadline)
        run = self._box.pop_run()
        if run is None:
            await self._wait(deadline)
        elif isinstance(run, Closed):
            self._ended = run
        else:
            self._unread = deque(run)

    async def _heed(self, deadline: Deadline) -> None:
        if not self._box.is_over:  # an end that came before it counts
            await self._time_out(deadline.seconds, idle=False)

    async def _wait(self, deadline: Deadline) -> None:
        """Wait for an event; stop the turn when it has been silent too long."""
        if self._ended is not None:
            raise self._ended.fresh_cause()
        if self._box.is_over and not self._box.queue.items:  # another reader has its last in hand
            await self._box.queue.wait(RETRY_EVERY)
            return
        idle, seen = self._idle_timeout, self._box.seen
        if idle is None:
            await self._box.queue.wait(deadline.left())
            return
        is_asked = self._rpc.locked(self._is_asked)
        is_there = await self._box.queue.wait(deadline.left(idle))
        if not (is_there or is_asked or deadline.is_over or self._box.seen != seen):
            await self._time_out(idle, idle=True)

    def _is_asked(self, session: Session) -> bool:
        return session.is_asked_in(self.id)

    async def _time_out(self, seconds: float | None, *, idle: bool) -> None:
        last_event = self._box.last_event
        await self._give_up()
        raise TurnTimeoutError(
            turn_id=self.id,
            seconds=seconds or 0.0,
            idle=idle,
            last_event=last_event,
            alive=self._rpc.signs_of_life()["alive"],
            result=self._collector.result(),
        )
