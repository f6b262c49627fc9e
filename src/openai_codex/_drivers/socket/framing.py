"""A websocket between a transport and its sink: lines for the sink, frames for the other side.

It is called from the pump's callbacks, but for `send`, which may come from any thread.
"""

from __future__ import annotations

from collections.abc import Callable

from ..._core.frames import CLOSE_FRAME, PING_FRAME, FrameError, text_frames
from ..._core.websocket import RefusedError
from ..._locks import signal_lock
from ...connect import Connect
from ...errors import ConnectError, NotARuntimeError, OriginRefusedError, TokenRefusedError
from ..transport import Pump, Sink, Timer
from .knock import websocket_to

__all__ = ["Framing"]

_UNAUTHORIZED, _FORBIDDEN = 401, 403


class Framing:
    """One websocket at work: the handshake, frames, and pings for a peer that may be gone.

    `write` sends bytes; `lose` ends the connection with a reason, and `cause` has the error where
    the other side refused us.
    """

    def __init__(
        self,
        connect: Connect,
        token: str | None,
        *,
        write: Callable[[bytes], None],
        lose: Callable[[str], None],
    ) -> None:
        self.cause: ConnectError | None = None
        self._socket = websocket_to(connect, token)
        self._address = connect.address
        self._write = write
        self._lose = lose
        self._is_ready = False  # what was sent before the handshake has gone out
        self._early: list[bytes] = []
        self._early_lock = signal_lock()
        self._ping = connect._ping
        self._was_heard = True
        self._is_over = False
        self._timer: Timer | None = None

    def attach(self, sink: Sink, pump: Pump) -> None:
        """Say where lines go, before anything may come."""
        self._sink, self._pump = sink, pump

    def begin(self) -> None:
        """Ask for a websocket, and watch for signs of life from now on."""
        self._write(self._socket.hello)
        self._look_later()

    def send(self, lines: bytes) -> None:
        """Send whole lines, once the server is ready for them."""
        if not self._is_ready:
            with self._early_lock:
                if not self._is_ready:
                    self._early.append(lines)
                    return
        self._write(text_frames(lines))

    def take(self, data: bytes) -> None:
        """Take what came."""
        if self._is_over:
            return
        self._was_heard = True
        try:
            lines = self._socket.feed(data)
        except (RefusedError, FrameError) as error:
            self.cause = self._refusal(error)
            self._end(str(error))
            return
        if self._socket.is_open and not self._is_ready:
            self._send_early()
        if lines:
            self._sink.on_data(lines)
        self._reply()

    def leave(self) -> None:
        """Tell the other side that we go; of no effect before the handshake."""
        if self._socket.is_open and not self._is_over:
            self._write(CLOSE_FRAME)
        self.stop()

    def lost(self) -> None:
        """Take note that the other side closed without a word."""
        if not (self._socket.is_open or self._is_over):
            self.cause = NotARuntimeError(
                address=self._address, reason="it closed the connection at once"
            )

    def stop(self) -> None:
        """Watch no more."""
        self._is_over = True
        timer = self._timer
        if timer is not None:
            timer.cancel()

    def _reply(self) -> None:
        replies = self._socket.take_replies()
        if replies:
            self._write(replies)
        if self._socket.closing is not None:
            self._end(f"the codex runtime is gone: {self._socket.closing}")

    def _send_early(self) -> None:
        with self._early_lock:  # `send` looks under the lock: nothing overtakes these
            self._write(text_frames(b"".join(self._early)))
            self._early.clear()
            self._is_ready = True

    def _end(self, reason: str) -> None:
        self.stop()
        self._lose(reason)

    # --- a peer that is gone without a word ------------------------------------------------------

    def _look_later(self) -> None:
        if self._ping > 0:
            self._timer = self._pump.later(self._ping, self._look)

    def _look(self) -> None:
        if self._is_over:
            return
        if not self._was_heard:
            silence = f"sent nothing for {2 * self._ping:g} s, not even the answer to a ping"
            self._end(f"the codex runtime {silence}")
            return
        self._was_heard = False
        if self._socket.is_open:
            self._write(PING_FRAME)
        self._look_later()

    def _refusal(self, error: RefusedError | FrameError) -> ConnectError:
        status = error.status if isinstance(error, RefusedError) else None
        address, reason = self._address, str(error)
        if status == _UNAUTHORIZED:
            return TokenRefusedError(address=address, reason=reason)
        if status == _FORBIDDEN:
            return OriginRefusedError(address=address, reason=reason)
        return NotARuntimeError(address=address, reason=reason)
