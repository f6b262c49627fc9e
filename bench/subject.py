"""What the rows' programs share: a client of the fake server, a clock, and the floors.

Runs under both interpreters, so it uses only names that both packages have.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import render
from raw import RawClient

SERVER = str(Path(__file__).parent / "server.py")


def server_argv(*arguments: str) -> tuple[str, ...]:
    """Return the command line of a fake server."""
    return (sys.executable, "-S", SERVER, *arguments)


def fake(*arguments: str, **fields: Any) -> Any:
    """Return the config of a client whose runtime is a fake server."""
    from openai_codex import CodexConfig

    return CodexConfig(launch_args_override=server_argv(*arguments), **fields)


class Stopwatch:
    """Measure this process from here on, all its threads and none of its children."""

    def __init__(self) -> None:
        self._cpu, self._wall = time.process_time(), time.monotonic()

    @property
    def cpu(self) -> float:
        """Return the seconds of CPU since the start."""
        return time.process_time() - self._cpu

    @property
    def wall(self) -> float:
        """Return the seconds since the start."""
        return time.monotonic() - self._wall


TURNS = 5
"""How many turns are measured of which the least counts."""


def least(turns: list[dict[str, float]]) -> dict[str, float]:
    """Return the figures of the turn that took the least: neighbours on a machine only ever add."""
    return min(turns, key=lambda figures: figures["cpu"])


def streamed(codex: Any, **options: Any) -> dict[str, float]:
    """Stream a turn of a sync client to warm up, then some more; give the figures of the least."""

    def look(text: str) -> dict[str, float]:
        watch = Stopwatch()
        events = sum(event.payload is not None for event in thread.turn(text).stream())
        return {"cpu": watch.cpu / events * 1e6, "events": events}

    thread = codex.thread_start(**options)
    look("warm up")
    return least([look("go") for _ in range(TURNS)])


def resident_bytes() -> int:
    """Return the memory this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def peak_bytes() -> int:
    """Return the most memory this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


class RawTurns:
    """Run turns on a fake server with nothing but `os.read`, `split` and `from_json`."""

    def __init__(self, *arguments: str) -> None:
        from pydantic_core import from_json

        self._from_json = from_json
        self._process = subprocess.Popen(
            server_argv(*arguments), bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._chunks = self._read()
        self._ask("initialize", {})
        self._ask("thread/start", {})

    def turn(self, see: Callable[[str, Any], object]) -> int:
        """Run one turn, show every event to `see`, and return how many there were."""
        self._ask("turn/start", {"threadId": render.THREAD % 1})  # lines as long as the others'
        from_json, tail, events = self._from_json, b"", 0
        for chunk in self._chunks:
            *lines, tail = (tail + chunk).split(b"\n")
            for line in lines:
                message = from_json(line)
                method = message.get("method")
                if method is not None:
                    see(method, message["params"])
                    events += 1
            if lines and method == "turn/completed":
                return events
        raise EOFError("the fake server ended early")

    def close(self) -> None:
        """End the server."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def _read(self) -> Iterator[bytes]:
        assert self._process.stdout is not None
        while chunk := os.read(self._process.stdout.fileno(), 64 * 1024):
            yield chunk

    def _ask(self, method: str, params: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        line = json.dumps({"id": 0, "method": method, "params": params})
        self._process.stdin.write(line.encode() + b"\n")


def typed_floor(*bodies: str) -> dict[str, float]:
    """Return the least that reading, parsing and typing the second body's events can cost."""
    from openai_codex._wire.decoding import decode_notification

    def look() -> dict[str, float]:
        watch = Stopwatch()
        events = turns.turn(decode_notification)
        return {"cpu": watch.cpu / events * 1e6}

    turns = RawTurns(*bodies)
    look()
    figures = least([look() for _ in range(TURNS)])
    turns.close()
    return figures


@contextmanager
def real_runtime(deltas: int = 20, *, commands: int = 0) -> Iterator[dict[str, Any]]:
    """Serve a scripted model beside this process; gives the fields of a config that uses it.

    Every turn runs so many commands, and is answered with so many deltas.
    """
    with beside("model.py", deltas, commands) as fields:
        yield {**fields, "config_overrides": tuple(fields["config_overrides"])}


@contextmanager
def beside(script: str, *arguments: object) -> Iterator[Any]:
    """Run a server of this folder beside this process; gives the line of JSON that it prints."""
    ours = Path(__file__).parent.parent / ".venv" / "bin" / "python"
    argv = [ours, Path(__file__).parent / script, *arguments]
    server = subprocess.Popen(
        [str(word) for word in argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert server.stdin is not None
    assert server.stdout is not None
    told = json.loads(server.stdout.readline())
    try:
        yield told
    finally:
        server.stdin.close()
        server.wait()
        server.stdout.close()


def raw_client(fields: dict[str, Any]) -> RawClient:
    """Return a raw client of the real runtime with these fields."""
    from codex_cli_bin import bundled_codex_path  # type: ignore[import-untyped]

    overrides = [word for text in fields["config_overrides"] for word in ("--config", text)]
    argv = [str(bundled_codex_path()), *overrides, "app-server"]
    return RawClient(argv, env=fields["env"], cwd=fields["cwd"])
