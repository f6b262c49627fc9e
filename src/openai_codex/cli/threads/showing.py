"""One thread as text or as JSON: its facts, and its turns."""

from __future__ import annotations

import textwrap
from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..._safe_text import one_line
from ...display.columns import cut, quoted, wrapped
from .. import exits
from ..rollout_tail import tokens_of
from ..runtime import client
from ..tables import when
from ..terminal import Terminal
from ..thread_ids import thread_id_of
from .stored import thread_json

if TYPE_CHECKING:
    from ...types import Thread as StoredThread

__all__ = ["show_thread"]

PAGE = 100
HEAD = 10  # columns of a fact's name


def show_thread(options: Namespace, terminal: Terminal) -> int:
    """Print a thread with its turns; returns the exit code."""
    from ... import methods

    with client(options) as codex:
        ident = thread_id_of(codex, options.id)
        thread = codex.call(methods.thread.READ, {"threadId": ident}).thread
        params = {"threadId": ident, "itemsView": "full", "sortDirection": "asc", "limit": PAGE}
        turns = _turns(codex, params)
        if options.json:
            shown = [
                turn.model_dump(mode="json", by_alias=True, exclude_none=True) for turn in turns
            ]
            terminal.json({**thread_json(thread), "turns": shown})
        else:
            _print_thread(terminal, thread)
            for turn in turns:
                _print_turn(terminal, turn)
    return exits.DONE


def _turns(codex: Any, params: dict[str, Any]) -> Iterator[Any]:
    from ... import methods

    while True:
        page = codex.call(methods.thread.TURNS_LIST, params)
        yield from page.data
        if page.next_cursor is None:
            return
        params["cursor"] = page.next_cursor


def _print_thread(terminal: Terminal, thread: StoredThread) -> None:
    tokens = tokens_of(thread.path) or {}
    facts = (
        ("thread", thread.id),
        ("name", thread.name or ""),
        ("directory", thread.cwd),
        ("model", thread.model or ""),
        ("begun", when(thread.created_at)),
        ("updated", when(thread.updated_at)),
        ("tokens", ", ".join(f"{name} {count:,}" for name, count in tokens.items())),
        ("file", thread.path or ""),
    )
    for name, value in facts:
        if value:
            _print_fact(terminal, name, value)


def _print_fact(terminal: Terminal, name: str, value: str) -> None:
    for place, line in enumerate(_fitting(name, one_line(value), terminal.width - HEAD)):
        head = terminal.styled(f"{name:<{HEAD}}", "bold") if place == 0 else HEAD * " "
        terminal.say(f"{head}{line}")


def _fitting(name: str, value: str, room: int) -> list[str]:
    if name in ("file", "directory"):  # a person copies it
        return [value]
    return textwrap.wrap(value, room) if value.isascii() else list(wrapped(value, room))


def _print_turn(terminal: Terminal, turn: Any) -> None:
    from ...display.progress import TurnProgress

    took = f" in {turn.duration_ms / 1000:.1f} s" if turn.duration_ms is not None else ""
    head = f"{when(turn.started_at)}  {one_line(turn.status.value)}{took}"
    terminal.say(f"\n{terminal.styled(cut(head, terminal.width), 'bold')}")
    progress = TurnProgress()
    for item in turn.items:
        raw = item.model_dump(mode="json", by_alias=True)
        if raw.get("type") == "userMessage":
            texts = [str(part.get("text") or part.get("type")) for part in raw.get("content") or []]
            _print_said(terminal, "asked", " ".join(texts))
        else:
            for line in progress.take_item(raw):
                _print_line(terminal, line)
    if progress.answer:
        _print_said(terminal, "said", progress.answer)


def _print_line(terminal: Terminal, line: Any) -> None:
    from ...display.screens import line_text

    if line.verb == "said":
        _print_said(terminal, "said", line.text)
    else:
        terminal.say(line_text(line, terminal.width))


def _print_said(terminal: Terminal, verb: str, text: str) -> None:
    terminal.say(verb)
    terminal.say(quoted(text, terminal.width))
