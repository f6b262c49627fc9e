"""One connection's rules: what may happen, in which order. Bytes in, deliveries out.

Rule 1. Methods for what goes out (`call`, `notify`) return the bytes to send.
Rule 2. Methods for what comes in (`receive_data`, `close`) return what goes into which box.
Rule 3. Nothing here wakes anyone, waits or locks; the driver calls it under its one lock.
Rule 4. After `close` every `call` raises the stored cause at once, so nobody can wait for the dead.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any

from .._safe_text import one_line, safe_repr
from ..errors import (
    CodexError,
    ConnectionLostError,
    MessageTooLargeError,
    TransportClosedError,
)
from . import messages
from .careful_log import CarefulLog
from .catching_up import CatchingUp
from .lines import LineBuffer
from .messages import (
    LAST_OF_TURN,
    Closed,
    Failure,
    Garbage,
    MakeNotification,
    Message,
    NotificationLike,
    Params,
    QuestionAsked,
    RawQuestion,
    Reply,
    Run,
)
from .notices import NOTICES
from .openers import key_opened
from .parts import Parts
from .routes import MAX_KEPT_BYTES, Box, Delivery, turn_key
from .witness import Witness

__all__ = ["Session", "State"]

_log = CarefulLog("openai_codex.wire")

_SHOWN_GARBAGE = 20


class State(Enum):
    """How far a connection is."""

    NEW = "new"
    OPENING = "opening"
    OPEN = "open"
    CLOSED = "closed"


# Calls whose replies tell a thread's model, and whether it was there before.
_OPEN_THREADS = frozenset({"thread/start", "thread/resume", "thread/fork"})

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
        # By names of its own: they are asked for every message.
        self.epoch = parts.epoch
        self.ledger = parts.ledger
        self.bulletin = parts.bulletin
        self.routes = parts.routes
        self.occupancy = parts.occupancy
        self.calls = parts.calls
        self.questions = parts.questions
        self.notices = parts.notices
        self.catching_up = CatchingUp(parts, make_notification, self._see)
        self._held = self.catching_up.held
        self.witness: Witness | None = None
        # For the texts of errors: they say what came last, and which line was no message.
        self.last_event: str | None = None
        self.skipped: str | None = None
        self.garbage = 0
        # Not `state is CLOSED`: Ctrl-C may end `close` between the state and the last delivery, and
        # what was not told yet must be told by the next call of it.
        self._has_told_all = False
        self._lines = LineBuffer(limit=max_message_bytes)
        self._limit = max_message_bytes
        self._make_notification = make_notification
        self._receivers = self._receivers_by_type()

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
        out: list[Delivery] = []
        # The pump may still hold bytes that it read before the end; no box is there for them.
        if self.state is State.CLOSED:
            return out
        receivers, on_notification = self._receivers, self._on_notification
        for message in self._messages_in(data):
            try:
                receivers.get(type(message), on_notification)(message, out)
            except Exception as error:  # noqa: PERF203  # nobody foresaw that shape: the rest goes on
                self._skip(error)
        return out

    def _skip(self, error: Exception) -> None:
        self.garbage += 1
        _log.log(logging.ERROR, "skipped a message from the runtime", exc_info=error)

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
        if self.witness is not None:
            self.witness.closed(self.cause)
        out += self._parts.end(end)
        if isinstance(self.cause, ConnectionLostError):
            self.ledger.cut_off()
            return out
        return out + self._parts.end_for_good(end)

    def give_up(self, cause: TransportClosedError) -> list[Delivery]:
        """End a connection for good that was lost, and that did not come back after all."""
        self.cause, end = cause, Closed(cause)
        if self.witness is not None:
            self.witness.closed(cause)
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

    # --- one kind of message each --------------------------------------------------------------

    def _receivers_by_type(self) -> dict[type, Callable[[Any, list[Delivery]], None]]:
        # By type and not by `isinstance`: this is asked for every message, and whatever class the
        # API gave its notifications is the rest.
        return {
            Reply: self._on_reply,
            Failure: self._on_failure,
            RawQuestion: self._on_question,
            Garbage: self._on_garbage,
            list: self._on_run,
        }

    def _see(self, came: NotificationLike | Run, out: list[Delivery]) -> None:
        """Take what was held, or what the runtime would have sent; never raises."""
        try:
            if isinstance(came, list):
                self._on_run(came, out)
            else:
                self._on_notification(came, out)
        except Exception as error:
            self._skip(error)

    def _on_notification(self, note: NotificationLike, out: list[Delivery]) -> None:
        if self._held and self.catching_up.is_holding(note):
            return
        self.last_event = method = note.method
        # First what it changes: what settles a question, or makes a turn doubtful, is told before
        # the event.
        if method in NOTICES:
            self._mean(note, out)
        self.routes.deliver(note, out)
        if method == LAST_OF_TURN:
            out += self.occupancy.free(note.params.get("threadId"))

    def _on_run(self, run: Run, out: list[Delivery]) -> None:
        if self._held and self.catching_up.is_holding(run):
            return
        self.last_event = run[-1].method
        try:
            for note in run:
                if note.method in NOTICES:
                    self._mean(note, out)
        finally:
            # An event that could not be noted is still one that the turn's reader waits for.
            repeated = self.notices.take_repeated()
            if repeated:
                run = [note for note in run if note not in repeated]
            if run:
                self.routes.deliver_run(run, out)

    def _mean(self, note: NotificationLike, out: list[Delivery]) -> None:
        NOTICES[note.method](self.notices, note, out)
        if self.witness is not None:
            self.witness.see(note)

    def _on_reply(self, reply: Reply, out: list[Delivery]) -> None:
        call = self.calls.take(reply.id)
        if call is None:
            _log.log(logging.DEBUG, "reply to no open call: id %s", safe_repr(reply.id))
            return
        self.last_event = f"reply to {call.method}"
        # Any reply will do: the handshake is the first call, and none other goes out before it.
        if self.state is State.OPENING:
            self._go(State.OPEN)
        if call.expectation is not None and self.witness is not None:
            key = key_opened(call.method, call.params, reply)
            if key is not None and key[0] == "turn":
                self.witness.accepted(call.expectation.box, key[2])
        self.calls.answered(call, reply, out)
        if call.method in _OPEN_THREADS:
            self._note_thread(call.method, reply)

    def _note_thread(self, method: str, reply: Reply) -> None:
        # Here alone is a result that came alone parsed on the reader: prices need the thread's
        # model before its first usage, which may be in the next line.
        try:
            result = reply.result
        except CodexError:  # its caller finds that as well, and says so
            return
        self.ledger.thread_opened(method, result)
        if self.witness is not None:
            self.witness.thread_opened(result)

    def _on_failure(self, failure: Failure, out: list[Delivery]) -> None:
        call = self.calls.take(failure.id)
        if call is None:
            _log.log(logging.DEBUG, "error reply to no open call: id %s", safe_repr(failure.id))
            return
        self.last_event = f"error reply to {call.method}"
        # Nothing will open that route, and what is kept for it would stay as long as the client.
        if call.expectation is not None:
            self.routes.cancel(call.expectation)
            out += self.occupancy.free(call.params.get("threadId"))
        out.append((call.box, failure))

    def _on_question(self, question: RawQuestion, out: list[Delivery]) -> None:
        self.last_event = question.method
        if self.questions.add(question, out):
            out += self.routes.tell_turn(question.params, QuestionAsked(question.method))

    def _on_garbage(self, garbage: Garbage, out: list[Delivery]) -> None:
        self.garbage += 1
        head = one_line(garbage.head.decode("utf-8", "replace"))
        self.skipped = head
        # A program that is no runtime may print for ever.
        level = logging.WARNING if self.garbage <= _SHOWN_GARBAGE else logging.DEBUG
        _log.log(level, "skipped a line from the runtime (%s): %s", garbage.reason, head)
        call = self.calls.get(garbage.reply_to)
        # A caller waits for some of what cannot be read. It gets an error of its own: to end the
        # connection would fail every other caller for one line.
        error = messages.not_json(garbage.reason)
        if garbage.size:
            error = MessageTooLargeError(limit=self._limit, size=garbage.size)
        if call is not None:
            self.calls.forget(call.id)
            out.append((call.box, Closed(error)))
        if garbage.ends_turn is not None:
            out += self.routes.end(turn_key(*garbage.ends_turn), Closed(error))

    # --- internals -----------------------------------------------------------------------------

    def _messages_in(self, data: bytes) -> Iterable[Message]:
        # Only when nothing of an earlier line is kept: then `data` begins where a line begins.
        is_whole = self._lines.is_empty and len(data) <= self._limit
        reply = messages.lone_reply(data) if is_whole else None
        if reply is not None:
            return (reply,)
        return messages.parse(self._lines.feed(data), self._make_notification)

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
