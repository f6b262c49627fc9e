"""One runtime process for a session, for callers on any thread; one pump thread reads."""

from __future__ import annotations

import functools
import os
import threading
import weakref
from collections.abc import Callable
from typing import Any

from ..._core.messages import Params, QuestionId
from ..._core.routes import Box
from ..._core.session import Session
from ..._core.turnbox import hand_over
from ...errors import ClientClosedError, TransportClosedError
from .. import platform as platforms
from ..beside import beside
from ..launch import Launch
from ..lendable_pipe import LendablePipe
from ..poll_pump import PollPump
from ..process import Process
from ..sink import Pump
from ..thread_pump import ThreadPump
from .handlers import run_in_background
from .waiting import Mailbox

__all__ = ["Driver"]

_MOMENT = 0.05
"""Seconds for which a caller reads for itself; who waits longer gains nothing by it."""

_OURS = "codex-"  # how the names of all our threads begin


class Driver:
    """Run one runtime process for a session, for callers on any thread."""

    def __init__(self, session: Session, *, platform: platforms.Platform | None = None) -> None:
        self.session = session
        self.process: Process | None = None
        self.tap: Callable[[str, bytes], None] | None = None
        self._platform = platform or platforms.current()
        self._session_lock = threading.Lock()
        self._pump: Pump | None = None
        self._lendable: LendablePipe | None = None
        self._closed = False
        self._close_lock = threading.Lock()

    def start(self, launch: Launch) -> None:
        """Spawn the runtime and begin to read; raises StartupError."""
        self.process = Process(launch, platform=self._platform)
        if self._platform.polls_pipes:
            pump = PollPump(self.process, self)
            self._pump, self._lendable = pump, pump.lendable
        else:
            self._pump = ThreadPump(self.process, self)
        self._pump.start()

    def call(
        self,
        method: str,
        params: Params | None,
        box: Box,
        events: Box | None = None,
        *,
        will_wait: bool = False,
    ) -> int:
        """Send a call, or have it queue, and return its id; its reply goes to `box`.

        Raises at once when the runtime is gone. Who `will_wait` goes on to `wait_for_reply`, or to
        `forget`.
        """
        self._check_owner()
        with self._session_lock:
            lends = will_wait and self.session.is_quiet
            call_id, line = self.session.call(method, params, box, events=events)
        self._send(line, loan=call_id if lends else None)
        return call_id

    def wait_for_reply(self, call_id: int | None, box: Mailbox, seconds: float | None) -> None:
        """Wait at `box` for what becomes of a call, at most `seconds`, but maybe less."""
        pipe = self._lendable
        if pipe is None or call_id is None or pipe.loan != call_id:
            box.wait(seconds)
            return
        moment = _MOMENT if seconds is None or seconds > _MOMENT else seconds
        pipe.borrow(call_id, functools.partial(self._take_reply, call_id, box), moment)

    def forget(self, call_id: int) -> None:
        """Let go of a call that nobody waits for."""
        self._recall()
        self._change(lambda session: session.forget(call_id))

    def notify(self, method: str, params: Params | None) -> None:
        """Send a notification."""
        self._check_owner()
        with self._session_lock:
            line = self.session.notify(method, params)
        self._send(line)

    def answer(self, question_id: QuestionId, result: object) -> bool:
        """Answer a question; tells whether it was still open."""
        with self._session_lock:
            line = self.session.answer(question_id, result)
        return self._send(line)

    def refuse(self, question_id: QuestionId, *, code: int, message: str) -> bool:
        """Answer a question with an error; tells whether it was still open."""
        with self._session_lock:
            line = self.session.refuse(question_id, code=code, message=message)
        return self._send(line)

    def later(self, work: Callable[[], object]) -> None:
        """Do `work` soon, on a thread; may be called from anywhere, at any time."""
        run_in_background(work)

    def locked(self, change: Callable[[Session], Any]) -> Any:
        """Let `change` work on the session under its lock."""
        self._check_owner()  # the lock may be one that was held when the process was forked
        return self._change(change)

    def close(self, seconds: float) -> None:
        """Climb the shutdown ladder within about `seconds`. Idempotent; never raises."""
        process = self.process
        if process is not None and process.owner_pid != os.getpid():
            return  # it is the parent's, whose locks were copied in any state
        with self._close_lock:
            if self._closed:
                return
            self._end(ClientClosedError("this client is closed"))
            if process is not None:
                self._end_process(process, seconds)
            self._closed = True

    def abandon_with(self, owner: object, seconds: float) -> None:
        """End the process when `owner` is collected, or at exit, if nobody closed it before."""
        weakref.finalize(owner, self._abandon, seconds)

    # --- the pump's sink -------------------------------------------------------------------------

    def on_data(self, data: bytes) -> None:
        """Take what the runtime wrote."""
        if self.tap is not None:
            self.tap("<", data)
        with self._session_lock:
            hand_over(self.session.receive_data(data))
            has_ready = bool(self.session.ready)
        if has_ready:
            self._send_ready()

    def on_end(self, reason: str) -> None:
        """Tell everyone that the runtime is gone."""
        process = self.process
        assert process is not None
        self._end(process.closed_error(reason))

    def on_exit(self) -> None:
        """Nothing to do: `close` waits for the process itself."""

    # --- small words -----------------------------------------------------------------------------

    def _take_reply(self, call_id: int, box: Mailbox, data: bytes) -> bool:
        reply = self._change(lambda session: session.receive_reply(call_id, data))
        if reply is not None:
            box.put(reply)
        return reply is not None

    def _recall(self) -> None:
        if self._lendable is not None:
            self._lendable.recall()

    def _change(self, change: Callable[[Session], Any]) -> Any:
        with self._session_lock:
            outcome = change(self.session)
            has_ready = bool(self.session.ready)
        if has_ready:  # others' lines, which Ctrl-C must not lose here
            self.later(self._send_ready)
        return outcome

    def _send_ready(self) -> None:
        with self._session_lock:
            lines = self.session.take_ready()
        for line in lines:
            self._send(line)

    def _abandon(self, seconds: float) -> None:
        if threading.current_thread().name.startswith(_OURS):
            # Collected on a thread that reads, maybe while it holds a lock: it must go on.
            beside(functools.partial(self.close, seconds))
        else:
            self.close(seconds)

    def _end_process(self, process: Process, seconds: float) -> None:
        pump = self._pump
        (pump or process).close_stdin()
        process.end_now(seconds)
        if pump is not None:
            pump.stop()
        else:  # it could be spawned but not read
            process.close_pipes()

    def _end(self, cause: TransportClosedError) -> None:
        with self._session_lock:
            hand_over(self.session.close(cause))
            self.session.forget_everyone()

    def _send(self, line: bytes, *, loan: int | None = None) -> bool:
        if not line or self._pump is None:
            return False
        if self.tap is not None:
            self.tap(">", line)
        if loan is None or self._lendable is None or self.tap is not None:
            self._recall()
        else:
            self._lendable.lend(loan)
        self._pump.send(line)
        return True

    def _check_owner(self) -> None:
        if self.process is not None:
            self.process.check_owner()
