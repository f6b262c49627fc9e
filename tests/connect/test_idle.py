"""A client that is attached and has nothing to do wakes up for nothing: its program can sleep."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from openai_codex.testing import ScriptedModel
from tests.connect.listening import Listening

# Attaches over a socket and over a port, says so, and waits for the end of its stdin.
PROGRAM = """
import asyncio, sys
from pathlib import Path
from openai_codex import AsyncCodex, Codex, Connect

api, path, url, token, ping = sys.argv[1:]
ways = [Connect.unix(path, ping=float(ping)),
        Connect.websocket(url, token=Path(token), ping=float(ping))]

def block():
    kept = [Codex(connect=way) for way in ways]
    for codex in kept:
        codex.thread_start()
    print("attached", flush=True)
    sys.stdin.read()
    for codex in kept:
        codex.close()

async def wait():
    kept = [AsyncCodex(connect=way) for way in ways]
    for codex in kept:
        await codex.thread_start()
    print("attached", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    for codex in kept:
        await codex.close()

block() if api == "sync" else asyncio.run(wait())
"""
APIS = pytest.mark.parametrize("api", ["sync", "async"])
LOOK = 1.0  # seconds between two looks
TRIES = 10


@contextmanager
def attached(listening: Listening, api: str, ping: float) -> Iterator[int]:
    """Run the program; yields its process once it is attached."""
    unix, port = listening.server("unix"), listening.server("websocket")
    words = [api, unix.address, port.address, str(port.token_file), str(ping)]
    argv, pipe = [sys.executable, "-c", PROGRAM, *words], subprocess.PIPE
    with subprocess.Popen(argv, stdin=pipe, stdout=pipe) as process:  # whose stdin it closes
        assert process.stdout is not None
        assert process.stdout.readline() == b"attached\n"
        yield process.pid


def wakes(pid: int) -> int:
    """Return how often the threads of a process began to wait so far, plus its CPU ticks."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        status = (task / "status").read_text()
        total += int(status.split("\nvoluntary_ctxt_switches:")[1].split()[0])
        times = (task / "stat").read_text().rpartition(")")[2].split()
        total += int(times[11]) + int(times[12])
    return total


def in_a_second(pid: int) -> int:
    before = wakes(pid)
    time.sleep(LOOK)
    return wakes(pid) - before


@APIS
def test_an_idle_client_uses_no_processor(
    api: str, model: ScriptedModel, listening: Listening
) -> None:
    with attached(listening, api, ping=20.0) as pid:
        # What the runtime still tells of its start comes soon; after that there is silence. A
        # client that polls has no second without waking.
        assert 0 in (in_a_second(pid) for _ in range(TRIES))


@APIS
def test_what_an_idle_client_does_would_be_seen(
    api: str, model: ScriptedModel, listening: Listening
) -> None:
    with attached(listening, api, ping=0.1) as pid:
        assert min(in_a_second(pid) for _ in range(2)) >= 5
