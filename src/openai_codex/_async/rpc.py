"""Opens the connection to one runtime, and asks over it: calls with their typed results.

The one file that imports the core, a driver and (for types) the wire.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from contextvars import Context
from typing import TYPE_CHECKING, Any, TypeVar

from .._core.deadline import Deadline
from .._core.messages import Params, Reply, load_parser
from .._core.replies import object_in
from .._core.routes import Box
from .._core.session import Session
from .._drivers.aio import Driver, Mailbox, sleep, to_the_end
from .._drivers.process.launch import plan
from .._drivers.process.transport import ProcessTransport
from .._drivers.transport import Transport
from .._drivers.weakbox import WeakBox
from .._turns.notification import Notification
from .._version import OLDEST_RUNTIME, __version__, is_older
from ..config import AppServerConfig
from ..errors import (
    CodexError,
    InvalidReplyError,
    JsonRpcError,
    RequestTimeoutError,
    RuntimeTooOldError,
    StartupError,
    StartupRefusedError,
    StartupTimeoutError,
    TransportClosedError,
)
from ..retry import backoff
from ..telemetry.witness import Witness
from .accounts import AsyncAccounts
from .call import AsyncCall
from .connection import AsyncConnection
from .inbox import AsyncInbox
from .live_threads import AsyncLiveThreads

if TYPE_CHECKING:
    from .._wire.method import Method

__all__ = ["AsyncRpc"]

P = TypeVar("P")
R = TypeVar("R")

_UNSET: Any = object()  # the config's time-out; None is for ever

# Clients that start at once on a fresh CODEX_HOME race for its databases; losers exit with this.
_LOST_RACE = "failed to initialize sqlite state runtime"


# Seconds to go for a runtime that did not come up: there is nothing in it to be saved.
_FAREWELL = 1.0


_SLACK = 1.0
"""Seconds that `close` grants what stops a turn beyond its own bound."""


class AsyncRpc(AsyncConnection):
    """A connection that can be opened, asked and closed."""

    def __init__(
        self,
        config: AppServerConfig,
        inbox: AsyncInbox,
        spending: AsyncAccounts,
        witness: Witness | None = None,
    ) -> None:
        super().__init__(config)
        self.witness = witness or self.witness
        self.inbox = inbox
        self.spending = spending
        self.threads = AsyncLiveThreads()
        self.greet: Callable[[AsyncRpc], Any] | None = None
        self.is_started = False  # whether there is something to close
        self.keeps_turns = False  # over another connection to the same runtime
        self._before: Session | None = None

    # --- life ------------------------------------------------------------------------------------

    async def open(self, *, meanwhile: Callable[[], None] = load_parser) -> None:
        """Spawn the runtime and shake hands; after a StartupError nothing is left behind.

        `meanwhile` is called while the runtime boots, which takes longer than an import.
        """
        deadline = Deadline(self.config.startup_timeout)
        for delay in backoff(attempts=20, initial=0.05, maximum=1.0, jitter=0.9):
            try:
                return await self._open_once(deadline, meanwhile)
            except StartupError as error:
                if _LOST_RACE not in error.stderr_tail or deadline.is_over:
                    raise
            await sleep(delay)
        return await self._open_once(deadline, meanwhile)

    async def _open_once(self, deadline: Deadline, meanwhile: Callable[[], None]) -> None:
        self.driver = Driver(self._new_session(), self._transport())
        self.driver.tap = self.config.wire_tap
        # First of all: whatever Ctrl-C breaks off below, this connection ends with its owner.
        self.driver.abandon_with(self, self.config.shutdown_timeout)
        try:
            await self.driver.start()
            self.is_started = True
            # While the runtime boots, which takes longer than this import.
            load_parser()
            meanwhile()
            # Before the handshake: what the runtime asks right after it must find somebody.
            if self._before is None:
                self.inbox.attach(self)
            hello = self._hello()
            info = await self.request("initialize", hello, timeout=deadline.left())
            self.server_info = object_in(info, method="initialize")
            self._check_age()
            self.lacks = self._lacking()
            self.witness.met(self.runtime_version)
            self.driver.notify("initialized", None)
        except BaseException as error:
            await self.driver.close(min(self.config.shutdown_timeout, _FAREWELL))
            if not isinstance(error, CodexError) or isinstance(error, StartupError):
                raise
            raise self._startup_error(error, deadline) from error

    def _transport(self) -> Transport:
        connect = self.config._connect
        if connect is None:
            return ProcessTransport(plan(self.config))
        from .._drivers.socket.reaching import transport_to

        return transport_to(connect, self.config)

    def _lacking(self) -> dict[str, dict[str, str]]:
        if self.runtime_version == __version__:  # mostly; the table need not be loaded
            return {}
        from .._wire.support import lacking

        return lacking(self.runtime_version)

    def _check_age(self) -> None:
        """Raise RuntimeTooOldError for a runtime that this client cannot work with."""
        connect, version = self.config._connect, self.runtime_version
        if connect is not None and is_older(version, OLDEST_RUNTIME):
            raise RuntimeTooOldError(
                address=connect.address, version=version or "", needed=OLDEST_RUNTIME
            )

    def _startup_error(self, error: CodexError, deadline: Deadline) -> StartupError:
        facts = self.driver.transport.facts()
        tail = facts.stderr_tail if facts is not None else ""
        if isinstance(error, RequestTimeoutError):
            error.seconds = deadline.seconds or 0.0  # of all attempts
            return StartupTimeoutError(timeout=error, stderr_tail=tail)
        if isinstance(error, JsonRpcError):
            return StartupRefusedError(error, stderr_tail=tail)
        gone = error if isinstance(error, TransportClosedError) else None
        why = getattr(error, "message", error)
        return StartupError(
            f"the codex runtime did not come up: {why}{self._doubt(error)}",
            exit_code=gone.exit_code if gone is not None else None,
            signal=gone.signal if gone is not None else None,
            stderr_tail=tail,
        )

    def _doubt(self, error: CodexError) -> str:
        """Return what speaks against this being a codex runtime, "" for nothing."""
        facts, skipped = self.process_facts(), self.locked(lambda session: session.intake.skipped)
        program = os.path.basename(facts.command[0]) if facts is not None else "it"  # noqa: PTH119
        if skipped is not None:
            return f"; {program} printed {skipped!r}, which no codex runtime does"
        if isinstance(error, TransportClosedError) and error.exit_code == 0:
            return f"; {program} ended without an error: is it a codex runtime?"
        return ""

    def _new_session(self) -> Session:
        config = self.config
        session = Session(
            questions=WeakBox(self.inbox),
            make_notification=Notification.from_wire,
            max_message_bytes=config.max_message_bytes,
            max_in_flight=config.max_in_flight,
            max_turn_starts=config.max_turn_starts or (os.cpu_count() or 1) + 4,
            max_kept_bytes=config.max_unread_bytes,
            before=self._before,
            keeps_turns=self.keeps_turns,
        )
        session.intake.witness = self.witness
        session.ledger.on_response = self.witness.responded
        return session

    def _hello(self) -> Params:
        config = self.config
        return {
            "clientInfo": {
                "name": config.client_name,
                "title": config.client_title,
                "version": config.client_version,
            },
            "capabilities": {
                "experimentalApi": config.experimental_api,
                **self.inbox.capabilities(),
            },
        }

    async def close(self, *, interrupt: bool = True) -> None:
        """End the runtime within `shutdown_timeout`; everyone who waits gets ClientClosedError.

        Of a runtime that was attached to, the connection; `interrupt` stops our turns first.
        """
        await to_the_end(functools.partial(self._close, interrupt))

    async def _close(self, interrupt: bool) -> None:
        if interrupt and self.driver.is_at_home and not self.is_closed:
            await self.stop_turns(Deadline(self.config.interrupt_timeout))
        # Who stops a turn has the same bound, and says why it failed: that is to come first.
        await self.settle(Deadline(self.config.interrupt_timeout + _SLACK))
        if self.comeback is not None and self.driver.is_at_home:
            await self.comeback.stop(self.config.shutdown_timeout)
        await self.driver.close(self.config.shutdown_timeout)

    # --- coming back -----------------------------------------------------------------------------

    def successor(self) -> AsyncRpc:
        """Return a connection that is to take the place of this one, and is not open yet."""
        fresh = AsyncRpc(self.config, self.inbox, self.spending, self.witness)
        fresh._before, fresh.keeps_turns = self.driver.session, self.keeps_turns
        return fresh

    def take_over(self, fresh: AsyncRpc) -> None:
        """Go on with the connection of `fresh`, which is open; its runtime has no thread yet."""
        fresh.driver.abandon_with(self, self.config.shutdown_timeout)
        self.server_info, self.lacks = fresh.server_info, fresh.lacks
        running = {thread_id for thread_id, _ in fresh.driver.session.ledger.running_turns()}
        self.stale = self.stale | self.threads.ids() | (running if self.keeps_turns else set())
        fresh.driver.session.renew()
        self.driver = fresh.driver  # last: calls that wait go out now

    # --- for turns -------------------------------------------------------------------------------

    def serve(self, thread_id: str, context: Context) -> None:
        """Let handlers and tools of a thread run in copies of the context of a turn's caller."""
        self.inbox.answerers.serve(thread_id, context)

    def served(self, thread_id: str, context: Context) -> None:
        """Undo `serve`: the turn is over."""
        self.inbox.answerers.served(thread_id, context)

    # --- asking ----------------------------------------------------------------------------------

    async def request(
        self,
        method: str,
        params: Params | None,
        *,
        timeout: float | None = _UNSET,
        events: Box | None = None,
        reply: Mailbox | None = None,
    ) -> Any:
        """Call and return the result as it came; a `timeout` counts the wait at the gates too."""
        call = AsyncCall(self, method, params, events=events, reply=reply)
        return call.result(await self._reply_to(call, timeout))

    async def call(
        self,
        method: Method[P, R],
        params: P | Params | None = None,
        *,
        timeout: float | None = _UNSET,
    ) -> R:
        """Call and return the typed result."""
        call = AsyncCall(self, method.name, method.encode(params))
        reply = await self._reply_to(call, timeout)
        if reply.text is not None:
            try:
                return method.decode_json(reply.text)
            except ValueError:  # it is not what the schema says, or no JSON: look more closely
                pass
        try:
            return method.decode(call.result(reply))
        except ValueError as error:
            raise InvalidReplyError(method=method.name, problems=_problems(error)) from None

    async def _reply_to(self, call: AsyncCall, timeout: float | None) -> Reply:
        try:
            if timeout is _UNSET:
                return await call.reply(self.timeout_for(call.method))
            return await call.reply(timeout, within=Deadline(timeout))
        finally:
            call.release()


def _problems(error: ValueError) -> str:
    """Return where a reply is wrong, without the values that it holds."""
    told: list[dict[str, Any]] = getattr(error, "errors", list)()
    first = [f"{'.'.join(map(str, one['loc'])) or 'it'}: {one['msg']}" for one in told[:3]]
    return f"is not what the protocol says ({'; '.join(first)})"
