"""Progress: lines that fit, hold nothing that a terminal would obey, and come at their time."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from openai_codex.batch import Outcome, Spent, Summary
from openai_codex.batch.progress import LiveProgress, PlainProgress, line_of, lines_of, progress_for


def summary(**facts: Any) -> Summary:
    counts = {**dict.fromkeys(Outcome, 0), Outcome.ok: 8, Outcome.agent_error: 2}
    common = {"spent": Spent(1_500_000, 0, 20_000, 1.5), "seconds": 100.0, "settled_now": 10}
    return Summary(folder=Path("out"), counts=counts, **{**common, **facts})


def test_a_line_says_how_it_stands() -> None:
    assert line_of(summary(total=110, running=4), 0.0) == (
        "10/110 done, 2 failed, 4 running, 1.5M tokens, $1.50, 16m40s left"
    )
    paused = line_of(summary(paused_until=3700.0, halted="drained"), 100.0)
    assert "paused for 1h00m" in paused
    assert "stopping: drained" in paused
    assert "left" not in paused


def test_running_tasks_show_what_they_do_within_the_width() -> None:
    doing = {"evil\x1b[2J": "commandExecution rm\n-rf \u202e", "b": "x" * 500}
    lines = lines_of(summary(running=12), doing, 60, 0.0)
    assert len(lines) == 4
    assert all(len(line) <= 60 for line in lines)
    assert "\x1b" not in "".join(lines)
    assert lines[1].startswith("  evil\\x1b[2J")
    assert lines[3] == "  ... and 10 more"


def test_elsewhere_there_is_a_line_every_ten_seconds_and_one_at_the_end() -> None:
    out, now = io.StringIO(), [0.0]
    progress = PlainProgress(out, clock=lambda: now[0])
    for second in range(25):
        now[0] = float(second)
        progress.show(summary(running=second), {})
    progress.close()
    running = [line.split(", ")[2] for line in out.getvalue().splitlines()]
    assert running == ["10 running", "20 running", "24 running"]


def test_a_terminal_gets_lines_that_are_brought_up_to_date() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    progress = progress_for(out)
    assert isinstance(progress, LiveProgress)
    progress.show(summary(running=1), {"a": "[bold]commandExecution[/bold] ls"})
    progress.close()
    assert "[bold]commandExecution[/bold] ls" in out.getvalue(), "shown as it is, not obeyed"
    assert isinstance(progress_for(io.StringIO()), PlainProgress)
