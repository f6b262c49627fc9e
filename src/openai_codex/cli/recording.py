"""`record FILE COMMAND` and `replay FILE COMMAND`: a command with its session kept, or played.

Both wrap the config of the other command's client; the command itself knows nothing of it.
"""

from __future__ import annotations

import argparse
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from .catalogue import COMMANDS, entry_of
from .problems import UsageError
from .runtime import add_json_option

if TYPE_CHECKING:
    from ..config import AppServerConfig
    from .terminal import Terminal

__all__ = ["RECORDABLE", "add_command_arguments", "run_inner"]

Around = Callable[["AppServerConfig"], AbstractContextManager["AppServerConfig"]]

RECORDABLE = ("run", "threads", "account", "logout")


def add_command_arguments(parser: ArgumentParser) -> None:
    """Add the arguments that both have: the recording, and the command with its own options."""
    add_json_option(parser, "as --json of the command")
    parser.add_argument("file", metavar="FILE", help="the recording")
    parser.add_argument(
        "command",
        nargs=argparse.REMAINDER,
        metavar="COMMAND ...",
        help=f"one of {', '.join(RECORDABLE)}, with its options",
    )


def run_inner(options: Namespace, terminal: Terminal, around: Around) -> int:
    """Run the other command with `around` about its config; returns its exit code."""
    from .loading import module_of
    from .parser import parser_of

    name, *words = options.command or [""]
    terminal.as_json = options.json or "--json" in words
    entry = entry_of(name) if name in RECORDABLE else None
    if entry is None:
        known = [each.name for each in COMMANDS]
        what = f"{name} speaks to no runtime" if name in known else f"there is no command {name!r}"
        raise UsageError(f"{what}: expected one of {', '.join(RECORDABLE)}")
    module = module_of(entry)
    words = module.prepare(words) if hasattr(module, "prepare") else words
    inner = parser_of(entry, module).parse_args(words)
    inner.around = around
    inner.json = terminal.as_json = inner.json or options.json
    code: int = inner.execute(inner, terminal)
    return code
