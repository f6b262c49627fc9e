"""Following a thread that another client drives: its turns, one after the other, and its questions.

Nothing here starts, steers or stops a turn, or changes the thread.
"""

from __future__ import annotations

import contextlib
from argparse import Namespace
from collections.abc import Iterator
from typing import Any

from ..._safe_text import one_line
from ..._sync.client import Codex
from ..._sync.codex_client import CodexClient
from ...display.live_view import LiveView
from ...questions.handlers import Handlers
from .. import exits
from ..run.asking import Asking
from ..run.events import ExecEvents
from ..run.keyboard import Keyboard
from ..runtime import attaching_config
from ..terminal import Terminal
from ..thread_ids import thread_id_of
from .finding import connect_of

__all__ = ["watch"]

PAGE = 100
STATUS = "thread/status/changed"
GONE = ("thread/closed", "thread/deleted", "thread/archived")


def watch(options: Namespace, terminal: Terminal) -> int:
    """Follow a thread until its turn is over, or for ever; returns the exit code."""
    config, connect = attaching_config(), connect_of(options)
    shown: Shown = Lines(terminal) if options.json else View(terminal)
    with (
        _handlers(options, terminal, shown) as handlers,
        Codex(config, connect=connect, handlers=handlers) as codex,
    ):
        ident = thread_id_of(codex, options.id)
        events = CodexClient.over(config, codex._inbox, lambda: codex._ready)
        events.start()
        events.thread_resume(ident, {"excludeTurns": True})
        terminal.note(f"watching {ident}; Ctrl-C ends the watching alone")
        return _follow(events, ident, shown, once=options.once)


def _follow(events: CodexClient, ident: str, shown: Shown, *, once: bool) -> int:
    seen: set[str] = set()
    while True:
        turn = _running_turn(events, ident)
        if turn is not None and turn not in seen:
            seen.add(turn)
            _show_turn(events, ident, turn, shown)
            if once:
                return exits.DONE
        elif once and turn is None and not seen:
            shown.terminal.note("no turn of it runs")
            return exits.DONE
        if not _wait_for_turn(events, ident):
            return exits.DONE


def _running_turn(events: CodexClient, ident: str) -> str | None:
    from ...types import ThreadTurnsListResponse

    params = {"threadId": ident, "limit": 1, "sortDirection": "desc"}
    try:
        page = events.request("thread/turns/list", params, response_model=ThreadTurnsListResponse)
    except Exception as error:  # no turn yet: the runtime has no file to list from
        from ...errors import JsonRpcError

        if not isinstance(error, JsonRpcError):
            raise
        return None
    newest = page.data[0] if page.data else None
    is_running = newest is not None and newest.status.value == "inProgress"
    return newest.id if newest is not None and is_running else None


def _wait_for_turn(events: CodexClient, ident: str) -> bool:
    """Wait until a turn of the thread begins; tells whether there may be one."""
    while True:
        event = events.next_notification()
        if event.params.get("threadId") != ident:
            continue
        if event.method in GONE:
            return False
        status = event.params.get("status") or {}
        if event.method == STATUS and status.get("type") == "active":
            return True


def _show_turn(events: CodexClient, ident: str, turn: str, shown: Shown) -> None:
    told = _Told()
    with shown.turn():
        for item in _items_so_far(events, ident, turn):
            is_over = item.get("status") != "inProgress"
            if is_over:
                told.add(item)
            method = "item/completed" if is_over else "item/started"
            shown.event(_Past(method, {"item": item, "threadId": ident}))
        while True:
            event = events.next_turn_notification(turn)
            if not told.covers(event):  # it ended while we asked what there was
                shown.event(event)
            if event.method == "turn/completed":
                return


class _Told:
    """The items that were shown as over, so that nothing is shown twice."""

    def __init__(self) -> None:
        self._items: dict[str, dict[str, Any]] = {}

    def add(self, item: dict[str, Any]) -> None:
        """Note an item that was shown as over."""
        self._items[str(item.get("id"))] = _filled(item)

    def covers(self, event: Any) -> bool:
        """Whether all that an event tells has been shown.

        An item without a status, a message, may have been on its way when it was listed: its end
        tells more where it differs from what was shown.
        """
        item = event.params.get("item") if event.method.startswith("item/") else None
        told = self._items.get(str(item.get("id"))) if isinstance(item, dict) else None
        if told is None:
            return False
        return event.method != "item/completed" or "status" in told or told == _filled(item)


