"""How results look to a person: at the prompt, in a notebook, in a terminal with `rich`.

Pure: values in, text out. What comes from the model is untrusted, so everything is escaped here
and nowhere else; nothing is fetched, and no script or style sheet is put into a page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .result import TurnResult

__all__ = ["Diff", "diff_of", "result_html", "result_text", "thread_html", "turn_diff"]

Json = Mapping[str, Any]

LONGEST_TEXT = 60  # characters of an answer in a repr
LONGEST_LINE = 200  # characters of an item in a table
MOST_LINES = 400  # of a diff on a page; the value itself is whole

COLORS = {"+": "rgba(46,160,67,.18)", "-": "rgba(248,81,73,.18)", "@": "rgba(128,128,128,.18)"}
STYLES = {"+": "green", "-": "red", "@": "cyan"}
MONOSPACE = "font-family:ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere"


class Diff(str):
    """Hold a unified diff: a plain string that shows in colour in notebooks and with `rich`."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        lines = self.splitlines()
        shown = "".join(map(_diff_line, lines[:MOST_LINES]))
        more = len(lines) - MOST_LINES
        note = f"<div>… {more} more lines</div>" if more > 0 else ""
        return f'<div style="{MONOSPACE};font-size:.9em">{shown}{note}</div>'

    def __rich__(self) -> Any:
        from rich.text import Text

        text = Text()
        for line in self.splitlines():
            text.append(f"{line}\n", style=STYLES.get(line[:1], ""))
        return text


def diff_of(changes: Iterable[Json]) -> Diff:
    """Return the file changes of the protocol as one unified diff."""
    return Diff("".join(map(_file_diff, changes)))


def turn_diff(items: Iterable[Any]) -> Diff:
    """Return the completed file changes among a turn's items as one unified diff."""
    changed = (item for item in items if item.type == "fileChange")
    done = (item.changes for item in changed if item.status.value == "completed")
    return diff_of(change.model_dump() for changes in done for change in changes)


def _file_diff(change: Json) -> str:
    path, kind, text = change.get("path"), change.get("kind") or {}, change.get("diff") or ""
    count = len(text.splitlines())
    if kind.get("type") == "add":
        return f"--- /dev/null\n+++ {path}\n@@ -0,0 +1,{count} @@\n{_all('+', text)}"
    if kind.get("type") == "delete":
        return f"--- {path}\n+++ /dev/null\n@@ -1,{count} +0,0 @@\n{_all('-', text)}"
    return f"--- {path}\n+++ {kind.get('move_path') or path}\n{text.rstrip()}\n"


def _all(sign: str, text: str) -> str:
    return "".join(f"{sign}{line}\n" for line in text.splitlines())


def _diff_line(line: str) -> str:
    color = COLORS.get(line[:1])
    style = f' style="background:{color}"' if color else ""
    return f"<div{style}>{escape(line) or '&nbsp;'}</div>"


# --- results and threads -------------------------------------------------------------------------


def result_text(result: TurnResult[Any]) -> str:
    """Return a result on one line."""
    items = ", ".join(item.type for item in result.items)
    answer = _cut(result.final_response, LONGEST_TEXT)
    shown = [f"id={result.id!r}", f"status={result.status.value!r}", f"final_response={answer!r}"]
    if result.error is not None:
        shown.append(f"error={result.error.message!r}")
    if result.output is not None:
        shown.append(f"output={result.output!r}")
    return f"TurnResult({', '.join(shown)}, duration_ms={result.duration_ms}, items=[{items}])"


def result_html(result: TurnResult[Any]) -> str:
    """Return a result as a card: how it ended, the answer, the items, the diff."""
    parts = [f"<div><b>turn {escape(result.status.value)}</b> {escape(_facts(result))}</div>"]
    if result.error is not None:
        parts.append(_block(result.error.message))
    if result.final_response is not None:
        parts.append(_block(result.final_response))
    parts.append(_folded(f"{len(result.items)} items", _table(result.items)))
    if result.diff:
        parts.append(_folded("diff", result.diff._repr_html_()))
    return f'<div style="border-left:3px solid;padding-left:.8em">{"".join(parts)}</div>'


def thread_html(kind: str, thread_id: str) -> str:
    """Return a thread as a line."""
    return f"<div><b>{escape(kind)}</b> <code>{escape(thread_id)}</code></div>"


def _facts(result: TurnResult[Any]) -> str:
    facts = []
    if result.duration_ms is not None:
        facts.append(f"in {result.duration_ms / 1000:.1f} s")
    if result.usage is not None:
        total = result.usage.total
        facts.append(f"thread so far {total.input_tokens:,} tokens in, {total.output_tokens:,} out")
    return "; ".join(facts)


def _block(text: str) -> str:
    style = "white-space:pre-wrap;overflow-wrap:anywhere;margin:.5em 0"
    return f'<div style="{style}">{escape(text)}</div>'


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{escape(title)}</summary>{body}</details>"


def _table(items: Iterable[Any]) -> str:
    rows = "".join(
        f'<tr><td style="text-align:left">{escape(str(item.type))}</td>'
        f'<td style="text-align:left;{MONOSPACE}">{escape(item_line(item))}</td></tr>'
        for item in items
    )
    return f"<table>{rows}</table>"


# What says most about an item, by the first of these that it has.
_TELLING = ("command", "text", "query", "tool", "path", "prompt", "review", "name")


def item_line(item: Any) -> str:
    """Return what an item is about, on one line."""
    if item.type == "userMessage":
        words = [getattr(part, "text", part.type) for part in item.content]
    elif item.type == "reasoning":
        words = item.summary
    elif item.type == "fileChange":
        words = [change.path for change in item.changes]
    else:
        words = [str(getattr(item, name)) for name in _TELLING if getattr(item, name, None)][:1]
    return _cut(" ".join(" ".join(words).split()), LONGEST_LINE) or ""


def _cut(text: str | None, most: int) -> str | None:
    return text if text is None or len(text) <= most else f"{text[: most - 1]}…"
