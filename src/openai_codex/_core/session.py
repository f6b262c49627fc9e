"""One connection's rules: what may happen, in which order. Bytes in, deliveries out.

Rule 1. Methods for what goes out (`call`, `notify`) return the bytes to send.
Rule 2. Methods for what comes in (`receive_data`, `close`) return what goes into which box.
Rule 3. Nothing here wakes anyone, waits or locks; the driver calls it under its one lock.
Rule 4. After `close` every `call` raises the stored cause at once, so nobody can wait for the dead.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum

from ..errors import ConnectionLostError, TransportClosedError
from . import messages
from .intake import Intake
from .messages import Closed, MakeNotification, Params
from .parts import Parts
from .routes import MAX_KEPT_BYTES, Box, Delivery

__all__ = ["Session", "State"]


class State(Enum):
    """How far a connection is."""

    NEW = "new"
    OPENING = "opening"
    OPEN = "open"
    CLOSED = "closed"


# A table, because the ends come from many sides: nothing may lead out of CLOSED, or a caller could
# begin to wait for a runtime that is gone.
_NEXT = {
    State.NEW: {State.OPENING, State.CLOSED},
    State.OPENING: {State.OPEN, State.CLOSED},
    State.OPEN: {State.CLOSED},
    State.CLOSED: set[State](),
}


class Session:
    """The state of one connection; `make_notification(method, params, size)` builds its events.

    One that takes the place of a lost connection takes over the parts that outlive that one, from
    the session `before`; where the runtime itself lives on, `keeps_turns`, what is open as well.
    """

    def __init__(
        self,
        *,
        questions: Box,
        make_notification: MakeNotification,
        max_message_bytes: int,
        max_in_flight: int,
        max_turn_starts: int,
        max_kept_bytes: int = MAX_KEPT_BYTES,
        clock: Callable[[], float] = time.monotonic,
        before: Session | None = None,
        keeps_turns: bool = False,
    ) -> None:
        self.state = State.NEW
        self.cause: TransportClosedError | None = None
        self._keeps_turns = keeps_turns
        self._is_in_place = before is None  # else it has nothing of its own to end yet
        parts = Parts(
            questions=questions,
            max_in_flight=max_in_flight,
            max_turn_starts=max_turn_starts,
            max_kept_bytes=max_kept_bytes,
            clock=clock,
            before=None if before is None else before._parts,
            keeps_turns=keeps_turns,
        )
        self._parts: Parts = parts
        self.epoch = parts.epoch
        self.ledger = parts.ledger
        self.bulletin = parts.bulletin
        self.routes = parts.routes
        self.occupancy = parts.occupancy
        self.calls = parts.calls
        self.questions = parts.questions
        self.notices = parts.notices
        self.intake = Intake(
            parts, make_notification, limit=max_message_bytes, greeted=self._greeted
        )
        # Not `state is CLOSED`: Ctrl-C may end `close` between the state and the last delivery, and
        # what was not told yet must be told by the next call of it.
        self._has_told_all = False

    # --- outgoing ----------------------------------------------------------------------------

    def call(
        self,
        method: str,
        params: Params | None,
        box: Box,
        *,
        events: Box | None = None,
        trace: Params | None = None,
    ) -> tuple[int, bytes]:
        """Open a call: its id and its line. Its reply goes to `box`, its events to `events`.

        `trace` is the trace context that it carries.

        The line is empty while too many are under way: `calls.take_ready` has it when there is
        room. Raises the stored cause once closed, and UnsendableError before anything is kept.
        """
        self._raise_if_closed()
        call_id, line = self.calls.open(method, params, box, events, trace)
        if self.cause is not None:  # a signal handler above us closed
            self.calls.forget(call_id)
            self._raise_if_closed()
        # Only now: a call that cannot be sent must not leave a connection that looks begun.
        if self.state is State.NEW:
            self._go(State.OPENING)
        return call_id, line

    def notify(self, method: str, params: Params | None) -> bytes:
        """Return the line that tells the runtime something."""
        self._raise_if_closed()
        return messages.encode_notification(method, params)

    def tell_if_closed(self, box: Box) -> None:
        """Give a box that has just joined the end, where that came before it did.

        To be called last: an end that comes later finds the box.
        """
        if self.cause is not None:
            box.put(Closed(self.cause))

    def is_asked_in(self, turn_id: str) -> bool:
        """Tell whether a question of this turn, or of a sub-agent of it, waits for its answer.

        Then the turn's silence is ours.
        """
        # A sub-agent asks in its own thread, and its root waits just as long.
        asked, root_of = self.questions.asked(), self.routes.root_of
        return any(turn_id in (params.get("turnId"), root_of(params)) for params in asked)

    # --- incoming ----------------------------------------------------------------------------

    def receive_data(self, data: bytes) -> list[Delivery]:
        """Take bytes from the runtime; never raises. Once closed, nothing is delivered any more."""
        # The pump may still hold bytes that it read before the end; no box is there for them.
        if self.state is State.CLOSED:
            return []
        return self.intake.receive(data)

    def close(self, cause: TransportClosedError) -> list[Delivery]:
        """End the connection: every box that something is to come to gets the cause.

        It may be called again, when Ctrl-C broke the delivery off, until `forget_everyone`. After a
        ConnectionLostError another connection takes its place, and the inbox goes on with that one.
        """
        if self._has_told_all:
            return []
        self.cause = self.cause or cause  # first: from here on nobody can begin to wait
        if self.state is not State.CLOSED:
            self._go(State.CLOSED)
        end = Closed(self.cause)
        out: list[Delivery] = [*self.calls.ended_by(self.cause)]
        if not self._is_in_place:
            return out
        if self._is_suspended:
            return out + self._parts.suspend(end)
        if self.intake.witness is not None:
            self.intake.witness.closed(self.cause)
        out += self._parts.end(end)
        if isinstance(self.cause, ConnectionLostError):
            self.ledger.cut_off()
            return out
        return out + self._parts.end_for_good(end)

    def give_up(self, cause: TransportClosedError) -> list[Delivery]:
        """End a connection for good that was lost, and that did not come back after all."""
        self.cause, end = cause, Closed(cause)
        if self.intake.witness is not None:
            self.intake.witness.closed(cause)
        out = self._parts.end(end)
        self._parts.clear()
        return out + self._parts.end_for_good(end)

    def forget_everyone(self) -> None:
        """Let go of every box: all have been given the end."""
        self.calls.clear()
        if self._is_in_place and not self._is_suspended:
            self._parts.clear()
        self._has_told_all = True

    # --- coming back ---------------------------------------------------------------------------

    @property
    def _is_suspended(self) -> bool:
        """Whether turns and questions wait for the next connection."""
        return self._keeps_turns and isinstance(self.cause, ConnectionLostError)

    def renew(self) -> None:
        """Take the place of the connection before: this one is greeted."""
        self._is_in_place = True
        if self._keeps_turns:
            self.questions.renew(self.epoch)

    def take_ready(self) -> list[bytes]:
        """Return the lines that can be sent now: answers that were held, calls that queued."""
        answers = [self.questions.due.popleft() for _ in range(len(self.questions.due))]
        return answers + self.calls.take_ready()

    @property
    def has_ready(self) -> bool:
        """Whether `take_ready` would return something."""
        return bool(self.calls.ready or self.questions.due)

    # --- internals -----------------------------------------------------------------------------

    def _greeted(self) -> None:
        if self.state is State.OPENING:
            self._go(State.OPEN)

    def _raise_if_closed(self) -> None:
        if self.cause is not None:
            # A copy for each: an exception that several tasks raise grows a traceback of all of
            # them.
            raise self.cause.copy()

    def _go(self, state: State) -> None:
        if state is self.state:  # a signal handler above us went there
            return
        if state not in _NEXT[self.state]:
            raise ValueError(f"a connection cannot go from {self.state.value} to {state.value}")
        self.state = state
