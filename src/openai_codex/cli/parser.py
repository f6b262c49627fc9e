"""The parser of a command, from the command's own module. Loads no other command."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterable
from types import ModuleType
from typing import Any, NoReturn

from .catalogue import PROGRAM, Entry
from .problems import UsageError

__all__ = ["Examples", "command_parser", "count", "examples_text", "filled", "parser_of", "seconds"]

WIDTH = 78
Examples = Iterable[tuple[str, str]]


class Parser(argparse.ArgumentParser):
    """A parser that raises what is wrong, so that it is told as every other error is."""

    hides_words = False
    """Whether no word that was given is repeated, as one may be a secret."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        option, mark, _ = message.partition(": ignored explicit argument")
        if mark:  # its value is not repeated: it may be a secret
            message = f"no value may follow {option}"
        if self.hides_words and message.startswith("unrecognized arguments"):
            message = "unrecognized arguments"
        # `--api-key: not allowed` would look like a key with its value, and be taken out.
        option, mark, other = message.partition(": not allowed with ")
        if mark:
            message = f"only one may be given: {option}, {other}"
        raise UsageError(message, advice=f"see `{self.prog} --help`")

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:
        """Return a value; an option given as "" is refused, a variable that was not set mostly."""
        if action.option_strings and not arg_string:
            raise argparse.ArgumentError(action, "its value is empty")
        try:
            return super()._get_value(action, arg_string)
        except argparse.ArgumentError:
            if self.hides_words:
                raise argparse.ArgumentError(action, "its value is none that it takes") from None
            raise


def seconds(text: str) -> float:
    """Return a number of seconds above 0; the `type` of such an option."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return number


def count(text: str) -> int:
    """Return a whole number above 0; the `type` of such an option."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def filled(text: str) -> str:
    """Return an argument that must not be blank; the `type` of such an argument."""
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty")
    return text


def parser_of(entry: Entry, module: ModuleType) -> argparse.ArgumentParser:
    """Return the parser of a command.

    `module` has `EXAMPLES` (command, what it does), `add_arguments(parser)` and
    `execute(options, terminal)`, which returns the exit code; `DESCRIPTION` says more than the
    one line of the catalogue. With `HIDES_WORDS` no error repeats a word that was given.
    """
    parser = Parser(
        prog=f"{PROGRAM} {entry.name}",
        description=textwrap.fill(getattr(module, "DESCRIPTION", entry.summary), WIDTH),
        epilog=examples_text(module.EXAMPLES),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.hides_words = getattr(module, "HIDES_WORDS", False)
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
