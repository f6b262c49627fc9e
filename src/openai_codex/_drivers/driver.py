"""What both drivers do alike: the session and its bytes, between a transport and its callers.

Nothing here waits but `_climb`, which blocks. `threads` and `aio` add how their callers wait.
"""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable
from typing import Any, Protocol

from .._core.careful_log import CarefulLog
from .._core.messages import Params, QuestionId, encode_refusal
from .._core.routes import Box
from .._core.session import Session
from .._core.turnbox import hand_over
from ..errors import TransportClosedError, WrongLoopError, WrongProcessError
from .transport import POLLS_PIPES, Transport

__all__ = ["BaseDriver", "Comeback", "beside"]

_log = CarefulLog("openai_codex.wire")


class Comeback(Protocol):
    """What brings a connection back that was lost. Called where its end is noted."""

    def lose(self, epoch: int, cause: TransportClosedError) -> TransportClosedError:
        """Note the loss; returns the error that every waiting caller gets."""
        ...

    def begin(self, epoch: int) -> None:
        """Bring it back, in the background: everyone knows of its end."""


class BaseDriver:
    """One session over one transport; the sink of that transport."""

    def __init__(
        self, session: Session, transport: Transport, *, polls_pipes: bool = POLLS_PIPES
    ) -> None:
        self.session = session
        self.transport = transport
        # Called at both ends of the bytes and not in the transport: so every transport has it.
        self.tap: Callable[[str, bytes], None] | None = None
        self.comeback: Comeback | None = None
        self._finalizer: weakref.finalize[Any, Any] | None = None
        self._tap_failed = False
        self._polls_pipes = polls_pipes
        # Guards the session, which locks nothing itself. It is never held while bytes are sent: a
        # pipe that is full would stop the reader as well.
        self._session_lock: Any = threading.RLock()
        self._closed = False

    # --- for callers -----------------------------------------------------------------------------

    def call(
        self,
        method: str,
        params: Params | None,
        box: Box,
        events: Box | None = None,
        trace: Params | None = None,
    ) -> int:
        """Send a call, or have it queue, and return its id; its reply goes to `box`.

        Raises at once when the runtime is gone.
        """
        self._check_owner()
        with self._session_lock:
            call_id, line = self.session.call(method, params, box, events=events, trace=trace)
            # It may have queued and been let in at once, where a signal handler waits above us.
            has_ready = not line and self.session.has_ready
        self._send(line)
        if has_ready:
            self._when_ready()
        return call_id

    def forget(self, call_id: int) -> None:
        """Let go of a call that its caller gave up."""
        self._change(lambda session: session.calls.forget(call_id))

    def notify(self, method: str, params: Params | None) -> None:
        """Send a notification."""
        self._check_owner()
        with self._session_lock:
            line = self.session.notify(method, params)
        self._send(line)

    def answer(self, question_id: QuestionId, line: bytes, *, epoch: int | None = None) -> bool:
        """Send the line that answers a question; returns whether it was still open.

        With an `epoch`, only if it came over that connection: ids begin again with every runtime.
        """
        with self._session_lock:
            is_over, questions = self.session.cause is not None, self.session.questions
            if is_over and not questions.is_away:  # another connection has its questions by now
                return False
            line = questions.answer(question_id, line, epoch=epoch)
        return bool(line) if is_over else self._send(line)

    def refuse(
        self, question_id: QuestionId, *, code: int, message: str, epoch: int | None = None
    ) -> bool:
        """Answer a question with an error; returns whether it was still open."""
        line = encode_refusal(question_id, code, message)
        return self.answer(question_id, line, epoch=epoch)

    def locked(self, change: Callable[[Session], Any]) -> Any:
        """Return what `change` returns; it has the session to itself."""
        self._check_owner()  # first: a lock may have been held when the process was forked
        return self._change(change)

    def later(self, work: Callable[[], object]) -> None:
        """Do `work` soon, elsewhere; may be called from anywhere, at any time."""
        raise NotImplementedError

    @property
    def is_at_home(self) -> bool:
        """Whether this is the process, and the loop, that the driver belongs to."""
        try:
            self._check_owner()
        except (WrongLoopError, WrongProcessError):
            return False
        return True

    def abandon_with(self, owner: object, seconds: float) -> None:
        """End the connection when `owner` is collected, or at exit, if nobody closed it before.

        A later owner takes the place of an earlier one.
        """
        # The owner and not this driver: the pump's thread keeps the driver alive, and nothing would
        # end it.
        before, self._finalizer = self._finalizer, weakref.finalize(owner, self._abandon, seconds)
        if before is not None:
            before.detach()

    def keep_no_longer(self) -> None:
        """Undo `abandon_with`: the connection is closed, and another has taken its place."""
        if self._finalizer is not None:
            self._finalizer.detach()

    # --- the sink of the transport ---------------------------------------------------------------

    def on_data(self, data: bytes) -> None:
        """Take what the runtime wrote."""
        if self.tap is not None:
            # Before the session sees it: what makes the session fail is what one wants to find in a
            # log.
            self._tap("<", data)
        try:
            with self._session_lock:
                # Under the lock: a caller that gives up its box meanwhile must not be given the
                # reply after it.
                hand_over(self.session.receive_data(data))
                has_ready = self.session.has_ready
        except Exception as error:  # what was read is lost: nobody may wait for it
            self._fail(error)
            return
        if has_ready:
            self._send_ready()

    def on_end(self, reason: str) -> None:
        """End every wait: the connection is over."""
        cause, comeback = self.transport.end_cause(reason), self.comeback
        if comeback is None or self.session.cause is not None:
            self._end(cause)
            return
        # First: a caller that learns of the end, and asks again at once, waits for the next one.
        self._end(comeback.lose(self.session.epoch, cause))
        comeback.begin(self.session.epoch)

    def on_exit(self) -> None:
        """Take note that nothing is left to wait for."""

    # --- for both drivers ------------------------------------------------------------------------

    def _abandon(self, seconds: float) -> None:
        raise NotImplementedError

    def _change(self, change: Callable[[Session], Any]) -> Any:
        with self._session_lock:
            outcome = change(self.session)
            has_ready = self.session.has_ready
        if has_ready:
            self._when_ready()
        return outcome

    def _when_ready(self) -> None:
        """Send the lines of calls that queued, from where nothing interrupts it."""
        self._send_ready()

    def _send_ready(self) -> None:
        with self._session_lock:
            lines = self.session.take_ready()
        if self.tap is None:
            self._send(b"".join(lines))  # many turns at once: one write, not one for each
        else:
            for line in lines:
                self._send(line)

    def _send(self, line: bytes) -> bool:
        if not line:
            return False
        if self.tap is not None:
            self._tap(">", line)
        self.transport.send(line)
        return True

    def _tap(self, way: str, data: bytes) -> None:
        """Show bytes to `wire_tap`, which is not ours: what it raises is logged and ends there."""
        try:
            if self.tap is not None:
                self.tap(way, data)
        except (Exception, SystemExit) as error:
            # Loud once: a tap that always fails would log a traceback for every read of a turn.
            level = logging.DEBUG if self._tap_failed else logging.ERROR
            self._tap_failed = True
            _log.log(level, "wire_tap failed", exc_info=error)

    def _fail(self, error: Exception) -> None:
        _log.log(logging.ERROR, "the client failed while it read", exc_info=error)
        # The name alone: the text of an error may quote what the model or a login sent.
        what = f"the client failed while it read the codex runtime: {type(error).__name__}"
        self._end(self.transport.end_cause(what))

    def _end(self, cause: TransportClosedError) -> None:
        with self._session_lock:
            hand_over(self.session.close(cause))
            self.session.forget_everyone()  # last: a close that Ctrl-C breaks off is done again

    def _climb(self, seconds: float) -> None:
        """Take the transport's steps to its end, blocking."""
        for patience in self.transport.end(seconds):
            if self.transport.wait(patience):
                return

    def _check_owner(self) -> None:
        self.transport.check_owner()

    def _is_forked(self) -> bool:
        try:
            self.transport.check_owner()
        except WrongProcessError:
            return True
        return False


def beside(work: Callable[[], None]) -> None:
    """Do `work` on a thread of its own, for which the program waits when it ends."""
    try:
        # No daemon: a program that ended without it would leave a runtime behind.
        threading.Thread(target=work, name="codex-close").start()
    except RuntimeError:  # the program has ended, and starts no more threads
        work()
