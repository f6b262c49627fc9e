"""An exec-server in a process of its own, which ends with the program that started it.

Knows no client: it is started, tells its address, and is ended. On POSIX a keeper stands between,
because `codex exec-server` has no way of its own to notice that its program is gone.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from typing import IO, Any

from .._checks import check_kind, check_path, checked_bound
from .._drivers.keeper import kept
from .._drivers.process.launch import plan
from .._drivers.process.platform import current
from .._safe_text import safe_repr
from ..config import AppServerConfig
from ..errors import StartupError
from .environment import Environment, folder_in

__all__ = ["ExecServer"]

_GENTLE = 2.0
_HARD = 5.0
_MOST_TOLD = 4096


class ExecServer:
    """An exec-server on this machine (`codex exec-server`), for `thread_start(environment=...)`.

    A context manager, with `with` and `async with`. It listens on a free port of 127.0.0.1, asks
    for a token that only this object knows, and ends with this program, whatever ends that.

    | option | meaning |
    |---|---|
    | `cwd` | the folder to work in, absolute |
    | `name` | the environment's name; see `Environment` |
    | `env` | variables that its commands see beside those that are inherited |
    | `inherit_env` | as for `AppServerConfig`; unless given "clean", which has no keys of yours |
    | `wrap` | words before the command line: `("sudo", "-u", "agent")`, `("unshare", "-rm")` |
    | `codex_bin` | the binary to start; unless given, the runtime of this package |
    | `start_timeout` | seconds within which it must listen |

    Raises StartupError when it does not come up, and on Windows, where it is not supported.
    """

    def __init__(
        self,
        *,
        cwd: str | os.PathLike[str] | None = None,
        name: str = "",
        env: Mapping[str, str] | None = None,
        inherit_env: str | Sequence[str] = "clean",
        wrap: Sequence[str] = (),
        codex_bin: str | None = None,
        start_timeout: float = 10.0,
    ) -> None:
        check_path("cwd", cwd)
        check_kind("wrap", wrap, list, tuple)
        self._cwd = None if cwd is None else folder_in(cwd)
        self._name = name
        self._seconds = checked_bound("start_timeout", start_timeout)
        self._wrap = tuple(wrap)
        self._config = AppServerConfig(
            env=dict(env or {}), inherit_env=inherit_env, codex_bin=codex_bin, cwd=self._cwd
        )
        self._token = secrets.token_urlsafe(32)
        self._process: subprocess.Popen[Any] | None = None
        self._printed: IO[bytes] | None = None
        self._environment: Environment | None = None

    def __repr__(self) -> str:
        process, environment = self._process, self._environment
        if process is None or environment is None:
            return "<ExecServer not started>"
        state = "ended" if process.poll() is not None else f"pid {process.pid}"
        return f"<ExecServer {safe_repr(environment.url)} {state}>"

    @property
    def environment(self) -> Environment:
        """Where it listens, with its token, for `codex.environment` and `thread_start`."""
        if self._environment is None:
            raise StartupError("this exec-server is not started: enter its block, or call start()")
        return self._environment

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> ExecServer:
        """Start it and wait until it listens; raises StartupError. Idempotent."""
        if self._environment is None:
            self._spawn()
            self._await_address()
        return self

    def close(self) -> None:
        """End it and all that it started. Idempotent; never raises."""
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()  # which ends it; then we insist
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GENTLE)
        self._kill()

    def __enter__(self) -> ExecServer:
        return self.start()

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    async def __aenter__(self) -> ExecServer:
        from .._drivers.aio import off_loop  # which a program without a loop need not load

        self._spawn()
        try:
            await off_loop(self._await_address)
        except BaseException:  # cancelled: the thread that waits sees its end
            self._kill()
            raise
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        from .._drivers.aio import off_loop

        await off_loop(self.close)

    # --- internals -------------------------------------------------------------------------------

    def _spawn(self) -> None:
        if sys.platform == "win32":
            raise StartupError(
                "ExecServer is not supported on Windows: start `codex exec-server --listen "
                "ws://127.0.0.1:0` yourself, and pass Environment(url)"
            )
        launch = plan(self._config)
        self._printed = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        try:
            self._process = subprocess.Popen(
                kept((*self._wrap, *self._argv(launch.argv[0])), seconds=_HARD),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._printed,
                env=dict(launch.env),
                cwd=launch.cwd,
                **current().spawn_options(),
            )
        except (OSError, ValueError) as error:
            self._printed.close()
            raise StartupError(f"the exec-server could not be started: {error}") from error

    def _argv(self, binary: str) -> list[str]:
        digest = hashlib.sha256(self._token.encode()).hexdigest()  # which others may read
        auth = ["--ws-auth", "capability-token", "--ws-token-sha256", digest]
        return [binary, "exec-server", "--listen", "ws://127.0.0.1:0", *auth]

    def _await_address(self) -> None:
        try:
            url = self._first_line()
            self._environment = Environment(url, self._token, cwd=self._cwd, name=self._name)
        except BaseException:
            self._kill()
            raise

    def _first_line(self) -> str:
        """Return the line that it prints when it listens; raises StartupError."""
        deadline, told = time.monotonic() + self._seconds, b""
        with selectors.DefaultSelector() as ready:
            ready.register(self._out, selectors.EVENT_READ)
            while b"\n" not in told:
                if not ready.select(max(0.0, deadline - time.monotonic())):
                    raise self._not_up(f"it did not listen within {self._seconds:g} s")
                data = os.read(self._out.fileno(), _MOST_TOLD)
                if not data or len(told) > _MOST_TOLD:
                    raise self._not_up("it ended, or printed something else")
                told += data
        line = told.partition(b"\n")[0].decode(errors="replace").strip()
        if not line.startswith("ws://"):
            raise self._not_up("it printed no address")
        return line

    @property
    def _out(self) -> IO[bytes]:
        assert self._process is not None
        assert self._process.stdout is not None
        return self._process.stdout

    def _not_up(self, why: str) -> StartupError:
        tail = ""
        if self._printed is not None:
            size = self._printed.seek(0, os.SEEK_END)
            self._printed.seek(max(0, size - _MOST_TOLD))
            tail = self._printed.read().decode(errors="replace")
        return StartupError(f"the exec-server did not come up: {why}", stderr_tail=tail)

    def _kill(self) -> None:
        process = self._process
        if process is None:
            return
        if process.poll() is None:
            current().kill_tree(process.pid)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_HARD)
        for pipe in (process.stdin, process.stdout, self._printed):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
