"""A runtime that listens behind a program's stdin and stdout: a websocket through a process."""

from __future__ import annotations

from ...connect import Connect
from ...errors import TransportClosedError
from ..process.launch import Launch
from ..process.transport import ProcessTransport
from ..transport import Pump, Sink
from .framing import Framing

__all__ = ["ProxyTransport"]


class ProxyTransport(ProcessTransport):
    """A `Transport` that runs a program, and speaks websocket through it."""

    def __init__(self, launch: Launch, connect: Connect) -> None:
        super().__init__(launch)
        self._framing = Framing(connect, None, write=super().send, lose=self._lose)

    def start(self, sink: Sink, pump: Pump) -> None:
        """Run the program, and ask for a websocket; raises StartupError, and leaves nothing."""
        self._framing.attach(sink, pump)
        super().start(_Framed(sink, self._framing), pump)
        self._framing.begin()

    def send(self, data: bytes) -> None:
        """Send whole lines as messages."""
        self._framing.send(data)

    def close_input(self) -> None:
        """Say that we leave, and close the program's stdin, at the end of which it ends."""
        self._framing.leave()
        super().close_input()

    def stop(self) -> None:
        """Close every descriptor that is held for the program."""
        self._framing.stop()
        super().stop()

    def end_cause(self, reason: str) -> TransportClosedError:
        """Return why the connection ended: a refusal, or what is known of the program's end."""
        return self._framing.cause or super().end_cause(reason)

    def _lose(self, reason: str) -> None:
        if not self._ending.is_reported:
            self._ending.is_reported = True
            self._sink.on_end(reason)


class _Framed:
    """The sink of the process: its bytes go through the websocket."""

    def __init__(self, sink: Sink, framing: Framing) -> None:
        self._framing = framing
        self.on_exit = sink.on_exit
        self._on_end = sink.on_end

    def on_data(self, data: bytes) -> None:
        self._framing.take(data)

    def on_end(self, reason: str) -> None:
        self._framing.stop()
        self._on_end(reason)
