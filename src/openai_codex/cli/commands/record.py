"""`openai-codex record`: another command, with its session written to a file."""

from __future__ import annotations

import functools
from argparse import ArgumentParser, Namespace
from pathlib import Path

from ..problems import UsageError
from ..recording import add_command_arguments, run_inner
from ..terminal import Terminal

DESCRIPTION = (
    "Run another command and write what it and the runtime say to each other to a file, fit for "
    "git: secrets are hidden, ids, folders and times are named. `replay` plays it without a "
    "runtime, and so does openai_codex.testing.replay in a test."
)
EXAMPLES = (
    ("openai-codex record hello.jsonl run 'Say hello'", "one turn, recorded"),
    ("openai-codex record --timed slow.jsonl run 'Go'", "with the times"),
)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `record`."""
    parser.add_argument("--timed", action="store_true", help="keep the times, too")
    add_command_arguments(parser)


def execute(options: Namespace, terminal: Terminal) -> int:
    """Run the command; returns its exit code."""
    from ...testing import record

    if Path(options.file).is_dir():
        raise UsageError(f"{options.file} is a folder", advice="name a file")
    if not Path(options.file).absolute().parent.is_dir():
        raise UsageError(f"{options.file}: there is no such folder")
    around = functools.partial(record, options.file, timed=options.timed)
    return run_inner(options, terminal, around)
