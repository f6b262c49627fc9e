"""Reading one line from the person at the terminal, until a question needs no answer any more."""

from __future__ import annotations

import contextlib
import os
import select
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..._drivers.settlement import Settlement

__all__ = ["Keyboard"]

MOST = 64 * 1024


class Keyboard:
    """The terminal that a person types at: standard input, or /dev/tty where that is a pipe."""

    def __init__(self, descriptor: int, *, is_own: bool) -> None:
        self._descriptor = descriptor
        self._is_own = is_own
        self._before: Any = None  # what the terminal was set to, while it hides what is typed

    @classmethod
    def find(cls) -> Keyboard | None:
        """Return the keyboard, or None where nobody can be asked."""
        if sys.stdin is not None and sys.stdin.isatty():
            return cls(sys.stdin.fileno(), is_own=False)
        if not sys.stderr.isatty():
            return None
        with contextlib.suppress(OSError):
            return cls(os.open("/dev/tty", os.O_RDONLY), is_own=True)
        return None

    def close(self) -> None:
        """Let go of /dev/tty. A question that Ctrl-C left behind hides nothing any more."""
        self._show()
        if self._is_own:
            os.close(self._descriptor)

    def forget_typed(self) -> None:
        """Drop what was typed before the question was shown: it was not meant for it."""
        with contextlib.suppress(ImportError, OSError):
            import termios

            termios.tcflush(self._descriptor, termios.TCIFLUSH)

    def line(self, settled: Settlement, *, secret: bool = False) -> str | None:
        """Return the next line, None at its end (Ctrl-D) or once the question is settled."""
        with self._hidden() if secret else contextlib.nullcontext():
            if sys.platform == "win32":
                return sys.stdin.readline().strip() or None
            return self._line(settled)

    def _line(self, settled: Settlement) -> str | None:
        waking, woken = os.pipe()
        try:
            # The pipe is read once, whenever the question is settled; then nobody needs the answer.
            settled.listen(lambda: _wake(woken))
            ready, _, _ = select.select([self._descriptor, waking], [], [])
            if waking in ready:
                return None
            typed = os.read(self._descriptor, MOST)
            return typed.decode(errors="replace").rstrip("\r\n") if typed else None
        finally:
            os.close(waking)
            os.close(woken)

    @contextlib.contextmanager
    def _hidden(self) -> Iterator[None]:
        try:
            import termios
        except ImportError:
            yield
            return
        self._before = before = termios.tcgetattr(self._descriptor)
        hidden = [*before]
        hidden[3] &= ~termios.ECHO
        termios.tcsetattr(self._descriptor, termios.TCSADRAIN, hidden)
        try:
            yield
        finally:
            self._show()

    def _show(self) -> None:
        before, self._before = self._before, None
        if before is not None:
            import termios

            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, before)


def _wake(descriptor: int) -> None:
    with contextlib.suppress(OSError):  # the line came first, and the pipe is closed
        os.write(descriptor, b"x")
