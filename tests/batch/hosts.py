"""Two hosts on one machine: network namespaces that are joined by a cable and share no folder.

Needs root and `ip`; `can_make_hosts` says whether that is so here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tests.batch.conftest import until

ADDRESSES = ("10.77.0.1", "10.77.0.2")

# The scripted model listens on loopback, which each host has its own: a relay on each passes
# connections on, over a socket in the file system.
RELAY = """
import asyncio, sys

async def pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()

def relay(connect):
    async def serve(reader, writer):
        there, back = await connect()
        await asyncio.gather(pump(reader, back), pump(there, writer))
    return serve

async def main(kind, port, path):
    if kind == "in":
        server = await asyncio.start_server(
            relay(lambda: asyncio.open_unix_connection(path)), "127.0.0.1", port)
    else:
        server = await asyncio.start_unix_server(
            relay(lambda: asyncio.open_connection("127.0.0.1", port)), path)
    print("ready", flush=True)
    await server.serve_forever()

asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
"""


@cache
def can_make_hosts() -> bool:
    """Tell whether this machine lets us make network namespaces."""
    if shutil.which("ip") is None or shutil.which("unshare") is None or os.geteuid() != 0:
        return False
    name = f"try{uuid.uuid4().hex[:8]}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False)
    if made.returncode == 0:
        subprocess.run(["ip", "netns", "del", name], check=True)
    return made.returncode == 0


class Hosts:
    """Two hosts. Programs on the second do not see `hidden`, nor what the first writes there."""

    def __init__(self, folder: Path, *, hidden: Path) -> None:
        self._tag = uuid.uuid4().hex[:6]
        self._folder = folder
        self._hidden = hidden
        self._made: list[str] = []
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Make them and join them."""
        names = [self._name(number) for number in (0, 1)]
        for name in names:
            _ip("netns", "add", name)
            self._made.append(name)
        ends = [f"v{self._tag}{number}" for number in (0, 1)]
        cable = ("type", "veth", "peer", "name", ends[1], "netns", names[1])
        _ip("link", "add", ends[0], "netns", names[0], *cable)
        for name, end, address in zip(names, ends, ADDRESSES, strict=True):
            _ip("-n", name, "addr", "add", f"{address}/24", "dev", end)
            _ip("-n", name, "link", "set", end, "up")
            _ip("-n", name, "link", "set", "lo", "up")

    def _name(self, number: int) -> str:
        return f"host{self._tag}{number}"

    def share_port(self, port: int) -> None:
        """Let both hosts reach a port of this machine's loopback as their own."""
        path = str(self._folder / "relay")
        self._relay([], "out", port, path)
        for number in (0, 1):
            self._relay(["ip", "netns", "exec", self._name(number)], "in", port, path)

    def _relay(self, before: Sequence[str], kind: str, port: int, path: str) -> None:
        command = [*before, sys.executable, "-c", RELAY, kind, str(port), path]
        relay = subprocess.Popen(command, stdout=subprocess.PIPE)
        self._running.append(relay)
        assert relay.stdout is not None
        assert relay.stdout.readline() == b"ready\n"

    def run(self, number: int, command: Sequence[str], *, log: Path) -> subprocess.Popen[bytes]:
        """Start a program on a host."""
        words = ["ip", "netns", "exec", self._name(number)]
        if number:
            script = 'mount -t tmpfs none "$0" && exec "$@"'
            words += ["unshare", "--mount", "sh", "-c", script, str(self._hidden)]
        with log.open("wb") as file:
            process = subprocess.Popen([*words, *command], stdout=file, stderr=file)
        self._running.append(process)
        return process

    def stop(self) -> None:
        """End all programs, and remove the hosts."""
        for process in reversed(self._running):
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()
        for name in self._made:
            _ip("netns", "del", name)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def port_of(url: str) -> int:
    """The port of an address such as http://127.0.0.1:4000/v1."""
    return int(url.rpartition(":")[2].partition("/")[0])


def wait_for(path: Path, text: str) -> None:
    """Block until a log has a text."""
    until(lambda: path.exists() and text in path.read_text())
