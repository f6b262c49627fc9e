"""What shows a turn of the command line: the live view with the answer, or JSON lines."""

from __future__ import annotations

import contextlib
import json
from argparse import Namespace
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ..._safe_text import one_line
from ...display.columns import quoted
from ...errors import CodexError, OutputValidationError
from ..money import dollars
from ..problems import CommandError, problem_of
from ..terminal import Terminal
from .decisions import Decided, Decisions
from .events import ExecEvents, usage_of

if TYPE_CHECKING:
    from ..._turns.result import TurnResult
    from ...display.live_view import LiveView

__all__ = ["JsonLines", "Shown", "View"]


class Shown:
    """What shows a turn: the base of both ways."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.thread_id = ""
        self.codex: Any = None

    def __enter__(self) -> Shown:
        return self

    def __exit__(self, *exc_info: object) -> None:
        return None

    def thread(self, thread_id: str) -> None:
        """Take the thread's id."""
        self.thread_id = thread_id

    def spent(self) -> str:
        """Return the money that this run took, where its price is known."""
        return dollars(self.codex.spent.usd) if self.codex is not None else ""

    def event(self, note: Any) -> None:
        """Show one event."""

    def decided(self, made: Decided) -> None:
        """Show an answered approval."""

    def failed(self, error: CodexError) -> None:
        """Show that the turn has no result."""

    def interrupted(self) -> None:
        """Show that the person stopped the turn, whose result nobody waits for."""

    def result(self, result: TurnResult[Any], decisions: Decisions) -> None:
        """Show the result."""

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Keep still while a person is asked."""
        yield


class View(Shown):
    """The live view on the standard error; the answer on the standard output."""

    def __init__(self, terminal: Terminal, options: Namespace, *, root: str) -> None:
        super().__init__(terminal)
        self._view = None if options.quiet else _live_view(terminal, root, self.spent)
        self._is_stored = not options.ephemeral
        self._has_schema = options.schema is not None

    def __enter__(self) -> Shown:
        if self._view is not None:
            self._view.__enter__()
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self._view is not None:
            self._view.close()

    def event(self, note: Any) -> None:
        """Show one event."""
        if self._view is not None:
            self._view(note)

    def decided(self, made: Decided) -> None:
        """Say what was declined where nobody was asked."""
        if made.decision == "decline" and self._view is not None:
            self.terminal.note(f"declined {one_line(made.question.summary)}")

    def failed(self, error: CodexError) -> None:
        """Print an answer that does not fit the schema: it was paid for."""
        if self._has_schema and isinstance(error, OutputValidationError) and error.result:
            with self.paused():
                self._print_answer(error.result)

    def result(self, result: TurnResult[Any], decisions: Decisions) -> None:
        """Print the answer, and what to know beside it."""
        self._print_answer(result)
        if self._view is not None:
            if self._is_stored:
                self.terminal.note(f"thread {self.thread_id}")
            if decisions.declined:
                count = len(decisions.declined)
                self.terminal.note(f"{count} declined: allow it with --approve or --sandbox")

    def _print_answer(self, result: TurnResult[Any]) -> None:
        text = _answer(result)
        if text:
            out = self.terminal.out
            shown = quoted(text, self.terminal.width) if out.isatty() else text
            self.terminal.say(shown)
            out.flush()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Take the live view away while a person is asked."""
        with self._view.paused() if self._view is not None else contextlib.nullcontext():
            yield


class JsonLines(Shown):
    """One JSON value on a line for each event."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(terminal)
        self._events = ExecEvents()
        self._usage: Any = None

    def thread(self, thread_id: str) -> None:
        """Print the first line."""
        super().thread(thread_id)
        self.terminal.json(self._events.thread_started(thread_id))

    def event(self, note: Any) -> None:
        """Print the lines for one event."""
        for line in self._events.feed(note):
            self.terminal.json(line)

    def decided(self, made: Decided) -> None:
        """Print an answered approval."""
        self.terminal.json(self._events.decided(made))

    def failed(self, error: CodexError) -> None:
        """Print the last line of a turn that failed."""
        problem = problem_of(error) or CommandError(str(error))
        result = getattr(error, "result", None)
        self._last("turn.failed", result, error=problem.to_json(), code=problem.code)
        self.terminal.as_json = False  # it has been said

    def result(self, result: TurnResult[Any], decisions: Decisions) -> None:
        """Print the last line."""
        if not result.completed:
            self._interrupted(result)
            return
        code = "declined" if decisions.declined else "ok"
        more = {"output": _plain(result.output)} if result.output is not None else {}
        self._last("turn.completed", result, code=code, **more)

    def interrupted(self) -> None:
        """Print the last line of a turn that Ctrl-C stopped."""
        self._interrupted(None)

    def _interrupted(self, result: TurnResult[Any] | None) -> None:
        error = {"code": "interrupted", "message": "the turn was interrupted"}
        self._last("turn.failed", result, error=error, code="interrupted")

    def _last(self, kind: str, result: TurnResult[Any] | None, **more: Any) -> None:
        for line in self._events.end():
            self.terminal.json(line)
        spent = self.codex.spent.to_dict()
        usage = _wire(getattr(result, "turn_usage", None))
        total = getattr(getattr(result, "usage", None), "total", None)
        self.terminal.json(
            {
                "type": kind,
                "usage": _usage_of_spent(spent) if usage is None else usage_of(usage),
                "thread_usage": usage_of(_wire(total)),
                "spent": spent,
                "thread_id": self.thread_id,
                "final_response": getattr(result, "final_response", None),
                "duration_ms": getattr(result, "duration_ms", None),
                **more,
            }
        )


def _live_view(terminal: Terminal, root: str, facts: Callable[[], str]) -> LiveView:
    from ...display.live_view import LiveView

    return LiveView(file=terminal.err, show_answer=False, root=root, facts=facts)


def _answer(result: TurnResult[Any]) -> str:
    if result.output is not None:
        return json.dumps(_plain(result.output), indent=2)
    return result.final_response or ""


def _plain(value: Any) -> Any:
    from pydantic_core import to_jsonable_python

    return to_jsonable_python(value)


def _usage_of_spent(spent: dict[str, Any]) -> dict[str, int]:
    """Return what a turn without a result took: this client has had no other."""
    return {name: spent[_SPENT.get(name, name)] for name in usage_of(None)}


_SPENT = {
    "cache_write_input_tokens": "cache_write_tokens",
    "reasoning_output_tokens": "reasoning_tokens",
}


def _wire(model: Any) -> dict[str, Any] | None:
    return None if model is None else model.model_dump(by_alias=True)
