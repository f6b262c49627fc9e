"""An exec-server of one's own: it comes up, or says why not, and never outlives its program."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from openai_codex import ExecServer, StartupError
from tests.programs import child_process

PROGRAM = """
import os, time
from openai_codex import ExecServer
server = ExecServer().start()
print(server._process.pid, flush=True)
time.sleep(60)
"""


def test_it_tells_its_address_and_never_its_token(tmp_path: Path) -> None:
    server = ExecServer(cwd=tmp_path, name="mine")
    assert repr(server) == "<ExecServer not started>"
    with pytest.raises(StartupError, match="not started"):
        _ = server.environment
    with server:
        place = server.environment
        assert (place.name, place.cwd) == ("mine", str(tmp_path))
        assert place.url.startswith("ws://127.0.0.1:")
        assert isinstance(place.token, str)
        assert place.token not in f"{server!r} {place!r}"
        assert server.start() is server
        assert "pid" in repr(server)
    server.close()
    assert "ended" in repr(server)


@pytest.mark.asyncio
async def test_it_is_an_async_context_manager_too() -> None:
    async with ExecServer() as server:
        assert server.is_alive
    assert not server.is_alive


def test_one_that_does_not_come_up_says_why(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="it ended") as caught:
        ExecServer(wrap=("sh", "-c", "echo no such thing >&2; exit 3")).start()
    assert "no such thing" in caught.value.stderr_tail
    with pytest.raises(StartupError, match="no address"):
        ExecServer(wrap=("sh", "-c", "echo hello; sleep 60")).start()
    with pytest.raises(StartupError, match=r"within 0\.2 s"):
        ExecServer(wrap=("sh", "-c", "sleep 60"), start_timeout=0.2).start()
    with pytest.raises(StartupError, match="could not be started"):
        ExecServer(cwd=tmp_path / "none").start()


@pytest.mark.asyncio
async def test_one_that_does_not_come_up_says_why_to_a_loop() -> None:
    with pytest.raises(StartupError, match="no address"):
        async with ExecServer(wrap=("sh", "-c", "echo hello; sleep 60")):
            raise AssertionError


def test_windows_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(StartupError, match="not supported on Windows"):
        ExecServer().start()


@pytest.mark.parametrize(
    ("options", "error"), [({"cwd": "relative"}, "absolute"), ({"wrap": "sudo"}, "wrap")]
)
def test_a_wrong_option_is_refused(options: dict[str, Any], error: str) -> None:
    with pytest.raises((ValueError, TypeError), match=error):
        ExecServer(**options)


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for the processes in /proc")
def test_it_ends_when_its_program_is_killed() -> None:
    with child_process([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        group = int(program.stdout.readline())
        assert members(group)
        program.kill()
    deadline = time.monotonic() + 10
    while members(group) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert members(group) == []


def members(group: int) -> list[str]:
    """Return the processes of a group that have not ended."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except (OSError, ValueError):
            continue
        if fields[2] == str(group) and fields[0] != "Z":
            found.append(entry.name)
    return found
