"""An index page of many transcripts: what was asked, where, when, at which commit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import IO, Any

from .items import texts_of
from .page import FOOT, head
from .reader import read_entries
from .wording import Wording

__all__ = ["Summary", "summary_of", "write_index"]

LONGEST = 300  # characters of a prompt
MOST_PROMPTS = 20  # of one thread


@dataclass(frozen=True)
class Summary:
    """One thread on an index page: its file there, its session, its first prompts, its tokens."""

    file: str
    session: dict[str, Any]
    prompts: tuple[str, ...]
    tokens: int


def summary_of(path: Path, file: str) -> Summary:
    """Return what an index says of a thread's file; `file` is its page. Reads it to its end."""
    session: dict[str, Any] = {}
    prompts: list[str] = []
    tokens = 0
    for entry in read_entries(path):
        if entry.type == "session":
            session = entry.data
        elif entry.type == "end":
            tokens = _tokens(entry.data.get("usage"), tokens)
        elif len(prompts) < MOST_PROMPTS and entry.data.get("type") == "userMessage":
            prompts.append(texts_of(entry.data.get("content")).replace("\n", " ")[:LONGEST])
    return Summary(file, session, tuple(prompts), tokens)


def _tokens(usage: Any, before: int) -> int:
    total = usage.get("total_tokens") if isinstance(usage, dict) else None
    return total if isinstance(total, int) else before


def write_index(summaries: Iterable[Summary], out: IO[str], *, redacted: bool = True) -> None:
    """Write an index page, one row for each thread."""
    wording = Wording(redacted=redacted)
    out.write(head("Codex threads"))
    out.write(
        '<nav id="pages" hidden><button>Back</button><span></span><button>Next</button></nav>'
    )
    out.write("<main>\n<h1>Codex threads</h1>\n<table>\n")
    out.write("<tr><th>begun</th><th>prompts</th><th>where</th><th>tokens</th></tr>\n")
    for summary in summaries:
        out.write(_row(summary, wording))
    out.write(f"</table>\n</main>\n{FOOT}")


def _row(summary: Summary, wording: Wording) -> str:
    session = summary.session
    git: dict[str, Any] = session["git"] if isinstance(session.get("git"), dict) else {}
    place = [session.get("cwd"), git.get("branch"), str(git.get("commit_hash") or "")[:12]]
    where = "<br>".join(escape(wording.line(part)) for part in place if part)
    begun = escape(wording.line(str(session.get("timestamp") or "")[:16].replace("T", " ")))
    first, *rest = [escape(wording.line(prompt)) for prompt in summary.prompts] or ["(no prompt)"]
    more = "".join(f"<li>{prompt}</li>" for prompt in rest)
    prompts = f'<a href="{escape(summary.file)}">{first}</a>' + (f"<ul>{more}</ul>" if more else "")
    return (
        f"<tr><td>{begun}</td><td>{prompts}</td><td>{where}</td><td>{summary.tokens:,}</td></tr>\n"
    )
