"""The contract between a driver and each way to reach a runtime, and with what moves bytes for it.

A `Transport` knows one way: what to start or where to connect, how bytes are framed, how it ends. A
driver knows which caller waits for what, and is the `Sink` of its transport. A `Pump` watches
descriptors, on a thread or an event loop, so that a transport is written once for both drivers.

Rule 1. A transport never waits, but in `wait`. What takes time is watched by the pump.
Rule 2. A sink hears one thread at a time: a transport calls it from the pump's callbacks alone.
Rule 3. Every method of a transport is harmless before `start` and after `stop`, and idempotent.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Protocol, runtime_checkable

from ..errors import TransportClosedError
from .facts import RuntimeProcess

__all__ = ["POLLS_PIPES", "Dialled", "Pump", "Sink", "Timer", "Transport"]

POLLS_PIPES = sys.platform != "win32"
"""Whether pipes can be polled here; where not, threads read and write them."""


class Transport(Protocol):
    """One way to reach a runtime."""

    def start(self, sink: Sink, pump: Pump) -> None:
        """Reach the runtime and begin to read; raises StartupError and then leaves nothing behind.

        The bytes that `sink` is given are lines of JSON, cut anywhere.
        """
        ...

    def send(self, data: bytes) -> None:
        """Send whole lines, at once or later, in order; never blocks, and raises nothing."""
        ...

    def close_input(self) -> None:
        """Drop what is unsent, and let the runtime know that nothing more will come."""
        ...

    # A generator, because the two drivers wait between the steps in different ways: one blocks, one
    # awaits, and neither has to know what the steps are.
    def end(self, seconds: float) -> Iterator[float]:
        """Take one step after the other to end what was started, within about `seconds` for all.

        Yields after each step how many seconds it is given to help. A transport whose runtime is
        not its own only lets go of the connection.
        """
        ...

    def wait(self, seconds: float) -> bool:
        """Block until nothing is left to wait for; returns whether that came within `seconds`."""
        ...

    def stop(self) -> None:
        """Read and write no more, and give back every descriptor. The last call."""
        ...

    def facts(self) -> RuntimeProcess | None:
        """Return what is known of the runtime's process, or None where there is none of ours."""
        ...

    def end_cause(self, reason: str) -> TransportClosedError:
        """Return the error that every wait ends with: all that is known of how it ended."""
        ...

    # A fork copies descriptors and locks, which stay the parent's: two readers of one pipe would
    # each have half of its lines.
    def check_owner(self) -> None:
        """Raise WrongProcessError in a forked child: descriptors and locks are its parent's."""
        ...


@runtime_checkable
class Dialled(Protocol):
    """A transport that takes a while to reach its runtime: by a network, a proxy, TLS.

    A driver whose callers must not block dials on a thread before it starts the transport, so that
    rule 1 holds; others leave it to `start`.
    """

    def dial(self) -> None:
        """Reach the runtime, blocking; raises StartupError. May be called on any thread."""
        ...

    def hang_up(self) -> None:
        """Let go of what was dialled, now or once `dial` has it. From any thread."""
        ...


class Sink(Protocol):
    """What a transport reports to. Called from one thread at a time."""

    def on_data(self, data: bytes) -> None:
        """Take what the runtime wrote."""

    # Not the same as `on_exit`: a pipe may be closed while the process lives, and a grandchild may
    # hold the pipe of a process that is gone.
    def on_end(self, reason: str) -> None:
        """Take note that the connection is over, once; no data comes after it."""

    def on_exit(self) -> None:
        """Take note that nothing is left to wait for: the process ended, or the link is closed."""


class Timer(Protocol):
    """Something that will be called later."""

    def cancel(self) -> None:
        """Do not call it; harmless when it was called already."""


class Pump(Protocol):
    """What watches descriptors for one transport, and calls it back from one thread at a time.

    `read`, `watch` and `write` come before `start`, or from a callback.
    """

    polls: bool
    """Whether descriptors can be watched; where not, threads block on them."""

    def read(
        self,
        fd: int,
        take: Callable[[bytes], object],
        at_end: Callable[[], object],
        *,
        gathers: bool = False,
    ) -> None:
        """Give `take` what comes from `fd` until its end, which `at_end` is called for.

        A pump that `gathers` may leave the descriptor alone for a moment while much comes in small
        pieces.
        """
        ...

    # Within a bound, since a grandchild that inherited the pipe may write to it for ever.
    def drain(self, fd: int) -> None:
        """Give what is there already, within a bound, and read no more. From a callback alone."""
        ...

    def watch(self, fd: int, then: Callable[[], object]) -> None:
        """Call `then` once `fd` is readable. Only where the pump `polls`."""
        ...

    def write(self, fd: int, lost: Callable[[], object]) -> None:
        """Let `send` lead to `fd`; `lost` is called once the other end is closed."""
        ...

    def later(self, seconds: float, then: Callable[[], object]) -> Timer:
        """Call `then` in so many seconds. May be called from any thread."""
        ...

    def start(self, *, close: Callable[[], None], failed: Callable[[], None]) -> None:
        """Begin to watch; raises RuntimeError or OSError where there is no thread or descriptor.

        `close` is called once nothing is watched any more, and `failed` when the pump itself fails.
        """
        ...

    def send(self, data: bytes) -> None:
        """Write after what is unsent, at once or later; never blocks. May come from any thread."""
        ...

    def close_input(self, close: Callable[[], None]) -> None:
        """Drop what is unsent, write no more, and `close`.

        A frame below a signal handler may be about to write: `close` must not free the number of
        the descriptor, which might soon be another file's.
        """
        ...

    def stop(self) -> None:
        """Watch nothing any more. Idempotent."""
        ...
