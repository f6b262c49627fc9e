"""The command line as a process: through pipes, or at a terminal of its own."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

SECONDS = 60
COMMAND = (sys.executable, "-m", "openai_codex")
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]")


@dataclass(frozen=True)
class Done:
    """What a process printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The JSON value on the standard output."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """The JSON values on the standard output, one for each line."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Place:
    """A home with a config.toml, a directory to work in, and the environment of a user there."""

    env: dict[str, str]
    home: Path
    work: Path

    def run(self, *words: str, input: str | None = None, **env: str) -> Done:
        """Run the command line through pipes to its end."""
        done = subprocess.run(
            [*COMMAND, *words],
            input="" if input is None else input,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=SECONDS,
            cwd=self.work,
            env={**self.env, **env},
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def at_terminal(self, *words: str, columns: int = 80, **env: str) -> Screen:
        """Start the command line at a terminal of its own."""
        return Screen([*COMMAND, *words], self.work, {**self.env, **env}, columns=columns)


class Screen:
    """A process at a pseudo-terminal: what it writes, and what a person types."""

    def __init__(
        self, argv: list[str], cwd: Path, env: dict[str, str], *, columns: int, rows: int = 24
    ) -> None:
        self._terminal, theirs = pty.openpty()
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, size)
        self.process = subprocess.Popen(
            argv,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=cwd,
            env={**env, "TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": str(rows)},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(theirs)
        self._seen = b""
        self._is_over = False

    def __enter__(self) -> Screen:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._terminal)

    @property
    def raw(self) -> str:
        """Everything that was written, with its escapes."""
        return self._seen.decode("utf-8", errors="replace")

    @property
    def text(self) -> str:
        """Everything that was written, without the escapes of colour and place."""
        return ESCAPE.sub("", self.raw).replace("\r", "")

    def wait_for(self, text: str, *, after: int = 0) -> None:
        """Wait until that was written."""
        end = time.monotonic() + SECONDS
        while text not in self.text[after:]:
            assert self._read(end), f"no {text!r} in:\n{self.text}"

    @property
    def local_flags(self) -> int:
        """What the terminal does with what is typed, such as `termios.ECHO`."""
        flags: int = termios.tcgetattr(self._terminal)[3]
        return flags

    def wait_until_hidden(self) -> None:
        """Wait until what is typed is not shown."""
        end = time.monotonic() + SECONDS
        while self.local_flags & termios.ECHO:
            assert time.monotonic() < end
            time.sleep(0.01)

    def type(self, text: str) -> None:
        """Type."""
        os.write(self._terminal, text.encode())

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self.type("\x03")

    def end(self) -> int:
        """Wait for the end; returns the exit code."""
        end = time.monotonic() + SECONDS
        while self._read(end):
            pass
        return self.process.wait(SECONDS)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process alone."""
        self.process.send_signal(number)

    def _read(self, end: float) -> bool:
        ready, _, _ = select.select([self._terminal], [], [], max(0.0, end - time.monotonic()))
        assert ready, f"nothing more came after:\n{self.text}"
        try:
            data = os.read(self._terminal, 65536)
        except OSError:  # the other end is closed: Linux says so with EIO
            return False
        self._seen += data
        return bool(data)
