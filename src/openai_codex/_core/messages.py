"""The shapes of a line as plain data: `parse` reads them, the `encode_...` functions write one.

Knows the JSON-RPC envelope and nothing of what is inside `params` and `result`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol, final

from ..errors import CodexError, ConnectionLostError, TransportClosedError
from .lines import HEAD_BYTES, Oversized
from .sendable import to_json

__all__ = [
    "EDGES",
    "FIRST_OF_TURN",
    "LAST_OF_LOGIN",
    "LAST_OF_TURN",
    "Closed",
    "FailedReply",
    "Failure",
    "FromAgent",
    "Garbage",
    "LimitReached",
    "MayBeOver",
    "Message",
    "NotificationLike",
    "QuestionAsked",
    "QuestionSettled",
    "RawQuestion",
    "Reply",
    "Run",
    "Underway",
    "encode_answer",
    "encode_call",
    "encode_notification",
    "encode_refusal",
    "item_kind",
    "load_parser",
    "lone_reply",
    "not_json",
    "parse",
    "turn_of",
]

# An object of its own, because None is a result, and a common one.
_UNPARSED: Any = object()

CallId = int
QuestionId = int | str
Params = dict[str, Any]


class NotificationLike(Protocol):
    """What the core needs of a notification; the API brings the class."""

    method: str
    params: Params
    size: int


MakeNotification = Callable[[str, Params, int], NotificationLike]


@final
class Reply:
    """A reply to a call of ours; `id` is None for a reply that we stand in for.

    One that came alone is not parsed before somebody looks. `text` is what stands in the place of
    its result then, for a caller that can make a model of it in one go.
    """

    __slots__ = ("_result", "id", "text")

    def __init__(self, id: int | None, result: Any = None, text: bytes | None = None) -> None:
        self.id = id
        self.text = text
        self._result = result if text is None else _UNPARSED

    @property
    def result(self) -> Any:
        """The result; raises CodexError when there is none, FailedReply when it is an error."""
        if self._result is _UNPARSED:
            try:
                self._result = _from_json(self.text)
            except ValueError:  # more than a result, or no JSON: the parser is to say
                self._result = self._reread()
        return self._result

    def _reread(self) -> Any:
        # The line as it was: what follows the result may turn it into an error, or into no reply.
        line = b"%b%d%b%b}" % (_ID, self.id or 0, _RESULT, self.text or b"")
        (message,) = parse([line], _no_notification)
        if isinstance(message, Reply):
            return message.result
        if isinstance(message, Failure):
            raise FailedReply(message)
        reason = message.reason if isinstance(message, Garbage) else "a request, not a reply"
        raise not_json(reason)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Reply):
            return NotImplemented
        return (self.id, self.result) == (other.id, other.result)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Reply(id={self.id!r})"  # a result may hold what must not be shown


@dataclass(frozen=True, slots=True)
class Failure:
    """An error reply to a call of ours."""

    id: int
    code: int
    message: str
    data: Any = None


class FailedReply(CodexError):  # noqa: N818  # the caller raises what it stands for
    """Raised by a reply that came alone and turned out to be an error reply: `failure`."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class RawQuestion:
    """A request of the runtime to us, and the item that it is about, if that was announced."""

    id: QuestionId
    method: str
    params: Params
    item: Params | None = None
    epoch: int = 0
    """The connection that it came over: the next runtime may ask under the same id."""


@dataclass(frozen=True, slots=True)
class Garbage:
    """A line that is none of these: its first bytes and what is wrong with it.

    Somebody waits for some lines that are too long, or no JSON: `reply_to` is the id of the call
    that one would have answered, `ends_turn` the thread and the turn that one would have completed.
    """

    head: bytes
    reason: str
    size: int = 0
    reply_to: int | None = None
    ends_turn: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class QuestionAsked:
    """Sent to a turn: a question was asked in it, so it is not silent."""

    method: str


@dataclass(frozen=True, slots=True)
class FromAgent:
    """Sent to a turn: an event of a sub-agent that works for it, from the agent's own thread."""

    note: NotificationLike


@dataclass(frozen=True, slots=True)
class MayBeOver:
    """Sent to a turn: its thread has fallen idle, or is gone; `reason` is what was said of it."""

    reason: str


@dataclass(frozen=True, slots=True)
class LimitReached:
    """Sent to a turn's reader: a limit of the turn was reached, and it is being stopped."""

    limit: Any
    last_event: str | None


@dataclass(frozen=True, slots=True)
class QuestionSettled:
    """Sent to the inbox: a question needs no answer any more, and why."""

    id: QuestionId
    reason: str


@dataclass(frozen=True, slots=True)
class Underway:
    """Sent to a reader that joins a running turn: replays its `turn/started`."""

    note: NotificationLike


