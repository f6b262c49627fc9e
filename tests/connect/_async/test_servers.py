"""A server of one's own is ready when it is there, and leaves nothing, however it ends."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from openai_codex import (
    AddressInUseError,
    AppServerConfig,
    AsyncCodex,
    AsyncRuntimeServer,
    StartupError,
)
from openai_codex.testing import Gate, ScriptedModel, hold, offline_config, say
from tests.connect.listening import left_in, until
from tests.programs import child_process

LISTEN = pytest.mark.parametrize("listen", [None, "ws://127.0.0.1:0"], ids=["unix", "port"])


def home_of(config: AppServerConfig) -> Path:
    assert config.env is not None
    return Path(config.env["CODEX_HOME"])


@LISTEN
async def test_a_server_is_ready_when_it_is_there(model: ScriptedModel, listen: str | None) -> None:
    config = offline_config(model)
    async with AsyncRuntimeServer(config, listen=listen) as server:
        assert (server.is_alive, server.address in repr(server)) == (True, True)
        model.script(say("Ready"))
        async with AsyncCodex(connect=server.connect) as codex:
            result = await (await codex.thread_start()).run("Are you?")
    assert result.final_response == "Ready"
    assert (server.is_alive, left_in(home_of(config))) == (False, [])
    await server.close()


@pytest.mark.parametrize("left", ["", "{cut", "[]", '{"address": 5, "pid": "x"}'])
async def test_an_address_file_that_says_nothing_keeps_no_server_from_starting(
    model: ScriptedModel, left: str
) -> None:
    config = offline_config(model)
    (home_of(config) / "openai-codex-server.json").write_text(left)
    assert await AsyncRuntimeServer.find(home_of(config)) is None
    async with AsyncRuntimeServer(config) as server:
        found = await AsyncRuntimeServer.find(home_of(config))
        assert found is not None
        assert found.pid == server.pid
    assert left_in(home_of(config)) == []


async def test_an_address_file_of_a_later_version_names_its_server(model: ScriptedModel) -> None:
    config = offline_config(model)
    async with AsyncRuntimeServer(config) as server:
        file = home_of(config) / "openai-codex-server.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), "since": 1, "more": []}))
        found = await AsyncRuntimeServer.find(home_of(config))
        assert found is not None
        assert found.pid == server.pid
        with pytest.raises(AddressInUseError):
            await AsyncRuntimeServer(config, listen="ws://127.0.0.1:0").start()


async def test_its_token_is_its_owners_alone(model: ScriptedModel) -> None:
    config = offline_config(model)
    async with AsyncRuntimeServer(config, listen="ws://127.0.0.1:0") as server:
        assert server.token_file is not None
        token = server.token_file.read_text()
        for name in left_in(home_of(config)):
            assert stat.S_IMODE((home_of(config) / name).stat().st_mode) == 0o600
        assert token not in repr(server) + repr(server.connect) + server.address
        words = Path(f"/proc/{server.pid}/cmdline")
        assert not words.exists() or token not in words.read_text()


async def test_a_turn_outlives_its_clients(model: ScriptedModel) -> None:
    gate = Gate()
    model.script(hold(gate), say("Done without you"))
    async with AsyncRuntimeServer(offline_config(model)) as server:
        async with AsyncCodex(connect=server.connect) as codex:
            thread = await codex.thread_start()
            await thread.turn("Go")
            gate.wait_reached()
            await codex.close(interrupt=False)
        gate.open()
        async with AsyncCodex(connect=server.connect) as codex:
            later = await codex.thread_attach(thread.id)
            turn = await later.current_turn()
            if turn is not None:
                await turn.run()
            (done,) = [turn async for turn in later.history()]
    assert done.status.value == "completed"


@LISTEN
async def test_a_home_has_one_server(model: ScriptedModel, listen: str | None) -> None:
    config = offline_config(model)
    async with AsyncRuntimeServer(config) as first:
        with pytest.raises(AddressInUseError) as raised:
            await AsyncRuntimeServer(config, listen=listen).start()
        assert (raised.value.address, raised.value.pid) == (first.address, first.pid)
        found = await AsyncRuntimeServer.find(home_of(config))
        assert found is not None
        assert found.address == first.address


async def test_an_address_in_use_is_told(model: ScriptedModel) -> None:
    async with AsyncRuntimeServer(offline_config(model)) as first:
        other = offline_config(model)
        with pytest.raises(AddressInUseError, match="attach to it with connect="):
            await AsyncRuntimeServer(other, listen=first.address).start()
        assert left_in(home_of(other)) == []
        assert first.is_alive


async def test_a_detached_server_is_found_and_stopped(model: ScriptedModel) -> None:
    config = offline_config(model)
    home = home_of(config)
    started = await AsyncRuntimeServer(config, detached=True).start()
    try:
        await started.close()
        assert started.is_alive
        found = await AsyncRuntimeServer.find(home)
        assert found is not None
        assert (found.address, found.pid) == (started.address, started.pid)
    finally:
        await started.stop()
    await found.stop()  # the second time is harmless
    assert (await AsyncRuntimeServer.find(home), left_in(home)) == (None, [])
    assert not found.is_alive


async def test_a_file_of_a_server_that_is_gone_is_no_server(model: ScriptedModel) -> None:
    config = offline_config(model)
    server = await AsyncRuntimeServer(config, detached=True).start()
    os.kill(server.pid, signal.SIGKILL)
    until(lambda: not is_alive(server.pid))
    assert await AsyncRuntimeServer.find(home_of(config)) is None
    assert left_in(home_of(config)) == []
    async with AsyncRuntimeServer(config) as again:
        assert again.is_alive


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_a_server_dies_with_its_program(model: ScriptedModel, number: signal.Signals) -> None:
    config = offline_config(model)
    pid = killed(home_of(config), number)
    until(lambda: not is_alive(pid))
    until(lambda: left_in(home_of(config)) == [])


def killed(home: Path, number: signal.Signals) -> int:
    """End a program that has a server; returns the process of that."""
    words = [sys.executable, "-c", PROGRAM, str(home)]
    with child_process(words, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        pid = int(program.stdout.readline())
        program.send_signal(number)
    return pid


PROGRAM = """
import sys, threading
from openai_codex import AppServerConfig, RuntimeServer

