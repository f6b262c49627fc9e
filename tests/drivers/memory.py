"""A runtime within this process: the second implementation of the transport contract."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from openai_codex._drivers.facts import RuntimeProcess
from openai_codex._drivers.transport import Pump, Sink
from openai_codex.errors import StartupError, TransportClosedError, WrongProcessError

__all__ = ["EndedError", "MemoryTransport", "Obey"]

Obey = Callable[[bytes | None], Iterable[bytes]]
"""What a runtime answers to a line, or to the end of its input: pieces of lines."""


class EndedError(Exception):
    """Raised by what obeys: this runtime ends now."""


class MemoryTransport:
    """A `Transport` without a descriptor: a function answers each line, on the pump's thread."""

    def __init__(self, obey: Obey) -> None:
        self._obey = obey
        self._heard: deque[bytes | None] = deque()
        self._over = threading.Event()
        self._owner = os.getpid()
        self._pump: Pump | None = None
        self._sink: Sink

    def start(self, sink: Sink, pump: Pump) -> None:
        self._sink = sink
        for refusal in self._obey(b""):
            raise StartupError(refusal.decode())
        pump.start(close=self._over.set, failed=self._end)
        self._pump = pump

    def send(self, data: bytes) -> None:
        if self._pump is not None:
            for line in data.splitlines():
                self._hear(self._pump, line)

    def close_input(self) -> None:
        if self._pump is not None:
            self._hear(self._pump, None)

    def end(self, seconds: float) -> Iterator[float]:
        if self._pump is not None:
            yield seconds / 2
            self._pump.later(0.0, self._end)
            yield seconds / 2

    def wait(self, seconds: float) -> bool:
        return self._pump is None or self._over.wait(seconds)

    def stop(self) -> None:
        if self._pump is not None:
            self._pump.stop()

    def facts(self) -> RuntimeProcess | None:
        return None

    def end_cause(self, reason: str) -> TransportClosedError:
        return TransportClosedError(reason)

    def check_owner(self) -> None:
        if self._owner != os.getpid():
            raise WrongProcessError("this runtime is in the parent process")

    def _hear(self, pump: Pump, line: bytes | None) -> None:
        self._heard.append(line)
        pump.later(0.0, self._answer)

    def _answer(self) -> None:
        line = self._heard.popleft()
        if self._over.is_set():
            return
        try:
            for piece in self._obey(line):
                self._sink.on_data(piece)
        except EndedError:
            self._end()

    def _end(self) -> None:
        if not self._over.is_set():
            self._sink.on_end("the runtime in memory ended")
            self._sink.on_exit()
            self._over.set()
