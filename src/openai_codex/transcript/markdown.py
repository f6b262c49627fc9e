"""A transcript as Markdown, for pull requests and issues.

Everything that is not ours stands in a quote or in a fence that is longer than any inside it, so
that it can make no heading, no list and no HTML of its own.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from .entries import MISSHAPEN, Entry
from .reader import read_entries
from .store import Agent, Store
from .wording import Wording, command_text, diff_text, item_facts, plan_lines

__all__ = ["write_markdown"]

Json = Mapping[str, Any]

FENCE = re.compile(r"^\s*(`{3,}|~{3,})")
TICKS = re.compile(r"`{3,}")
TAG = re.compile(r"<(?=[A-Za-z/!?])")


def write_markdown(
    path: str | os.PathLike[str],
    out: IO[str],
    *,
    redacted: bool = True,
    focused: bool = False,
    store: Store | None = None,
) -> None:
    """Write a thread as Markdown: prompts, answers and, unless `focused`, all that was done.

    `store` finds sub-agents, and the files that a fork goes on from. Raises TranscriptError where
    a file cannot be read.
    """
    wording = Wording(redacted=redacted)
    find = None if store is None else store.find
    agent = Agent("", Path(path), "") if store is None else store.agent(Path(path))
    for each in agent.all() if not focused else (agent,):
        if each is not agent:
            out.write(f"\n## Sub-agent {_code(wording.line(each.name))}\n")
        for entry in read_entries(each.path, find=find):
            for piece in _pieces(entry, wording, focused=focused):
                out.write(f"\n{piece}\n")


def _pieces(entry: Entry, wording: Wording, *, focused: bool) -> list[str]:
    try:
        return list(_entry(entry, wording, focused=focused))
    except MISSHAPEN:
        return list(_note(Entry("unknown", entry.at, entry.data), wording))


def _entry(entry: Entry, wording: Wording, *, focused: bool) -> Iterator[str]:
    if entry.type == "session":
        yield _head(entry.data, wording)
    elif entry.type == "item":
        kind = str(entry.data.get("type"))
        if not focused or kind in ("userMessage", "agentMessage"):
            yield from _ITEMS.get(kind, _other)(entry.data, wording)
    elif focused:
        return
    elif entry.type == "end" and entry.data["status"] != "completed":
        error = _code(wording.line((entry.data.get("error") or {}).get("message")))
        yield f"*Turn {entry.data['status']}* {error}".rstrip()
    elif entry.type in ("note", "unknown"):
        yield from _note(entry, wording)


def _head(session: Json, wording: Wording) -> str:
    known = [name for name in ("cwd", "timestamp", "cli_version") if session.get(name)]
    facts = [f"# Thread {_code(wording.line(session.get('id')))}", ""]
    facts += [f"- {name}: {_code(wording.line(session[name]))}" for name in known]
    git = session.get("git")
    if isinstance(git, dict) and git.get("commit_hash"):
        facts.append(f"- commit: {_code(wording.line(git['commit_hash']))}")
    return "\n".join(facts)


def _user(item: Json, wording: Wording) -> Iterator[str]:
    yield "## Prompt"
    parts = [part for part in item.get("content") or [] if isinstance(part, dict)]
    texts = "\n".join(str(part["text"]) for part in parts if part.get("text"))
    images = [part for part in parts if part.get("type") in ("image", "local_image", "localImage")]
    yield _quote(wording.lines(texts))
    if images:
        yield f"*with {len(images)} image{'s' if len(images) > 1 else ''}*"


def _agent(item: Json, wording: Wording) -> Iterator[str]:
    yield "### Answer"
    yield _quote(wording.lines(item.get("text")))


def _thought(item: Json, wording: Wording) -> Iterator[str]:
    texts = item.get("summary") or item.get("content") or []
    yield "*Thought*"
    yield _quote(wording.lines("\n".join(map(str, texts))))


def _command(item: Json, wording: Wording) -> Iterator[str]:
    output = item.get("aggregatedOutput") or ""
    yield f"*Ran* ({item_facts(item)})" if item_facts(item) else "*Ran*"
    yield _fenced(wording.lines(command_text(item)), "sh")
    if output:
        yield _folded("output", wording.lines(output))


def _files(item: Json, wording: Wording) -> Iterator[str]:
    yield f"*Edited* ({item_facts(item)})" if item_facts(item) else "*Edited*"
    yield _fenced(wording.lines(diff_text(item)), "diff")


def _plan(item: Json, wording: Wording) -> Iterator[str]:
    yield "*Plan*"
    yield _fenced([wording.line(line) for line in plan_lines(item)])


def _other(item: Json, wording: Wording) -> Iterator[str]:
    about = {name: value for name, value in item.items() if name not in ("type", "id")}
    text = json.dumps(about, ensure_ascii=False, indent=2, default=str)
    yield _folded(wording.line(item.get("type")), wording.lines(text))


def _note(entry: Entry, wording: Wording) -> Iterator[str]:
    if entry.type == "note":
        yield f"*Note* {_code(wording.line(entry.data.get('text')))}"
        return
    text = json.dumps(entry.data, ensure_ascii=False, default=str)
    yield _folded("a record that is not known", wording.lines(text))


_ITEMS: dict[str, Callable[[Json, Wording], Iterator[str]]] = {
    "userMessage": _user,
    "agentMessage": _agent,
    "reasoning": _thought,
    "commandExecution": _command,
    "fileChange": _files,
    "planUpdate": _plan,
}


def _quote(lines: list[str]) -> str:
    """Return lines as a quote; outside of fences, nothing in it begins a tag."""
    shown, fence = [], ""
    for line in lines:
        found = FENCE.match(line)
        if found and not fence:
            fence = found[1]
        elif found and found[1].startswith(fence):
            fence = ""
        shown.append(f"> {line if fence or found else TAG.sub('&lt;', line)}".rstrip())
    if fence:
        shown.append(f"> {fence}")  # a fence that was left open would take in what follows
    return "\n".join(shown) or ">"


def _fenced(lines: list[str], language: str = "") -> str:
    longest = max((len(ticks) for line in lines for ticks in TICKS.findall(line)), default=2)
    fence = "`" * (longest + 1)
    return "\n".join([f"{fence}{language}", *lines, fence])


def _folded(title: str, lines: list[str]) -> str:
    size = f"{len(lines)} line{'s' if len(lines) != 1 else ''}"
    summary = TAG.sub("&lt;", f"{title}, {size}")
    return f"<details><summary>{summary}</summary>\n\n{_fenced(lines)}\n\n</details>"


def _code(text: str) -> str:
    ticks = "`" * (max((len(run) for run in re.findall(r"`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}" if text else ""
