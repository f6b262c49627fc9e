"""One connection's rules: ids, open calls, open routes, questions asked. Bytes in, deliveries out.

Rule 1. Outgoing words (`call`, `notify`, `answer`) return the bytes to send.
Rule 2. Incoming words (`receive_data`, `close`) return deliveries: what goes into which box.
Rule 3. Nothing here wakes anyone, waits or locks; the driver calls it under its one lock.
Rule 4. After `close` every `call` raises the stored cause at once, so nobody can wait for the dead.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from ..errors import CodexError, MessageTooLargeError, TransportClosedError
from . import messages
from .gate import Gate
from .lines import LineBuffer
from .mcp_calls import mcp_call
from .messages import (
    Asked,
    Closed,
    Failure,
    Garbage,
    MakeNotification,
    Message,
    NotificationLike,
    Params,
    Question,
    QuestionId,
    Reply,
    Run,
    Settled,
)
from .routes import (
    MAX_KEPT_BYTES,
    Box,
    Delivery,
    Expectation,
    Key,
    Routes,
    login_key,
    turn_key,
)

__all__ = ["Session", "State"]

_log = logging.getLogger("openai_codex.wire")


class State(Enum):
    """How far a connection is."""

    NEW = "new"
    OPENING = "opening"
    OPEN = "open"
    CLOSED = "closed"


# Items whose content a person needs to see when asked about them; their requests do not hold it.
_ITEMS_ASKED_ABOUT = frozenset({"fileChange", "mcpToolCall"})

_NEXT = {
    State.NEW: {State.OPENING, State.CLOSED},
    State.OPENING: {State.OPEN, State.CLOSED},
    State.OPEN: {State.CLOSED},
    State.CLOSED: set[State](),
}


_UNNAMED = (KeyError, TypeError, CodexError)
"""What comes of a result that does not name what its call opened, or is not even JSON."""


@dataclass(frozen=True, slots=True)
class _Opener:
    """How a call opens a route: the first words of its key, then the whole key from its result."""

    prefix: Callable[[Params], Key]
    key: Callable[[Params, Any], Key]


def _turn_prefix(params: Params) -> Key:
    return ("turn", str(params.get("threadId")))


def _turn_key(params: Params, result: Any) -> Key:
    return turn_key(str(params.get("threadId")), str(result["turn"]["id"]))


def _review_prefix(params: Params) -> Key:
    return ("turn",)  # a detached review runs in a thread that only its reply names


def _review_key(params: Params, result: Any) -> Key:
    return turn_key(str(result["reviewThreadId"]), str(result["turn"]["id"]))


def _login_prefix(params: Params) -> Key:
    return ("login",)


def _login_key(params: Params, result: Any) -> Key:
    return login_key(str(result["loginId"]))


_OPENERS = {
    "turn/start": _Opener(_turn_prefix, _turn_key),
    "review/start": _Opener(_review_prefix, _review_key),
    "account/login/start": _Opener(_login_prefix, _login_key),
}


def _item_key(thread_id: object, item_id: object) -> tuple[str, str]:
    return str(thread_id), str(item_id)  # whatever came, it can be a key


@dataclass(slots=True, eq=False)
class _OpenCall:
    id: int
    method: str
    params: Params
    box: Box
    expectation: Expectation | None
    line: bytes = b""  # while it queues
    sent_at: float = 0.0
    is_abandoned: bool = False


class Session:
    """Keep the state of one connection; `make_notification(method, params, size)` builds events."""

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
    ) -> None:
        self.state = State.NEW
        self.cause: TransportClosedError | None = None
        self._all_told = False
        self.routes = Routes(max_kept_bytes=max_kept_bytes)
        self.last_event: str | None = None
        self.garbage = 0
        self._clock = clock
        self.ready: deque[_OpenCall] = deque()  # for `take_ready`
        self._turn_starts_gate = Gate(limit=max_turn_starts, tell=self._let_on)
        self._calls_gate = Gate(limit=max_in_flight, tell=self.ready.append)
        self.latest: dict[str, NotificationLike] = {}
        self._lines = LineBuffer(limit=max_message_bytes)
        self._limit = max_message_bytes
        self._make_notification = make_notification
        self._questions_box = questions
        self._questions: dict[QuestionId, Question] = {}
        self._items: dict[tuple[str, str], Params] = {}
        self.parents: dict[str, str] = {}
        self._calls: dict[int | None, _OpenCall] = {}
        self._last_id = -1
        self._receivers: dict[type, Callable[[Any, list[Delivery]], None]] = {
            Reply: self._on_reply,
            Failure: self._on_failure,
            Question: self._on_question,
            Garbage: self._on_garbage,
            list: self._on_run,
        }

    # --- outgoing ----------------------------------------------------------------------------

    def call(
        self, method: str, params: Params | None, box: Box, *, events: Box | None = None
    ) -> tuple[int, bytes]:
        """Open a call: its id and its line. Its reply goes to `box`, its events to `events`.

        The line is empty while too many are under way: `take_ready` has it when there is room.
        Raises the stored cause once closed, and UnsendableError before anything is kept.
        """
        self._raise_if_closed()
        call_id = self._last_id + 1
        line = messages.encode_call(call_id, method, params)
        if self.state is State.NEW:
            self._go(State.OPENING)
        self._last_id = call_id
        params = params or {}
        expectation = None
        if events is not None:
            expectation = Expectation(events, _OPENERS[method].prefix(params))
        call = _OpenCall(call_id, method, params, box, expectation, line)
        self._calls[call_id] = call  # before it takes a place: Ctrl-C may come in between
        if method == "turn/start" and not self._turn_starts_gate.enter(call):
            return call_id, b""
        return call_id, self._send_off(call) if self._calls_gate.enter(call) else b""

    def take_ready(self) -> list[bytes]:
        """Return the lines of calls that queued and that there is room for now."""
        lines = []
        while self.ready:
            call = self.ready.popleft()
            if call.line and call.id in self._calls:  # else it was sent, or forgotten, meanwhile
                lines.append(self._send_off(call))
        return lines

    def sent_at(self, call_id: int | None) -> float | None:
        """Return when an open call was sent, None while it queues, 0 if it is not open."""
        call = self._calls.get(call_id)
        if call is None:
            return 0.0
        return None if call.line else call.sent_at

    def withdraw(self, call_id: int | None) -> bool:
        """Forget a call that queues; tells whether it did, and so was not sent."""
        call = self._calls.get(call_id)
        if call is None or not call.line:
            return False
        self.forget(call.id)
        return True

    def forget(self, call_id: int) -> None:
        """Let go of a call that nobody waits for; its reply will be ignored."""
        call = self._close_call(call_id)
        if call is not None and call.expectation is not None:
            self.routes.cancel(call.expectation)

    def id_of(self, box: Box) -> int | None:
        """Return the id of the open call whose reply goes to this box."""
        return next((ident for ident, call in self._calls.items() if call.box is box), None)

    def abandon(self, call_id: int, box: Box) -> None:
        """Let go of a call that may still start a turn: `box` gets its reply if nobody else will.

        A later call that joined the turn watches it; then there is nothing to do.
        """
        call = self._calls.get(call_id)
        if call is None or self.withdraw(call_id):
            return
        self.forget(call_id)
        thread = {"threadId": call.params.get("threadId")}  # the rest may be long, and is not used
        self._calls[call_id] = _OpenCall(call_id, call.method, thread, box, None, is_abandoned=True)

    def notify(self, method: str, params: Params | None) -> bytes:
        """Return the line that tells the runtime something."""
        self._raise_if_closed()
        return messages.encode_notification(method, params)

    def answer(self, question_id: QuestionId, result: object) -> bytes:
        """Return the line that answers, or nothing if the question was settled meanwhile."""
        line = messages.encode_answer(question_id, result)
        return line if self._questions.pop(question_id, None) is not None else b""

    def refuse(self, question_id: QuestionId, *, code: int, message: str) -> bytes:
        """Return the line that answers with an error, or nothing if the question was settled."""
        line = messages.encode_refusal(question_id, code, message)
        return line if self._questions.pop(question_id, None) is not None else b""

    def is_asked_in(self, turn_id: str) -> bool:
        """Tell whether a question of this turn waits for its answer: then its silence is ours."""
        return any(q.params.get("turnId") == turn_id for q in self._questions.values())

    @property
    def is_quiet(self) -> bool:
        """Tell whether no call is open and nobody listens: what comes next is likely a reply."""
        return not self._calls and self.state is State.OPEN and not self.routes.has_listeners

    # --- incoming ----------------------------------------------------------------------------

    def receive_data(self, data: bytes) -> list[Delivery]:
        """Take bytes from the runtime; never raises. Once closed, nothing is delivered any more."""
        out: list[Delivery] = []
        if self.state is State.CLOSED:
            return out
        receivers, on_notification = self._receivers, self._on_notification
        for message in self._messages_in(data):
            try:
                receivers.get(type(message), on_notification)(message, out)
            except Exception:  # noqa: PERF203  # a shape nobody foresaw must not end the reader
                self.garbage += 1
                _log.exception("skipped a message from the runtime")
        return out

    def receive_reply(self, call_id: int, data: bytes) -> Reply | None:
        """Take `data` if it is the reply to this call and nothing more; else nothing changes.

        For calls that open no route. The same data may be given to `receive_data` after it, if
        Ctrl-C broke this off.
        """
        reply = self._lone_reply(data)
        if reply is None or reply.id != call_id:
            return None
        call = self._close_call(call_id)
        if call is None:
            return None
        self.last_event = f"reply to {call.method}"
        return reply

    def close(self, cause: TransportClosedError) -> list[Delivery]:
        """End the connection: everyone who waits for anything is told the cause.

        They are told again, when Ctrl-C broke it off, until `forget_everyone`.
        """
        if self._all_told:
            return []
        self.cause = self.cause or cause  # first: from here on nobody can begin to wait
        if self.state is not State.CLOSED:
            self._go(State.CLOSED)
        word = Closed(self.cause)
        out: list[Delivery] = [(call.box, word) for call in self._calls.values()]
        out += [(box, word) for box in self.routes.boxes()]
        out += [(self._questions_box, Settled(ident, "closed")) for ident in self._questions]
        out.append((self._questions_box, word))
        return out

    def forget_everyone(self) -> None:
        """Let go of all who were told of the end."""
        self._turn_starts_gate.clear()
        self._calls_gate.clear()
        self.ready.clear()
        self._calls.clear()
        self.routes.clear()
        self._questions.clear()
        self._all_told = True

    # --- one kind of message each --------------------------------------------------------------

    def _on_notification(self, note: NotificationLike, out: list[Delivery]) -> None:
        self.last_event = method = note.method
        if method in _SPECIAL:
            _SPECIAL[method](self, note, out)
        self.routes.deliver(note, out)

    def _on_run(self, run: Run, out: list[Delivery]) -> None:
        self.last_event = run[-1].method
        try:
            for note in run:
                if note.method in _SPECIAL:
                    _SPECIAL[note.method](self, note, out)
        finally:
            self.routes.deliver_run(run, out)

    def _on_reply(self, reply: Reply, out: list[Delivery]) -> None:
        call = self._close_call(reply.id)
        if call is None:
            _log.debug("reply to no open call: id %r", reply.id)
            return
        self.last_event = f"reply to {call.method}"
        if self.state is State.OPENING:
            self._go(State.OPEN)
        if not (call.is_abandoned and self._is_watched(call, reply)):
            out.append((call.box, reply))
        if call.expectation is not None:
            out += self._open_route(call, call.expectation, reply)

    def _on_failure(self, failure: Failure, out: list[Delivery]) -> None:
        call = self._close_call(failure.id)
        if call is None:
            _log.debug("error reply to no open call: id %r", failure.id)
            return
        self.last_event = f"error reply to {call.method}"
        if call.expectation is not None:
            self.routes.cancel(call.expectation)
        out.append((call.box, failure))

    def _on_question(self, question: Question, out: list[Delivery]) -> None:
        self.last_event = question.method
        if question.id in self._questions:  # replayed after a resume: it is being answered already
            return
        question = replace(question, item=self._item_of(question.params))
        self._questions[question.id] = question
        out.append((self._questions_box, question))
        out += self.routes.tell_turn(question.params, Asked(question.method))

    def _on_garbage(self, garbage: Garbage, out: list[Delivery]) -> None:
        self.garbage += 1
        _log.warning("skipped a line from the runtime (%s): %r", garbage.reason, garbage.head)
        call = self._calls.get(garbage.reply_to)
        error = messages.not_json(garbage.reason)
        if garbage.size:
            error = MessageTooLargeError(limit=self._limit, size=garbage.size)
        if call is not None and garbage.reply_to is not None:
            self.forget(garbage.reply_to)
            out.append((call.box, Closed(error)))
        if garbage.ends_turn is not None:
            out += self.routes.end(turn_key(*garbage.ends_turn), Closed(error))

    # --- notifications that mean something to the session ---------------------------------------

    def _settle_resolved(self, note: NotificationLike, out: list[Delivery]) -> None:
        ident = note.params.get("requestId")
        if isinstance(ident, (int, str)) and self._questions.pop(ident, None) is not None:
            out.append((self._questions_box, Settled(ident, "resolved elsewhere")))

    def _item_of(self, params: Params) -> Params | None:
        """Find the item that a question is about: by its id, or as the call of an MCP tool."""
        thread_id = str(params.get("threadId"))
        if params.get("itemId") is not None:
            return self._items.get(_item_key(thread_id, params["itemId"]))
        return mcp_call([item for key, item in self._items.items() if key[0] == thread_id], params)

    def _keep_item(self, note: NotificationLike, out: list[Delivery]) -> None:
        item = note.params.get("item")
        if type(item) is dict and item.get("type") in _ITEMS_ASKED_ABOUT:
            self._items[_item_key(note.params.get("threadId"), item.get("id"))] = item

    def _drop_item(self, note: NotificationLike, out: list[Delivery]) -> None:
        item = note.params.get("item")
        if self._items and type(item) is dict:
            self._items.pop(_item_key(note.params.get("threadId"), item.get("id")), None)

    def _note_parent(self, note: NotificationLike, out: list[Delivery]) -> None:
        """Remember whose sub-agent a thread is: its turns have a turn of another thread as root."""
        thread_id, turn = note.params.get("threadId"), note.params.get("turn")
        if type(thread_id) is not str or type(turn) is not dict:
            return
        root_id = turn.get("rootTurnId")
        if root_id is None or root_id == turn.get("id"):  # its own root, as nearly all are
            return
        parent = self.routes.thread_of_turn(root_id)
        if parent is not None and parent != thread_id:
            self.parents[thread_id] = parent

    def _end_turn(self, note: NotificationLike, out: list[Delivery]) -> None:
        thread_id, turn = note.params.get("threadId"), note.params.get("turn")
        for key in [key for key in self._items if key[0] == str(thread_id)]:
            del self._items[key]
        self.parents.pop(str(thread_id), None)  # the next turn of a sub-agent names its root again
        turn_id = turn.get("id") if type(turn) is dict else None
        asked = self._questions.values()
        for ident in [q.id for q in asked if turn_id and q.params.get("turnId") == turn_id]:
            del self._questions[ident]
            out.append((self._questions_box, Settled(ident, "turn over")))

    def _remember(self, note: NotificationLike, out: list[Delivery]) -> None:
        self.latest[note.method] = note

    # --- small words -----------------------------------------------------------------------------

    def _messages_in(self, data: bytes) -> Iterable[Message]:
        reply = self._lone_reply(data)
        if reply is not None:
            return (reply,)
        return messages.parse(self._lines.feed(data), self._make_notification)

    def _lone_reply(self, data: bytes) -> Reply | None:
        is_whole = self._lines.is_empty and len(data) <= self._limit
        return messages.lone_reply(data) if is_whole else None

    def _close_call(self, call_id: int | None) -> _OpenCall | None:
        call = self._calls.get(call_id)
        if call is None:
            return None
        self._calls_gate.leave(call)
        if call.method == "turn/start":
            self._turn_starts_gate.leave(call)
        del self._calls[call.id]  # last: what Ctrl-C breaks off is done again
        return call

    def _let_on(self, call: _OpenCall) -> None:
        """Let a call that may start a turn go on to the second gate."""
        if self._calls_gate.enter(call):
            self.ready.append(call)

    def _send_off(self, call: _OpenCall) -> bytes:
        line, call.line, call.sent_at = call.line, b"", self._clock()
        if call.expectation is not None:
            self.routes.expect(call.expectation)
        return line

    def _open_route(
        self, call: _OpenCall, expectation: Expectation, reply: Reply
    ) -> list[Delivery]:
        try:
            key = _OPENERS[call.method].key(call.params, reply.result)
        except _UNNAMED:  # its caller finds that as well, and says so
            self.routes.cancel(expectation)
            return []
        return self.routes.open(expectation, key)

    def _is_watched(self, call: _OpenCall, reply: Reply) -> bool:
        """Tell whether somebody listens to the turn of an abandoned call, or is about to."""
        try:
            return self.routes.has(_OPENERS[call.method].key(call.params, reply.result))
        except _UNNAMED:  # then there is no turn to stop
            return True

    def _raise_if_closed(self) -> None:
        if self.cause is not None:
            raise self.cause.copy()

    def _go(self, state: State) -> None:
        if state not in _NEXT[self.state]:
            raise ValueError(f"a connection cannot go from {self.state.value} to {state.value}")
        self.state = state


_SPECIAL: dict[str, Callable[[Session, NotificationLike, list[Delivery]], None]] = {
    "serverRequest/resolved": Session._settle_resolved,
    "turn/started": Session._note_parent,
    "turn/completed": Session._end_turn,
    "item/started": Session._keep_item,
    "item/completed": Session._drop_item,
    "account/rateLimits/updated": Session._remember,
}
