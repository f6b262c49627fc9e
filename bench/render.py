"""Recorded lines into the bytes of whole turns: the mix of a real agent, bare deltas, a huge line.

Pure but for reading `lines/`. Standard library only: the fake server runs it.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

THREAD = "01a2028e-0000-7000-8000-%012x"
TURN = "01a2028e-0000-7000-9000-%012x"

_LINES = Path(__file__).parent / "lines"
_BEGINNING = ("thread/status/changed", "turn/started")
_END = ("thread/readState/changed", "turn/completed")
_MESSAGE_DELTAS, _THOUGHT_DELTAS = 62, 21  # of every hundred lines; the rest is everything else


def replies() -> dict[str, Any]:
    """Return the recorded result of each method."""
    rows = map(json.loads, (_LINES / "replies.jsonl").read_text().splitlines())
    return {row["method"]: row["result"] for row in rows}


def turn(body: str) -> bytes:
    """Return a turn's notifications, with THREAD and TURN for its ids.

    `sample` is the turn as it was recorded; `mix:N` has N lines in the proportions of a real
    agent at work; `deltas:N` has N message deltas; `huge:N` has one item with N bytes of output;
    `silent` only starts.
    """
    kind, _, size = body.partition(":")
    return _BODIES[kind](int(size or 0))


def name_turn(template: bytes, thread_id: str, turn_id: str) -> bytes:
    """Return the template with its ids filled in."""
    return template.replace(b"THREAD", thread_id.encode()).replace(b"TURN", turn_id.encode())


def _lines() -> list[bytes]:
    lines = (_LINES / "turn.jsonl").read_bytes().splitlines(keepends=True)
    return [line for line in lines if _method(line) != "thread/started"]


def _method(line: bytes) -> str:
    return str(json.loads(line)["method"])


def recorded(*methods: str) -> list[bytes]:
    """Return the recorded notifications of these methods, in order."""
    return [line for line in _lines() if _method(line) in methods]


def _framed(lines: list[bytes]) -> bytes:
    return b"".join([*recorded(*_BEGINNING), *lines, *recorded(*_END)])


def _mix(size: int) -> bytes:
    messages = itertools.cycle(recorded("item/agentMessage/delta"))
    thoughts = itertools.cycle(recorded("item/reasoning/summaryTextDelta"))
    frame = {*_BEGINNING, *_END, "item/agentMessage/delta", "item/reasoning/summaryTextDelta"}
    others = itertools.cycle([line for line in _lines() if _method(line) not in frame])
    pattern = [others] * (100 - _MESSAGE_DELTAS - _THOUGHT_DELTAS)
    pattern += [thoughts] * _THOUGHT_DELTAS + [messages] * _MESSAGE_DELTAS
    return _framed([next(source) for source, _ in zip(itertools.cycle(pattern), range(size))])


def _deltas(size: int) -> bytes:
    lines = itertools.cycle(recorded("item/agentMessage/delta"))
    return _framed(list(itertools.islice(lines, size)))


def _huge(size: int) -> bytes:
    line = next(line for line in recorded("item/completed") if b'"type":"commandExecution"' in line)
    message = json.loads(line)
    message["params"]["item"]["aggregatedOutput"] = "0123456789abcde\n" * (size // 16)
    return _framed([json.dumps(message, separators=(",", ":")).encode() + b"\n"])


_BODIES: dict[str, Callable[[int], bytes]] = {
    "sample": lambda _: b"".join(_lines()),
    "mix": _mix,
    "deltas": _deltas,
    "huge": _huge,
    "silent": lambda _: b"".join(recorded(*_BEGINNING)),
}
