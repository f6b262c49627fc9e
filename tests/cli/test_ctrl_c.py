"""Ctrl-C in the middle of a command, wherever that is: exit code 130, and no traceback."""

from __future__ import annotations

import contextlib
import os
import termios
from pathlib import Path

import pytest

import openai_codex
from openai_codex.cli import exits
from openai_codex.cli.main import main
from openai_codex.cli.problems import was_interrupted
from openai_codex.testing import ask_user, say
from tests.cli.conftest import make_place
from tests.cli.processes import Place
from tests.conftest import SharedModel
from tests.ctrl_c import CtrlC

OURS = str(Path(openai_codex.__file__).parent / "cli")
SECRET = {
    "id": "key",
    "header": "Key",
    "question": "Which key?",
    "isSecret": True,
    "options": [{"label": label, "description": label} for label in ("one", "two")],
}


@pytest.fixture
def here(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The place of this process, too."""
    for name in set(os.environ) - set(place.env):
        monkeypatch.delenv(name)
    for name, value in place.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(place.work)
    return place


@pytest.mark.parametrize(
    "words",
    [
        ("run", "Hi"),
        ("run", "--json", "Hi"),
        ("record", "turn.jsonl", "run", "Hi"),
        ("threads", "list"),
        ("threads", "show", "last"),
        ("export", "last", "-o", "thread.html"),
        ("account",),
        ("login", "--device"),
        ("serve", "--detach"),
        ("watch", "last"),
        ("doctor",),
        ("batch", "run", "tasks.jsonl", "-o", "out"),
    ],
    ids=" ".join,
)
def test_a_command_that_is_interrupted_anywhere_exits_130(
    model: SharedModel, here: Place, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    model.script(say("Done"))
    assert here.run("run", "-q", "Hi").code == 0
    (here.work / "tasks.jsonl").write_text("")
    place = 2  # at the first `main` has not begun
    while place < 20_000:
        capsys.readouterr()
        model.script(say("Done"))
        with CtrlC(place, below=OURS) as ctrl_c:
            code = main(words)
        model.renew()
        if not ctrl_c.came:
            break
        assert (place, code) == (place, exits.INTERRUPTED)
        assert "Traceback" not in capsys.readouterr().err
        place *= 3
    assert place > 50
    assert here.run("serve", "--stop").code in (exits.DONE, exits.FAILED)


def test_a_secret_that_was_asked_for_leaves_a_terminal_that_shows_what_is_typed(
    model: SharedModel, tmp_path: Path
) -> None:
    model.script(ask_user([SECRET]))
    with make_place(model, tmp_path / "asked", ask_user=True).at_terminal("run", "Go") as screen:
        screen.wait_for("Answer: ")
        screen.wait_until_hidden()
        screen.interrupt()
        assert screen.end() == exits.INTERRUPTED
        assert screen.local_flags & termios.ECHO


def test_what_is_raised_on_the_way_out_of_ctrl_c_is_no_error_of_its_own() -> None:
    def broken_off() -> None:
        with contextlib.ExitStack() as stack:
            stack.callback([].pop)
            raise KeyboardInterrupt

    with pytest.raises(IndexError) as raised:
        broken_off()
    assert was_interrupted(raised.value)
    wrapped = ValueError("around it")
    wrapped.__cause__ = raised.value
    assert was_interrupted(wrapped)
    alone = ValueError("alone")
    alone.__context__ = other = ValueError("other")
    other.__context__ = alone
    assert not was_interrupted(alone)
