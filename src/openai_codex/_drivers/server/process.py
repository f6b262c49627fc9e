"""One server: started with a keeper or detached, watched until it is ready, ended. It blocks."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..._safe_text import safe_lines
from ...config import AppServerConfig
from ...errors import AddressInUseError, StartupError
from ..keeper import kept
from ..process.launch import Launch, plan
from ..socket.knock import is_listening
from .record import (
    Record,
    connect_to,
    drop_broken,
    files_of,
    forget,
    home_of,
    private_file,
    publish,
    read_record,
    remove_socket,
    socket_of,
)

__all__ = ["Running", "end", "found", "launch"]

_LOOK_EVERY = 0.01
_KILLED_WITHIN = 5.0
_IN_USE = "already in use"
_SOCKET = "openai-codex.sock"


@dataclass
class Running:
    """A server that runs: where its files are, its record, and what we started, if we did."""

    home: Path
    record: Record
    started: subprocess.Popen[bytes] | None = None
    owner: int = field(default_factory=os.getpid)  # a forked child has this, and is not its owner

    @property
    def is_alive(self) -> bool:
        """Whether its process is there."""
        return _is_alive(self.record.pid)


def found(home: Path) -> Running | None:
    """Return the server of this home that listens, or None; files of one that is gone go too."""
    record = read_record(home)
    if record is None:
        return None
    with contextlib.suppress(ValueError):
        if is_listening(record.connect):
            return Running(home, record, _detached.get(record.pid))
    if not _is_alive(record.pid):
        forget(home)
        with contextlib.suppress(ValueError):
            remove_socket(record.address)
    return None


def launch(config: AppServerConfig, listen: str | None, *, detached: bool) -> Running:
    """Start a server and wait until it listens; raises StartupError, and leaves nothing then."""
    plan_of_it = plan(config)
    home = home_of(plan_of_it.env)
    if not home.is_dir():
        raise StartupError(f"CODEX_HOME {home}: there is no such folder; make it first")
    other = found(home)
    if other is not None:
        raise AddressInUseError(address=other.record.address, pid=other.record.pid)
    address = listen or f"unix://{home / _SOCKET}"
    if not address.endswith(":0") and is_listening(connect_to(address, None), anyhow=True):
        raise AddressInUseError(address=address)
    drop_broken(home)
    return _Start(plan_of_it, home, address, config, detached=detached).run()


class _Start:
    """One server on its way to being ready."""

    def __init__(
        self, launch: Launch, home: Path, address: str, config: AppServerConfig, *, detached: bool
    ) -> None:
        self._launch = launch
        self._home = home
        self._address = address
        self._config = config
        self._detached = detached
        self._record_file, self._token_file, self._log = files_of(home)
        self._process: subprocess.Popen[bytes] | None = None

    def run(self) -> Running:
        """Start it, and wait."""
        try:
            argv = (*self._launch.argv, "--listen", self._address, *self._auth())
            with private_file(self._log).open("ab") as output:
                process, pid = self._spawn(argv, output.fileno())
            record = self._ready(process, pid)
            if not publish(self._home, record):
                raise AddressInUseError(address=record.address)
        except BaseException as error:
            self._give_up()
            if isinstance(error, (OSError, ValueError)) and not isinstance(error, StartupError):
                raise StartupError(f"the server could not be started: {error}") from error
            raise
        if self._detached:
            _detached[pid] = process
        return Running(self._home, record, process)

    def _auth(self) -> tuple[str, ...]:
        if not self._address.startswith("ws://"):
            return ()
        private_file(self._token_file, secrets.token_urlsafe(32))
        return ("--ws-auth", "capability-token", "--ws-token-file", str(self._token_file))

    def _spawn(self, argv: tuple[str, ...], output: int) -> tuple[subprocess.Popen[bytes], int]:
        """Start the runtime, or what keeps it; returns that, and the process of the runtime."""
        if self._detached:
            self._process = self._popen(argv, subprocess.DEVNULL, output, output)
            return self._process, self._process.pid
        own = (self._record_file, self._token_file, self._log)
        files = (*map(str, own), socket_of(self._address) or "")
        seconds = self._config.shutdown_timeout
        keeper = kept(argv, seconds=seconds, files=files, tells_pid=True)
        self._process = self._popen(keeper, subprocess.PIPE, subprocess.PIPE, output)
        assert self._process.stdout is not None
        with self._process.stdout as told:
            pid = told.readline()
        if not pid:
            raise StartupError(f"the server could not be started: {self._last_words()}")
        return self._process, int(pid)

    def _popen(
        self, argv: Sequence[str], stdin: int, stdout: int, stderr: int
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            argv,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env=dict(self._launch.env),
            cwd=self._launch.cwd,
            start_new_session=True,  # Ctrl-C is for the program
        )

    def _ready(self, process: subprocess.Popen[bytes], pid: int) -> Record:
        """Wait until it listens, and return how to find it; raises StartupError."""
        seconds = self._config.startup_timeout
        end = None if seconds is None else time.monotonic() + seconds
        while True:
            if process.poll() is not None:
                raise self._failure()
            record = Record(self._listening_at(), pid, self._token_name())
            if not record.address.endswith(":0") and is_listening(record.connect):
                return record
            if end is not None and time.monotonic() > end:
                raise StartupError(f"the server did not listen at {self._address} in {seconds:g} s")
            time.sleep(_LOOK_EVERY)

    def _listening_at(self) -> str:
        """Return its address, which the runtime prints where the system chose the port."""
        if self._address.startswith("ws://"):
            words = self._log.read_text(encoding="utf-8", errors="replace").split()
            told = (word.rstrip("/") for word in words if word.startswith("ws://"))
            return next(told, self._address)
        return self._address

    def _token_name(self) -> str | None:
        return str(self._token_file) if self._address.startswith("ws://") else None

    def _failure(self) -> StartupError:
        told = self._last_words()
        if _IN_USE in told:
            return AddressInUseError(address=self._address)
        return StartupError(f"the runtime did not come up: {told}")

    def _last_words(self) -> str:
        text = self._log.read_text(encoding="utf-8", errors="replace")
        lines = [line for line in safe_lines(text) if line.strip()]
        errors = [line for line in lines if "rror" in line] or lines
        return errors[-1].strip() if errors else "it printed nothing"

    def _give_up(self) -> None:
        process = self._process
        if process is not None and self._detached:
            process.kill()
            process.wait()
        elif process is not None:
            stop_keeper(process, 0.0)
        self._tidy()

    def _tidy(self) -> None:
        """Take away our own files; a record that is there is another server's."""
        for path in (self._token_file, self._log):
            path.unlink(missing_ok=True)
        if self._process is not None:
            remove_socket(self._address)


