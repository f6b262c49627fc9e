"""What a stored thread and its sub-agents had spent: read from the runtime's own rollout files.

A rollout has one `token_usage_record` for each model response, with the thread that made it and an
id of the response; commands and tool calls as they ended; and the beginnings and ends of turns. A
fork may begin with copies of its source's records, which are not its own. Blocks: call it on a
thread of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from .._core.account import Usage, wire_total

__all__ = ["UsageHistory", "read_usage_history"]

# Looked for in the bytes: a rollout may have hundreds of megabytes, of which few lines count.
_RECORD = b'"token_usage_record"'
# How a rollout tells of a sub-agent's thread: in its items, of both ways to start one.
_AGENTS = (b'"agent_thread_id"', b'"agentThreadId"', b'"receiver_thread_ids"', b'"agent_id"')
_AGENT_FIELDS = frozenset({"agent_thread_id", "agentThreadId", "agent_id", "receiver_thread_ids"})
_SESSION = b'"session_meta"'
_CONTEXT = b'"turn_context"'
_EDGES = (b'"task_started"', b'"task_complete"', b'"turn_aborted"')
_ITEM = b'"item_completed"'
_COUNTED = {
    "CommandExecution": "commands",
    "DynamicToolCall": "tool_calls",
    "McpToolCall": "tool_calls",
}
_KINDS = tuple(f'"{kind}"'.encode() for kind in _COUNTED)


@dataclass(slots=True)
class UsageHistory:
    """What a thread and its sub-agents spent, each response, call and turn once, by thread id."""

    responses: list[tuple[str, str | None, Usage]] = field(default_factory=list)
    """The thread, the model and the usage of each response."""
    calls: list[tuple[str, str]] = field(default_factory=list)
    """The thread of each command and tool call, and the name of its sum."""
    seconds: dict[str, float] = field(default_factory=dict)
    """The time that the turns of each thread took."""
    thread_id: str = ""
    """The thread that the first file is of."""
    total: dict[str, Any] | None = None
    """That thread's total as its last record tells it, as a TokenUsageBreakdown."""
    seen: set[tuple[object, ...]] = field(default_factory=set)


def read_usage_history(path: str) -> UsageHistory:
    """Return what the thread of a rollout file and its sub-agents spent; empty without a file."""
    history = UsageHistory()
    top = Path(path)
    # Each file once: an agent may name its parent, and the two would be read in turn for ever.
    todo, done = [top], set[Path]()
    while todo:
        file = todo.pop()
        if file in done or not file.is_file():
            continue
        done.add(file)
        rollout = _Rollout(history)
        rollout.read(file)
        if file == top:
            history.thread_id, history.total = rollout.thread_id, rollout.total
        todo += [found for agent in rollout.agents for found in _files_of(top, agent)]
    return history