@dataclass(frozen=True, slots=True)
class Closed:
    """Sent to every box: nothing will come any more, and why."""

    cause: Exception
    is_unsent: bool = False
    """Whether the call that it ends was still queued: it is safe to send it again."""
    size: ClassVar[int] = 0  # of the unread bytes of a turn

    def fresh_cause(self, thread_id: str | None = None) -> Exception:
        """Return the cause in a form that can be raised once more, by another waiter.

        A lost connection names the thread for which this one waited.
        """
        # Others belong to one waiter; the connection's end is raised in every task that waits.
        if not isinstance(self.cause, TransportClosedError):
            return self.cause
        cause = self.cause.copy()
        if isinstance(cause, ConnectionLostError) and thread_id is not None:
            cause.thread_id = thread_id
        return cause


Run = list[NotificationLike]
"""Events from the middle of one turn that came in a row: taken together, not to be changed."""

FIRST_OF_TURN = "turn/started"
LAST_OF_TURN = "turn/completed"
LAST_OF_LOGIN = "account/login/completed"
EDGES = frozenset({FIRST_OF_TURN, LAST_OF_TURN, LAST_OF_LOGIN})
"""The methods that begin or end something: they are never in a run."""

Message = Reply | Failure | RawQuestion | Garbage | NotificationLike | Run


def not_json(reason: str) -> CodexError:
    """Return the error for a caller that waits for what cannot be used."""
    what = reason if reason.startswith("a re") else f"what is not JSON: {reason}"
    return CodexError(f"the runtime sent {what}")


def _no_notification(method: str, params: Params, size: int) -> NotificationLike:
    raise CodexError(f"the runtime sent the notification {method} for a reply")


def load_parser() -> None:
    """Load the parser now rather than at the first line: there is time while the runtime boots."""
    global _from_json
    # Four times faster than the standard library's parser and installed with pydantic anyway.
    from pydantic_core import from_json

    _from_json = from_json


def _load_and_parse(line: Any) -> Any:
    load_parser()
    return _from_json(line)


# The first line loads the parser where nobody did before; a program that only builds a config never
# does.
_from_json: Callable[[Any], Any] = _load_and_parse

# How a reply begins: the runtime writes its members in this order.
_ID, _RESULT, _ERROR = b'{"id":', b',"result":', b'{"error":'
_LONGEST = 30  # bytes, both and the number between them
_ZERO = ord("0")  # no number in JSON begins with it

# All that can be known of a line that cannot be parsed.
_REPLY_HEAD = re.compile(rb'\{"id":(\d{1,18}),"(?:result|error)":')
_REPLY_TAIL = re.compile(rb'"id":(\d{1,18})\}\n?$')  # of an error, which comes first then
# Searched in bytes that are no JSON, so it takes the form that the runtime writes and no other.
_TURN_END_HEAD = re.compile(
    rb'\{"method":"turn/completed","params":\{"threadId":"([^"]*)","turn":\{"id":"([^"]*)"'
)


_NONE: Any = object()  # equal to nothing that may come


def parse(lines: Iterable[bytes | Oversized], make_notification: MakeNotification) -> list[Message]:
    """Return what the lines are; a line that is nothing of ours comes back as `Garbage`.

    Nearly all are events from the middle of a turn. Those that come in a row are one run.
    """
    found: list[Message] = []
    add, from_json = found.append, _from_json
    append: Callable[[NotificationLike], object] = add  # to the last run
    run_turn = run_thread = _NONE  # whose run that is
    line: Any  # bytes, or what stands for a line that was too long
    for line in lines:
        try:
            body = from_json(line)
        except (TypeError, ValueError, MemoryError) as error:
            # An empty line is no message, and does not part the events around it.
            if line != b"\n":
                run_turn = _NONE
                add(_unreadable(line, error))
            continue
        try:
            method, params = body["method"], body["params"]
            # By subscript and not by `get`: nearly all have both, and the rest pays for the
            # exception.
            turn_id, thread_id = params["turnId"], params["threadId"]
        except (KeyError, TypeError):
            method = params = turn_id = thread_id = _NONE
        # What changes the routes ends a run: the events behind it may belong to other boxes.
        if type(method) is not str or "id" in body or method in EDGES:
            run_turn = _NONE
            add(_other(body, line, make_notification))
            continue
        # Compared and not hashed: ids of any shape may come, and lists have no hash.
        if turn_id != run_turn or thread_id != run_thread:
            run: Run = []
            add(run)
            run_turn, run_thread, append = turn_id, thread_id, run.append
        append(make_notification(method, params, len(line)))
    return found