_detached: dict[int, subprocess.Popen[bytes]] = {}
"""Servers that outlive us, by process: while we live they have to be reaped."""


def end(running: Running, seconds: float) -> None:
    """End a server, within about so many seconds before it is killed, and take its files away."""
    pid, started = running.record.pid, running.started
    if running.owner != os.getpid():
        return
    is_ours = read_record(running.home) == running.record
    if started is not None and pid not in _detached:
        stop_keeper(started, seconds)
    else:
        _kill(pid, signal.SIGTERM)
        if not _wait(lambda: not _is_alive(pid), seconds):
            _kill(pid, signal.SIGKILL)
            _wait(lambda: not _is_alive(pid), _KILLED_WITHIN)
        _detached.pop(pid, None)
    if is_ours:
        forget(running.home)
        remove_socket(running.record.address)


def stop_keeper(keeper: subprocess.Popen[bytes], seconds: float) -> None:
    """Let the keeper end its server, which it does when its stdin ends."""
    if keeper.stdin is not None:
        with contextlib.suppress(OSError):
            keeper.stdin.close()
    try:
        keeper.wait(seconds + _KILLED_WITHIN)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(OSError):
            os.killpg(keeper.pid, signal.SIGKILL)
        keeper.wait()


def _is_alive(pid: int) -> bool:
    ours = _detached.get(pid)
    if ours is not None and ours.poll() is not None:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    # One that ended is no more, also where it cannot be reaped yet: its threads may end after it.
    stat = Path(f"/proc/{pid}/stat")
    with contextlib.suppress(OSError):
        text = stat.read_text(encoding="utf-8", errors="replace")
        return text.rpartition(")")[2].split()[0] != "Z"
    return True


def _kill(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _wait(is_so: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_EVERY)
    return True
