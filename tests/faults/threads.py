"""What tests written once need of threads: something under way beside the test. See `aio`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Generic, ParamSpec, TypeVar, cast

from openai_codex import AppServerConfig, Codex, Thread, TurnHandle
from openai_codex.testing.fake import FakeAppServer, Record
from tests.faults.leftovers import busy

__all__ = [
    "BOUND",
    "Running",
    "assert_idle",
    "connect",
    "each",
    "give_up",
    "nap",
    "read",
    "saw",
    "start",
    "until",
]

BOUND = 30.0
"""Seconds after which a broken test gives up; no good test waits so long."""

P = ParamSpec("P")
T = TypeVar("T")


class Running(Generic[T]):
    """Hold a call that is under way."""

    def __init__(self, call: Callable[[], T]) -> None:
        self.ended_at = 0.0
        self._call = call
        self._value: T | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="test-call", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._value = self._call()
        except BaseException as error:
            self._error = error
        self.ended_at = time.monotonic()

    def result(self, within: float = BOUND) -> T:
        """Wait for its result, or raise what it raised."""
        self._thread.join(within)
        assert not self._thread.is_alive(), "the call never returned"
        if self._error is not None:
            raise self._error
        return cast("T", self._value)

    def error(self) -> BaseException:
        """Wait for what it raises."""
        try:
            value = self.result()
        except Exception as error:
            return error
        raise AssertionError(f"it returned {value!r}")


def start(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Running[T]:
    """Begin a call beside the test."""
    return Running(lambda: work(*args, **kwargs))


def each(running: list[Running[Any]], *, within: float = BOUND) -> list[Any]:
    """Wait for all; return results and errors."""
    end = time.monotonic() + within
    return [_outcome(one, end) for one in running]


def _outcome(running: Running[Any], end: float) -> Any:
    try:
        return running.result(max(0.0, end - time.monotonic()))
    except Exception as error:
        return error


def saw(
    server: FakeAppServer,
    name: str | None = None,
    *,
    kind: Any = "received",
    count: int = 1,
    spawn: int | None = None,
) -> Record:
    """Wait until the server has recorded this."""
    return server.wait_for(name, kind=kind, count=count, spawn=spawn, timeout=BOUND)


def connect(config: AppServerConfig) -> Codex:
    """Start a client, whose owner closes it."""
    return Codex(config)


def read(turn: TurnHandle, seen: list[str]) -> None:
    """Read a turn's stream to its end; note the methods of its events."""
    for note in turn.stream():
        seen.append(note.method)  # noqa: PERF401  # what came before an error counts


def nap(seconds: float) -> None:
    """Let time pass, for scripts of random moments."""
    time.sleep(seconds)


def until(condition: Callable[[], bool]) -> None:
    """Wait until this is so, of what nothing tells."""
    end = time.monotonic() + BOUND
    while not condition():
        assert time.monotonic() < end, "it never came to be so"
        nap(0.005)


def give_up(thread: Thread, text: str, *, after: float) -> None:
    """Begin to run a turn, and leave it behind as one does here: leave its block."""
    with thread.turn(text):
        nap(after)


def assert_idle(codex: Codex) -> None:
    """Check that no call waits, no turn is listened to and every place at the gates is free.

    What happens in the background, such as the interrupt of a turn that nobody watches, may end
    a moment later.
    """
    assert codex._rpc is not None
    session, end = codex._rpc.driver.session, time.monotonic() + BOUND
    while (busy(session) or _is_stopping_a_turn(codex)) and time.monotonic() < end:
        nap(0.002)
    assert busy(session) == []


def _is_stopping_a_turn(codex: Codex) -> bool:
    """Tell whether a turn that nobody watches is being interrupted, though no call shows it yet."""
    return codex._rpc is not None and not all(done.is_set() for done in codex._rpc._left)
