"""The items of a turn as a table: what each was about, how it ended, what went in and out. Pure.

An item is taken in its form of the wire, whatever shape it has: what is of no known kind is shown
as JSON. All text passes `_safe_text` and is escaped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import escape
from typing import Any

from .._safe_text import one_line, safe_lines
from .changes import changes_diff
from .markdown import markdown_html
from .progress import command_shown
from .styles import MONOSPACE, PLAIN

__all__ = ["items_html"]

Json = Mapping[str, Any]

LONGEST_LINE = 200  # characters of what an item is about
LONGEST_TEXT = 20_000  # of what went in or came out; the item itself has it whole
CELL = "text-align:left;vertical-align:top"
RED = "color:#cf222e"


def items_html(items: Iterable[Any]) -> str:
    """Return items as a table with a row for each; its details are folded."""
    rows = "".join(_row(_wire_form(item)) for item in items)
    return f'<table class="{PLAIN}">{rows}</table>'


def _wire_form(item: Any) -> Json:
    """Return an item as it came, typed or not."""
    if isinstance(item, Mapping):
        return item
    dump = getattr(item, "model_dump", None)
    if dump is None:
        return {"type": item}
    raw: Json = dump(by_alias=True, exclude_unset=True, mode="json", warnings=False)
    return raw


def _row(item: Json) -> str:
    about, details = _KINDS.get(str(item.get("type")), (_about_other, _more_of_other))
    folded = "".join(details(item))
    ended = ", ".join(_ended(item))
    color = f";{RED}" if _has_failed(item) else ""
    kind = item.get("type")
    shown = one_line(" ".join(about(item).split()), most=LONGEST_LINE)
    return (
        f'<tr><td style="{CELL}">{_line("?" if kind is None else kind)}</td>'
        f'<td style="{CELL}"><span style="{MONOSPACE}">{escape(shown)}</span>{folded}</td>'
        f'<td style="{CELL};white-space:nowrap{color}">{_line(ended)}</td></tr>'
    )


def _line(text: object) -> str:
    return escape(one_line(text, most=LONGEST_LINE))


def _folded(title: str, text: str) -> str:
    if not text:
        return ""
    lines = safe_lines(text[:LONGEST_TEXT])
    left = len(text) - LONGEST_TEXT
    more = f"\n… {left:,} more characters" if left > 0 else ""
    count = f"{len(lines)} line{'' if len(lines) == 1 else 's'}"
    body = f'<div style="{MONOSPACE}">{escape(chr(10).join(lines))}{more}</div>'
    return f"<details><summary>{title}, {count}</summary>{body}</details>"


# --- how it ended --------------------------------------------------------------------------------


def _ended(item: Json) -> Iterator[str]:
    code, ms = item.get("exitCode"), item.get("durationMs")
    if code is not None:
        yield f"exit {code}"
    elif item.get("status") not in (None, "completed"):
        yield str(item["status"])
    if isinstance(ms, (int, float)):
        yield f"{ms / 1000:.1f} s"


def _has_failed(item: Json) -> bool:
    return item.get("exitCode") not in (None, 0) or item.get("status") in ("failed", "declined")


# --- what it is about, and its details -----------------------------------------------------------


def _texts(parts: Any) -> list[str]:
    """Return the texts of a list of parts; what stands there instead of a list is its one part."""
    if parts is None:
        return []
    found = parts if isinstance(parts, list) else [parts]
    return [_text_of(part) for part in found]


def _text_of(part: Any) -> str:
    if not isinstance(part, Mapping):
        return str(part)
    kind = str(part.get("type"))
    told = part.get("text") or part.get("name") or part.get("path")
    return str(told) if told else f"[{kind}]"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _field(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else value


def _as_json(value: Any) -> str:
    """Return a value as text: text as it is, nothing as nothing, anything else as JSON."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)


def _longer(text: str) -> str:
    """Return a text that does not fit into its line, else nothing."""
    return text if "\n" in text.strip() or len(text) > LONGEST_LINE else ""


def _about_command(item: Json) -> str:
    return command_shown(str(item.get("command") or ""))


def _more_of_command(item: Json) -> Iterator[str]:
    yield _folded("command", _longer(_about_command(item)))
    yield _folded("output", _as_json(item.get("aggregatedOutput")))


def _about_call(item: Json) -> str:
    names = [item.get("server") or item.get("namespace"), item.get("tool")]
    return ".".join(str(name) for name in names if name)


def _more_of_call(item: Json) -> Iterator[str]:
    yield _folded("arguments", _as_json(item.get("arguments")))
    error = item.get("error")
    told = error.get("message") if isinstance(error, Mapping) else error
    yield _folded("error", _as_json(told))
    result = item.get("result")
    content = result.get("content") if isinstance(result, Mapping) else result
    parts = item.get("contentItems") if content is None else content
    yield _folded("result", "\n".join(_texts(parts)))
    data = result.get("structuredContent") if isinstance(result, Mapping) else None
    yield _folded("structured result", _as_json(data))


def _about_message(item: Json) -> str:
    return _as_json(item.get("text"))


def _more_of_message(item: Json) -> Iterator[str]:
    text = _longer(_about_message(item))
    if text:
        yield f"<details><summary>whole</summary>{markdown_html(text)}</details>"


def _about_files(item: Json) -> str:
    return " ".join(str(_field(change, "path")) for change in _list(item.get("changes")))


def _more_of_files(item: Json) -> Iterator[str]:
    yield _folded("changes", changes_diff(_list(item.get("changes")), folder=None, read=None))


def _about_input(item: Json) -> str:
    return "\n".join(_texts(item.get("content")))


def _more_of_input(item: Json) -> Iterator[str]:
    yield _folded("whole", _longer(_about_input(item)))


def _about_thought(item: Json) -> str:
    return "\n".join(_texts(item.get("summary") or item.get("content")))


def _more_of_thought(item: Json) -> Iterator[str]:
    yield _folded("whole", _longer(_about_thought(item)))


# What says most about an item of another kind, by the first of these that it has.
_TELLING = ("text", "query", "tool", "path", "prompt", "review", "name")


def _about_other(item: Json) -> str:
    return next((_as_json(item[name]) for name in _TELLING if item.get(name)), "")


def _more_of_other(item: Json) -> Iterator[str]:
    rest = {name: value for name, value in item.items() if name not in ("type", "id")}
    if rest and set(rest) != {"text"}:
        yield _folded("all of it", _as_json(rest))


_KINDS: dict[str, tuple[Callable[[Json], str], Callable[[Json], Iterator[str]]]] = {
    "userMessage": (_about_input, _more_of_input),
    "agentMessage": (_about_message, _more_of_message),
    "plan": (_about_message, _more_of_message),
    "reasoning": (_about_thought, _more_of_thought),
    "commandExecution": (_about_command, _more_of_command),
    "fileChange": (_about_files, _more_of_files),
    "mcpToolCall": (_about_call, _more_of_call),
    "dynamicToolCall": (_about_call, _more_of_call),
}
