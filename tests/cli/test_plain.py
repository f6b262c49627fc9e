"""Without `rich`, without colour, in a pipe that closes, under warnings that are errors."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from openai_codex.testing import ScriptedModel, run_command, say
from tests.cli.processes import COMMAND, Place
from tests.programs import child_process

FULL = ("--sandbox", "full-access")
COLOR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-7]|9[0-7]|38)[;m]")
WITHOUT_RICH = "import sys\nsys.modules['rich'] = None\n"


def test_a_terminal_without_rich_shows_plain_lines(
    model: ScriptedModel, place: Place, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(WITHOUT_RICH)
    model.script(run_command("echo hi"), say("Done"))
    with place.at_terminal("run", *FULL, "Go", PYTHONPATH=str(tmp_path)) as screen:
        assert screen.end() == 0
    lines = screen.text.splitlines()
    assert lines[0].startswith("ran      echo hi")
    assert "  | Done" in lines
    assert "\x1b" not in screen.raw


def test_money_without_its_extra_is_refused_before_anything_is_sent(
    place: Place, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(WITHOUT_RICH.replace("rich", "genai_prices"))
    done = place.run("run", "--budget-usd", "1", "Go", PYTHONPATH=str(tmp_path))
    told = "--budget-usd needs the extra [cost]: pip install 'openai-codex[cost]'"
    assert (done.code, done.out, done.err) == (1, "", f"error: {told}\n")


def test_no_color_means_no_color(model: ScriptedModel, place: Place) -> None:
    model.script(run_command("exit 3"), say("Done"))
    with place.at_terminal("run", *FULL, "Go", NO_COLOR="1") as screen:
        assert screen.end() == 0
    assert COLOR.findall(screen.raw) == []
    with place.at_terminal("doctor", NO_COLOR="1") as screen:
        screen.end()
    assert "\x1b" not in screen.raw


def test_a_terminal_has_color_otherwise(model: ScriptedModel, place: Place) -> None:
    model.script(run_command("exit 3"), say("Done"))
    with place.at_terminal("run", *FULL, "Go") as screen:
        assert screen.end() == 0
    assert COLOR.findall(screen.raw)


def test_a_reader_that_leaves_a_turn_stops_it(model: ScriptedModel, place: Place) -> None:
    model.script(run_command("sleep 300", yield_time_ms=1000), run_command("true"), say("Late"))
    argv = [*COMMAND, "run", "--json", *FULL, "Go"]
    with child_process(
        argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=place.work, env=place.env
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert b"thread.started" in process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 141
    model.renew()  # type: ignore[attr-defined]


def test_nothing_is_left_open(model: ScriptedModel, place: Place) -> None:
    model.script(say("Done"))
    assert place.run("run", "-q", "Go", PYTHONWARNINGS="error").err == ""
    assert place.run("threads", "list", "--json", PYTHONWARNINGS="error").err == ""
    assert place.run("export", "last", PYTHONWARNINGS="error").err == ""


def test_ctrl_c_at_any_prompt_exits_130(model: ScriptedModel, place: Place) -> None:
    model.script(say("Done"))
    place.run("run", "-q", "Go")
    with place.at_terminal("threads", "delete", "last") as screen:
        screen.wait_for("[y/N]")
        screen.interrupt()
        assert screen.end() == 130
    assert "Traceback" not in screen.text
