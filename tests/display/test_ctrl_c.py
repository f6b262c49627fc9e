"""Ctrl-C at every place of a view that is drawn in place: the terminal is left as it was."""

from __future__ import annotations

import atexit
import io
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import rich

import openai_codex
from openai_codex.display import LiveView
from openai_codex.display.screens import RichScreen
from tests.cli.processes import ESCAPE
from tests.ctrl_c import CtrlC

OURS = str(Path(openai_codex.__file__).parent / "display")
RICH = str(Path(rich.__file__).parent)
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"
AtExit = list[tuple[Callable[..., object], tuple[object, ...]]]


class Screen(io.StringIO):
    """A terminal, as far as `rich` asks."""

    def isatty(self) -> bool:
        return True


class Event:
    """An event of a turn."""

    def __init__(self, method: str, **params: object) -> None:
        self.method = method
        self.params = params


RUNS = {"id": "1", "type": "commandExecution", "command": "make", "status": "inProgress"}
RAN = {**RUNS, "status": "completed", "exitCode": 0}
TURN = (
    Event("item/started", item=RUNS),
    Event("item/completed", item=RAN),
    Event("turn/completed", turn={"status": "completed"}),
)


@pytest.fixture
def at_exit(monkeypatch: pytest.MonkeyPatch) -> AtExit:
    """What is to be called when the program ends."""
    entries: AtExit = []

    def unregister(function: Callable[..., object]) -> None:
        entries[:] = [entry for entry in entries if entry[0] != function]

    monkeypatch.setattr(atexit, "register", lambda call, *given: entries.append((call, given)))
    monkeypatch.setattr(atexit, "unregister", unregister)
    return entries


def show_a_turn(file: Screen) -> None:
    with LiveView(file=file, screen=RichScreen(file)) as view:
        view(TURN[0])
        with view.paused():
            file.write("a question\n")
        for event in TURN[1:]:
            view(event)


@pytest.mark.parametrize("below", [OURS, RICH], ids=["ours", "rich"])
def test_ctrl_c_at_any_place_is_all_that_is_raised_and_gives_the_cursor_back(
    below: str, at_exit: AtExit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    show_a_turn(Screen())  # what is imported on the way
    struck, place = 0, 0
    while True:
        place += 1
        file = Screen()
        with CtrlC(place, below=below) as ctrl_c:
            try:
                show_a_turn(file)
            except KeyboardInterrupt:
                struck += 1
        for call, given in at_exit[::-1]:
            call(*given)
        assert_left_as_it_was(file, place)
        at_exit.clear()
        if not ctrl_c.came:
            break
    assert struck == place - 1
    assert below == RICH or struck > 30


def assert_left_as_it_was(file: Screen, place: int) -> None:
    for thread in threading.enumerate():
        if thread.name == "codex-uninterrupted" or type(thread).__name__ == "_RefreshThread":
            thread.join(30)
            assert not thread.is_alive(), place
    shown = file.getvalue()
    assert shown.rfind(HIDE) <= shown.rfind(SHOW), place


def test_a_view_that_went_well_leaves_nothing_for_the_end_of_the_program(at_exit: AtExit) -> None:
    file = Screen()
    show_a_turn(file)
    assert at_exit == []
    lines = ESCAPE.sub("", file.getvalue()).splitlines()
    assert "ran      make  (exit 0)" in lines
    assert lines[-1].startswith("completed")
