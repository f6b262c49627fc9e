"""What a view says of each event of a turn: lines for what is done, rows for what is under way."""

from __future__ import annotations

import io
import sys
from queue import SimpleQueue
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from openai_codex import display
from openai_codex._turns.notification import Notification
from openai_codex.display import LiveView, live_view, screens
from openai_codex.display.progress import TAIL, Line, Running, TurnProgress, command_shown
from openai_codex.display.screens import (
    NotebookScreen,
    PlainScreen,
    RichScreen,
    footer,
    line_text,
    screen_for,
)

CHANGES = [
    {"path": "/repo/new", "kind": {"type": "add"}, "diff": "a\nb\n"},
    {"path": "/repo/old", "kind": {"type": "delete"}, "diff": "a\n"},
    {
        "path": "/other/c",
        "kind": {"type": "update"},
        "diff": "--- a/c\n+++ b/c\n@@ -1,2 +1,3 @@\n x\n-y\n+z\n+z\n",
    },
    {"path": "empty", "kind": {"type": "add"}, "diff": ""},
]


def feed(progress: TurnProgress, method: str, **params: Any) -> list[Line]:
    return progress.feed(Notification.from_wire(method, params, 1))


@pytest.mark.parametrize(
    ("item", "verb", "line"),
    [
        ({"type": "reasoning", "summary": ["a", "b"]}, "thinking", Line("thought", "a\nb")),
        ({"type": "reasoning", "content": ["c"]}, "thinking", Line("thought", "c")),
        (
            {
                "type": "commandExecution",
                "command": "bash -lc 'ls x'",
                "exitCode": 0,
                "durationMs": 1234,
                "status": "completed",
            },
            "running",
            Line("ran", "ls x", "exit 0, 1.2 s"),
        ),
        (
            {"type": "commandExecution", "command": "ls", "exitCode": 2, "status": "completed"},
            "running",
            Line("ran", "ls", "exit 2", "failed"),
        ),
        (
            {"type": "commandExecution", "command": "ls", "status": "declined"},
            "running",
            Line("ran", "ls", "", "declined"),
        ),
        (
            {"type": "fileChange", "changes": CHANGES, "status": "completed"},
            "editing",
            Line("edited", "new, old, /other/c, empty", "+4 -2"),
        ),
        (
            {"type": "mcpToolCall", "server": "s", "tool": "t", "status": "failed"},
            "calling",
            Line("called", "s.t", "", "failed"),
        ),
        (
            {"type": "dynamicToolCall", "namespace": "n", "tool": "t"},
            "calling",
            Line("called", "n.t"),
        ),
        ({"type": "dynamicToolCall", "tool": "t"}, "calling", Line("called", "t")),
        ({"type": "webSearch", "query": "q"}, "searching", Line("searched", "q")),
        (
            {"type": "collabAgentToolCall", "tool": "spawn", "prompt": "p"},
            "agent",
            Line("agent", "p", "spawn"),
        ),
        (
            {"type": "subAgentActivity", "kind": "started", "agentPath": "/root/a"},
            "agent",
            Line("agent", "/root/a", "started"),
        ),
        ({"type": "subAgentActivity", "agentThreadId": "th"}, "agent", Line("agent", "th")),
        ({"type": "imageView", "path": "a.png"}, "doing", Line("did", "imageView", "a.png")),
        ({}, "doing", Line("did", "something")),
    ],
)
def test_an_item_is_a_row_while_it_runs_and_a_line_when_it_is_done(
    item: dict[str, Any], verb: str, line: Line
) -> None:
    progress = TurnProgress(root="/repo/")
    assert feed(progress, "item/started", item={**item, "id": "i"}) == []
    assert [each.verb for each in progress.running.values()] == [verb]
    assert feed(progress, "item/completed", item={**item, "id": "i"}) == [line]
    assert progress.running == {}


def test_what_the_user_said_is_not_shown_again() -> None:
    progress = TurnProgress()
    item = {"type": "userMessage", "id": "i"}
    assert feed(progress, "item/started", item=item) == []
    assert feed(progress, "item/completed", item=item) == []
    assert progress.running == {}


def test_the_last_message_is_the_answer_and_those_before_are_lines() -> None:
    progress = TurnProgress()
    messages = [{"type": "agentMessage", "id": each, "text": each} for each in ("one", "two")]
    assert feed(progress, "item/completed", item=messages[0]) == []
    assert progress.answer == "one"
    assert feed(progress, "item/completed", item=messages[1]) == [Line("said", "one")]
    assert progress.take_item({"type": "webSearch", "id": "s", "query": "q"}) == [
        Line("said", "two"),
        Line("searched", "q"),
    ]
    assert progress.answer is None


