"""The lines of `run --json`: those of `codex exec --json`, and more. Pure: events in, dicts out.

Every line and member that `codex exec --json` has is here with the same name; what is more:
`thread_id`, `turn_id` and `source_id` (the runtime's item id), item types that it leaves out,
`approval.decided`, and at the end `code`, `spent`, `output` and the whole thread's usage. What an
event holds in another shape than the protocol's is in its line as it came.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ...display.shapes import dict_of, list_of

if TYPE_CHECKING:
    from ..._core.messages import NotificationLike
    from .decisions import Decided

__all__ = ["ExecEvents", "usage_of"]

Json = dict[str, Any]
Raw = Mapping[str, Any]

_CAPITAL = re.compile(r"(?<=[a-z0-9])([A-Z])")
_USAGE = {
    "input_tokens": "inputTokens",
    "cached_input_tokens": "cachedInputTokens",
    "cache_write_input_tokens": "cacheWriteInputTokens",
    "output_tokens": "outputTokens",
    "reasoning_output_tokens": "reasoningOutputTokens",
}


def snake(name: str) -> str:
    """Return a camelCase name as it is written in these lines."""
    return _CAPITAL.sub(r"_\1", name).lower()


def usage_of(breakdown: Any) -> Json:
    """Return token counts under the names of these lines."""
    counts = dict_of(breakdown)
    return {name: _count(counts.get(wire)) for name, wire in _USAGE.items()}


def _count(value: Any) -> int:
    return value if isinstance(value, int) else 0


class ExecEvents:
    """Turns the events of a turn into lines; numbers items as they come."""

    def __init__(self) -> None:
        self._numbers: dict[str, str] = {}
        self._plan: Json | None = None

    def thread_started(self, thread_id: str) -> Json:
        """Return the first line."""
        return {"type": "thread.started", "thread_id": thread_id}

    def decided(self, made: Decided) -> Json:
        """Return the line of an answered approval."""
        question = made.question
        return {
            "type": "approval.decided",
            "kind": question.kind,
            "summary": question.summary,
            "decision": made.decision,
            "source_id": question.item_id,
        }

    def feed(self, note: NotificationLike) -> list[Json]:
        """Return the lines for one event."""
        handler = _HANDLERS.get(note.method)
        return handler(self, note.params) if handler is not None else []

    def end(self) -> list[Json]:
        """Return the lines that come before the last."""
        plan, self._plan = self._plan, None
        return [] if plan is None else [{"type": "item.completed", "item": plan}]

    def _turn(self, params: Raw) -> list[Json]:
        turn = dict_of(params.get("turn"))
        return [
            {
                "type": "turn.started",
                "turn_id": turn.get("id"),
                "thread_id": params.get("threadId"),
            }
        ]

    def _started(self, params: Raw) -> list[Json]:
        item = _object(params.get("item"))
        if item.get("type") in _ONLY_WHOLE:
            return []
        return [{"type": "item.started", "item": self._item(item, is_done=False)}]

    def _completed(self, params: Raw) -> list[Json]:
        item = _object(params.get("item"))
        if item.get("type") == "userMessage":
            return []
        return [{"type": "item.completed", "item": self._item(item, is_done=True)}]

    def _item(self, item: Raw, *, is_done: bool) -> Json:
        source = str(item.get("id"))
        number = self._numbers.setdefault(source, f"item_{len(self._numbers)}")
        shape = _SHAPES.get(str(item.get("type")), _raw)
        return {"id": number, "source_id": source, **shape(item, is_done)}

    def _plan_updated(self, params: Raw) -> list[Json]:
        kind = "item.started" if self._plan is None else "item.updated"
        number = self._numbers.setdefault("plan", f"item_{len(self._numbers)}")
        items = [_step(step) for step in list_of(params.get("plan"))]
        self._plan = {"id": number, "type": "todo_list", "items": items}
        return [{"type": kind, "item": self._plan}]

    def _error(self, params: Raw) -> list[Json]:
        error = _object(params.get("error"), "message")
        return [
            {
                "type": "error",
                "message": error.get("message"),
                "will_retry": bool(params.get("willRetry")),
            }
        ]

    def _usage(self, params: Raw) -> list[Json]:
        usage = dict_of(params.get("tokenUsage"))
        return [
            {
                "type": "usage.updated",
                "usage": usage_of(usage.get("last")),
                "thread_usage": usage_of(usage.get("total")),
            }
        ]


_HANDLERS: dict[str, Callable[[ExecEvents, Raw], list[Json]]] = {
    "turn/started": ExecEvents._turn,
    "item/started": ExecEvents._started,
    "item/completed": ExecEvents._completed,
    "turn/plan/updated": ExecEvents._plan_updated,
    "thread/tokenUsage/updated": ExecEvents._usage,
    "error": ExecEvents._error,
}


def _object(value: Any, name: str = "value") -> Raw:
    """Return an object as it is, and of anything else an object with it under `name`."""
    return value if isinstance(value, dict) else {} if value is None else {name: value}


def _step(step: Any) -> Json:
    known = _object(step, "step")
    return {
        "text": known.get("step"),
        "completed": known.get("status") == "completed",
        "status": snake(str(known.get("status"))),
    }


# --- items ---------------------------------------------------------------------------------------

_ONLY_WHOLE = ("userMessage", "agentMessage", "reasoning")


def _message(item: Raw, is_done: bool) -> Json:
    return {"type": "agent_message", "text": item.get("text"), "phase": item.get("phase")}


def _reasoning(item: Raw, is_done: bool) -> Json:
    parts = list_of(item.get("summary") or item.get("content"))
    return {"type": "reasoning", "text": "\n\n".join(map(str, parts))}


def _command(item: Raw, is_done: bool) -> Json:
    return {
        "type": "command_execution",
        "command": item.get("command"),
        "aggregated_output": item.get("aggregatedOutput") or "",
        "exit_code": item.get("exitCode"),
        "status": snake(str(item.get("status"))),
        "cwd": item.get("cwd"),
        "duration_ms": item.get("durationMs"),
    }


def _files(item: Raw, is_done: bool) -> Json:
    changes = [_change(change) for change in list_of(item.get("changes"))]
    return {"type": "file_change", "changes": changes, "status": snake(str(item.get("status")))}


def _change(change: Any) -> Any:
    if not isinstance(change, dict):
        return change
    kind = change.get("kind")
    return {
        "path": change.get("path"),
        "kind": kind.get("type") if isinstance(kind, dict) else kind,
        "diff": change.get("diff"),
    }


def _raw(item: Raw, is_done: bool) -> Json:
    """Return an item of any other kind: every member, its own names in snake case."""
    shown = {snake(name): value for name, value in item.items() if name != "id"}
    shown["type"] = snake(str(item.get("type")))
    if "status" in shown:
        shown["status"] = snake(str(shown["status"]))
    return shown


_SHAPES: dict[str, Callable[[Raw, bool], Json]] = {
    "agentMessage": _message,
    "reasoning": _reasoning,
    "commandExecution": _command,
    "fileChange": _files,
}
