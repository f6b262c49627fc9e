"""What a file's records call an item, in the shape of the protocol's thread items. Pure.

Two formats of record are about: newer files have whole items (`item_completed`), older ones an
event of its own for each kind. Both become the same here.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from .._checks import camel_case

__all__ = ["called", "item_of_event", "item_of_record", "texts_of"]

Json = dict[str, Any]
Raw = Mapping[str, Any]

_EXIT = re.compile(r"(?:Process exited with code|Exit code:) (-?\d+)")


def _camel_keys(raw: Raw) -> Json:
    return {camel_case(name): value for name, value in raw.items()}


def texts_of(content: Any) -> str:
    """Return the text of a message's content."""
    parts = content if isinstance(content, list) else [content]
    texts = [part.get("text") if isinstance(part, dict) else part for part in parts]
    return "\n".join(text for text in texts if isinstance(text, str))


# --- newer files: whole items --------------------------------------------------------------------


def item_of_record(raw: Raw) -> Json:
    """Return a whole item of a newer file."""
    kind = str(raw.get("type") or "")
    item = _camel_keys(raw)
    item["type"] = f"{kind[:1].lower()}{kind[1:]}"
    shape = _SHAPES.get(kind)
    return {**item, **shape(raw)} if shape is not None else item


def _user(raw: Raw) -> Json:
    return {"content": raw.get("content") or []}


def _agent(raw: Raw) -> Json:
    return {"text": texts_of(raw.get("content"))}


def _thought(raw: Raw) -> Json:
    return {"summary": raw.get("summary_text") or [], "content": raw.get("raw_content") or []}


def _command(raw: Raw) -> Json:
    return {
        "command": _joined(raw.get("command")),
        "cwd": _path(raw.get("cwd")),
        "durationMs": _milliseconds(raw.get("duration")),
    }


def _files(raw: Raw) -> Json:
    changes = raw.get("changes")
    named = changes.items() if isinstance(changes, dict) else ()
    return {"changes": [_change(path, change) for path, change in named]}


def _change(path: str, raw: Raw) -> Json:
    kind = raw.get("type")
    diff = raw.get("unified_diff") if kind == "update" else raw.get("content")
    return {
        "path": path,
        "kind": {"type": kind, "move_path": raw.get("move_path")},
        "diff": diff or "",
    }


_SHAPES: dict[str, Callable[[Raw], Json]] = {
    "UserMessage": _user,
    "AgentMessage": _agent,
    "Reasoning": _thought,
    "CommandExecution": _command,
    "FileChange": _files,
}


# --- older files: an event for each kind ---------------------------------------------------------


def item_of_event(raw: Raw) -> Json | None:
    """Return the item that an event of an older file tells of, or None where it tells of none."""
    shape = _EVENTS.get(str(raw.get("type")))
    return None if shape is None else {"id": raw.get("call_id"), **shape(raw)}


def _user_message(raw: Raw) -> Json:
    content: list[Json] = [{"type": "text", "text": raw.get("message") or ""}]
    content += [{"type": "image", "url": url} for url in raw.get("images") or []]
    content += [{"type": "local_image", "path": path} for path in raw.get("local_images") or []]
    return {"type": "userMessage", "content": content}


def _agent_message(raw: Raw) -> Json:
    return {"type": "agentMessage", "text": raw.get("message") or "", "phase": raw.get("phase")}


def _agent_reasoning(raw: Raw) -> Json:
    return {"type": "reasoning", "summary": [raw.get("text") or ""], "content": []}


def _exec_end(raw: Raw) -> Json:
    code = raw.get("exit_code")
    output = raw.get("aggregated_output")
    return {
        "type": "commandExecution",
        "command": _joined(raw.get("command")),
        "cwd": _path(raw.get("cwd")),
        "exitCode": code,
        "status": "completed" if code == 0 else "failed",
        "aggregatedOutput": output or f"{raw.get('stdout') or ''}{raw.get('stderr') or ''}",
        "durationMs": _milliseconds(raw.get("duration")),
    }


def _patch_end(raw: Raw) -> Json:
    status = raw.get("status") or ("completed" if raw.get("success") else "failed")
    return {"type": "fileChange", "status": status, **_files(raw)}


def _mcp_end(raw: Raw) -> Json:
    asked = raw.get("invocation") or {}
    result = raw.get("result") or {}
    failed = isinstance(result, dict) and "Err" in result
    return {
        "type": "mcpToolCall",
        "server": asked.get("server"),
        "tool": asked.get("tool"),
        "arguments": asked.get("arguments"),
        "result": result.get("Ok", result) if isinstance(result, dict) else result,
        "status": "failed" if failed else "completed",
    }


def _search_end(raw: Raw) -> Json:
    return {"type": "webSearch", "query": raw.get("query"), "action": raw.get("action")}


_EVENTS: dict[str, Callable[[Raw], Json]] = {
    "user_message": _user_message,
    "agent_message": _agent_message,
    "agent_reasoning": _agent_reasoning,
    "exec_command_end": _exec_end,
    "patch_apply_end": _patch_end,
    "mcp_tool_call_end": _mcp_end,
    "web_search_end": _search_end,
}


# --- calls of the model that no item tells of ----------------------------------------------------


def called(call: Raw, output: Any) -> Json:
    """Return the item of a tool call with its output (None where there was none)."""
    name = str(call.get("name") or call.get("type"))
    given = call.get("arguments") or call.get("input") or call.get("action")
    text = _output_text(output)
    if name in _SHELLS:
        return _shell_item(call, given, text)
    if name == "update_plan" and isinstance(_parsed(given), dict):
        return {"type": "planUpdate", "id": call.get("call_id"), **_plan(_parsed(given))}
    return {
        "type": "dynamicToolCall",
        "id": call.get("call_id"),
        "namespace": call.get("namespace"),
        "tool": name,
        "arguments": _parsed(given),
        "output": text,
    }


def _plan(given: Raw) -> Json:
    steps = [step for step in given.get("plan") or [] if isinstance(step, dict)]
    return {"explanation": given.get("explanation"), "steps": steps}


_SHELLS = ("exec_command", "shell", "shell_command", "local_shell", "container.exec")


def _shell_item(call: Raw, given: Any, text: str | None) -> Json:
    arguments = _parsed(given)
    asked = arguments if isinstance(arguments, dict) else {}
    code = _EXIT.search(text or "")
    head, mark, body = (text or "").partition("Output:\n")
    exit_code = int(code[1]) if code is not None else None
    return {
        "type": "commandExecution",
        "id": call.get("call_id"),
        "command": _joined(asked.get("cmd") or asked.get("command") or given),
        "cwd": asked.get("workdir"),
        "exitCode": exit_code,
        "status": "failed" if exit_code else "completed",
        "aggregatedOutput": body if mark else head,
    }


def _parsed(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    from pydantic_core import from_json

    try:
        return from_json(given)
    except ValueError:
        return given


def _output_text(output: Any) -> str | None:
    if isinstance(output, dict):
        output = output.get("content", output.get("output", output))
    if output is None or isinstance(output, str):
        return output
    return texts_of(output) or str(output)


def _joined(command: Any) -> str:
    if isinstance(command, list):
        return shlex.join(map(str, command))
    return str(command or "")


def _path(place: Any) -> str | None:
    if isinstance(place, str) and place.startswith("file://"):
        return unquote(urlsplit(place).path)
    return place if isinstance(place, str) else None


def _milliseconds(duration: Any) -> int | None:
    if not isinstance(duration, dict):
        return None
    return int(duration.get("secs") or 0) * 1000 + int(duration.get("nanos") or 0) // 1_000_000
