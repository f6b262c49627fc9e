"""Where rules, bytes and data meet: one connection to one runtime, and typed calls over it."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from .._core.messages import Closed, Params, Reply, load_parser
from .._core.routes import Box
from .._core.session import Session
from .._core.turnbox import TurnBox
from .._drivers.aio import Driver, Latch, Mailbox, sleep
from .._drivers.launch import plan
from .._drivers.weakbox import WeakBox
from ..config import AppServerConfig
from ..deadline import Deadline
from ..errors import (
    CodexError,
    RequestTimeoutError,
    StartupError,
    StartupTimeoutError,
    TransportClosedError,
)
from ..notification import Notification
from ..process_facts import RuntimeProcess
from ..redaction import redact
from ..retry import backoff
from .call import AsyncCall
from .inbox import AsyncInbox

if TYPE_CHECKING:
    from .._wire.method import Method

__all__ = ["AsyncRpc"]

P = TypeVar("P")
R = TypeVar("R")

_UNSET: Any = ...  # the config's time-out; None is for ever

# These run as long as what they start; they get an hour for every minute of `request_timeout`.
_SLOW = frozenset({"command/exec", "mcpServer/tool/call", "mcpServer/resource/read"})
_SLOW_FACTOR = 60

# Clients that start at once on a fresh CODEX_HOME race for its databases; losers exit with this.
_LOST_RACE = "failed to initialize sqlite state runtime"


# Seconds to go for a runtime that did not come up: there is nothing in it to be saved.
_FAREWELL = 1.0


class AsyncRpc:
    """Own one connection: start it, call over it, close it."""

    def __init__(self, config: AppServerConfig, inbox: AsyncInbox) -> None:
        self.config = config
        self.inbox = inbox
        self.driver: Driver
        self.server_info: dict[str, Any] = {}

    # --- life ------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Spawn the runtime and shake hands; after a StartupError nothing is left behind."""
        deadline = Deadline(self.config.startup_timeout)
        for delay in backoff(attempts=20, initial=0.05, maximum=1.0, jitter=0.9):
            try:
                return await self._open_once(deadline)
            except StartupError as error:
                if _LOST_RACE not in error.stderr_tail or deadline.is_over:
                    raise
            await sleep(delay)
        return await self._open_once(deadline)

    async def _open_once(self, deadline: Deadline) -> None:
        launch = plan(self.config)
        self.driver = Driver(self._new_session())
        self.driver.tap = self.config.wire_tap
        try:
            await self.driver.start(launch)
            load_parser()  # the runtime takes longer to boot than this takes
            self.inbox.attach(self)
            hello = self._hello()
            self.server_info = await self.request("initialize", hello, timeout=deadline.left())
            self.driver.notify("initialized", None)
        except BaseException as error:
            await self.driver.close(min(self.config.shutdown_timeout, _FAREWELL))
            if not isinstance(error, CodexError) or isinstance(error, StartupError):
                raise
            raise self._startup_error(error, deadline) from error
        self.driver.abandon_with(self, self.config.shutdown_timeout)

    def _startup_error(self, error: CodexError, deadline: Deadline) -> StartupError:
        process = self.driver.process
        tail = process.stderr.text if process is not None else ""
        if isinstance(error, RequestTimeoutError):
            error.seconds = deadline.seconds or 0.0  # of all attempts
            return StartupTimeoutError(timeout=error, stderr_tail=tail)
        gone = error if isinstance(error, TransportClosedError) else None
        return StartupError(
            f"the codex runtime did not come up: {getattr(error, 'message', error)}",
            exit_code=gone.exit_code if gone is not None else None,
            signal=gone.signal if gone is not None else None,
            stderr_tail=tail,
        )

    def _new_session(self) -> Session:
        config = self.config
        return Session(
            questions=WeakBox(self.inbox),
            make_notification=Notification.from_wire,
            max_message_bytes=config.max_message_bytes,
            max_in_flight=config.max_in_flight,
            max_turn_starts=config.max_turn_starts or (os.cpu_count() or 1) + 4,
            max_kept_bytes=config.max_unread_bytes,
        )

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

    async def close(self) -> None:
        """End the runtime within `shutdown_timeout`; everyone who waits gets ClientClosedError."""
        await self.driver.close(self.config.shutdown_timeout)

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
        return (await self._reply_to(call, timeout)).result

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
        return method.decode(reply.result)

    async def _reply_to(self, call: AsyncCall, timeout: float | None) -> Reply:
        try:
            if timeout is _UNSET:
                return await call.reply(self.timeout_for(call.method))
            return await call.reply(timeout, within=Deadline(timeout))
        finally:
            call.release()

    def timeout_for(self, method: str) -> float | None:
        """Return the seconds that `method` is given unless its caller says otherwise."""
        seconds = self.config.request_timeout
        return seconds * _SLOW_FACTOR if seconds is not None and method in _SLOW else seconds

    async def pause(self, seconds: float) -> None:
        """Let `seconds` pass, or less when the connection ends: nobody sleeps through that."""
        word = Mailbox()
        self.locked(functools.partial(_tell_of_the_end, word))
        try:
            await word.wait(seconds)
        finally:
            self.locked(functools.partial(_forget_to_tell, word))

    # --- boxes and facts -------------------------------------------------------------------------

    def turn_box(self) -> TurnBox[Mailbox, Latch]:
        """Return an empty box for the events of one turn."""
        return TurnBox(
            queue=Mailbox(), started=Latch(), over=Latch(), limit=self.config.max_unread_bytes
        )

    def locked(self, work: Callable[[Session], Any]) -> Any:
        """Let `work` have the session to itself."""
        return self.driver.locked(work)

    def signs_of_life(self) -> dict[str, Any]:
        """Return what a time-out error tells: the last message, and whether the process lives."""
        process = self.driver.process
        return {
            "last_event": self.driver.session.last_event,
            "alive": process is not None and process.is_alive,
        }

    def process_facts(self) -> RuntimeProcess | None:
        """Return what is known of the process, or None when none was started."""
        process = self.driver.process
        if process is None:
            return None
        return RuntimeProcess(
            pid=process.pid,
            returncode=process.returncode,
            is_alive=process.is_alive,
            stderr_tail=process.stderr.text,
            version=self.runtime_version,
            command=tuple(redact(word) for word in process.argv),
        )

    def resets_at(self) -> int | None:
        """Return when the usage limit that was reported last resets, in unix seconds, or None."""
        note = self.driver.session.latest.get("account/rateLimits/updated")
        limits = (note.params.get("rateLimits") if note is not None else None) or {}
        windows = [limits.get("primary") or {}, limits.get("secondary") or {}]
        full = [w for w in windows if w.get("usedPercent", 0) >= 100] or windows
        return next((w["resetsAt"] for w in full if w.get("resetsAt")), None)

    @property
    def runtime_version(self) -> str | None:
        """Return the runtime's version as its user agent tells it, or None before the handshake."""
        head, _, _ = str(self.server_info.get("userAgent", "")).partition(" (")
        _, slash, version = head.rpartition("/")  # the client's name, before it, may hold slashes
        return version if slash else None


_THE_END = ("the end",)  # a route on which nothing comes but the word that the connection is over


def _tell_of_the_end(box: Mailbox, session: Session) -> None:
    if session.cause is not None:
        box.put(Closed(session.cause))
    session.routes.join(_THE_END, box)


def _forget_to_tell(box: Mailbox, session: Session) -> None:
    session.routes.leave(_THE_END, box)
