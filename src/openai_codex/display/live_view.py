"""`live(turn)`: see a turn while it runs, in a terminal or a notebook, updated in place."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import IO, Any, Generic, Protocol, TypeVar, cast

from .progress import Event, TurnProgress
from .screens import Screen, screen_for

__all__ = ["Live", "LiveView", "live"]

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class _Turn(Protocol[R_co]):
    """A `TurnHandle` or an `AsyncTurnHandle`, whose `run` gives a result or something to await."""

    def run(
        self, *, timeout: float | None = None, on_event: Callable[[Any], Any] | None = None
    ) -> R_co: ...


class LiveView:
    """A view of one turn, or of several in a row, that is fed with events.

    Give it as `on_event` to `thread.run()`, inside a `with` block. `file` is where it is shown;
    without one, in the notebook's cell or on the standard error. In a terminal with `rich` it is
    redrawn in place; without, or in a pipe, it prints a line for each thing that is done.
    `show_answer=False` leaves the final answer to the caller. Paths below `root`, the current
    directory unless given, are shown from there. `facts` returns what the last line says besides,
    such as money.
    """

    def __init__(
        self,
        *,
        file: IO[str] | None = None,
        show_answer: bool = True,
        screen: Screen | None = None,
        root: str | None = None,
        facts: Callable[[], str] | None = None,
    ) -> None:
        # The last line asks for these each time it is drawn.
        self.progress = TurnProgress(facts=facts, root=os.getcwd() if root is None else root)  # noqa: PTH109
        self._screen = screen or screen_for(file)
        self._show_answer = show_answer
        self._is_open = False

    def __enter__(self) -> LiveView:
        self._is_open = True
        try:
            self._screen.open(self.progress)
        except BaseException:  # Ctrl-C, maybe: nobody leaves what was not entered
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __call__(self, event: Event) -> None:
        """Take one event of the turn."""
        self._screen.show(self.progress.feed(event))

    def close(self) -> None:
        """Leave what was done standing, and take away the rest. Idempotent."""
        if self._is_open:
            self._is_open = False
            self._screen.close(answer=self.progress.answer if self._show_answer else None)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Take the view away while something else is written to the terminal."""
        self._screen.pause()
        try:
            yield
        finally:
            if self._is_open:
                self._screen.resume()


class Live(Generic[R]):
    """A turn that is shown while it runs; `run()` waits for it as the turn's own `run()` does."""

    def __init__(self, turn: _Turn[R], view: LiveView) -> None:
        self.view = view
        self._turn = turn

    def run(self, *, timeout: float | None = None) -> R:
        """Show the turn to its end and return its result; to be awaited for an async turn.

        `timeout` counts seconds from here. Raises what the turn's own `run()` raises.
        """
        if inspect.iscoroutinefunction(self._turn.run):
            return cast(R, self._run_async(timeout))
        with self.view:
            return self._turn.run(timeout=timeout, on_event=self.view)

    async def _run_async(self, timeout: float | None) -> Any:
        with self.view:
            running = self._turn.run(timeout=timeout, on_event=self.view)
            return await cast(Coroutine[Any, Any, Any], running)


def live(turn: _Turn[R], *, file: IO[str] | None = None, show_answer: bool = True) -> Live[R]:
    """Return a view of a running turn; its `run()` shows the turn to its end.

    `result = live(thread.turn("...")).run()`; for an async turn, `await live(turn).run()`. It shows
    the plan, what runs with its last lines of output, edits, messages and tokens; `file` and
    `show_answer` are as for `LiveView`.
    """
    return Live(turn, LiveView(file=file, show_answer=show_answer))