@pytest.mark.parametrize(
    "method",
    [
        "item/agentMessage/delta",
        "item/commandExecution/outputDelta",
        "item/reasoning/summaryTextDelta",
        "item/plan/delta",
    ],
)
def test_what_an_item_says_is_kept_to_a_bound(method: str) -> None:
    progress = TurnProgress()
    item = {"type": "commandExecution", "id": "i", "command": "ls"}
    feed(progress, "item/started", item=item)
    feed(progress, method, itemId="i", delta="first")
    feed(progress, method, itemId="another", delta="lost")
    feed(progress, method, itemId="i", delta=None)
    assert progress.running["i"] == Running("running", "ls", "first")
    feed(progress, method, itemId="i", delta="x" * TAIL)
    assert progress.running["i"].tail == "x" * TAIL


def test_a_plan_is_a_line_with_the_step_that_is_under_way() -> None:
    progress = TurnProgress()
    steps = [("completed", "a"), ("inProgress", "b"), ("pending", "c")]
    plan = [{"status": status, "step": step} for status, step in steps]
    assert feed(progress, "turn/plan/updated", plan=plan) == [Line("plan", "b", "1/3 done")]
    assert progress.plan == steps
    assert feed(progress, "turn/plan/updated", plan=None) == [Line("plan", "", "0/0 done")]


def test_tokens_of_each_response_are_counted_once() -> None:
    progress = TurnProgress(facts=lambda: "$1")
    one = {"last": {"inputTokens": 1000, "outputTokens": 20}, "total": {}}
    two = {"last": {"inputTokens": 500, "outputTokens": None}, "total": {"a": 1}}
    for usage in (one, one, two, None):
        feed(progress, "thread/tokenUsage/updated", tokenUsage=usage)
    assert footer(progress, 12.4) == "working - 12 s - 1,500 tokens in, 20 out - $1"


def test_errors_and_warnings_are_lines() -> None:
    progress = TurnProgress()
    error = {"message": "busy", "additionalDetails": "1/5"}
    assert feed(progress, "error", error=error, willRetry=True) == [Line("waiting", "busy", "1/5")]
    assert feed(progress, "error", error=error, willRetry=False) == []
    assert feed(progress, "warning", message="m") == [Line("warning", "m")]
    assert feed(progress, "warning", summary="s") == [Line("warning", "s")]
    assert feed(progress, "warning") == [Line("warning", "")]
    assert feed(progress, "error", willRetry=True) == [Line("waiting", "", "")]
    assert feed(progress, "unknown/event") == []


def test_the_end_of_a_turn_leaves_nothing_under_way() -> None:
    progress = TurnProgress()
    feed(progress, "item/started", item={"type": "webSearch", "id": "i"})
    turn = {"status": "failed", "error": {"message": "no"}}
    assert feed(progress, "turn/completed", turn=turn) == [Line("failed", "no", "", "failed")]
    assert progress.running == {}
    assert footer(progress, None) == "failed - 0 tokens in, 0 out"
    assert feed(TurnProgress(), "turn/completed", turn={"status": "completed"}) == []


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("/bin/bash -lc 'ls x'", "ls x"),
        ("zsh -c ls", "ls"),
        ("bash -x ls", "bash -x ls"),
        ("bash -lc ls y", "bash -lc ls y"),
        ("python -c ls", "python -c ls"),
        ("bash -lc 'open", "bash -lc 'open"),
    ],
)
def test_a_command_is_shown_without_its_shell(command: str, shown: str) -> None:
    assert command_shown(command) == shown


def test_a_line_fits_and_its_facts_stay() -> None:
    assert line_text(Line("ran", "ls", "exit 0"), 40) == "ran      ls  (exit 0)"
    assert line_text(Line("ran", "ls", "", "declined"), 40) == "ran      ls  (declined)"
    assert line_text(Line("ran", "a\nb\nc", "exit 1", "failed"), 60) == (
        "ran      a (+2 lines)  (exit 1 failed)"
    )
    long = line_text(Line("ran", "x" * 90, "y" * 90), 60)
    assert len(long) == 60
    assert long.startswith("ran      xxx")
    assert long.endswith("y...)")


