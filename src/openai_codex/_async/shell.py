"""A user's own command in a thread: what `Thread.shell_command` waits for."""

from __future__ import annotations

import contextlib
import functools
import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import methods
from .._checks import check_text, checked_seconds
from .._core.careful_log import CarefulLog
from .._core.deadline import NEVER, Deadline
from .._core.messages import Closed
from .._core.session import Session
from .._drivers.aio import Latch, Mailbox, run_in_background
from .._failures import is_too_early
from ..errors import CodexError, InvalidRequestError, RequestTimeoutError
from .call import AsyncCall
from .places import keep_from_host
from .rpc import AsyncRpc
from .stopping import RETRY_EVERY

if TYPE_CHECKING:
    from .._core.messages import NotificationLike
    from .._core.routes import Box
    from ..types import CommandExecutionThreadItem

__all__ = ["run_shell_command"]

_log = CarefulLog("openai_codex.commands")

_STARTED = "item/started"
_COMPLETED = "item/completed"
_OVER = "turn/completed"


class _ShellCommand:
    """Finds the item of a command among those of its thread: the reply names none."""

    methods = frozenset({_STARTED, _COMPLETED, _OVER})

    def __init__(self, command: str) -> None:
        self._command = command
        self.queue = Mailbox()
        self.item_id: str | None = None
        self.turn_id: str | None = None  # of a turn that began with it, and is its own
        self.begun = Latch()  # once its item has, or never will
        self._begun: str | None = None
        self._fields: dict[str, Any] = {}

    def found(self, note: NotificationLike) -> Box | None:
        """Note which turn has begun; its events go where they went before."""
        self._begun = note.params["turn"]["id"]
        return None

    def put(self, item: Any) -> None:
        """Take an item of the thread, or the end of the connection."""
        if isinstance(item, Closed):
            self.queue.put(item)
            self.begun.set()
            return
        if item.method == _OVER:
            # Not earlier: a message that is sent while this turn still ends would join it, and no
            # model would ever see it.
            if self.turn_id is not None and item.params["turn"]["id"] == self.turn_id:
                self.queue.put(self._fields)
            return
        fields = item.params.get("item")
        if type(fields) is dict and fields.get("source") == "userShell":
            self._take(item, fields)

    def _take(self, item: Any, fields: dict[str, Any]) -> None:
        if item.method == _STARTED and self.item_id is None and self._is_ours(fields):
            self.item_id, self._fields = fields["id"], fields
            turn_id = item.params.get("turnId")
            self.turn_id = turn_id if turn_id == self._begun else None
            self.begun.set()
        elif item.method == _COMPLETED and fields.get("id") == self.item_id:
            self._fields = fields
            if self.turn_id is None:  # it ran beside a turn, which goes on
                self.queue.put(fields)

    def _is_ours(self, fields: dict[str, Any]) -> bool:
        shown = str(fields.get("command"))
        try:
            words = shlex.split(shown)
        except ValueError:  # another shell's way to quote
            words = []
        return words[-1:] == [self._command] or self._command in shown


async def run_shell_command(
    rpc: AsyncRpc,
    thread_id: str,
    command: str,
    timeout: Any,
    when_over: Callable[[str], Any] | None = None,
) -> CommandExecutionThreadItem:
    """Run a command in a thread and return its item, once it has ended.

    `when_over` is called with its turn, if it has one of its own.
    """
    from .._wire.base import decode
    from ..types import CommandExecutionThreadItem as Item

    check_text(command=command)
    keep_from_host(rpc, thread_id)
    seconds = checked_seconds("timeout", timeout)
    params: dict[str, Any] = {"threadId": thread_id, "command": command}
    if seconds is not None:
        params["timeoutMs"] = round(seconds * 1000)
    waiting = _ShellCommand(command)
    rpc.locked(lambda session: _find(session, thread_id, waiting))
    call = AsyncCall(rpc, methods.thread.SHELL_COMMAND.name, params)
    is_left = False
    try:
        rpc.witness.expecting(waiting, thread_id)
        call.result(await call.reply(rpc.timeout_for(call.method)))
        fields = await _ended(thread_id, waiting)
    except BaseException as error:
        # Cancelled, struck by what a signal handler raised, or without a reply in time: it may run.
        is_left = _may_run(error) and not call.withdraw()
        raise
    finally:
        rpc.witness.expects_no_more(waiting)
        call.release()
        if is_left:
            _leave(rpc, thread_id, waiting)
        else:
            rpc.locked(lambda session: session.routes.stop_finding(thread_id, waiting))
    if when_over is not None and waiting.turn_id is not None:
        await when_over(waiting.turn_id)
    return decode(Item, fields)


def _find(session: Session, thread_id: str, waiting: _ShellCommand) -> None:
    session.routes.find(thread_id, waiting)
    session.tell_if_closed(waiting)


async def _ended(thread_id: str, waiting: _ShellCommand) -> dict[str, Any]:
    while (item := waiting.queue.pop()) is None:
        await waiting.queue.wait(NEVER.left())
    if isinstance(item, Closed):
        raise item.fresh_cause(thread_id)
    fields: dict[str, Any] = item
    return fields


def _may_run(error: BaseException) -> bool:
    return isinstance(error, RequestTimeoutError) or not isinstance(error, CodexError)


def _leave(rpc: AsyncRpc, thread_id: str, waiting: _ShellCommand) -> None:
    """Stop the command in the background; `close`, and the thread's next turn, wait for that."""
    done = Latch()
    rpc.leave(thread_id, done)
    work = functools.partial(_stop, rpc, thread_id, waiting, done)
    run_in_background(work, must_finish=True)  # though the program ends: the command would go on


async def _stop(rpc: AsyncRpc, thread_id: str, waiting: _ShellCommand, done: Latch) -> None:
    try:
        bound = Deadline(rpc.config.interrupt_timeout)
        # It may not have begun yet, and its turn has no id to be stopped by before that.
        await waiting.begun.wait(bound.left())
        while waiting.turn_id is not None and not waiting.queue.items:
            if await _is_stopped(rpc, thread_id, waiting.turn_id, bound):
                return
            await rpc.pause(RETRY_EVERY)
    except CodexError as error:  # it ended by itself, or went with the runtime
        _log.debug("a shell command could not be stopped: %s", error)
    finally:
        done.set()
        with contextlib.suppress(CodexError):
            rpc.locked(lambda session: session.routes.stop_finding(thread_id, waiting))


async def _is_stopped(rpc: AsyncRpc, thread_id: str, turn_id: str, bound: Deadline) -> bool:
    params = {"threadId": thread_id, "turnId": turn_id}
    try:
        await rpc.request("turn/interrupt", params, timeout=bound.left())
    except InvalidRequestError as error:
        if bound.is_over or not is_too_early(error):
            raise
        return False
    return True
