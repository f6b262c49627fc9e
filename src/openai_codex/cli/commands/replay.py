"""`openai-codex replay`: another command, answered from a recording in place of a runtime."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..problems import CommandError, UsageError
from ..recording import add_command_arguments, run_inner
from ..terminal import Terminal

if TYPE_CHECKING:
    from ...config import AppServerConfig

DESCRIPTION = (
    "Run another command, answered from a recording: no runtime, no network, no account. Exit "
    "code 1 where the command asks for something else than was recorded."
)
EXAMPLES = (
    ("openai-codex replay hello.jsonl run 'Say hello'", "the same as when it was recorded"),
    ("openai-codex replay hello.jsonl run --json 'Say hello'", "its events as JSON"),
)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `replay`."""
    add_command_arguments(parser)


def execute(options: Namespace, terminal: Terminal) -> int:
    """Run the command; returns its exit code."""
    from ...testing import ReplayDivergedError

    try:
        return run_inner(options, terminal, _Replaying(options.file).around)
    except ReplayDivergedError as error:
        first = str(error).split("\n", 1)[0]
        advice = "run what was recorded, or record it again"
        raise CommandError(first, code="replayDiverged", advice=advice) from error


class _Replaying:
    """The recording that a command is answered from."""

    def __init__(self, file: str) -> None:
        self._file = file

    @contextmanager
    def around(self, config: AppServerConfig) -> Iterator[AppServerConfig]:
        """Give the config of a client that the recording answers."""
        from ...testing import replay

        replaying = replay(
            self._file, cwd=config.cwd, client_title=config.client_title, env=config.env
        )
        try:
            replayed = replaying.__enter__()
        except FileNotFoundError as error:
            advice = "make it with `openai-codex record FILE COMMAND`"
            raise UsageError(f"{self._file}: there is no such file", advice=advice) from error
        except (OSError, ValueError) as error:
            raise UsageError(f"{self._file}: {error}") from error
        with _Entered(replaying):
            yield replayed


class _Entered:
    """A context that was entered already, to be left as usual."""

    def __init__(self, context: object) -> None:
        self._context = context

    def __enter__(self) -> None:
        return None

    def __exit__(self, *exc_info: object) -> bool | None:
        left: bool | None = self._context.__exit__(*exc_info)  # type: ignore[attr-defined]
        return left
