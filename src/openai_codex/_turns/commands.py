"""What a command without a thread comes to. Pure data."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._checks import MOST_16, check_count, check_kind
from .._safe_text import shown_safely

__all__ = ["ExecOutput", "ExecResult", "base64_of", "checked_argv", "terminal_size"]


@shown_safely
@dataclass(frozen=True, slots=True)
class ExecOutput:
    """A piece of what a command printed; `stream` is "stdout" or "stderr".

    A terminal has "stdout" alone. After a piece that `is_last_of_many`, more was printed and
    dropped, because of `max_output_bytes`.
    """

    stream: str
    data: bytes
    is_last_of_many: bool = False

    @classmethod
    def from_wire(cls, params: Mapping[str, Any]) -> ExecOutput:
        """Make it of a notification's params."""
        data = base64.b64decode(params["deltaBase64"])
        return cls(str(params["stream"]), data, bool(params.get("capReached")))


@shown_safely
@dataclass(frozen=True, slots=True)
class ExecResult:
    """What a command came to: its exit code, and what it printed.

    A command that passed its time-out has the exit code 124. `truncated` tells that it printed more
    than is here.
    """

    exit_code: int
    stdout: bytes
    stderr: bytes
    truncated: bool = False

    @property
    def output(self) -> str:
        """What it printed to stdout, as text; bytes that are no UTF-8 are replaced."""
        return self.stdout.decode("utf-8", "replace")

    @property
    def errors(self) -> str:
        """What it printed to stderr, as text; bytes that are no UTF-8 are replaced."""
        return self.stderr.decode("utf-8", "replace")

    @property
    def ok(self) -> bool:
        """Whether the exit code is 0."""
        return self.exit_code == 0


def checked_argv(argv: Sequence[str]) -> list[str]:
    """Return a program and its arguments; raises for what is none."""
    if isinstance(argv, (str, bytes)) or not all(isinstance(word, str) for word in argv):
        raise TypeError("argv must be a list of strings: the program and its arguments")
    if not argv:
        raise ValueError("argv must name a program")
    return list(argv)


def base64_of(name: str, data: bytes | str) -> str:
    """Return bytes, or text as UTF-8, in wire form; raises TypeError for anything else."""
    check_kind(name, data, bytes, str)
    raw = data.encode("utf-8") if isinstance(data, str) else data
    return base64.b64encode(raw).decode("ascii")


def terminal_size(columns: int, rows: int) -> dict[str, int]:
    """Return the size of a terminal in wire form; raises for what is none."""
    check_count("columns", columns, least=1, most=MOST_16)
    check_count("rows", rows, least=1, most=MOST_16)
    return {"cols": columns, "rows": rows}
