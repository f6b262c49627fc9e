"""`openai-codex doctor`: the runtime's own checks and ours; each failing one says what to do."""

from __future__ import annotations

import textwrap
from argparse import ArgumentParser, Namespace

from ..._safe_text import one_line, runtime_line
from ...display.columns import cut, wrapped
from .. import exits
from ..doctor.checks import Check, overall
from ..doctor.checkup import checks_of
from ..runtime import add_json_option, add_runtime_options
from ..terminal import Terminal

DESCRIPTION = (
    "Find out what is wrong: the runtime's own checks, and versions, binary, home, login, sandbox, "
    "MCP servers and the size of what is stored. Exit code 1 where a check fails."
)
EXAMPLES = (
    ("openai-codex doctor", "what is wrong, and what to do"),
    ("openai-codex doctor --verbose", "with the details of every check"),
    ("openai-codex doctor --json", "the runtime's own report, and our checks in it"),
)
COLORS = {"ok": "green", "warn": "yellow", "fail": "red"}
WORDS = {"warning": "warn"}


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of `doctor`."""
    parser.add_argument("-v", "--verbose", action="store_true", help="show details of every check")
    add_json_option(parser)
    add_runtime_options(parser, connects=False)


def execute(options: Namespace, terminal: Terminal) -> int:
    """Run every check; returns the exit code."""
    report = checks_of(options)
    if options.json:
        terminal.json(report.to_json())
    else:
        for check in report.checks:
            _print(check, options, terminal)
    return exits.FAILED if overall(report.checks) == "fail" else exits.DONE


def _print(check: Check, options: Namespace, terminal: Terminal) -> None:
    word = WORDS.get(check.status, check.status)
    status = terminal.styled(f"{word:<5}", COLORS.get(word, "yellow"))
    room = terminal.width - 6
    found = f"{one_line(check.id)}: {runtime_line(check.summary)}"
    # What is well is told in a line; what is not is told whole.
    head, *more = [cut(found, room)] if check.status == "ok" else _fitting(found, room)
    terminal.say(f"{status} {head}")
    for line in more:
        terminal.say(f"      {line}")
    if options.verbose or check.status == "fail":
        for name, value in check.details.items():
            for line in _fitting(one_line(f"{name}: {value}"), room):
                terminal.say(f"      {line}")
    if check.status != "ok" and check.advice:
        advice = textwrap.fill(f"-> {runtime_line(check.advice)}", room)
        terminal.say(textwrap.indent(advice, "      "))


def _fitting(text: str, room: int) -> list[str]:
    """Return lines that end between words, where every letter is one column wide."""
    return textwrap.wrap(text, room) if text.isascii() else list(wrapped(text, room))