def lone_reply(data: bytes) -> Reply | None:
    """Return the reply that `data` begins as and is to its end; None if it is anything else.

    It does not judge what stands after `result`: whoever reads that has the parser do so.
    """
    begin, end = data.find(_RESULT, 0, _LONGEST), len(data) - 1
    if begin < 0 or data.find(b"\n") != end or not data.endswith(b"}\n"):
        return None
    # Digits that JSON allows, or the parser and this would disagree on whose reply it is.
    ident = data[len(_ID) : begin]
    if not data.startswith(_ID) or not ident.isdigit() or (ident[0] == _ZERO and len(ident) > 1):
        return None
    return Reply(int(ident), text=data[begin + len(_RESULT) : end - 1])


def _unreadable(line: bytes | Oversized, error: Exception) -> Garbage:
    if isinstance(line, Oversized):
        head, reason, size = line.head, "longer than max_message_bytes", line.size
        tail = line.tail
    else:
        head, tail = line[:HEAD_BYTES].rstrip(b"\n"), line[-HEAD_BYTES:]
        reason, size = str(error) or type(error).__name__, 0
    reply, end = _REPLY_HEAD.match(head), _TURN_END_HEAD.match(head)
    # An error reply ends with its id, after a message of any length.
    if reply is None and head.startswith(_ERROR):
        reply = _REPLY_TAIL.search(tail)
    reply_to = int(reply[1]) if reply else None
    ends = (end[1].decode("utf-8", "replace"), end[2].decode("utf-8", "replace")) if end else None
    return Garbage(head, reason, size, reply_to=reply_to, ends_turn=ends)


def _garbage(line: bytes, reason: str) -> Garbage:
    return Garbage(line[:HEAD_BYTES].rstrip(b"\n"), reason)


def _other(body: Any, line: bytes, make_notification: MakeNotification) -> Message:
    if type(body) is not dict:
        return _garbage(line, f"a {type(body).__name__}, not an object")
    method = body.get("method")
    if type(method) is not str:
        return _reply(body, line)
    params = body.get("params")
    # Kept under a name, whatever it is: nothing that a newer runtime sends is lost.
    if type(params) is not dict:
        params = {} if params is None else {"params": params}
    if "id" in body:
        return _question(body["id"], method, params, line)
    return make_notification(method, params, len(line))


def _question(ident: object, method: str, params: Params, line: bytes) -> Message:
    if isinstance(ident, (int, str)):
        return RawQuestion(ident, method, params)
    return _garbage(line, "a request without a usable id")


def _reply(body: dict[str, Any], line: bytes) -> Message:
    ident, error = body.get("id"), body.get("error")
    if type(ident) is not int:  # our ids are whole numbers; others may not even be hashable
        return _garbage(line, "neither a request nor a reply to one of ours")
    if type(error) is dict:
        code = error.get("code")
        # Read with care: a reply whose error has an odd shape still ends its call, as an error.
        message = str(error.get("message", ""))
        return Failure(ident, code if type(code) is int else 0, message, error.get("data"))
    if error is not None:
        return Failure(ident, 0, str(error))
    if "result" in body:
        return Reply(ident, body["result"])
    return replace(_garbage(line, "a reply without a result or an error"), reply_to=ident)


def encode_call(
    call_id: CallId, method: str, params: Params | None, trace: Params | None = None
) -> bytes:
    """Return the line that asks; params and trace are left out where they are None."""
    body: Params = {"id": call_id, "method": method}
    if params is not None:
        body["params"] = params
    if trace is not None:
        body["trace"] = trace
    return to_json(body) + b"\n"


def encode_notification(method: str, params: Params | None) -> bytes:
    """Return the line that tells; params None leaves the member out."""
    body: Params = {"method": method}
    if params is not None:
        body["params"] = params
    return to_json(body) + b"\n"


def encode_answer(question_id: QuestionId, result: object) -> bytes:
    """Return the line that answers a question."""
    return to_json({"id": question_id, "result": result}) + b"\n"


def encode_refusal(question_id: QuestionId, code: int, message: str) -> bytes:
    """Return the line that answers a question with an error."""
    return to_json({"id": question_id, "error": {"code": code, "message": message}}) + b"\n"


def item_kind(params: Params) -> str:
    """Return the type of the item that the params of a notification hold, "" where there is none.

    Whatever came in its place, what is returned can be looked up.
    """
    item = params.get("item")
    return str(item.get("type")) if type(item) is dict else ""


def turn_of(params: Params) -> str | None:
    """Return the id of the turn that the params of a notification name, None for no turn."""
    turn_id = params.get("turnId")
    if type(turn_id) is str:
        return turn_id
    turn = params.get("turn")
    found = turn.get("id") if type(turn) is dict else None
    return found if type(found) is str else None
