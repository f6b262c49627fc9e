"""Attacks on a real terminal, tmux: nothing of the model moves the cursor or poses as ours."""

from __future__ import annotations

import shlex
import subprocess
import time
import uuid
from collections.abc import Iterator

import pytest

from openai_codex.testing import ScriptedModel, add_file, run_command, say, think
from tests.cli.processes import COMMAND, SECONDS, Place
from tests.debian import program
from tests.transcript.attacks import ATTACKS
from tools.cli_svg import Tmux, terminal

OURS = ("said", "thought", "edited", "completed - ", "thread ")


@pytest.fixture
def screen(place: Place) -> Iterator[Tmux]:
    program("tmux")
    with terminal(80, place.work, place.env) as tmux:
        yield tmux


def shown(screen: Tmux, words: str, place: Place) -> list[str]:
    """Return what the terminal shows after a command, its history too."""
    command = f"{shlex.join(COMMAND)} {words}"
    done = f"done-{uuid.uuid4()}"
    screen("send-keys", f"{command}; echo end $?; tmux wait-for -S {done}", "Enter")
    subprocess.run([*screen.argv, "wait-for", done], check=True, timeout=60)
    return screen("capture-pane", "-p", "-S", "-", "-J").rstrip().splitlines()


ASKED = "The agent asks to run a command:"


def test_no_attack_moves_the_cursor_or_poses_as_ours(
    model: ScriptedModel, place: Place, screen: Tmux
) -> None:
    said = [step for attack in ATTACKS for step in (think(attack), say(attack))]
    everything = "\n".join(ATTACKS)
    model.script(*said, add_file("a.txt", "x\n"), say(f"Last\n{everything}"))
    before = screen("display-message", "-p", "#{pane_title}")
    lines = shown(screen, "run --sandbox full-access Go", place)
    begin = next(n for n, line in enumerate(lines) if line.startswith("thought"))
    end = lines.index("end 0")
    wrong = [line for line in lines[begin:end] if not line.startswith((*OURS, "  |"))]
    assert wrong == []
    assert sum(line.startswith("thought") for line in lines) == len(ATTACKS)
    assert sum(line == "said" for line in lines) == len(ATTACKS)
    assert lines[end - 1].startswith("thread 0")
    assert screen("display-message", "-p", "#{pane_title}") == before
    assert screen("display-message", "-p", "#{alternate_on}") == "0\n"


def test_a_question_shows_the_whole_attack_behind_a_bar(
    model: ScriptedModel, place: Place, screen: Tmux
) -> None:
    commands = [f": {shlex.quote(attack)}" for attack in ATTACKS]
    asked = [
        run_command(command, escalate=True, justification=attack)
        for command, attack in zip(commands, ATTACKS, strict=True)
    ]
    model.script(*asked, say("Well"))
    waiting = shlex.join([*COMMAND, "run", "Go"])
    done = f"done-{uuid.uuid4()}"
    screen("send-keys", f"{waiting}; echo end $?; tmux wait-for -S {done}", "Enter")
    for number in range(len(ATTACKS)):
        lines = until_asked(screen, number + 1)
        begin = max(n for n, line in enumerate(lines) if line == ASKED)
        end = max(n for n, line in enumerate(lines) if line.startswith("[y]es once"))
        assert [line for line in lines[begin + 1 : end] if not line.startswith("  |")] == []
        screen("send-keys", "n", "Enter")
    subprocess.run([*screen.argv, "wait-for", done], check=True, timeout=60)
    assert "end 5" in screen("capture-pane", "-p", "-S", "-")


def until_asked(screen: Tmux, count: int) -> list[str]:
    """Return the lines of the terminal once so many questions stand on it, the last one open."""
    end = time.monotonic() + SECONDS
    while True:
        lines = screen("capture-pane", "-p", "-S", "-").rstrip("\n").splitlines()
        kept = [line for line in lines if line.strip()]
        if lines.count(ASKED) == count and kept[-1].startswith("[y]es once"):
            return lines
        assert time.monotonic() < end, lines
        time.sleep(0.05)
