"""The driver for callers on any thread: they block, and one pump thread reads."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable

from ..._core.session import Session
from ..._locks import let_go, signal_lock
from ...errors import ClientClosedError, CodexError
from ..driver import BaseDriver, beside
from ..thread_pump import ThreadPump
from ..transport import POLLS_PIPES, Transport
from .handlers import run_in_background
from .pump import PollPump

__all__ = ["Driver"]

_OURS = "codex-"  # how the names of all our threads begin


class Driver(BaseDriver):
    """One session over one transport, for callers on any thread."""

    def __init__(
        self, session: Session, transport: Transport, *, polls_pipes: bool = POLLS_PIPES
    ) -> None:
        super().__init__(session, transport, polls_pipes=polls_pipes)
        self._session_lock = signal_lock()

    def start(self) -> None:
        """Reach the runtime and begin to read; raises StartupError."""
        self.transport.start(self, PollPump() if self._polls_pipes else ThreadPump())

    def later(self, work: Callable[[], object]) -> None:
        """Do `work` soon, on a thread; may be called from anywhere, at any time."""
        run_in_background(work)

    def close(self, seconds: float) -> None:
        """End the connection within about `seconds`. Idempotent; never raises."""
        if self._is_forked():
            return  # it is the parent's, whose locks were copied in any state
        if self._closed:
            return
        # Without a lock: each step may be taken twice, by several threads, or by a signal handler
        # above a frame that takes it.
        self._end(ClientClosedError("this client is closed"))
        self.transport.close_input()
        with let_go():  # the reader may need what a frame below a signal handler holds
            self._climb(seconds)
            self.transport.stop()
        self._closed = True

    def _abandon(self, seconds: float) -> None:
        if threading.current_thread().name.startswith(_OURS):
            # Collected on a thread that reads, maybe while it holds a lock: it must go on.
            beside(functools.partial(self.close, seconds))
        else:
            self.close(seconds)

    def _when_ready(self) -> None:
        try:
            self.later(self._send_ready)  # others' lines, which Ctrl-C must not lose here
        except CodexError:  # no thread can be started
            self._send_ready()
