"""The commands, by name: what each does in one line, and the module that does it.

Light data, so that `--help` loads no command.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["COMMANDS", "EXAMPLES", "EXITS", "PROGRAM", "Entry", "entry_of"]

PROGRAM = "openai-codex"


class Entry(NamedTuple):
    """One command of the command line; `module` is where it is in the package."""

    name: str
    summary: str
    module: str


_HERE = "cli.commands"

COMMANDS = (
    Entry("run", "Run one turn and show it live.", f"{_HERE}.run"),
    Entry("threads", "List, search, show, rename, archive or delete threads.", f"{_HERE}.threads"),
    Entry("export", "Write threads as HTML, Markdown or JSON lines.", f"{_HERE}.export"),
    Entry("batch", "Run many tasks, go on where they were, report.", f"{_HERE}.batch"),
    Entry("login", "Log in: browser, device code or API key.", f"{_HERE}.login"),
    Entry("logout", "Log out.", f"{_HERE}.logout"),
    Entry("account", "Show who is logged in and what is left of the limits.", f"{_HERE}.account"),
    Entry("doctor", "Find out what is wrong, and what to do.", f"{_HERE}.doctor"),
    Entry("serve", "Run a runtime that listens, for clients that come and go.", f"{_HERE}.serve"),
    Entry("watch", "Follow a thread of a listening runtime.", f"{_HERE}.watch"),
    Entry("attach", "Hand the terminal to the stock UI on a thread.", f"{_HERE}.attach"),
    Entry("record", "Run a command and keep its session in a file.", f"{_HERE}.record"),
    Entry("replay", "Run a command on a recording, without a runtime.", f"{_HERE}.replay"),
    Entry("completion", "Print completion for bash, zsh or fish.", f"{_HERE}.completion"),
)

EXAMPLES = (
    ('openai-codex run "Why does the build fail?"', "one turn, in this directory"),
    ("git diff | openai-codex run --stdin 'Review this'", "a prompt with more from a pipe"),
    ("openai-codex threads list", "what was done, where and when"),
    ("openai-codex doctor", "what is wrong, and what to do"),
)

EXITS = (
    (0, "done"),
    (1, "failed"),
    (2, "wrong usage"),
    (4, "out of budget"),
    (5, "done, but something was declined"),
    (130, "interrupted"),
)


def entry_of(name: str) -> Entry | None:
    """Return the command of this name, or None."""
    return next((entry for entry in COMMANDS if entry.name == name), None)
