"""A transcript as one HTML file that needs nothing else: no server, no network, no other file.

Items come in pages. The first is there at once; the others are in `<template>` elements, which a
browser reads but does not lay out until they are asked for, so that a very long thread opens.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import IO

from .blocks import Blocks
from .entries import Entry
from .page import FOOT, head
from .reader import read_entries
from .store import Agent, Store
from .wording import Wording

__all__ = ["write_html"]

PAGE = 50


def write_html(
    path: str | os.PathLike[str],
    out: IO[str],
    *,
    redacted: bool = True,
    focused: bool = False,
    page_size: int = PAGE,
    store: Store | None = None,
) -> None:
    """Write a thread as one HTML file: prompts, answers and, unless `focused`, all that was done.

    `page_size` is how many items a page has. `store` finds sub-agents, which follow as a tree, and
    the files that a fork goes on from. Raises TranscriptError where a file cannot be read.
    """
    wording = Wording(redacted=redacted)
    agent = Agent("", Path(path), "") if store is None else store.agent(Path(path))
    out.write(head(escape(wording.line(f"Codex thread {agent.id}"))))
    out.write(_top(agent, wording, focused=focused))
    pages = _Pages(out, page_size)
    for each in agent.all() if not focused else (agent,):
        pages.begin(each, is_first=each is agent)
        for block in _blocks(each, wording, store, focused=focused):
            pages.add(block)
    pages.end()
    out.write(FOOT)


def _blocks(agent: Agent, wording: Wording, store: Store | None, *, focused: bool) -> Iterator[str]:
    blocks = Blocks(wording, focused=focused)
    find = None if store is None else store.find
    for entry in read_entries(agent.path, find=find):
        if not focused or _is_focus(entry):
            yield from blocks.of(entry)


def _is_focus(entry: Entry) -> bool:
    kinds = ("userMessage", "agentMessage")
    return entry.type == "session" or (entry.type == "item" and entry.data.get("type") in kinds)


def _top(agent: Agent, wording: Wording, *, focused: bool) -> str:
    switch = '<label><input type="checkbox" id="focused"> only prompts and answers</label>\n'
    tree = _tree(agent, wording) if agent.children and not focused else ""
    return (
        f"<header>\n{'' if focused else switch}{tree}</header>\n"
        '<nav id="pages" hidden><button>Back</button><span></span><button>Next</button></nav>\n'
        "<noscript>Only the first page is shown, because scripts are off.</noscript>\n"
    )


def _tree(agent: Agent, wording: Wording) -> str:
    branch = _branch([agent], wording)
    return f'<details class="full" open><summary>Agents</summary>{branch}</details>\n'


def _branch(agents: list[Agent] | tuple[Agent, ...], wording: Wording) -> str:
    items = "".join(
        f'<li><a href="#{agent_anchor(agent.id)}">{escape(wording.line(agent.name))}</a>'
        f"{_branch(agent.children, wording) if agent.children else ''}</li>"
        for agent in agents
    )
    return f"<ul>{items}</ul>"


def agent_anchor(ident: str) -> str:
    """Return the name of the place where an agent begins."""
    return f"agent-{escape(ident)}"


class _Pages:
    """Blocks, cut into pages as they come."""

    def __init__(self, out: IO[str], size: int) -> None:
        self._out = out
        self._size = max(1, size)
        self._count = 0

    def begin(self, agent: Agent, *, is_first: bool) -> None:
        """Begin an agent on a page of its own."""
        self._out.write("<main>\n" if is_first else self._turn_over())
        self._is_first_page = is_first
        self._count = 0
        self._out.write(f'<div id="{agent_anchor(agent.id)}"></div>\n')

    def add(self, block: str) -> None:
        """Add a block; begins a new page where this one is full."""
        if self._count == self._size:
            self._out.write(self._turn_over())
            self._is_first_page = False
            self._count = 0
        self._count += 1
        self._out.write(block)

    def end(self) -> None:
        """End the last page."""
        self._out.write("</main>\n" if self._is_first_page else "</template>\n")

    def _turn_over(self) -> str:
        return f"{'</main>' if self._is_first_page else '</template>'}\n<template>\n"
