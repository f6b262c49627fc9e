"""What can go wrong: the vocabulary of faults.

Steps, to be put anywhere in a script, and some whole rules for faults that have one natural place.
Nothing here acts. See the package's docstring for the table.
"""

from __future__ import annotations

from typing import Any

from ..._checks import check_choice, check_least, check_text
from .script import Rule, Step, at_eof, at_sigterm, at_start, on, step, turn
from .turns import complete, pause, reply, say

OVERLOADED = "Server overloaded; retry later."
TOO_EARLY = "no active turn to interrupt"
SQLITE_RACE = (
    "Error: failed to initialize sqlite state runtime under CODEX_HOME: database is locked\n"
)

SMALLEST_LINE = len('{"method":"warning","params":{"threadId":null,"message":""}}\n')

__all__ = [
    "bare_scalar",
    "broken_utf8",
    "close_stdin",
    "close_stdout",
    "cold_start_race",
    "delay",
    "die",
    "drop",
    "duplicate",
    "early_completion",
    "error",
    "exits_at_once",
    "flood",
    "garbage",
    "grandchild",
    "huge_line",
    "ignores_eof",
    "ignores_sigterm",
    "interrupt_too_early",
    "json_array",
    "never_answers",
    "overloaded",
    "partial_line",
    "raw",
    "refuses",
    "reorder",
    "stderr",
    "stop_reading",
    "stray_reply",
    "truncated_json",
    "unknown_method",
]


# Replies that do not come as they should.


def drop() -> Step:
    """Never answer this request."""
    return step("drop")


def delay(seconds: float) -> Step:
    """Wait before the next step. A test that must not guess uses `pause(until=)`."""
    check_least(0, seconds=seconds)
    return pause(seconds=seconds)


def duplicate(*, times: int = 2) -> Step:
    """Answer this request so many times."""
    return reply(times=times)


def reorder(count: int) -> Step:
    """Keep this reply back until so many are kept, then send them all, the last one first."""
    check_least(1, count=count)
    return step("reorder", count=count)


def error(code: int, message: str, *, data: Any = None) -> Step:
    """Answer this request with a JSON-RPC error; `on(..., times=k)` does so k times."""
    if not isinstance(code, int):
        raise TypeError(f"code must be a number, such as -32600; got {code!r}")
    check_text(message=message)
    return step("error", code=code, message=message, data=data)


def stray_reply(reply_id: int | str = 987654321) -> Step:
    """Send a reply to an id that nobody asked."""
    return raw(b'{"id":%s,"result":{}}\n' % _json(reply_id))


# Bytes that are not messages.


def raw(data: bytes) -> Step:
    """Write these bytes to stdout as they are."""
    return step("raw", data=data.decode("latin-1"))


def garbage(text: str = "thread 'main' panicked at src/main.rs:1:1") -> Step:
    """Write a line of text that is not JSON."""
    return raw(text.encode() + b"\n")


def broken_utf8() -> Step:
    """Write a notification whose text is not UTF-8."""
    return raw(b'{"method":"warning","params":{"message":"\xff\xfe\xc3"}}\n')


def truncated_json() -> Step:
    """Write a line that ends in the middle of a JSON object."""
    return raw(b'{"method":"warning","params":{"mess\n')


def json_array() -> Step:
    """Write a JSON array, which JSON-RPC elsewhere calls a batch."""
    return raw(b'[{"method":"warning","params":{"message":"batch"}}]\n')


def bare_scalar() -> Step:
    """Write a line that is a JSON number."""
    return raw(b"42\n")


def partial_line(text: str = '{"method":"warn') -> Step:
    """Write the beginning of a line and no newline; put a `pause()` or a `die()` behind it."""
    return raw(text.encode())


def huge_line(size: int) -> Step:
    """Write one valid notification (`warning`) of exactly `size` bytes, newline included."""
    check_least(SMALLEST_LINE, size=size)
    return step("huge_line", size=size)


def flood(
    count: int,
    *,
    method: str = "warning",
    params: dict[str, Any] | None = None,
    line: str | None = None,
) -> Step:
    """Write the same notification so often, as fast as the pipe takes it.

    In a turn `threadId` and `turnId` are filled in. line: any text instead, newline added.
    """
    check_least(0, count=count)
    return step("flood", count=count, method=method, params=params or {}, line=line)


# A process that does not live as it should.


def die(exit_code: int = 1, *, signal: str | None = None, stderr: str = "") -> Step:
    """Print to stderr, then exit with this code, or die by a signal such as "SIGKILL"."""
    if signal is not None:
        check_choice("signal", signal, _signals())
    return step("die", exit_code=exit_code, signal=signal, stderr=stderr)


def stderr(text: str, *, times: int = 1) -> Step:
    """Print a text to stderr so many times; much text blocks until somebody reads it."""
    check_least(0, times=times)
    return step("stderr", text=text, times=times)


def close_stdout() -> Step:
    """Close stdout and live on: the client sees the end of the stream, and no exit."""
    return step("close_stdout")


def close_stdin() -> Step:
    """Close stdin and live on: the client's next write fails."""
    return step("close_stdin")


def stop_reading(until: str | None = None) -> Step:
    """Read no more of stdin, for ever or until the point is released: the client's pipe fills."""
    return step("stop_reading", until=until)


def grandchild(*, new_session: bool = False) -> Step:
    """Leave a child process behind that holds stdout and stderr open.

    It ends with its process group or with `FakeAppServer.close()`. new_session: out of the group.
    """
    return step("grandchild", new_session=new_session)


# Whole rules.


def never_answers(method: str = "initialize") -> Rule:
    """Read this request and never answer it."""
    return on(method, drop())


def refuses(
    method: str = "initialize", message: str = "Invalid request: no", *, code: int = -32600
) -> Rule:
    """Answer this request with an error, always."""
    return on(method, error(code, message))


def overloaded(method: str, *, times: int | None = None) -> Rule:
    """Answer -32001 so many times (None: always), then normally."""
    return on(method, error(-32001, OVERLOADED), times=times)


def unknown_method(method: str) -> Rule:
    """Answer as a runtime that does not know this method yet, or no more."""
    text = (
        f"Invalid request: unknown variant `{method}`, expected one of `initialize`, `turn/start`"
    )
    return on(method, error(-32600, text))


def interrupt_too_early(*, times: int = 1) -> Rule:
    """Answer `turn/interrupt` as before `turn/started`, so many times; the turn runs on."""
    return on("turn/interrupt", error(-32600, TOO_EARLY), times=times)


def early_completion(text: str = "ok") -> Rule:
    """Complete the next turn before its turn/start reply, as the runtime does under load."""
    return turn(say(text), complete(), reply())


def exits_at_once(exit_code: int = 1, *, stderr: str = "") -> Rule:
    """Exit before anything is read."""
    return at_start(die(exit_code, stderr=stderr))


def cold_start_race(*, spawns: int) -> Rule:
    """Let the first so many processes die of the runtime's SQLite start-up race."""
    return exits_at_once(1, stderr=SQLITE_RACE).in_spawns(*range(1, spawns + 1))


def ignores_eof() -> Rule:
    """Live on when stdin ends."""
    return at_eof()


def ignores_sigterm() -> Rule:
    """Live on after SIGTERM."""
    return at_sigterm()


def _signals() -> list[str]:
    import signal

    return [number.name for number in signal.Signals]


def _json(value: int | str) -> bytes:
    import json

    return json.dumps(value).encode()
