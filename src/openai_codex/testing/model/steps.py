"""What a scripted model can do, as plain frozen values: one small class and one verb for each.

A step says *what* the model answers. How steps make responses is in `script.py`, and how they look
on the wire is in `events.py`.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass
from typing import TYPE_CHECKING, Any, Union, get_args

from ..._checks import check_choice, check_count, check_text, checked_bound
from .gate import Gate

if TYPE_CHECKING:
    from datetime import timedelta

    from .request import ModelRequest

MOST_PIECES = 32
SHOWN_CHARACTERS = 80
PHASES = ("commentary", "final_answer", None)
PLAN_STATUSES = ("pending", "in_progress", "completed")
FAILURES = range(400, 600)


@dataclass(frozen=True)
class Delay:
    """A pause of this many seconds before what follows."""

    seconds: float

    def __str__(self) -> str:
        return f"delay({self.seconds})"


@dataclass(frozen=True)
class Hold:
    """A pause until the gate opens."""

    gate: Gate

    def __str__(self) -> str:
        return "hold(...)"


@dataclass(frozen=True)
class Say:
    """An assistant message, streamed in these pieces; pauses may stand between them."""

    text: str
    deltas: tuple[str | Delay | Hold, ...]
    phase: str | None = None

    def __str__(self) -> str:
        return f"say({_short(self.text)})"


@dataclass(frozen=True)
class Think:
    """A reasoning item: summary parts, and the raw text when there is one."""

    summary: tuple[str, ...]
    raw: str | None = None

    def __str__(self) -> str:
        return f"think({_short(' '.join(self.summary))})"


@dataclass(frozen=True)
class Call:
    """A function call; `arguments` is the JSON text as it goes over the wire."""

    name: str
    arguments: str
    namespace: str | None = None
    call_id: str | None = None

    def __str__(self) -> str:
        name = f"{self.namespace}.{self.name}" if self.namespace else self.name
        return f"call_tool({name!r}, {_short(self.arguments)})"


@dataclass(frozen=True)
class CustomCall:
    """A call of a free-form tool such as `apply_patch`; the input is plain text."""

    name: str
    input: str
    call_id: str | None = None

    def __str__(self) -> str:
        return f"{self.name}({_short(self.input)})"


@dataclass(frozen=True)
class Item:
    """Any other output item as JSON; `ends`: the runtime answers it with a new request."""

    fields: str
    ends: bool

    def __str__(self) -> str:
        return f"item({_short(self.fields)})"


@dataclass(frozen=True)
class Usage:
    """Token counts reported at the end of the response; `omit` leaves them out."""

    input: int = 100
    output: int = 10
    cached: int = 0
    reasoning: int = 0
    omit: bool = False
    cache_write: int = 0

    def __str__(self) -> str:
        return f"usage(input={self.input}, output={self.output})"


@dataclass(frozen=True)
class Headers:
    """Extra headers of the HTTP response."""

    fields: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return f"headers({dict(self.fields)})"


@dataclass(frozen=True)
class Fail:
    """An answer that fails: by HTTP status before the stream, or by an event inside it."""

    status: int | None
    code: str | None
    message: str
    headers: tuple[tuple[str, str], ...] = ()
    details: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        return f"fail(status={self.status}, code={self.code!r})"


@dataclass(frozen=True)
class Incomplete:
    """A response that the model broke off for this reason."""

    reason: str

    def __str__(self) -> str:
        return f"incomplete({self.reason!r})"


@dataclass(frozen=True)
class Cut:
    """Cuts the connection in mid-response; `clean` ends the HTTP body properly."""

    clean: bool = False

    def __str__(self) -> str:
        return f"cut(clean={self.clean})"


@dataclass(frozen=True)
class Malformed:
    """A block of text that is not a valid event; the response goes on after it."""

    block: str

    def __str__(self) -> str:
        return f"malformed({_short(self.block)})"


@dataclass(frozen=True)
class Silence:
    """Silence: nothing more is sent, and the connection stays open until a side closes it."""

    def __str__(self) -> str:
        return "silence()"


@dataclass(frozen=True)
class Parallel:
    """Steps that make one response together."""

    steps: tuple[Step, ...] = field(default=())

    def __str__(self) -> str:
        return f"parallel({', '.join(map(str, self.steps))})"


Answerer = Callable[["ModelRequest"], "Step | Sequence[Step]"]
Step = Union[
    Say, Think, Call, CustomCall, Item, Usage, Headers, Delay, Hold, Fail, Incomplete, Cut,
    Malformed, Silence, Parallel, Answerer, "Sequence[Step]",
]  # fmt: skip
STEPS = tuple(kind for kind in get_args(Step) if isinstance(kind, type) and is_dataclass(kind))
"""Every kind of step that is not made of others."""


def say(
    text: str = "",
    *,
    chunks: int | None = None,
    deltas: Sequence[str | Delay | Hold] | None = None,
    pace: float | timedelta = 0.0,
    phase: str | None = None,
) -> Say:
    """Answer with a message.

    It streams as `deltas` when given (strings, with `delay` or `hold` between them), else in
    `chunks` pieces (0: no deltas at all), else word by word in at most 32 pieces. `pace` waits that
    many seconds before each piece. `phase` is `"commentary"` or `"final_answer"`.
    """
    _check_say(text, deltas, phase)
    if chunks is not None:
        check_count("chunks", chunks)
    pace = checked_bound("pace", pace)
    pieces = list(deltas) if deltas is not None else list(_pieces(text, chunks))
    if pace:
        pieces = [part for piece in pieces for part in (Delay(pace), piece)]
    whole = text or "".join(piece for piece in pieces if isinstance(piece, str))
    return Say(whole, tuple(pieces), phase)


def _check_say(text: str, deltas: Sequence[str | Delay | Hold] | None, phase: str | None) -> None:
    check_text(text=text)
    check_choice("phase", phase, PHASES)
    if isinstance(deltas, str):
        raise TypeError(f"deltas must be a list of strings; got {deltas!r}")
    for piece in deltas or ():
        if not isinstance(piece, (str, Delay, Hold)):
            raise TypeError(f"deltas are strings, delay(...) and hold(...); got {piece!r}")


def _check_counts(**counts: int | None) -> None:
    for name, value in counts.items():
        if value is not None:
            check_count(name, value)


def _pieces(text: str, chunks: int | None) -> Sequence[str]:
    words = [f"{word} " for word in text.split(" ")]
    words[-1] = words[-1][:-1]
    if chunks is None and len(words) <= MOST_PIECES:
        return [word for word in words if word]
    count = MOST_PIECES if chunks is None else min(chunks, len(text))
    edges = [len(text) * number // count for number in range(count + 1)] if count else []
    return [text[start:end] for start, end in itertools.pairwise(edges)]


def think(*summary: str, raw: str | None = None) -> Think:
    """Reason: each argument is one part of the summary; `raw` is the reasoning text itself."""
    for part in (*summary, raw or ""):
        check_text(summary=part)
    return Think(summary, raw)


def call_tool(
    name: str,
    args: Mapping[str, Any] | str | None = None,
    *,
    namespace: str | None = None,
    call_id: str | None = None,
) -> Call:
    """Call a tool by name; a string is sent as it is, so broken arguments can be tested."""
    check_text(name=name)
    sent = args if isinstance(args, str) else json.dumps(dict(args or {}))
    return Call(name, sent, namespace, call_id)


def call_mcp(
    server: str, tool: str, args: Mapping[str, Any] | None = None, *, call_id: str | None = None
) -> Call:
    """Call a tool of an MCP server."""
    return call_tool(tool, args, namespace=f"mcp__{server}", call_id=call_id)


def run_command(
    cmd: str,
    *,
    escalate: bool = False,
    justification: str | None = None,
    prefix_rule: Sequence[str] | None = None,
    workdir: str | None = None,
    yield_time_ms: int | None = None,
    max_output_tokens: int | None = None,
    tty: bool | None = None,
    login: bool = False,
    call_id: str | None = None,
) -> Call:
    """Run a shell command (`exec_command`); `escalate` asks to leave the sandbox."""
    check_text(cmd=cmd)
    _check_counts(yield_time_ms=yield_time_ms, max_output_tokens=max_output_tokens)
    given = {
        "sandbox_permissions": "require_escalated" if escalate else None,
        "justification": justification,
        "prefix_rule": list(prefix_rule) if prefix_rule is not None else None,
        "workdir": workdir,
        "yield_time_ms": yield_time_ms,
        "max_output_tokens": max_output_tokens,
        "tty": tty,
    }
    args = {"cmd": cmd, "login": login, **_without_none(given)}
    return call_tool("exec_command", args, call_id=call_id)


def write_stdin(
    session_id: int,
    chars: str = "",
    *,
    yield_time_ms: int | None = None,
    call_id: str | None = None,
) -> Call:
    """Type into a command that is still running."""
    _check_counts(session_id=session_id, yield_time_ms=yield_time_ms)
    args = _without_none({"session_id": session_id, "chars": chars, "yield_time_ms": yield_time_ms})
    return call_tool("write_stdin", args, call_id=call_id)


def update_plan(
    steps: Sequence[str | tuple[str, str]],
    *,
    explanation: str | None = None,
    call_id: str | None = None,
) -> Call:
    """Update the plan; a step is its text, or its text and status.

    Statuses are `pending`, `in_progress` and `completed`.
    Needs `offline_config(..., update_plan=True)`.
    """
    pairs = [(step, "pending") if isinstance(step, str) else step for step in steps]
    for _, status in pairs:
        check_choice("the status of a step", status, PLAN_STATUSES)
    plan = [{"step": text, "status": status} for text, status in pairs]
    args = _without_none({"explanation": explanation, "plan": plan})
    return call_tool("update_plan", args, call_id=call_id)


def ask_user(
    questions: str | Sequence[Mapping[str, Any]],
    options: Sequence[str] = ("Yes", "No"),
    *,
    call_id: str | None = None,
) -> Call:
    """Ask the user (`request_user_input`): one question with options, or whole question objects.

    A lone question has the id `q1`. Needs plan mode or `offline_config(..., ask_user=True)`.
    """
    if isinstance(questions, str):
        choices = [{"label": option, "description": option} for option in options]
        questions = [{"id": "q1", "header": "Q", "question": questions, "options": choices}]
    args = {"questions": [dict(question) for question in questions]}
    return call_tool("request_user_input", args, call_id=call_id)


def request_permissions(
    *,
    reason: str | None = None,
    read: Sequence[str] = (),
    write: Sequence[str] = (),
    network: bool = False,
    call_id: str | None = None,
) -> Call:
    """Ask for more permissions. Needs `offline_config(..., request_permissions=True)`."""
    files = {name: list(paths) for name, paths in (("read", read), ("write", write)) if paths}
    permissions: dict[str, Any] = {"file_system": files} if files else {}
    if network:
        permissions["network"] = {"enabled": True}
    args = _without_none({"reason": reason, "permissions": permissions})
    return call_tool("request_permissions", args, call_id=call_id)


def view_image(path: str, *, call_id: str | None = None) -> Call:
    """Look at an image file."""
    check_text(path=path)
    return call_tool("view_image", {"path": path}, call_id=call_id)


def web_search(query: str) -> Item:
    """Search the web; nothing is fetched, the item only shows what was searched for."""
    return item(
        {
            "type": "web_search_call",
            "status": "completed",
            "action": {"type": "search", "query": query},
        }
    )


def tool_search(query: str, *, call_id: str | None = None) -> Item:
    """Search the deferred tools; the runtime answers with what it found."""
    fields = {"type": "tool_search_call", "execution": "client", "arguments": {"query": query}}
    return item({**fields, "call_id": call_id}, ends=True)


def item(fields: Mapping[str, Any], *, ends: bool = False) -> Item:
    """Put out any Responses item; a missing `id` is made, and so is a `call_id` that is None.

    `ends` tells that the runtime answers it with a new request, as it does for a tool call.
    """
    return Item(json.dumps(dict(fields)), ends)


def spawn_agent(task_name: str, message: str, *, call_id: str | None = None) -> Call:
    """Start the sub-agent `/root/<task_name>`; for models of the gpt-6 family.

    The sub-agent itself is scripted with `model.script(..., agent="/root/<task_name>")`.
    """
    args = {"task_name": task_name, "message": message, "fork_turns": "none"}
    return call_tool("spawn_agent", args, namespace="collaboration", call_id=call_id)


def wait_agent(*, timeout_ms: int = 10_000, call_id: str | None = None) -> Call:
    """Wait for the sub-agents that were started with `spawn_agent`."""
    _check_counts(timeout_ms=timeout_ms)
    args = {"timeout_ms": timeout_ms}
    return call_tool("wait_agent", args, namespace="collaboration", call_id=call_id)


def parallel(*steps: Step) -> Parallel:
    """Put several steps in one response, such as tool calls that run at the same time."""
    return Parallel(steps)


def usage(
    *,
    input: int = 100,
    output: int = 10,
    cached: int = 0,
    cache_write: int = 0,
    reasoning: int = 0,
    omit: bool = False,
) -> Usage:
    """Set the token counts of the response; without it they are 100 in and 10 out."""
    counts = {"input": input, "output": output, "cached": cached, "reasoning": reasoning}
    _check_counts(**counts, cache_write=cache_write)
    return Usage(**counts, omit=omit, cache_write=cache_write)


def headers(fields: Mapping[str, str]) -> Headers:
    """Add headers to the HTTP response, such as `x-codex-primary-used-percent`."""
    return Headers(tuple(fields.items()))


def delay(seconds: float | timedelta) -> Delay:
    """Wait before what follows. Prefer `hold`: a test that waits on clocks is slow or wrong."""
    return Delay(checked_bound("seconds", seconds))


def hold(gate: Gate) -> Hold:
    """Wait before what follows until the test calls `gate.open()`."""
    if not isinstance(gate, Gate):
        raise TypeError(f"hold() takes a gate: gate = Gate(), then hold(gate); got {gate!r}")
    return Hold(gate)


def fail(
    *,
    status: int | None = None,
    code: str | None = None,
    message: str | None = None,
    headers: Mapping[str, str] | None = None,
    details: Mapping[str, Any] | None = None,
) -> Fail:
    """Fail the HTTP request (`status`), or end the stream in `response.failed` (`code` alone).

    `code` is also the error's `type`; `details` adds fields to the error, such as `resets_at`.
    """
    if status is None and code is None:
        raise ValueError("fail() needs a status= (HTTP) or a code= (response.failed)")
    if status is not None and status not in FAILURES:
        raise ValueError(f"status must be an HTTP error, 400 to 599; got {status!r}")
    text = message or f"scripted failure: {code or status}"
    return Fail(status, code, text, _pairs(headers), _pairs(details))


def incomplete(reason: str = "max_output_tokens") -> Incomplete:
    """End the response with `response.incomplete`."""
    return Incomplete(reason)


def cut(*, clean: bool = False) -> Cut:
    """Drop the connection midway; `clean` ends the HTTP body without `response.completed`."""
    return Cut(clean)


def malformed(block: str = "event: response.output_text.delta\ndata: {not json") -> Malformed:
    """Send a broken block; the runtime skips it and the response goes on."""
    return Malformed(block)


def silence() -> Silence:
    """Go quiet: nothing more comes until the runtime gives up or the model closes."""
    return Silence()


def _pairs(fields: Mapping[str, Any] | None) -> tuple[tuple[str, Any], ...]:
    return tuple((fields or {}).items())


def _without_none(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _short(text: str) -> str:
    return repr(text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…")
