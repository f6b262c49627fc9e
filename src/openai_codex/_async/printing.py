"""What runs on the runtime's side and prints: a command, or a process. Its output, and its end.

How it is spoken to, and what tells its end, is the business of `commands` and `processes`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from .._checks import checked_seconds
from .._core.careful_log import CarefulLog
from .._core.deadline import NEVER, Deadline
from .._core.messages import Closed
from .._core.routes import EVERYONE
from .._core.selection import Selection
from .._drivers.aio import Mailbox, run_in_background
from .._turns.commands import ExecOutput
from ..errors import CodexError, RequestTimeoutError

if TYPE_CHECKING:
    from .rpc import AsyncRpc

__all__ = ["_Printing"]

P = TypeVar("P", bound="_Printing")

_log = CarefulLog("openai_codex.commands")


class _Printing:
    """The parts of a command and of a process that are alike."""

    _ending: ClassVar[str]
    """The method that tells of the end, for errors."""

    def __init__(self, rpc: AsyncRpc, method: str, key: str, value: str, *, last: str = "") -> None:
        self._rpc = rpc
        self._queue = Mailbox()
        limit = rpc.config.max_unread_bytes
        self._box = Selection(self._queue, method, key, value, limit=limit, last=last)
        self._ended: Any = None
        self.exit_code: int | None = None

    def __repr__(self) -> str:
        state = "running" if self._ended is None else f"exit code {self.exit_code}"
        return f"<{type(self).__name__} {state}>"

    async def __aenter__(self: P) -> P:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self.leave()

    async def output(self, *, timeout: Any = None) -> AsyncIterator[ExecOutput]:
        """Yield what it prints, as it comes, until it ends.

        `timeout` counts seconds from here. Raises RequestTimeoutError, StreamOverflowError,
        TransportClosedError, and the runtime's refusal of a command as a JsonRpcError.
        """
        deadline = NEVER.or_after(checked_seconds("timeout", timeout))
        while self._ended is None:
            item = self._queue.pop()
            if item is None:
                await self._wait(deadline)
            elif self._is_end(item):
                self._end(item)
            else:
                self._box.read(item.size)
                yield ExecOutput.from_wire(item.params)
        self._raise_if_failed()

    async def wait(self, *, timeout: Any = None) -> int:
        """Wait until it ends, drop what it prints, and return its exit code."""
        async for _ in self.output(timeout=timeout):
            pass
        return self.exit_code or 0

    def leave(self) -> None:
        """End it, unless it is over, and do not wait for that."""
        self._rpc.locked(lambda session: session.routes.leave(EVERYONE, self._box))
        if self._ended is None:
            # First: a reader that waits elsewhere must not take what its end brings.
            self._ended = Closed(self._too_late(0.0))
            run_in_background(self._stop)

    # --- internals -------------------------------------------------------------------------------

    def _is_end(self, item: Any) -> bool:
        raise NotImplementedError

    def _code(self, item: Any) -> int | None:
        """Return the exit code that an end tells, None for one that tells none."""
        raise NotImplementedError

    async def _ask_to_end(self) -> None:
        raise NotImplementedError

    def _end(self, item: Any) -> None:
        self._ended = item
        self._rpc.locked(lambda session: session.routes.leave(EVERYONE, self._box))
        self.exit_code = self._code(item)

    def _raise_if_failed(self) -> None:
        if isinstance(self._ended, Closed):
            raise self._ended.fresh_cause()

    async def _stop(self) -> None:
        try:
            await self._ask_to_end()
        except CodexError as error:  # it ended by itself, or went with the runtime
            _log.debug("what is left could not be ended: %s", error)

    async def _wait(self, deadline: Deadline) -> None:
        if deadline.is_over:
            raise self._too_late(deadline.seconds or 0.0)
        await self._queue.wait(deadline.left())

    def _too_late(self, seconds: float) -> RequestTimeoutError:
        return RequestTimeoutError(
            method=self._ending, seconds=seconds, **self._rpc.signs_of_life()
        )