def start():  # the thread that starts it ends: the server stays
    global server
    server = RuntimeServer(AppServerConfig(env={"CODEX_HOME": sys.argv[1], "HOME": sys.argv[1]}))

thread = threading.Thread(target=start)
thread.start()
thread.join()
assert server.is_alive
print(server.pid, flush=True)
threading.Event().wait()
"""


async def test_a_server_that_nobody_keeps_ends(model: ScriptedModel) -> None:
    config = offline_config(model)
    server = await AsyncRuntimeServer(config).start()
    pid = server.pid
    del server
    until(lambda: not is_alive(pid))
    assert left_in(home_of(config)) == []


@pytest.mark.parametrize(
    ("config", "listen", "told"),
    [
        (AppServerConfig(config_overrides=('model_provider="none"',)), None, "did not come up"),
        (AppServerConfig(), "unix:///proc/no/x.sock", "the runtime did not come up"),
        (AppServerConfig(codex_bin=sys.executable), None, "did not come up"),
        (AppServerConfig(codex_bin="/no/codex"), None, "names nothing to run"),
        (AppServerConfig(env={"CODEX_HOME": "/no/home"}), None, "there is no such folder"),
    ],
)
async def test_a_server_that_does_not_come_up_says_why(
    tmp_path: Path, config: AppServerConfig, listen: str | None, told: str
) -> None:
    config.env = {"CODEX_HOME": str(tmp_path), "HOME": str(tmp_path), **(config.env or {})}
    before = set(threading.enumerate())
    with pytest.raises(StartupError, match=told):
        await AsyncRuntimeServer(config, listen=listen).start()
    assert left_in(tmp_path) == []
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize("listen", ["nowhere", "unix://x", "ws://", "wss://h"])
def test_an_address_that_is_none_is_refused(listen: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        AsyncRuntimeServer(listen=listen)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return not Path("/proc").exists() or ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (ProcessLookupError, FileNotFoundError):  # it may go between the two, or in the second
        return False
