"""What a stored thread and its sub-agents had spent: read from the runtime's own rollout files.

A rollout has one `token_usage_record` for each model response, with the thread that made it and an
id of the response. A fork begins with copies of its source's records, which are not its own.
Blocks: call it on a thread of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._core.account import Usage

__all__ = ["UsageHistory", "read_usage_history"]

# Looked for in the bytes: a rollout may have hundreds of megabytes, of which few lines count.
_RECORD = b'"token_usage_record"'
# How a rollout tells of a sub-agent's thread: in its items, of both ways to start one.
_AGENTS = (b'"agent_thread_id"', b'"agentThreadId"', b'"receiver_thread_ids"', b'"agent_id"')
_AGENT_FIELDS = frozenset({"agent_thread_id", "agentThreadId", "agent_id", "receiver_thread_ids"})
_SESSION = b'"session_meta"'
_CONTEXT = b'"turn_context"'


@dataclass(slots=True)
class UsageHistory:
    """The responses of a thread and its sub-agents: (thread id, model, usage), each once."""

    responses: list[tuple[str, str | None, Usage]] = field(default_factory=list)
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
        agents = _read(file, history)
        todo += [found for agent in agents for found in _files_of(top, agent)]
    return history


def _read(file: Path, history: UsageHistory) -> set[str]:
    """Take a file's responses; returns the ids of the threads of the agents that it names."""
    agents: set[str] = set()
    own: str | None = None
    model: str | None = None
    with file.open("rb") as lines:
        for line in lines:
            if own is None and _SESSION in line:
                own = _payload(line).get("id")
            elif _CONTEXT in line:
                model = _payload(line).get("model") or model
            elif _RECORD in line:
                _take(_payload(line), own, model, history)
            elif any(mark in line for mark in _AGENTS):
                agents.update(_agents_in(_payload(line)))
    return agents


def _take(
    record: dict[str, Any], own: str | None, model: str | None, history: UsageHistory
) -> None:
    usage, thread_id = record.get("usage"), record.get("thread_id")
    # A fork's file begins with its source's records, which its source has counted.
    if own is None or type(usage) is not dict or thread_id != own:
        return
    key = (own, str(record.get("turn_id")), str(record.get("response_id")))
    if key in history.seen:  # a reverted thread has a second file, which begins as the first
        return
    history.seen.add(key)
    used = Usage.of_stored(usage)
    if used.input or used.output:
        history.responses.append((own, record.get("model") or model, used))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _payload(line: bytes) -> dict[str, Any]:
    try:
        payload = json.loads(line).get("payload")
    except (ValueError, AttributeError):  # the last line of a file that was being written
        return {}
    return payload if isinstance(payload, dict) else {}


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
