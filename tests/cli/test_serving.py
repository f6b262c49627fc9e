"""`serve`, `watch`, `attach` and `--connect`, as processes against a real runtime that listens."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from openai_codex.cli.serving import watching
from openai_codex.testing import Gate, ScriptedModel, hold, run_command, say
from tests.cli.processes import COMMAND, SECONDS, Place
from tests.debian import program
from tests.programs import child_process
from tools.cli_svg import Tmux, terminal

FULL = ("--sandbox", "full-access")
LEFT = ("openai-codex-server.json", "openai-codex-server.token", "openai-codex-server.log")


@pytest.fixture
def server(place: Place) -> Iterator[str]:
    """The address of a detached server."""
    started = place.run("serve", "--detach")
    assert started.code == 0, started.err
    yield started.out.strip()
    place.run("serve", "--stop")


def test_a_detached_server_is_found_and_stopped_and_leaves_nothing(place: Place) -> None:
    assert place.run("serve", "--status").code == 1
    started = place.run("serve", "--detach", "--json").json
    told = place.run("serve", "--status", "--json").json
    assert told == started
    assert stat.S_IMODE((place.home / LEFT[0]).stat().st_mode) == 0o600
    again = place.run("serve", "--detach")
    assert (again.code, f"process {started['pid']}" in again.err) == (2, True)
    assert place.run("serve", "--stop", "--json").json["pid"] == started["pid"]
    assert place.run("serve", "--status").code == place.run("serve", "--stop").code == 1
    wait_until(lambda: not is_alive(started["pid"]))
    assert [name for name in LEFT if (place.home / name).exists()] == []


def test_a_server_in_the_foreground_ends_with_ctrl_c(place: Place) -> None:
    with place.at_terminal("serve") as screen:
        screen.wait_for("listening, pid ")
        pid = json.loads((place.home / LEFT[0]).read_text())["pid"]
        screen.interrupt()
        assert screen.end() == 0
    assert not is_alive(pid)
    assert [name for name in LEFT if (place.home / name).exists()] == []


def test_a_server_in_the_foreground_dies_with_its_program(place: Place) -> None:
    with place.at_terminal("serve") as screen:
        screen.wait_for("listening, pid ")
        pid = json.loads((place.home / LEFT[0]).read_text())["pid"]
        screen.signal(signal.SIGKILL)
        wait_until(lambda: not is_alive(pid))
    assert place.run("serve", "--status").code == 1


def test_a_port_asks_for_a_token(model: ScriptedModel, place: Place) -> None:
    told = place.run("serve", "--detach", "--listen", "ws://127.0.0.1:0", "--json").json
    try:
        assert stat.S_IMODE(Path(told["token_file"]).stat().st_mode) == 0o600
        model.script(say("Over a port"))
        named = ("--connect", told["address"])
        assert place.run("run", "-q", "--connect", "here", "Go").out == "Over a port\n"
        refused = place.run("account", *named)
        assert (refused.code, "401" in refused.err) == (1, True)
        assert place.run("account", *named, "--token-file", told["token_file"]).code == 0
    finally:
        place.run("serve", "--stop")


def test_a_turn_outlives_the_client_that_started_it(
    model: ScriptedModel, place: Place, server: str
) -> None:
    gate = Gate()
    model.script(hold(gate), say("Done without you"))
    argv = [*COMMAND, "run", "--json", "--connect", server, "Go"]
    with child_process(argv, cwd=place.work, env=place.env, stdout=subprocess.PIPE) as client:
        assert client.stdout is not None
        ident = json.loads(client.stdout.readline())["thread_id"]
        gate.wait_reached()
        client.kill()
    gate.open()
    done = place.run("watch", "--once", "--json", ident)
    assert done.code == 0
    (turn,) = place.run("threads", "show", ident, "--json", "--connect", "here").json["turns"]
    assert (turn["status"], turn["items"][-1]["text"]) == ("completed", "Done without you")


def test_watching_shows_what_was_done_and_what_is_done(
    model: ScriptedModel, place: Place, server: str
) -> None:
    gate = Gate()
    model.script(run_command("echo first"), hold(gate), run_command("echo second"), say("Done"))
    with place.at_terminal("run", "--connect", "here", *FULL, "The prompt") as runner:
        gate.wait_reached()
        with place.at_terminal("watch", "--once", "last") as watcher:
            watcher.wait_for("ran      echo first")
            gate.open()
            assert watcher.end() == 0
        assert runner.end() == 0
    for words in ("asked    The prompt", "ran      echo second", "\n  | Done"):
        assert words in watcher.text


def test_whoever_joins_a_long_turn_sees_all_of_it_once(
    model: ScriptedModel, place: Place, server: str
) -> None:
    gate = Gate()
    commands = [f"echo {number}" for number in range(30)]  # more than the runtime lists at once
    model.script(*map(run_command, commands), hold(gate), run_command("echo last"), say("Done"))
    words = ("run", "-q", "--connect", "here", *FULL, "Go")
    with child_process([*COMMAND, *words], cwd=place.work, env=place.env) as runner:
        gate.wait_reached()
        with place.at_terminal("watch", "--once", "--json", "last") as watcher:
            watcher.wait_for("echo 29'")
            gate.open()
            assert (watcher.end(), runner.wait(SECONDS)) == (0, 0)
    lines = [json.loads(line) for line in watcher.text.splitlines() if line.startswith("{")]
    done = [line["item"] for line in lines if line["type"] == "item.completed"]
    ran = [item["command"] for item in done if item["type"] == "command_execution"]
    assert [command.removesuffix("'").split("'")[1] for command in ran] == [*commands, "echo last"]


def test_the_end_of_a_message_that_was_listed_half_written_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun = {"type": "agentMessage", "id": "m", "text": "Half", "phase": None}
    asked = {"type": "userMessage", "id": "u", "content": [{"text": "Go", "elements": []}]}
    ran = {"type": "commandExecution", "id": "c", "status": "completed"}
    monkeypatch.setattr(watching, "_items_so_far", lambda *_: iter([asked, ran, begun]))
    whole = {"type": "agentMessage", "id": "m", "text": "Half and whole"}
    told = [
        ("item/started", {"item": whole}),
        ("item/completed", {"item": whole}),
        ("item/completed", {"item": {**asked, "content": [{"text": "Go"}]}}),
        ("item/completed", {"item": {**ran, "exitCode": 0}}),
        ("turn/completed", {}),
    ]
    coming = iter([SimpleNamespace(method=method, params=params) for method, params in told])
    events: Any = SimpleNamespace(next_turn_notification=lambda turn: next(coming))
    seen: list[Any] = []
    shown: Any = SimpleNamespace(turn=contextlib.nullcontext, event=seen.append)
    watching._show_turn(events, "thread", "turn", shown)
    assert [(each.method, (each.params.get("item") or {}).get("id")) for each in seen] == [
        *[("item/completed", ident) for ident in ("u", "c", "m", "m")],
        ("turn/completed", None),
    ]


def test_a_watcher_may_answer_and_the_runner_sees_it(
    model: ScriptedModel, place: Place, server: str
) -> None:
    model.script(run_command("touch out.txt", escalate=True), say("Done"))
    with place.at_terminal("run", "--connect", "here", "Go") as runner:
        runner.wait_for("[s]top the turn: ")
        with place.at_terminal("watch", "--once", "last") as watcher:
            watcher.wait_for("[s]top the turn: ")
            watcher.type("y\n")
            assert watcher.end() == 0
        assert runner.end() == 0
    assert (place.work / "out.txt").exists()


def test_a_watcher_that_only_looks_declines_nothing(
    model: ScriptedModel, place: Place, server: str
) -> None:
    model.script(run_command("touch out.txt", escalate=True), say("Done"))
    with place.at_terminal("run", "--connect", "here", "Go") as runner:
        runner.wait_for("[s]top the turn: ")
        with place.at_terminal("watch", "--once", "--no-answers", "last") as watcher:
            watcher.wait_for("asks     ")
            runner.type("y\n")
            assert watcher.end() == 0
        assert runner.end() == 0
    assert (place.work / "out.txt").exists()


def test_ctrl_c_ends_the_watching_alone(model: ScriptedModel, place: Place, server: str) -> None:
    gate = Gate()
    model.script(hold(gate), say("Done"))
    with place.at_terminal("run", "--connect", "here", "Go") as runner:
        gate.wait_reached()
        with place.at_terminal("watch", "last") as watcher:
            watcher.wait_for("working")
            watcher.interrupt()
            assert watcher.end() == 130, watcher.text
        gate.open()
        assert runner.end() == 0


def test_attach_names_the_stock_ui(model: ScriptedModel, place: Place, server: str) -> None:
    model.script(say("The answer of before"))
    ident = place.run("run", "--json", "--connect", "here", "Hi").lines[0]["thread_id"]
    command = place.run("attach", "--json", "last").json["command"]
    assert command[-4:] == ["resume", ident, "--remote", server]
    assert place.run("attach", "--print", ident).out.rstrip().endswith(f"--remote {server}")
    refused = place.run("attach", ident)
    assert (refused.code, "attach needs a terminal" in refused.err) == (2, True)


def test_attach_hands_the_terminal_over(model: ScriptedModel, place: Place, server: str) -> None:
    program("tmux")
    model.script(say("The answer of before"))
    place.run("run", "-q", "--connect", "here", "Hi")
    with terminal(100, place.work, place.env) as screen:
        screen("send-keys", shlex.join([*COMMAND, "attach", "last"]), "Enter")
        until_shown(screen, "existing model")  # a greeting, which asks about a newer model
        screen("send-keys", "2")
        until_shown(screen, "The answer of before")
    assert place.run("serve", "--status").code == 0


def until_shown(screen: Tmux, text: str) -> None:
    """Wait until the terminal shows that."""
    end = time.monotonic() + SECONDS
    while text not in (shown := screen("capture-pane", "-p", "-S", "-")):
        assert time.monotonic() < end, shown
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("account", "--connect", "unix:///no/such.sock"), 1, "nobody listens at unix:///no/such"),
        (("account", "--connect", "http://x"), 2, "must be ws://HOST:PORT"),
        (("account", "--connect", "here"), 2, "start one with `openai-codex serve`"),
        (("run", "--connect", "here", "-c", "a=1", "x"), 2, "goes to a runtime that runs already"),
        (("watch", "last"), 2, "no server runs for"),
        (("attach", "last"), 2, "no server runs for"),
        (("serve", "--listen", "nowhere"), 2, "must be unix:///PATH or ws://IP:PORT"),
        (("serve", "--listen", "unix:///proc/no/x.sock"), 1, "the runtime did not come up"),
    ],
)
def test_what_cannot_be_reached_is_a_line(
    place: Place, words: tuple[str, ...], code: int, told: str
) -> None:
    done = place.run(*words)
    assert (done.code, done.out) == (code, "")
    assert told in done.err
    assert "Traceback" not in done.err


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return not Path("/proc").exists() or ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (ProcessLookupError, FileNotFoundError):  # it may go between the two, or in the second
        return False


def wait_until(is_so: object) -> None:
    end = time.monotonic() + SECONDS
    while not is_so():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.02)
