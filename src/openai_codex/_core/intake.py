"""What comes in, of one connection: bytes to messages, and each message to the boxes it is for.

Rule 1. It never raises: a message that nobody foresaw is skipped, and the rest goes on.
Rule 2. What a message changes comes first, then who is told of it.
Rule 3. A line that cannot be read fails the caller who waits for it, and nobody else.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from .._safe_text import one_line, safe_repr
from ..errors import CodexError, MessageTooLargeError
from . import messages
from .calls import Call
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
    QuestionAsked,
    RawQuestion,
    Reply,
    Run,
)
from .notices import NOTICES
from .openers import key_opened
from .parts import Parts
from .routes import Box, Delivery, turn_key
from .witness import Witness

__all__ = ["Intake"]

_log = CarefulLog("openai_codex.wire")

_SHOWN_GARBAGE = 20

# Calls whose replies tell a thread's model, and whether it was there before.
_OPEN_THREADS = frozenset({"thread/start", "thread/resume", "thread/fork"})


class Intake:
    """The way in of one connection; `greeted` is called with its first reply.

    `make_notification(method, params, size)` builds its events.
    """

    def __init__(
        self,
        parts: Parts,
        make_notification: MakeNotification,
        *,
        limit: int,
        greeted: Callable[[], None],
    ) -> None:
        # By names of its own: they are asked for every message.
        self._ledger = parts.ledger
        self._routes = parts.routes
        self._occupancy = parts.occupancy
        self._calls = parts.calls
        self._questions = parts.questions
        self._notices = parts.notices
        self.catching_up = CatchingUp(parts, make_notification, self._see)
        self._held = self.catching_up.held
        self.witness: Witness | None = None
        # For the texts of errors: they say what came last, and which line was no message.
        self.last_event: str | None = None
        self.skipped: str | None = None
        self.garbage = 0
        self._greeted = greeted
        self._is_greeted = False
        self._lines = LineBuffer(limit=limit)
        self._limit = limit
        self._make_notification = make_notification
        self._receivers = self._receivers_by_type()

    def receive(self, data: bytes) -> list[Delivery]:
        """Return what goes into which box, of the messages that `data` completes."""
        out: list[Delivery] = []
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

    def _messages_in(self, data: bytes) -> Iterable[Message]:
        # Only when nothing of an earlier line is kept: then `data` begins where a line begins.
        is_whole = self._lines.is_empty and len(data) <= self._limit
        reply = messages.lone_reply(data) if is_whole else None
        if reply is not None:
            return (reply,)
        return messages.parse(self._lines.feed(data), self._make_notification)

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
        self._routes.deliver(note, out)
        if method == LAST_OF_TURN:
            out += self._occupancy.free(note.params.get("threadId"))

    def _on_run(self, run: Run, out: list[Delivery]) -> None:
        if self._held and self.catching_up.is_holding(run):
            return
        self.last_event = run[-1].method
        for note in run:
            if note.method in NOTICES:
                self._mean(note, out)
        repeated = self._notices.take_repeated()
        if repeated:
            run = [note for note in run if note not in repeated]
        if run:
            self._routes.deliver_run(run, out)

    def _mean(self, note: NotificationLike, out: list[Delivery]) -> None:
        """Take what an event changes; never raises.

        An event of a shape that nobody foresaw is still one that its turn's reader waits for, and
        those behind it in a run are to be noted: they say what was spent, and that a turn is over.
        """
        try:
            NOTICES[note.method](self._notices, note, out)
            if self.witness is not None:
                self.witness.see(note)
        except Exception as error:
            self._skip(error)

    def _on_reply(self, reply: Reply, out: list[Delivery]) -> None:
        call = self._calls.take(reply.id)
        if call is None:
            _log.log(logging.DEBUG, "reply to no open call: id %s", safe_repr(reply.id))
            return
        self.last_event = f"reply to {call.method}"
        # Any reply will do: the handshake is the first call, and none other goes out before it.
        if not self._is_greeted:
            self._is_greeted = True
            self._greeted()
        if call.expectation is not None:
            self._note_turn(call, call.expectation.box, reply)
        self._calls.answered(call, reply, out)
        if call.method in _OPEN_THREADS:
            self._note_thread(call.method, reply)
        elif call.method == "thread/revert":
            self._ledger.thread_cut(call.params.get("threadId"))

    def _note_turn(self, call: Call, box: Box, reply: Reply) -> None:
        key = key_opened(call.method, call.params, reply)
        if key is None or key[0] != "turn":
            return
        if self.witness is not None:
            self.witness.accepted(box, key[2])
        # No event tells of the tier of a single turn: its call alone does. One that has readers
        # already was joined, and keeps the tier that it began with.
        tier = call.params.get("serviceTierForTurn")
        if tier is not None and not self._routes.readers(key):
            self._ledger.of_turn(key[2]).tier = str(tier)

    def _note_thread(self, method: str, reply: Reply) -> None:
        # Here alone is a result that came alone parsed on the reader: prices need the thread's
        # model before its first usage, which may be in the next line.
        try:
            result = reply.result
        except CodexError:  # its caller finds that as well, and says so
            return
        self._ledger.thread_opened(method, result)
        if self.witness is not None:
            self.witness.thread_opened(result)

    def _on_failure(self, failure: Failure, out: list[Delivery]) -> None:
        call = self._calls.take(failure.id)
        if call is None:
            _log.log(logging.DEBUG, "error reply to no open call: id %s", safe_repr(failure.id))
            return
        self.last_event = f"error reply to {call.method}"
        # Nothing will open that route, and what is kept for it would stay as long as the client.
        if call.expectation is not None:
            self._routes.cancel(call.expectation)
            out += self._occupancy.free(call.params.get("threadId"))
        out.append((call.box, failure))

    def _on_question(self, question: RawQuestion, out: list[Delivery]) -> None:
        self.last_event = question.method
        if self._questions.add(question, out):
            out += self._routes.tell_turn(question.params, QuestionAsked(question.method))

    def _on_garbage(self, garbage: Garbage, out: list[Delivery]) -> None:
        self.garbage += 1
        head = one_line(garbage.head.decode("utf-8", "replace"))
        self.skipped = head
        # A program that is no runtime may print for ever.
        level = logging.WARNING if self.garbage <= _SHOWN_GARBAGE else logging.DEBUG
        _log.log(level, "skipped a line from the runtime (%s): %s", garbage.reason, head)
        call = self._calls.get(garbage.reply_to)
        # A caller waits for some of what cannot be read. It gets an error of its own: to end the
        # connection would fail every other caller for one line.
        error = messages.not_json(garbage.reason)
        if garbage.size:
            error = MessageTooLargeError(limit=self._limit, size=garbage.size)
        if call is not None:
            self._calls.forget(call.id)
            out.append((call.box, Closed(error)))
        if garbage.ends_turn is not None:
            out += self._routes.end(turn_key(*garbage.ends_turn), Closed(error))
