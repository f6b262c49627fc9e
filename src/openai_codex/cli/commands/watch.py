"""`openai-codex watch`: follow a thread that any client drives, and answer its questions."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ..runtime import add_json_option, add_runtime_options
from ..terminal import Terminal

DESCRIPTION = (
    "Follow a thread of a listening runtime, whichever client drives it: the turn that runs now "
    "and those that follow, until Ctrl-C, which stops nothing but the watching. At a terminal its "
    "questions are asked here, too; the first answer counts."
)
EXAMPLES = (
    ("openai-codex watch last", "the newest thread of the server of this CODEX_HOME"),
    ("openai-codex watch --once 019ac3f2-7b1d", "until its turn is over"),
    ("openai-codex watch --json last | jq .", "its events as JSON"),
)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of `watch`."""
    parser.add_argument("id", metavar="ID", help="a thread's id, a unique beginning of it, or last")
    parser.add_argument("--once", action="store_true", help="end with the turn that runs")
    parser.add_argument(
        "--no-answers", action="store_true", help="only look: ask nothing of what the agent asks"
    )
    add_json_option(parser, "print one JSON value for each event")
    add_runtime_options(parser)


def execute(options: Namespace, terminal: Terminal) -> int:
    """Follow the thread; returns the exit code."""
    from ..serving.watching import watch

    return watch(options, terminal)