# --- screens -------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    """A file that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("file", "term", "screen"),
    [
        (Terminal(), "xterm", RichScreen),
        (Terminal(), None, RichScreen),
        (Terminal(), "dumb", PlainScreen),
        (io.StringIO(), "xterm", PlainScreen),
    ],
)
def test_the_screen_suits_its_file(
    file: io.StringIO, term: str | None, screen: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    if term is None:
        monkeypatch.delenv("TERM", raising=False)
    else:
        monkeypatch.setenv("TERM", term)
    assert type(screen_for(file)) is screen


def test_a_terminal_without_rich_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("openai_codex.display.screens.find_spec", lambda name: None)
    assert type(screen_for(Terminal())) is PlainScreen


def test_a_terminal_is_drawn_in_once_as_long_as_it_is_open() -> None:
    screen, drawn = RichScreen(Terminal()), list[Any]()
    steps = (
        *(screen.resume, lambda: screen.open(TurnProgress()), screen.resume),
        *(screen.pause, screen.resume, lambda: screen.close(answer=None), screen.resume),
    )
    for step in steps:
        step()
        drawn.append(screen._live)
    assert [each is not None for each in drawn] == [False, True, True, False, True, False, False]
    assert drawn[1] is drawn[2]


def test_a_view_is_found_by_its_name_in_the_room(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("Live", "LiveView", "live"):
        monkeypatch.delitem(vars(display), name, raising=False)
        assert getattr(display, name) is getattr(live_view, name)
        assert vars(display)[name] is getattr(live_view, name)  # the next look is quick
    with pytest.raises(AttributeError, match="has no attribute 'line_text'"):
        _ = display.line_text


class Broken(PlainScreen):
    """A screen that Ctrl-C strikes while it opens."""

    closed = 0

    def open(self, progress: TurnProgress) -> None:
        raise KeyboardInterrupt

    def close(self, *, answer: str | None) -> None:
        self.closed += 1


def test_a_view_that_could_not_be_entered_is_closed_once() -> None:
    screen = Broken(io.StringIO())
    view = LiveView(screen=screen)
    with pytest.raises(KeyboardInterrupt), view:
        raise AssertionError
    view.close()
    assert screen.closed == 1


class Counted(PlainScreen):
    """A screen that notes when it is taken away and shown again."""

    def __init__(self) -> None:
        super().__init__(io.StringIO())
        self.steps: list[str] = []

    def pause(self) -> None:
        self.steps.append("away")

    def resume(self) -> None:
        self.steps.append("back")


def test_a_view_is_away_while_something_else_is_written() -> None:
    screen = Counted()
    with LiveView(screen=screen) as view:
        with view.paused():
            assert screen.steps == ["away"]
        with pytest.raises(ZeroDivisionError), view.paused():
            raise ZeroDivisionError
        assert screen.steps == ["away", "back"] * 2
        with view.paused():
            view.close()
    assert screen.steps == [*["away", "back"] * 2, "away"]


def test_plain_lines_show_the_answer_only_where_it_is_wanted() -> None:
    for is_shown, last in ((True, "said\n  | hi\n"), (False, "")):
        file = io.StringIO()
        with LiveView(file=file, show_answer=is_shown) as view:
            view(Notification.from_wire("warning", {"message": "hot"}, 1))
            item = {"type": "agentMessage", "id": "m", "text": "hi"}
            view(Notification.from_wire("item/completed", {"item": item}, 1))
        assert file.getvalue() == f"warning  hot\n{last}working - 0 tokens in, 0 out\n"


def test_a_terminal_shows_what_is_finished_in_the_colour_of_its_outcome(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in (("TERM", "xterm-256color"), ("COLUMNS", "60"), ("LINES", "20")):
        monkeypatch.setenv(name, value)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    file = Terminal()
    screen = RichScreen(file)
    screen.open(TurnProgress())
    screen.show(
        [
            *(Line("ran", "ls", "exit 2", "failed"), Line("ran", "pwd", "exit 0")),
            *(Line("wrote", "[b]a", "", "declined"), Line("thought", "hm"), Line("said", "hi")),
        ]
    )
    screen.close(answer="done")
    screen.close(answer="again")
    shown = file.getvalue()
    for styled in (
        "\x1b[31mran\x1b[0m      ls  (exit 2 failed)",
        "\x1b[32mran\x1b[0m      pwd  (exit 0)",
        "\x1b[33mwrote\x1b[0m    [b]a  (declined)",
        "\x1b[2;32mthought\x1b[0m\x1b[2m  hm\x1b[0m",
        "\x1b[1msaid\x1b[0m\n",
        "  | hi\n",
        "\x1b[1msaid\x1b[0m\n  | done\n\x1b[2mworking - 0 s - 0 tokens in, 0 out\x1b[0m\n",
    ):
        assert styled in shown, styled
    assert "again" not in shown


def test_a_picture_is_due_when_something_came_or_some_time_has_passed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(screens, "TICK", 0.01)
    monkeypatch.setattr(screens, "EVERY", 0.01)
    for signals, is_due in (((), True), ((True,), True), ((True, True), True), ((False,), False)):
        queue: SimpleQueue[bool] = SimpleQueue()
        for signal in signals:
            queue.put(signal)
        assert screens._is_to_be_drawn(queue) is is_due


def test_a_cell_shows_the_turn_from_its_opening_to_its_last_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pictures: list[Any] = []
    handle = SimpleNamespace(update=pictures.append)

    def display(shown: Any, *, display_id: bool) -> Any:
        pictures.append(shown)
        return handle if display_id else None

    module: Any = ModuleType("IPython.display")
    module.display = display
    monkeypatch.setitem(sys.modules, "IPython", ModuleType("IPython"))
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    screen, progress = NotebookScreen(), TurnProgress()
    screen.open(progress)
    progress.running["i"] = Running("running", "ls", "")
    screen.show([Line("ran", "pwd")])
    screen.close(answer="done")
    first, last = pictures[0]._repr_html_(), pictures[-1]._repr_html_()
    assert ("working" in first, "pwd" in first) == (True, False)
    assert ("pwd" in last, "done" in last, "ls" in last) == (True, True, False)
    assert repr(pictures[0]) == "<a turn, shown as HTML>"


def test_a_cell_is_drawn_while_the_turn_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: SimpleQueue[str] = SimpleQueue()
    handle = SimpleNamespace(update=lambda shown: drawn.put(shown._repr_html_()))
    module: Any = ModuleType("IPython.display")
    module.display = lambda shown, *, display_id: handle
    monkeypatch.setitem(sys.modules, "IPython", ModuleType("IPython"))
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    monkeypatch.setattr(screens, "EVERY", 0.01)
    screen = NotebookScreen()
    screen.open(TurnProgress())
    screen.show([Line("ran", "pwd")])
    while "pwd" not in drawn.get(timeout=30):
        pass
    screen.close(answer=None)


def test_what_is_under_way_takes_one_line_of_a_terminal_however_narrow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in (("TERM", "xterm-256color"), ("COLUMNS", "20"), ("LINES", "20")):
        monkeypatch.setenv(name, value)
    file = Terminal()
    screen = RichScreen(file)
    screen.open(TurnProgress(facts=lambda: "$1"))
    screen.close(answer=None)
    assert file.getvalue().startswith("\x1b[?25l\x1b[2mworking - 0 s - 0 to\x1b[0m\n\x1b[?25h\r")


def test_a_view_shows_the_answer_unless_told_otherwise() -> None:
    file = io.StringIO()
    with LiveView(file=file) as view:
        view.progress.answer = "hi"
    assert "  | hi\n" in file.getvalue()


def test_a_cell_shows_what_is_done_and_what_runs_and_escapes_it() -> None:
    screen, progress = NotebookScreen(), TurnProgress()
    screen._progress = progress
    progress.plan = [("completed", "a"), ("inProgress", "<b>"), ("odd", "c")]
    progress.running["i"] = Running("writing", "t", "\n".join("1234567"))
    progress.running["j"] = Running("running", "ls", "\n".join("abcdef"))
    screen.show([Line("ran", "<i>"), Line("said", "<u>")])
    cell = screen._html(None)
    for shown in ("[x] a", "[&gt;] &lt;b&gt;", "[?] c", "ran      &lt;i&gt;", "&lt;u&gt;", "| 7"):
        assert shown in cell
    assert ("| 2" in cell, "| 1" in cell) == (True, False)  # six lines of a message
    assert ("| c" in cell, "| b" in cell) == (True, False)  # four of a command's output
    assert "<div>done" not in cell
    assert "more before" not in cell
    progress.running.clear()
    last = screen._html("done")
    assert ("done" in last, "writing" in last) == (True, False)
    screen.show([Line("ran", f"job {number}") for number in range(498)])
    assert "more before" not in screen._html(None)
    screen.show([Line("ran", "job 498")])
    assert "… 1 more before" in screen._html(None)
    screen.show([Line("ran", f"job {number}") for number in range(499, 1199)])
    many = screen._html(None)
    assert "… 701 more before" in many
    assert ("job 699<" in many, "job 698<" in many) == (True, False)
