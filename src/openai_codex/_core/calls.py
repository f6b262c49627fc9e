"""The calls of a connection: their ids, the gates they pass, and where their replies go.

Rule 1. A call has a place at its gates from `open` until its reply, or until it is forgotten.
Rule 2. Ctrl-C may strike between any two steps. So each step leaves what the next one needs: a call
is noted before it takes a place, and it gives its places back before it is struck off.
"""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from .gate import Gate
from .messages import Closed, Params, Reply, encode_call
from .openers import key_opened, prefix_of
from .routes import Box, Delivery, Expectation, Routes

__all__ = ["Call", "Calls"]


@dataclass(slots=True, eq=False)
class Call:
    """A call whose reply has not come: `line` is there while it queues."""

    id: int
    method: str
    params: Params
    box: Box
    expectation: Expectation | None
    # Not sent yet, and so the sign that the call queues: one field, so that the two cannot
    # disagree.
    line: bytes = b""
    sent_at: float = math.nan
    is_left: bool = False
    """Whether its caller has gone: its reply is for what stops the turn that it starts."""


class Calls:
    """The open calls. Those for which there is no room queue, and are `ready` when there is."""

    def __init__(
        self,
        *,
        max_in_flight: int,
        max_turn_starts: int,
        routes: Routes,
        clock: Callable[[], float],
        before: Calls | None = None,
    ) -> None:
        # A deque, because `append` and `popleft` are one step each: the reader adds, callers take.
        self.ready: deque[Call] = deque()
        self._routes = routes
        self._clock = clock
        # Turns that start pass a gate of their own first. Hundreds of starts at once are refused by
        # the runtime as overload, and the requests of turns that run must not queue behind them.
        self._turn_starts_gate = Gate(limit=max_turn_starts, tell=self._let_on)
        self._gate = Gate(limit=max_in_flight, tell=self.ready.append)
        self._open: dict[int | None, Call] = {}
        # One step: a signal handler above us may call as well. The ids go on where those of the
        # connection before ended: what a caller of that one still does names no call of this one.
        self._ids: Iterator[int] = before._ids if before is not None else itertools.count()

    # --- for callers -----------------------------------------------------------------------------

    def open(
        self,
        method: str,
        params: Params | None,
        box: Box,
        events: Box | None,
        trace: Params | None = None,
    ) -> tuple[int, bytes]:
        """Open a call and return its id and its line, which is empty while it queues.

        Raises UnsendableError before anything is kept.
        """
        call_id = next(self._ids)
        # First of all: what has no place in JSON is refused while nothing is kept that had to be
        # undone.
        line = encode_call(call_id, method, params, trace)
        params = params or {}
        expectation = None
        if events is not None:
            expectation = Expectation(events, prefix_of(method, params))
        call = Call(call_id, method, params, box, expectation, line)
        self._open[call_id] = call  # before it takes a place
        if method == "turn/start" and not self._turn_starts_gate.enter(call):
            return call_id, b""
        return call_id, self._send_off(call) if self._gate.enter(call) else b""

    def take_ready(self) -> list[bytes]:
        """Return the lines of calls that queued and that there is room for now."""
        lines = []
        while self.ready:
            try:
                call = self.ready.popleft()
            except IndexError:  # a signal handler above us took it
                break
            if call.line and call.id in self._open:  # else it was sent, or forgotten, meanwhile
                lines.append(self._send_off(call))
        return lines

    def sent_at(self, call_id: int | None) -> float | None:
        """Return when an open call was sent, None while it queues, 0 if it is not open."""
        call = self._open.get(call_id)
        if call is None:
            return 0.0
        # The time limit of a call runs from its sending: to queue is not the runtime's silence.
        return None if call.line else call.sent_at

    def id_of(self, box: Box) -> int | None:
        """Return the id of the open call whose reply goes to this box."""
        # A copy is searched, because a reply may strike a call off while this looks.
        return next((ident for ident, call in list(self._open.items()) if call.box is box), None)

    def withdraw(self, call_id: int | None) -> bool:
        """Forget a call that queues; returns whether it did, and so was not sent."""
        call = self._open.get(call_id)
        # Sent is sent: the runtime acts on it, so its caller has to hear of what it started.
        if call is None or not call.line:
            return False
        self.forget(call.id)
        return True

    def forget(self, call_id: int) -> None:
        """Strike a call off; its reply will be ignored."""
        call = self.take(call_id)
        if call is not None and call.expectation is not None:
            self._routes.cancel(call.expectation)

    def redirect(self, call_id: int, box: Box) -> None:
        """Give a call that may still start a turn, and its place, up: `box` gets its reply.

        Not if somebody else listens to that turn when it comes: a later call that joined it.
        """
        call = self._open.get(call_id)
        if call is None or self.withdraw(call_id):
            return
        call.box, call.is_left = box, True  # first, and in its place: its reply may come now
        call.params = {"threadId": call.params.get("threadId")}  # the rest is long, and not used
        self._leave_gates(call)
        if call.expectation is not None:  # what stops the turn must know when it begins and ends
            call.expectation.keep_edges_only()

    # --- for the session -------------------------------------------------------------------------

    def get(self, call_id: int | None) -> Call | None:
        """Return an open call, or None."""
        return self._open.get(call_id)

    def take(self, call_id: int | None) -> Call | None:
        """Return an open call and strike it off, so that the next may go out; None if unknown."""
        call = self._open.get(call_id)
        if call is None:
            return None
        self._leave_gates(call)
        self._open.pop(call.id, None)  # last: what Ctrl-C breaks off is done again
        return call

    def answered(self, call: Call, reply: Reply, out: list[Delivery]) -> None:
        """Add where the reply goes to `out`, and open the route that it names."""
        expectation = call.expectation
        if expectation is None and not call.is_left:  # as nearly always
            out.append((call.box, reply))
            return
        key = key_opened(call.method, call.params, reply)
        if expectation is not None:
            self._routes.cancel(expectation)
        # A turn that a later call has joined has somebody who wants it: it runs on.
        if call.is_left and (key is None or self._routes.has(key)):
            return
        out.append((call.box, reply))
        if expectation is not None and key is not None:
            # After the reply, so that a caller has its turn's id when the first event is there.
            out += self._routes.open(expectation, key)

    def boxes(self) -> Iterable[Box]:
        """Return every box that a reply is to come to."""
        return [call.box for call in list(self._open.values())]

    def ended_by(self, cause: Exception) -> Iterable[Delivery]:
        """Return the end for every box that a reply is to come to."""
        calls = list(self._open.values())
        return [(call.box, Closed(cause, is_unsent=bool(call.line))) for call in calls]

    def clear(self) -> None:
        """Strike every call off, and send no other."""
        self._turn_starts_gate.clear()
        self._gate.clear()
        self.ready.clear()
        self._open.clear()

    def _leave_gates(self, call: Call) -> None:
        # Both are harmless for a call that only queues, or that left before: this may be done
        # twice.
        self._gate.leave(call)
        if call.method == "turn/start":
            self._turn_starts_gate.leave(call)

    def _let_on(self, call: Call) -> None:
        """Let a call that may start a turn go on to the second gate."""
        if self._gate.enter(call):
            self.ready.append(call)

    def _send_off(self, call: Call) -> bytes:
        line, call.line, call.sent_at = call.line, b"", self._clock()
        if call.expectation is not None:
            # When it is sent and not when it is opened: a call that queues must not keep the events
            # of the turns before it in its thread.
            self._routes.expect(call.expectation)
        return line
