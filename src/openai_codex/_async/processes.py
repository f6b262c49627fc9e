"""Processes beside the sandbox: `codex.processes`. They run with all rights of the runtime."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .. import methods
from .._checks import MOST_63, check_count, check_flag, check_path, checked_seconds
from .._core.messages import Closed
from .._core.routes import EVERYONE
from .._core.session import Session
from .._turns.commands import base64_of, checked_argv, terminal_size
from .namespace import AsyncNamespace
from .printing import _Printing
from .rpc import AsyncRpc

__all__ = ["AsyncProcess", "AsyncProcesses"]

_OUTPUT = "process/outputDelta"
_EXITED = "process/exited"


class AsyncProcess(_Printing):
    """A process on the runtime's side, outside any sandbox; `exit_code` is None until it ends.

    As a context manager it kills the process on exit, unless it is over. Its output is there to be
    read once.
    """

    _ending = _EXITED

    def __init__(self, rpc: AsyncRpc, handle: str) -> None:
        self._handle = handle
        super().__init__(rpc, _OUTPUT, "processHandle", handle, last=_EXITED)
        rpc.locked(self._join)

    async def write(self, data: bytes | str) -> None:
        """Write to the process's input (process/writeStdin); text is UTF-8."""
        params = self._params(deltaBase64=base64_of("data", data))
        await self._rpc.call(methods.process.WRITE_STDIN, params)

    async def close_stdin(self) -> None:
        """Close the process's input (process/writeStdin)."""
        await self._rpc.call(methods.process.WRITE_STDIN, self._params(closeStdin=True))

    async def resize(self, columns: int, rows: int) -> None:
        """Change the size of the process's terminal, in characters (process/resizePty)."""
        params = self._params(size=terminal_size(columns, rows))
        await self._rpc.call(methods.process.RESIZE_PTY, params)

    async def kill(self) -> None:
        """Kill the process (process/kill); raises InvalidRequestError when it is over."""
        await self._rpc.call(methods.process.KILL, self._params())

    # --- internals -------------------------------------------------------------------------------

    def _params(self, **given: Any) -> dict[str, Any]:
        return {"processHandle": self._handle, **given}

    def _join(self, session: Session) -> None:
        session.routes.join(EVERYONE, self._box)
        session.tell_if_closed(self._box)

    async def _ask_to_end(self) -> None:
        await self.kill()

    def _is_end(self, item: Any) -> bool:
        return isinstance(item, Closed) or item.method == _EXITED

    def _code(self, item: Any) -> int | None:
        return None if isinstance(item, Closed) else int(item.params["exitCode"])


class AsyncProcesses(AsyncNamespace):
    """Starts processes outside any sandbox, with all rights of the runtime.

    For a command inside the sandbox, see `Codex.exec`.
    """

    async def start(
        self,
        argv: Sequence[str],
        *,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str | None] | None = None,
        timeout: Any = None,
        tty: bool = False,
        size: tuple[int, int] | None = None,
        max_output_bytes: int | None = None,
    ) -> AsyncProcess:
        """Start a process (process/spawn) and return its handle; no shell, and no sandbox.

        The options are those of `Codex.start_exec`, but `sandbox`. A program that is not there is
        an InternalRpcError. Leaving the handle's block kills the process.
        """
        rpc: AsyncRpc = await self._ready()
        params = _params(rpc, argv, cwd=cwd, env=env, timeout=timeout, tty=tty, size=size)
        if max_output_bytes is not None:
            check_count("max_output_bytes", max_output_bytes, least=1, most=MOST_63)
            params["outputBytesCap"] = max_output_bytes
        await rpc.come_back()
        process = AsyncProcess(rpc, params["processHandle"])
        try:
            await rpc.call(methods.process.SPAWN, params)
        except BaseException:
            process.leave()
            raise
        return process


def _params(
    rpc: AsyncRpc,
    argv: Sequence[str],
    *,
    cwd: Any,
    env: Mapping[str, str | None] | None,
    timeout: Any,
    tty: bool,
    size: tuple[int, int] | None,
) -> dict[str, Any]:
    check_path("cwd", cwd)
    check_flag("tty", tty)
    seconds = checked_seconds("timeout", timeout)
    folder = Path(rpc.config._folder or "", "" if cwd is None else os.fspath(cwd))
    params: dict[str, Any] = {
        "processHandle": f"process-{secrets.token_hex(8)}",
        "command": checked_argv(argv),
        "cwd": str(folder.absolute()),
        "streamStdin": True,
        "streamStdoutStderr": True,
        "timeoutMs": None if seconds is None else round(seconds * 1000),
        "tty": tty,
    }
    given = {"env": None if env is None else dict(env), "size": size and terminal_size(*size)}
    return params | {name: value for name, value in given.items() if value is not None}
