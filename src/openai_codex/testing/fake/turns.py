"""What a turn does: the vocabulary for scripts of turns, in the protocol's own order and shapes.

Every function returns a `Step`. Nothing here acts.
"""

from __future__ import annotations

from typing import Any

from ..._checks import check_choice, check_least, check_text
from .script import Step, check_steps, step

PHASES = ("commentary", "final_answer", None)
STATUSES = ("completed", "interrupted", "failed")

__all__ = [
    "ask",
    "ask_command",
    "ask_file_change",
    "ask_user",
    "at_event",
    "begin",
    "call_tool",
    "complete",
    "deltas",
    "event",
    "fail",
    "item",
    "notify",
    "pause",
    "reply",
    "retrying",
    "run_command",
    "say",
    "silent",
    "think",
    "usage",
]


def reply(result: dict[str, Any] | None = None, *, times: int = 1) -> Step:
    """Answer the request: normally, or with this result. In a turn: the turn/start reply."""
    check_least(1, times=times)
    return step("reply", result=result, times=times)


def begin(*, started_id: str | None = None) -> Step:
    """Send the status, `turn/started` and the user's message.

    started_id: the id in `turn/started`, when it is not the reply's (as in a review);
    `turn/interrupt` must then name this one.
    """
    return step("begin", started_id=started_id)


def say(
    text: str,
    *,
    deltas: int = 1,
    every: float = 0.0,
    phase: str | None = "final_answer",
    finish: bool = True,
) -> Step:
    """Send an agent message in so many deltas, `every` seconds apart.

    finish: False leaves the item open, without its `item/completed`.
    """
    check_text(text=text)
    check_choice("phase", phase, PHASES)
    check_least(0, deltas=deltas, every=every)
    return step("say", text=text, deltas=deltas, every=every, phase=phase, finish=finish)


def deltas(count: int, size: int, *, finish: bool = True) -> Step:
    """Send an agent message of `count` deltas of `size` characters each, as fast as the pipe is.

    finish: False leaves out `item/completed`, which repeats the whole text.
    """
    check_least(0, count=count, size=size)
    return step("deltas", count=count, size=size, finish=finish)


def think(summary: str) -> Step:
    """Send a reasoning item with this summary."""
    check_text(summary=summary)
    return step("think", summary=summary)


def run_command(command: str, *, output: str = "", exit_code: int = 0) -> Step:
    """Send a commandExecution item from start to end; a non-zero exit code is status `failed`."""
    check_text(command=command, output=output)
    return step("run_command", command=command, output=output, exit_code=exit_code)


def item(value: dict[str, Any], *, started: dict[str, Any] | None = None) -> Step:
    """Send `item/started` and `item/completed` for any item, also of a type nobody knows."""
    return step("item", item=value, started=started)


def usage(*, input: int = 10, output: int = 5, cached: int = 0, reasoning: int = 0) -> Step:
    """Send `thread/tokenUsage/updated`; without this step `complete()` sends a small one."""
    check_least(0, input=input, output=output, cached=cached, reasoning=reasoning)
    return step("usage", input=input, output=output, cached=cached, reasoning=reasoning)


def event(method: str, params: dict[str, Any] | None = None) -> Step:
    """Send a notification of this turn: `threadId` and `turnId` are filled in unless given."""
    check_text(method=method)
    return step("event", method=method, params=params or {})


def notify(method: str, params: dict[str, Any] | None = None) -> Step:
    """Send a notification as it is; also outside a turn."""
    check_text(method=method)
    return step("notify", method=method, params=params or {})


def ask(
    method: str,
    params: dict[str, Any] | None = None,
    *,
    wait: bool = True,
    until: str | None = None,
    question_id: int | str | None = None,
) -> Step:
    """Send a question and wait for its answer, then `serverRequest/resolved`.

    The answer is recorded. `threadId` and `turnId` are filled in when a turn asks.
    wait: False goes on at once. until: a point whose release settles the question unanswered.
    question_id: an id of your own, when the next number will not do.
    """
    check_text(method=method)
    return step(
        "ask", method=method, params=params or {}, wait=wait, until=until, question_id=question_id
    )


def ask_command(command: str, *, reason: str | None = None, output: str = "") -> Step:
    """Ask for approval of a command (`item/commandExecution/requestApproval`), and obey."""
    check_text(command=command)
    return step("ask_command", command=command, reason=reason, output=output)


def ask_file_change(path: str, *, diff: str = "hello\n", reason: str | None = None) -> Step:
    """Ask for approval of a new file (`item/fileChange/requestApproval`), and obey."""
    check_text(path=path)
    return step("ask_file_change", path=path, diff=diff, reason=reason)


def call_tool(
    tool: str, arguments: dict[str, Any] | None = None, *, namespace: str | None = None
) -> Step:
    """Call a dynamic tool of the client (`item/tool/call`), with its item around it."""
    return step("call_tool", tool=tool, arguments=arguments or {}, namespace=namespace)


def ask_user(question: str, *options: str, question_id: str = "q1") -> Step:
    """Ask the user one question (`item/tool/requestUserInput`)."""
    return step("ask_user", question=question, options=list(options), name=question_id)


def pause(until: str | None = None, *, seconds: float | None = None) -> Step:
    """Wait for `FakeAppServer.release(until)`, or for seconds; with neither, for ever.

    In a turn an interrupt ends the wait, and the turn. Other requests are served meanwhile.
    """
    if until is not None and not isinstance(until, str):
        raise TypeError(f"a point is named by a string; got {until!r}: seconds are pause(seconds=)")
    check_least(0, seconds=seconds)
    return step("pause", until=until, seconds=seconds)


def silent() -> Step:
    """Send nothing more of this turn, ever; not even a `turn/interrupt` of it is answered."""
    return step("silent")


def at_event(count: int, *steps: Step) -> Step:
    """Take steps when so many notifications of the turn are out; `turn/started` is the second."""
    check_steps("at_event", steps)
    check_least(1, count=count)
    return step("at_event", count=count, steps=list(steps))


def complete(*, status: str = "completed", error: dict[str, Any] | None = None) -> Step:
    """End the turn: usage, thread status, `turn/completed`. Steps after it still happen."""
    check_choice("status", status, STATUSES)
    return step("complete", status=status, error=error)


def fail(message: str, *, info: Any = "other", details: str | None = None) -> Step:
    """End the turn as failed: `error`, then `turn/completed`. info: codexErrorInfo."""
    check_text(message=message)
    return step("fail", message=message, info=info, details=details)


def retrying(message: str = "Reconnecting... 1/5", *, info: Any = None) -> Step:
    """Send an `error` that will be retried, which is progress and not failure."""
    disconnected = {"responseStreamDisconnected": {"httpStatusCode": None}}
    return step("retrying", message=message, info=disconnected if info is None else info)
