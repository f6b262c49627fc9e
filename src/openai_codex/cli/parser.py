"""The parser of a command, from the command's own module. Loads no other command."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterable
from types import ModuleType
from typing import NoReturn

from .catalogue import PROGRAM, Entry
from .problems import UsageError

__all__ = ["Examples", "command_parser", "examples_text", "parser_of"]

WIDTH = 78
Examples = Iterable[tuple[str, str]]


class Parser(argparse.ArgumentParser):
    """A parser that raises what is wrong, so that it is told as every other error is."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        raise UsageError(message, advice=f"see `{self.prog} --help`")


def parser_of(entry: Entry, module: ModuleType) -> argparse.ArgumentParser:
    """Return the parser of a command.

    `module` has `EXAMPLES` (command, what it does), `add_arguments(parser)` and
    `execute(options, terminal)`, which returns the exit code; `DESCRIPTION` says more than the
    one line of the catalogue.
    """
    parser = Parser(
        prog=f"{PROGRAM} {entry.name}",
        description=textwrap.fill(getattr(module, "DESCRIPTION", entry.summary), WIDTH),
        epilog=examples_text(module.EXAMPLES),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(execute=getattr(module, "execute", None))
    module.add_arguments(parser)
    return parser


def command_parser(
    group: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    *,
    summary: str,
    examples: Examples,
) -> argparse.ArgumentParser:
    """Add one command to a group of commands, such as `threads list`, and return its parser."""
    return group.add_parser(
        name,
        help=summary,
        description=summary,
        epilog=examples_text(examples),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def examples_text(examples: Examples) -> str:
    """Return examples as they stand below a command's options."""
    return "examples:\n" + "\n".join(f"  {command}\n      {what}" for command, what in examples)
