"""`main`: find the command, run it, and turn every error into a line and an exit code.

Loads only what the command needs: `--help` and `--version` load no command and no parser.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from . import exits
from .catalogue import COMMANDS, EXAMPLES, EXITS, PROGRAM, Entry, entry_of

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from .terminal import Terminal

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line with these arguments, or the process's own; returns the exit code."""
    try:
        _replace_closed_streams()
        return _run(list(sys.argv[1:] if argv is None else argv))
    except KeyboardInterrupt:
        if argv is None:
            _end_at_once_next_time()
        _quiet_flush()
        return exits.INTERRUPTED
    except BrokenPipeError:
        _point_output_at_nothing()
        return exits.PIPE
    except OSError as error:  # what is printed could not be written: the disk is full, mostly
        _point_output_at_nothing()
        _say_beside(f"error: the output could not be written: {error.strerror or error}\n")
        return exits.FAILED


def _say_beside(line: str) -> None:
    with contextlib.suppress(OSError, ValueError):  # the standard error may be full as well
        sys.stderr.write(line)


def _run(words: list[str]) -> int:
    name = words[0] if words else "--help"
    if name in ("-h", "--help", "help"):
        return _help(words[1:])
    if name in ("-V", "--version"):
        return _version()
    entry = entry_of(name)
    if entry is None:
        return _unknown(name, as_json="--json" in words)
    return _execute(entry, words[1:])


def _help(rest: list[str]) -> int:
    entry = entry_of(rest[0]) if rest else None
    if entry is not None:
        return _execute(entry, [*rest[1:], "--help"])
    if rest:
        return _unknown(rest[0])
    sys.stdout.write(help_text())
    sys.stdout.flush()
    return exits.DONE


def help_text() -> str:
    """Return what `openai-codex --help` prints."""
    commands = "".join(f"  {entry.name:<12}{entry.summary}\n" for entry in COMMANDS)
    examples = "".join(f"  {command}\n      {what}\n" for command, what in EXAMPLES)
    codes = "".join(f"  {code:<5}{meaning}\n" for code, meaning in EXITS)
    return (
        f"usage: {PROGRAM} COMMAND [OPTIONS]\n\n"
        f"Drive the Codex coding agent.\n\ncommands:\n{commands}\n"
        f"options:\n  -h, --help    this help; after a command, that command's\n"
        f"  -V, --version the version\n\nexamples:\n{examples}\n"
        f"exit codes:\n{codes}"
    )


def _version() -> int:
    from .._version import __version__

    sys.stdout.write(f"{PROGRAM} {__version__}\n")
    sys.stdout.flush()
    return exits.DONE


def _unknown(name: str, *, as_json: bool = False) -> int:
    from difflib import get_close_matches

    from .._safe_text import visible_repr

    names = [entry.name for entry in COMMANDS]
    close = get_close_matches(name, names, n=1)
    hint = f"did you mean {close[0]}?" if close else f"the commands are {', '.join(names)}"
    told = visible_repr(f"there is no command {name!r}")
    if as_json:
        from .problems import UsageError
        from .terminal import Terminal

        Terminal().json({"error": UsageError(told, advice=hint).to_json()})
    _say_beside(f"{PROGRAM}: {told}: {hint}\n")
    return exits.USAGE


def _execute(entry: Entry, words: list[str]) -> int:
    from .loading import module_of
    from .parser import parser_of
    from .terminal import Terminal

    module = module_of(entry)
    words = module.prepare(words) if hasattr(module, "prepare") else words
    terminal = Terminal(as_json="--json" in words)
    code = _guarded(lambda: _run_command(parser_of(entry, module), words, terminal), terminal)
    sys.stdout.flush()
    return code


def _run_command(parser: ArgumentParser, words: list[str], terminal: Terminal) -> int:
    options = parser.parse_args(words)
    terminal.as_json = getattr(options, "json", terminal.as_json)
    code: int = options.execute(options, terminal)
    return code


def _guarded(run: Callable[[], int], terminal: Terminal) -> int:
    """Return the exit code of a command; what it raises for the user becomes one line."""
    from .problems import CommandError, problem_of, was_interrupted

    try:
        return run()
    except SystemExit as ended:  # argparse has printed its help
        return ended.code if isinstance(ended.code, int) else exits.USAGE
    except BrokenPipeError:
        raise
    except Exception as error:
        if was_interrupted(error):
            raise KeyboardInterrupt from error
        problem = error if isinstance(error, CommandError) else problem_of(error)
        if problem is None:
            raise  # a fault of ours: the traceback is what a report needs
        terminal.problem(problem)
        return problem.exit_code


def _end_at_once_next_time() -> None:
    """Let Ctrl-C from here on end the process by itself, where Python would print a traceback."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _replace_closed_streams() -> None:
    """Let what is printed go nowhere where a stream was closed before the start (`>&-`)."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123


def _quiet_flush() -> None:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _point_output_at_nothing()


def _point_output_at_nothing() -> None:
    """Keep the interpreter from writing to a pipe without a reader once more when it ends."""
    with contextlib.suppress(OSError, ValueError):  # a stream in its place may have no number
        number = sys.stdout.fileno()
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, number)
        os.close(nothing)