class _Rollout:
    """One file as it is read."""

    def __init__(self, history: UsageHistory) -> None:
        self.agents: set[str] = set()
        self.total: dict[str, Any] | None = None
        self.thread_id = ""
        self._history = history
        self._model: str | None = None
        self._began: dict[str, float] = {}
        self._last: dict[str, float] = {}  # when its own turns were heard of last

    def read(self, file: Path) -> None:
        """Take what the lines tell."""
        with file.open("rb") as lines:
            for line in lines:
                self._take(line)
        # A turn that was cut off lasted at least until its last record.
        for turn_id in list(self._began):
            self._end(turn_id, None)

    def _take(self, line: bytes) -> None:
        if not self.thread_id and _SESSION in line:
            self.thread_id = str(_entry(line)[1].get("id") or "")
        elif _CONTEXT in line:
            self._model = _entry(line)[1].get("model") or self._model
        elif _RECORD in line:
            self._response(*_entry(line))
        elif _ITEM in line and any(kind in line for kind in _KINDS):
            self._item(*_entry(line))
        elif any(mark in line for mark in _EDGES):
            self._edge(*_entry(line))
        elif any(mark in line for mark in _AGENTS):
            self.agents.update(_agents_in(_entry(line)[1]))

    def _response(self, at: float, record: dict[str, Any]) -> None:
        usage = record.get("usage")
        if not self._is_new(at, record, record.get("response_id")) or type(usage) is not dict:
            return
        self.total = wire_total(record.get("thread_token_usage"))
        used = Usage.of_stored(usage)
        if used.input or used.output:
            model = record.get("model") or self._model
            self._history.responses.append((self.thread_id, model, used))

    def _item(self, at: float, event: dict[str, Any]) -> None:
        item = event.get("item")
        if type(item) is not dict or item.get("source") == "user_shell":
            return
        name = _COUNTED.get(str(item.get("type")))
        if name is None:  # only its text names such a kind
            return
        if self._is_new(at, event, ("item", item.get("id"))):
            self._history.calls.append((self.thread_id, name))

    def _edge(self, at: float, event: dict[str, Any]) -> None:
        turn_id = str(event.get("turn_id"))
        if event.get("type") == "task_started":
            self._began[turn_id] = at
        else:
            self._end(turn_id, event.get("duration_ms"))

    def _end(self, turn_id: str, milliseconds: Any) -> None:
        began, last = self._began.pop(turn_id, None), self._last.pop(turn_id, None)
        if began is None or last is None:  # a copy of another thread's, or a turn of nothing
            return
        key = (self.thread_id, "turn", turn_id)
        if key in self._history.seen:
            return
        self._history.seen.add(key)
        seconds = milliseconds / 1000 if type(milliseconds) is int else max(0.0, last - began)
        before = self._history.seconds.get(self.thread_id, 0.0)
        self._history.seconds[self.thread_id] = before + seconds

    def _is_new(self, at: float, record: dict[str, Any], name: object) -> bool:
        """Tell whether this thread's own record comes for the first time."""
        if not self.thread_id or record.get("thread_id") != self.thread_id:
            return False
        turn_id = str(record.get("turn_id"))
        self._last[turn_id] = at
        key = (self.thread_id, turn_id, name)
        # A reverted thread has a second file, which begins as the first.
        is_new = key not in self._history.seen
        self._history.seen.add(key)
        return is_new


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _entry(line: bytes) -> tuple[float, dict[str, Any]]:
    """Return when a line was written, in unix seconds, and its payload."""
    try:
        entry = json.loads(line)
        payload, at = entry.get("payload"), _moment(entry.get("timestamp"))
    except (ValueError, AttributeError):  # the last line of a file that was being written
        return 0.0, {}
    return at, payload if isinstance(payload, dict) else {}


def _moment(timestamp: Any) -> float:
    try:
        # Python 3.10 does not read the letter.
        return datetime.fromisoformat(str(timestamp).replace("Z", "+00:00")).timestamp()
    except ValueError:
        return 0.0


def _agents_in(value: Any) -> Iterator[str]:
    """Yield every id of an agent's thread, wherever in the record it stands."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in _AGENT_FIELDS:
                yield from (each for each in _listed(inner) if isinstance(each, str))
            else:
                yield from _agents_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _agents_in(inner)
    elif isinstance(value, str) and '"agent_id"' in value:  # the output of a tool, as text
        yield from _agents_in_text(value)


def _agents_in_text(text: str) -> Iterator[str]:
    try:
        yield from _agents_in(json.loads(text))
    except ValueError:
        return


def _files_of(top: Path, thread_id: str) -> list[Path]:
    """Return the rollouts of a thread, in the folders beside the one that the first is in."""
    if not all(each.isalnum() or each == "-" for each in thread_id):  # it becomes a pattern
        return []
    days = top.parent
    # Beside the first and not below CODEX_HOME: the file may come from a copy of another home.
    return sorted(days.parents[2].glob(f"*/*/*/rollout-*{thread_id}*.jsonl"))
