"""How results look to a person: at the prompt, in a notebook, in a terminal with `rich`.

Values in, text out, of items of any shape. What comes from the model is untrusted: it passes
`_safe_text` and is escaped for pages here; nothing is fetched, and no script or style sheet is put
into a page.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any, Protocol

from .._runtime_words import in_our_words
from .._safe_text import one_line, safe_lines, safe_repr
from .changes import changes_diff, completed_changes, turn_diff
from .diff_lines import line_kinds
from .on_disk import FarFolder, read_text
from .styles import MONOSPACE, PLAIN

__all__ = ["Diff", "diff_of", "result_diff", "result_html", "result_text", "thread_html"]

LONGEST_TEXT = 60  # characters of an answer in a repr
MOST_LINES = 400  # of a diff on a page; the value itself is whole

LOOKS = {
    "add": "background:rgba(46,160,67,.18)",
    "cut": "background:rgba(248,81,73,.18)",
    "at": "background:rgba(128,128,128,.18)",
    "head": "font-weight:600",
}
STYLES = {"add": "green", "cut": "red", "at": "cyan", "head": "bold"}


class Diff(str):
    """A diff in git's format: plain text that shows in colour in notebooks and with `rich`.

    The text itself is the change, byte for byte, for `git apply`; what is shown is safe to show.
    """

    __slots__ = ()

    def _repr_html_(self) -> str:
        lines = safe_lines(self)
        shown = "".join(map(_diff_line, lines[:MOST_LINES], line_kinds(lines)))
        more = len(lines) - MOST_LINES
        note = f"<div>… {more} more lines</div>" if more > 0 else ""
        style = f"{MONOSPACE};font-size:.9em"
        return f'<div class="{PLAIN}" style="{style}">{shown}{note}</div>'

    def __rich__(self) -> Any:
        from rich.text import Text

        text = Text()
        lines = safe_lines(self)
        for line, kind in zip(lines, line_kinds(lines), strict=True):
            text.append(f"{line}\n", style=STYLES.get(kind, ""))
        return text


def diff_of(changes: Iterable[Any], *, folder: str | None = None) -> Diff:
    """Return file changes of the protocol as one diff, with paths relative to `folder`."""
    return Diff(changes_diff(changes, folder=folder, read=_reader(folder)))


def result_diff(items: Iterable[Any], *, text: Any = None, folder: str | None = None) -> Diff:
    """Return what a turn changed: `text` is its last turn/diff/updated, where there was one."""
    changes = completed_changes(items)
    return Diff(turn_diff(text, changes, folder=folder, read=_reader(folder)))


def _reader(folder: str | None) -> Callable[[str], str | None] | None:
    """Return what reads the files of a thread whose folder is known, and here."""
    if isinstance(folder, FarFolder):
        return None
    return read_text if folder is not None and os.path.isdir(folder) else None  # noqa: PTH112


def _diff_line(line: str, kind: str) -> str:
    style = f' style="{LOOKS[kind]}"' if kind else ""
    return f"<div{style}>{escape(line) or '&nbsp;'}</div>"


# --- results and threads -------------------------------------------------------------------------


class Result(Protocol):
    """What is shown of a `TurnResult`, which imports this module and not the other way round."""

    id: str
    duration_ms: int | None
    final_response: str | None
    output: Any

    @property
    def status(self) -> Any:
        """How the turn ended."""

    @property
    def error(self) -> Any:
        """Its error, or None."""

    @property
    def items(self) -> Sequence[Any]:
        """Its completed items."""
        ...

    @property
    def turn_usage(self) -> Any:
        """The token usage of the turn, or None."""

    @property
    def spent(self) -> Any:
        """What the turn and its sub-agents spent, or None."""

    @property
    def diff(self) -> Diff:
        """What its file changes did."""
        ...


def result_text(result: Result) -> str:
    """Return a result on one line."""
    items = ", ".join(one_line(_kind(item)) for item in result.items)
    answer = _cut(result.final_response, LONGEST_TEXT)
    status, error = _value(result.status), result.error
    shown = [f"id={safe_repr(result.id)}", f"status={safe_repr(status)}"]
    shown.append(f"final_response={safe_repr(answer)}")
    if error is not None:
        shown.append(f"error={safe_repr(in_our_words(_message(error)))}")
    if result.output is not None:
        shown.append(f"output={safe_repr(result.output)}")
    return f"TurnResult({', '.join(shown)}, duration_ms={result.duration_ms}, items=[{items}])"


def result_html(result: Result) -> str:
    """Return a result as a card: how it ended, the answer as Markdown, the items, the diff."""
    from .items import items_html  # for those alone who look at a card
    from .markdown import markdown_html

    status = _line(_value(result.status))
    parts = [f"<div><b>turn {status}</b> {escape(_facts(result))}</div>"]
    if result.error is not None:
        parts.append(_block(in_our_words(_message(result.error))))
    if result.final_response is not None:
        parts.append(markdown_html(str(result.final_response)))
    parts.append(_folded(f"{len(result.items)} items", items_html(result.items)))
    diff = result.diff
    if diff:
        parts.append(_folded("diff", diff._repr_html_()))
    style = "border-left:3px solid;padding-left:.8em"
    return f'<div class="{PLAIN}" style="{style}">{"".join(parts)}</div>'


def thread_html(kind: str, thread_id: str) -> str:
    """Return a thread as a line."""
    return f"<div><b>{escape(kind)}</b> <code>{_line(thread_id)}</code></div>"


def _facts(result: Result) -> str:
    facts = []
    if isinstance(result.duration_ms, (int, float)):
        facts.append(f"in {result.duration_ms / 1000:.1f} s")
    used = result.turn_usage
    sent, got = getattr(used, "input_tokens", None), getattr(used, "output_tokens", None)
    if isinstance(sent, int) and isinstance(got, int):
        facts.append(f"{sent:,} tokens in, {got:,} out")
    spent = result.spent
    if getattr(spent, "usd", None):  # known, and not nothing
        facts.append(f"${spent.usd:,.4f}")
    if len(getattr(spent, "by_agent", ())) > 1:
        facts.append(f"{spent.tokens:,} tokens with {len(spent.by_agent) - 1} sub-agents")
    return "; ".join(facts)


def _block(text: object) -> str:
    style = "white-space:pre-wrap;overflow-wrap:anywhere;margin:.5em 0"
    lines = "\n".join(safe_lines(text))
    return f'<div style="{style}">{escape(lines)}</div>'


def _line(text: object) -> str:
    return escape(one_line(text))


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{escape(title)}</summary>{body}</details>"


def _kind(item: Any) -> Any:
    """Return an item's type, or the item itself where it has none."""
    kind = field(item, "type")
    return item if kind is None else kind


def field(value: Any, name: str) -> Any:
    """Return a field of a model or an object; of anything else, the thing itself."""
    if isinstance(value, Mapping):
        return value.get(name)
    return getattr(value, name, value)


def _value(status: Any) -> Any:
    return getattr(status, "value", status)


def _message(error: Any) -> str:
    return str(field(error, "message"))


def _cut(text: object, most: int) -> object:
    if not isinstance(text, str) or len(text) <= most:
        return text
    return f"{text[: most - 1]}…"
