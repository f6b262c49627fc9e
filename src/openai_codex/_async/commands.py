"""Commands without a thread: `codex.exec` and `codex.start_exec`."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .._checks import MOST_63, check_count, check_flag, check_path, checked_seconds
from .._core.deadline import Deadline
from .._core.messages import Closed, Failure, Reply
from .._core.routes import EVERYONE
from .._drivers.aio import call_on_event
from .._failures import rpc_error
from .._turns.commands import ExecOutput, ExecResult, base64_of, checked_argv, terminal_size
from .._turns.presets import Sandbox, sandbox_policy
from ..errors import InvalidRequestError
from .printing import _Printing

if TYPE_CHECKING:
    from .rpc import AsyncRpc

__all__ = ["AsyncExec", "ExecOptions", "run_command"]

_METHOD = "command/exec"
_RETRY_EVERY = 0.02  # seconds; requests are served side by side, so that one may come too early


@dataclass(frozen=True)
class ExecOptions:
    """How a command is run."""

    argv: Sequence[str]
    cwd: str | os.PathLike[str] | None = None
    env: Mapping[str, str | None] | None = None
    timeout: Any = None
    sandbox: Sandbox | None = None
    tty: bool = False
    size: tuple[int, int] | None = None
    max_output_bytes: int | None = None
    stdin: bool = True

    def params(self, process_id: str, folder: str | None) -> dict[str, Any]:
        """Return the params of command/exec for a runtime in `folder`; raises for bad options."""
        seconds = checked_seconds("timeout", self.timeout)
        return {
            "processId": process_id,
            "command": checked_argv(self.argv),
            # Streamed in any case: there is one way to read output, whether its caller waits or
            # watches.
            "streamStdoutStderr": True,
            "streamStdin": self.stdin,
            "tty": self.tty,
            **self._given(folder),
            # Said in words, or the runtime would end it after a time-out of its own choice.
            **({"disableTimeout": True} if seconds is None else _milliseconds(seconds)),
        }

    def _given(self, folder: str | None) -> dict[str, Any]:
        check_path("cwd", self.cwd)
        check_flag("tty", self.tty)
        if self.max_output_bytes is not None:
            check_count("max_output_bytes", self.max_output_bytes, least=1, most=MOST_63)
        given = {
            "cwd": None if self.cwd is None else os.fspath(self.cwd),
            "env": None if self.env is None else dict(self.env),
            "sandboxPolicy": self._policy(folder),
            "size": None if self.size is None else terminal_size(*self.size),
            "outputBytesCap": self.max_output_bytes,
        }
        return {name: value for name, value in given.items() if value is not None}

    def _policy(self, folder: str | None) -> dict[str, Any] | None:
        """Return the sandbox; its workspace is the command's folder, as a thread's is its own.

        The runtime means its own folder, wherever the command runs.
        """
        policy = sandbox_policy(self.sandbox)
        if self.sandbox is Sandbox.workspace_write and self.cwd is not None:
            root = os.path.join(folder or "", os.fspath(self.cwd))  # noqa: PTH118 - as text
            if policy is not None and os.path.isabs(root):  # noqa: PTH117
                policy["writableRoots"] = [root]
        return policy


class AsyncExec(_Printing):
    """A command that runs on the runtime's side, in its sandbox; `exit_code` is None until it ends.

    As a context manager it ends the command on exit. Its output is there to be read once.
    """

    _ending = _METHOD

    def __init__(self, rpc: AsyncRpc, options: ExecOptions) -> None:
        # An id of ours, so that the output which comes before any reply finds its way here.
        self._id = f"exec-{secrets.token_hex(8)}"
        params = options.params(self._id, rpc.config._folder)
        super().__init__(rpc, "command/exec/outputDelta", "processId", self._id)
        self._is_known = False
        # Before the call: the runtime may print what the command says before this goes on.
        rpc.locked(lambda session: session.routes.join(EVERYONE, self._box))
        rpc.driver.call(_METHOD, params, self._box, None)

    async def write(self, data: bytes | str) -> None:
        """Write to the command's input (command/exec/write); text is UTF-8."""
        await self._ask("write", deltaBase64=base64_of("data", data))

    async def feed(self, data: bytes | str) -> None:
        """Write all that the command will read, as far as it does."""
        try:
            await self.write(data)
            await self.close_stdin()
        except InvalidRequestError:
            # A command that ends before it has read everything, as `head` does, is none that
            # failed.
            if not self._box.is_over:
                raise

    async def close_stdin(self) -> None:
        """Close the command's input (command/exec/write)."""
        await self._ask("write", closeStdin=True)

    async def resize(self, columns: int, rows: int) -> None:
        """Change the size of the command's terminal, in characters (command/exec/resize)."""
        await self._ask("resize", size=terminal_size(columns, rows))

    async def terminate(self) -> None:
        """End the command (command/exec/terminate)."""
        await self._ask("terminate")

    async def _ask(self, what: str, **params: Any) -> None:
        """Ask for something; again while the runtime does not know yet of the command."""
        bound = Deadline(self._rpc.config.interrupt_timeout)
        while not await self._is_asked(what, params, bound):
            await self._rpc.pause(_RETRY_EVERY)

    async def _is_asked(self, what: str, params: dict[str, Any], bound: Deadline) -> bool:
        try:
            await self._rpc.request(f"command/exec/{what}", {"processId": self._id, **params})
        except InvalidRequestError:
            # Refused once it was known means that it is gone, and no later attempt would find it.
            if self._is_known or self._box.is_over or bound.is_over:
                self._raise_if_refused()
                raise
            return False
        self._is_known = True
        return True

    async def _ask_to_end(self) -> None:
        await self.terminate()

    def _is_end(self, item: Any) -> bool:
        return isinstance(item, (Reply, Failure, Closed))

    def _code(self, item: Any) -> int | None:
        return int(item.result["exitCode"]) if isinstance(item, Reply) else None

    def _raise_if_failed(self) -> None:
        self._raise_if_refused()
        super()._raise_if_failed()

    def _raise_if_refused(self) -> None:
        """Raise why the runtime did not run it, though nobody may have read that yet."""
        for item in (self._ended, *self._queue.items):
            if isinstance(item, Failure):
                version = self._rpc.runtime_version or "unknown"
                raise rpc_error(_METHOD, item.code, item.message, item.data, runtime=version)


async def run_command(
    rpc: AsyncRpc,
    options: ExecOptions,
    *,
    input: bytes | str | None,
    on_output: Callable[[ExecOutput], Any] | None,
) -> ExecResult:
    """Run a command to its end and return what it printed."""
    pieces: dict[str, list[bytes]] = {"stdout": [], "stderr": []}
    truncated = False
    # Without an input it has none to wait for, and a program that reads ends at once.
    options = replace(options, stdin=input is not None)
    await rpc.come_back()
    async with AsyncExec(rpc, options) as running:
        if input is not None:
            await running.feed(input)
        async for piece in running.output(timeout=rpc.timeout_for(_METHOD)):
            pieces[piece.stream].append(piece.data)
            truncated = truncated or piece.is_last_of_many
            if on_output is not None:
                await call_on_event(on_output, piece)
    out, err = (b"".join(pieces[name]) for name in ("stdout", "stderr"))
    return ExecResult(running.exit_code or 0, out, err, truncated)


def _milliseconds(seconds: float) -> dict[str, int]:
    return {"timeoutMs": round(seconds * 1000)}