def _filled(value: Any) -> Any:
    """Return a value without what is null or empty in it: the list and the events differ there."""
    if isinstance(value, dict):
        filled = {name: _filled(member) for name, member in value.items()}
        return {name: each for name, each in filled.items() if each not in (None, [], {})}
    return [_filled(each) for each in value] if isinstance(value, list) else value


def _items_so_far(events: CodexClient, ident: str, turn: str) -> Iterator[dict[str, Any]]:
    from ...types import ThreadItemsListResponse

    params: dict[str, Any] = {"threadId": ident, "turnId": turn, "limit": PAGE}
    while True:
        page = events.request("thread/items/list", params, response_model=ThreadItemsListResponse)
        yield from (entry.item.model_dump(mode="json", by_alias=True) for entry in page.data)
        if page.next_cursor is None:
            return
        params["cursor"] = page.next_cursor


class _Past:
    """An event of before we looked."""

    def __init__(self, method: str, params: dict[str, Any]) -> None:
        self.method = method
        self.params = params


@contextlib.contextmanager
def _handlers(options: Namespace, terminal: Terminal, shown: Shown) -> Iterator[Handlers]:
    keyboard = None if options.no_answers or options.json else Keyboard.find()
    if keyboard is None:
        yield Handlers(**dict.fromkeys(("approve", "elicit", "ask_user"), shown.left_open))
        return
    asking = Asking(terminal, keyboard, shown.paused)
    try:
        yield Handlers(approve=asking.approve, elicit=asking.approve, ask_user=asking.ask_user)
    finally:
        keyboard.close()


class Shown:
    """What shows turns: the base of both ways."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal

    def event(self, note: Any) -> None:
        """Show one event."""

    def question(self, question: Any) -> None:
        """Show a question that is left to others."""

    def left_open(self, question: Any) -> Any:
        """Wait until somebody else has answered: a watcher that only looks declines nothing."""
        self.question(question)
        question.settled.wait()

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Show one turn."""
        yield

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Keep still while a person is asked."""
        yield


class View(Shown):
    """The live view of one turn after the other."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(terminal)
        self._view: LiveView | None = None

    def event(self, note: Any) -> None:
        """Show one event; what the user said too, since another one said it."""
        item = note.params.get("item") or {}
        if note.method == "item/completed" and item.get("type") == "userMessage":
            texts = [str(part.get("text") or "") for part in item.get("content") or []]
            with self.paused():
                self.terminal.note(f"asked    {one_line(' '.join(texts), most=200)}")
        if self._view is not None:
            self._view(note)

    def question(self, question: Any) -> None:
        """Show a question that is left to others."""
        with self.paused():
            self.terminal.note(f"asks     {one_line(question.summary, most=200)}")

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Show one turn in a view of its own."""
        with LiveView(file=self.terminal.err) as self._view:
            yield
        self._view = None

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Take the live view away while something else is written."""
        with self._view.paused() if self._view is not None else contextlib.nullcontext():
            yield


class Lines(Shown):
    """One JSON value on a line for each event."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(terminal)
        self._events = ExecEvents()

    def question(self, question: Any) -> None:
        """Print a question that is left to others."""
        told = {"kind": question.kind, "summary": question.summary, "source_id": question.item_id}
        self.terminal.json({"type": "approval.requested", **told})

    def event(self, note: Any) -> None:
        """Print the lines for one event."""
        for line in self._events.feed(note):
            self.terminal.json(line)
        if note.method == "turn/completed":
            for line in self._events.end():
                self.terminal.json(line)
            turn = note.params.get("turn") or {}
            self.terminal.json(
                {"type": "turn.ended", "turn_id": turn.get("id"), "status": turn.get("status")}
            )
