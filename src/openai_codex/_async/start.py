"""One turn that is started: the call that does it, the box for its events, and what stops it."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from .._core.careful_log import CarefulLog
from .._core.deadline import Deadline
from .._core.replies import text_in
from .._turns.limits import Limit
from ..errors import CodexError, RequestTimeoutError
from .call import AsyncCall
from .claim import AsyncClaim, WhenBusy
from .places import before_turn, before_untold_turn
from .stopping import AsyncStopping, AsyncWatch
from .turn import AsyncTurnHandle

if TYPE_CHECKING:
    from .rpc import AsyncRpc

__all__ = ["AsyncStart"]

_log = CarefulLog("openai_codex.turns")


class AsyncStart:
    """A turn that is being started; `leave` stops it at any time, also before it has an id."""

    def __init__(
        self,
        rpc: AsyncRpc,
        thread_id: str,
        params: dict[str, Any],
        *,
        deadline: Deadline,
        limits: Sequence[Limit],
        method: str = "turn/start",
        busy: WhenBusy = "join",
    ) -> None:
        self._rpc = rpc
        self._method = method
        self._params = params
        self._thread_id = thread_id
        self._deadline = deadline
        self._claim = AsyncClaim(rpc, thread_id, busy, deadline)
        self._box = rpc.turn_box()
        self._stopping = AsyncStopping(rpc, thread_id, self._box)
        self._watch = AsyncWatch(rpc, thread_id, self._box, self._stopping, limits)
        rpc.note_folder(thread_id, params.get("cwd"))
        self._watch.context = self._context = copy_context()
        self._call = AsyncCall(rpc, method, params, events=self._box)
        rpc.serve(thread_id, self._watch.context)  # before it is sent: questions may come at once

    async def claim(self) -> None:
        """Return when the thread can take the turn, as `busy` has it; raises ThreadBusyError."""
        # Else this one would join a turn that was left, and that is being interrupted.
        bound = self._deadline.or_after(self._rpc.config.interrupt_timeout)
        await self._rpc.settle(bound, self._thread_id)
        await self._claim.take()

    async def turn(self) -> AsyncTurnHandle:
        """Send the call and return the turn's handle; raises what the runtime refuses it with."""
        try:
            if self._rpc.places.of(self._thread_id) is not None:
                await self._look_at_the_place()
            with self._rpc.starting():
                return await self._turn()
        finally:
            self._claim.give_back()

    def warn_if_joined(self, turn: AsyncTurnHandle) -> None:
        """Log a warning where the turn was there before."""
        if self._claim.is_joined(turn.id, self._box):
            _log.warning(
                "turn %s was running already: the message joined it, and all who wait for it get "
                'its one result; busy="wait" or busy="error" of run() prevents that',
                turn.id,
            )

    async def _turn(self) -> AsyncTurnHandle:
        try:
            seconds = self._rpc.timeout_for(self._method)
            self._call.trace = self._rpc.witness.starting(
                self._box, self._thread_id, self._params, self._context
            )
            reply = await self._call.reply(seconds, within=self._deadline)
            turn_id = text_in(self._call.result(reply), "turn", "id", method=self._method)
            self._rpc.note_begun(self._thread_id, turn_id)
            turn = AsyncTurnHandle(
                self._rpc, self._thread_id, turn_id, self._box, self._stopping, self._watch
            )
            turn.witness = self._rpc.witness
        except RequestTimeoutError as error:
            self._rpc.witness.not_started(self._box, error)
            self._stopping.await_reply(self._call)
            self._call.release()
            raise
        except CodexError as error:  # it was refused, or went with the runtime: there is no turn
            self._rpc.witness.not_started(self._box, error)
            self._call.release()
            raise
        except BaseException as error:  # cancelled, or struck by what a signal handler raised
            self._rpc.witness.not_started(self._box, error)
            self.leave()
            raise
        self._call.release()
        self._rpc.note_turn(self._stopping)
        return turn

    async def _look_at_the_place(self) -> None:
        look = before_turn if self._method == "turn/start" else before_untold_turn
        try:
            await look(self._rpc, self._thread_id)
        except BaseException:  # nothing was sent
            self._call.release()
            raise

    def leave(self) -> None:
        """Stop the turn, or take the call back, for a caller that leaves; never waits."""
        self._claim.give_back()
        self._stopping.leave(self._call)
        self._call.release()
