"""The shapes of a line as plain data: `parse` reads them, the `encode_...` functions write one.

Knows the JSON-RPC envelope and nothing of what is inside `params` and `result`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, final

from ..errors import CodexError, TransportClosedError
from .lines import HEAD_BYTES, Oversized
from .sendable import to_json

__all__ = [
    "EDGES",
    "FIRST_OF_TURN",
    "LAST_OF_LOGIN",
    "LAST_OF_TURN",
    "Asked",
    "Closed",
    "Failure",
    "Garbage",
    "Message",
    "NotificationLike",
    "Question",
    "Reply",
    "Run",
    "Settled",
    "Underway",
    "encode_answer",
    "encode_call",
    "encode_notification",
    "encode_refusal",
    "load_parser",
    "lone_reply",
    "not_json",
    "parse",
]

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

    One that came alone is not parsed before somebody looks: `text` is its result's JSON then, for
    who can make a model of it in one go.
    """

    __slots__ = ("_result", "id", "text")

    def __init__(self, id: int | None, result: Any = None, text: bytes | None = None) -> None:
        self.id = id
        self.text = text
        self._result = result if text is None else _UNPARSED

    @property
    def result(self) -> Any:
        """Return the result; raises CodexError when it is no JSON."""
        if self._result is _UNPARSED:
            try:
                self._result = _from_json(self.text)
            except ValueError as error:
                raise not_json(str(error)) from None
        return self._result

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


@dataclass(frozen=True, slots=True)
class Question:
    """A request of the runtime to us, and the item that it is about, if that was announced."""

    id: QuestionId
    method: str
    params: Params
    item: Params | None = None


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
class Asked:
    """Word to a turn that a question was asked in it: it is not idle."""

    method: str


@dataclass(frozen=True, slots=True)
class Settled:
    """Word that a question needs no answer any more, and why."""

    id: QuestionId
    reason: str


@dataclass(frozen=True, slots=True)
class Underway:
    """Word to who joins a running turn that it has begun: `note` said so, to others, before."""

    note: NotificationLike


@dataclass(frozen=True, slots=True)
class Closed:
    """Word that nothing will come any more, and why."""

    cause: Exception
    size: ClassVar[int] = 0  # of the unread bytes of a turn

    def fresh_cause(self) -> Exception:
        """Return the cause in a form that can be raised once more, by another waiter."""
        return self.cause.copy() if isinstance(self.cause, TransportClosedError) else self.cause


Run = list[NotificationLike]
"""Events from the middle of one turn that came in a row: taken together, not to be changed."""

FIRST_OF_TURN = "turn/started"
LAST_OF_TURN = "turn/completed"
LAST_OF_LOGIN = "account/login/completed"
EDGES = frozenset({FIRST_OF_TURN, LAST_OF_TURN, LAST_OF_LOGIN})
"""The methods that begin or end something: they are never in a run."""

Message = Reply | Failure | Question | Garbage | NotificationLike | Run


def not_json(reason: str) -> CodexError:
    """Return the error for who waits for what turned out to be no JSON."""
    return CodexError(f"the runtime sent what is not JSON: {reason}")


def load_parser() -> None:
    """Load the parser now rather than at the first line: there is time while the runtime boots."""
    global _from_json
    # Four times faster than the standard library's parser and installed with pydantic anyway.
    from pydantic_core import from_json

    _from_json = from_json


def _load_and_parse(line: Any) -> Any:
    load_parser()
    return _from_json(line)


_from_json: Callable[[Any], Any] = _load_and_parse

# How a reply begins: the runtime writes its members in this order.
_ID, _RESULT = b'{"id":', b',"result":'
_LONGEST = 30  # bytes, both and the number between them

# All that can be known of a line that cannot be parsed.
_REPLY_HEAD = re.compile(rb'\{"id":(\d{1,18}),"(?:result|error)":')
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
        except (TypeError, ValueError) as error:
            if line != b"\n":
                run_turn = _NONE
                add(_unreadable(line, error))
            continue
        try:
            method, params = body["method"], body["params"]
            turn_id, thread_id = params["turnId"], params["threadId"]
        except (KeyError, TypeError):
            method = params = turn_id = thread_id = _NONE
        if type(method) is not str or "id" in body or method in EDGES:
            run_turn = _NONE
            add(_other(body, line, make_notification))
            continue
        if turn_id != run_turn or thread_id != run_thread:
            run: Run = []
            add(run)
            run_turn, run_thread, append = turn_id, thread_id, run.append
        append(make_notification(method, params, len(line)))
    return found


def lone_reply(data: bytes) -> Reply | None:
    """Return the reply, with a result, that `data` is; None if it is anything else or more."""
    begin, end = data.find(_RESULT, 0, _LONGEST), len(data) - 1
    if begin < 0 or data.find(b"\n") != end or not data.endswith(b"}\n"):
        return None
    ident = data[len(_ID) : begin]
    if not data.startswith(_ID) or not ident.isdigit():
        return None
    return Reply(int(ident), text=data[begin + len(_RESULT) : end - 1])


def _unreadable(line: bytes | Oversized, error: Exception) -> Garbage:
    if isinstance(line, Oversized):
        head, reason, size = line.head, "longer than max_message_bytes", line.size
    else:
        head, reason, size = line[:HEAD_BYTES].rstrip(b"\n"), str(error), 0
    reply, end = _REPLY_HEAD.match(head), _TURN_END_HEAD.match(head)
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
    if type(params) is not dict:
        params = {} if params is None else {"params": params}
    if "id" in body:
        return _question(body["id"], method, params, line)
    return make_notification(method, params, len(line))


def _question(ident: object, method: str, params: Params, line: bytes) -> Message:
    if isinstance(ident, (int, str)):
        return Question(ident, method, params)
    return _garbage(line, "a request without a usable id")


def _reply(body: dict[str, Any], line: bytes) -> Message:
    ident, error = body.get("id"), body.get("error")
    if type(ident) is not int:  # our ids are whole numbers; others may not even be hashable
        return _garbage(line, "neither a request nor a reply to one of ours")
    if type(error) is dict:
        code = error.get("code")
        message = str(error.get("message", ""))
        return Failure(ident, code if type(code) is int else 0, message, error.get("data"))
    if "result" in body:
        return Reply(ident, body["result"])
    return _garbage(line, "a reply without a result or an error")


def encode_call(call_id: CallId, method: str, params: Params | None) -> bytes:
    """Return the line that asks; params None leaves the member out."""
    body: Params = {"id": call_id, "method": method}
    if params is not None:
        body["params"] = params
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
