"""What a test sees of its fakes, how it waits for them, and that nothing is left behind."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from openai_codex.testing import fake
from openai_codex.testing.fake import (
    FakeAppServer,
    FakeTimeoutError,
    Rule,
    faults,
    on,
    pause,
    reply,
    say,
    turn,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Client

    Spawn = Callable[[FakeAppServer], Client]


def test_everything_received_is_recorded_in_order(spawn: Spawn) -> None:
    with FakeAppServer() as server:
        client = spawn(server).open()
        client.call("model/list", cursor="c")
        assert [message["method"] for message in server.received] == [
            "initialize",
            "initialized",
            "model/list",
        ]
        assert server.requests("model/list") == [{"cursor": "c"}]
        spawned = server.wait_for(kind="spawned")
        assert (spawned.spawn, spawned.facts["pid"]) == (1, client.process.pid)


def test_a_message_too_large_to_keep_is_recorded_by_its_size(spawn: Spawn) -> None:
    with FakeAppServer() as server:
        client = spawn(server).open()
        client.call("model/list", cursor="c" * 1_000_000)
        record = server.wait_for("model/list")
        assert record.facts["bytes"] > 1_000_000
        assert record.message == {"id": 2}


def test_a_point_released_early_stops_nobody_in_any_process(spawn: Spawn) -> None:
    with FakeAppServer([on("account/read", pause("gate"), reply())]) as server:
        running = spawn(server).open()
        server.release("gate")
        assert "result" in running.call("account/read")
        assert "result" in spawn(server).open().call("account/read")


def test_waiting_finds_the_nth_record_of_one_process(spawn: Spawn) -> None:
    with FakeAppServer() as server:
        for _ in range(2):
            client = spawn(server).open()
            client.ask("model/list")
            client.ask("model/list")
        assert server.wait_for("model/list", count=4).spawn == 2
        assert server.wait_for("model/list", count=2, spawn=2).message["id"] == 3


def test_a_wait_in_vain_says_what_came_instead(spawn: Spawn) -> None:
    with FakeAppServer() as server:
        spawn(server).open()
        with pytest.raises(
            FakeTimeoutError, match=r"'turn/start'.*last came: .*initialize"
        ) as info:
            server.wait_for("turn/start", timeout=0.01)
        assert info.value.wanted.name == "turn/start"


async def test_waiting_in_a_coroutine_leaves_the_loop_free(spawn: Spawn) -> None:
    with FakeAppServer() as server:
        client = spawn(server).open()
        waiting = asyncio.create_task(server.wait_for_async("model/list"))
        await asyncio.sleep(0)
        client.ask("model/list")
        assert (await waiting).name == "model/list"
        assert (await server.wait_for_async("initialize")).spawn == 1
        with pytest.raises(FakeTimeoutError):
            await server.wait_for_async("turn/start", timeout=0.01)


async def test_a_cancelled_wait_is_forgotten(spawn: Spawn) -> None:
    with FakeAppServer() as server:
        waiting = asyncio.create_task(server.wait_for_async("model/list"))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        client = spawn(server).open()
        client.call("model/list")
        assert server.requests("model/list") == [{}]


def test_closing_ends_processes_that_ignore_everything(spawn: Spawn) -> None:
    with FakeAppServer([faults.ignores_eof(), faults.ignores_sigterm()]) as server:
        client = spawn(server).open()
        client.stdin.close()
        client.process.terminate()
        server.wait_for("sigterm", kind="step")
    assert client.process.wait() == 0
    assert server.records[-1].kind == "ended"


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts files as Linux shows them")
def test_nothing_is_left_behind(spawn: Spawn) -> None:
    gc.collect()
    before = (threading.active_count(), _open_files())
    for _ in range(5):
        with FakeAppServer() as server:
            client = spawn(server).open()
            directory = Path(server.argv[-1]).parent
            assert directory.is_dir()
        server.close()
        client.close()
        assert not directory.exists()
    assert (threading.active_count(), _open_files()) == before


def test_a_server_that_is_forgotten_is_closed() -> None:
    before = threading.active_count()
    directory = Path(FakeAppServer().argv[-1]).parent
    gc.collect()
    assert not directory.exists()
    assert threading.active_count() == before


def test_old_records_are_forgotten(spawn: Spawn) -> None:
    with FakeAppServer(keep_records=3) as server:
        client = spawn(server).open()
        for _ in range(5):
            client.call("account/read")
        assert [record.message["id"] for record in server.records] == [4, 5, 6]


@pytest.mark.parametrize(
    "first", [b'{"kind":"spawned","name":"guess","facts":{}}\n', b"GET / HTTP/1.1\r\n", b"7\n"]
)
def test_a_stranger_without_the_token_is_sent_away(spawn: Spawn, first: bytes) -> None:
    import socket

    with FakeAppServer() as server:
        address = json.loads(Path(server.argv[-1]).read_text())["control"]
        with socket.create_connection((address[0], address[1])) as stranger:
            stranger.sendall(first + b'{"kind":"step","name":"die","facts":{}}\n')
            assert stranger.recv(1) == b""
            spawn(server).open()
            assert [record.spawn for record in server.records if record.kind == "spawned"] == [1]
            assert "die" not in [record.name for record in server.records]


def test_a_server_makes_the_configuration_of_its_clients() -> None:
    with FakeAppServer() as server:
        config = server.config(request_timeout=1.5)
    assert config.launch_args_override == server.argv
    assert config.request_timeout == 1.5


def test_a_script_is_plain_data() -> None:
    rule = turn(say("Hello", deltas=3), pause("gate")).in_spawns(1)
    assert Rule(json.loads(json.dumps(rule))) == rule


def test_a_step_where_a_rule_belongs_is_a_mistake_and_so_is_the_reverse() -> None:
    with pytest.raises(TypeError, match="a script is made of rules"):
        FakeAppServer(cast("Any", [say("hi")]))
    with pytest.raises(TypeError, match="is made of steps"):
        turn(cast("Any", turn()))


def test_the_module_runs_by_its_name_too(tmp_path: Path) -> None:
    import subprocess
    import sys

    script = tmp_path / "script.json"
    script.write_text(json.dumps({"rules": [], "version": "0.163.0", "control": None}))
    done = subprocess.run(
        [sys.executable, "-m", "openai_codex.testing.fake", str(script)],
        input=b'{"id":0,"method":"x","params":{}}\n',
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout)["error"]["message"] == "Not initialized"


def test_every_public_name_is_there_and_documented() -> None:
    for name in fake.__all__:
        assert getattr(fake, name).__doc__
    for name in faults.__all__:
        assert name in (fake.__doc__ or "")
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = fake.nothing


def test_the_process_loads_neither_asyncio_nor_pydantic_nor_the_clients_side() -> None:
    import subprocess

    with FakeAppServer() as server:
        argv = [server.argv[0], "-X", "importtime", *server.argv[1:]]
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, check=True)
    loaded = {line.rpartition(b"|")[2].strip().decode() for line in done.stderr.splitlines()}
    assert "openai_codex.testing.fake.process" in loaded
    heavy = {"asyncio", "dataclasses", "pydantic", "subprocess", "inspect"}
    assert loaded & {*heavy, "openai_codex.testing.fake.server"} == set()


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208
