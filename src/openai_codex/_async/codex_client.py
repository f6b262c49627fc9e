"""The low-level client that programs for the official package use: a method for each request.

Doors only: requests go through the same connection as everything else, events through one desk.
New code uses `AsyncCodex`, whose turns end with their deadlines and whose questions are typed.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any, TypeVar

from .. import methods
from .._checks import check_kind
from .._core.desk import Desk, Shelf
from .._core.messages import LAST_OF_TURN, Closed
from .._core.routes import EVERYONE
from .._core.session import Session
from .._drivers.aio import Mailbox
from .._turns.inputs import steer_input
from .._wire.base import decode
from .._wire.tables import CALLS
from ..config import AppServerConfig
from ..errors import CodexError, TransportClosedError
from ..questions.handlers import Handlers
from ..retry import async_retry_on_overload
from ..types import InitializeResponse
from .inbox import AsyncInbox
from .process_door import AsyncProcessDoor
from .raw_answers import RawHandler
from .rpc import AsyncRpc
from .spending import AsyncSpending

if TYPE_CHECKING:
    from ..types import (
        AccountLoginCompletedNotification,
        AgentMessageDeltaNotification,
        CancelLoginAccountResponse,
        Event,
        GetAccountParams,
        GetAccountResponse,
        JsonObject,
        LoginAccountParams,
        LoginAccountResponse,
        LogoutAccountResponse,
        ModelListResponse,
        ThreadArchiveResponse,
        ThreadCompactStartResponse,
        ThreadForkParams,
        ThreadForkResponse,
        ThreadGoalClearResponse,
        ThreadGoalSetResponse,
        ThreadGoalStatus,
        ThreadListParams,
        ThreadListResponse,
        ThreadReadResponse,
        ThreadResumeParams,
        ThreadResumeResponse,
        ThreadSetNameResponse,
        ThreadStartParams,
        ThreadStartResponse,
        ThreadUnarchiveResponse,
        TurnCompletedNotification,
        TurnInterruptResponse,
        TurnStartParams,
        TurnStartResponse,
        TurnSteerResponse,
    )

__all__ = ["AsyncCodexClient"]

R = TypeVar("R")


class AsyncCodexClient:
    """A connection to one runtime, without threads or turns as objects.

    `approval_handler(method, params)` answers every request of the runtime with the protocol's own
    result; without one, and where it fails, the answer is no. `start()` starts the runtime and
    shakes hands.
    """

    def __init__(
        self,
        config: AppServerConfig | None = None,
        approval_handler: RawHandler | None = None,
    ) -> None:
        check_kind("config", config, AppServerConfig)
        self.config = config or AppServerConfig()
        self._desk = Desk(Mailbox, limit=self.config.max_unread_bytes)
        self._inbox = AsyncInbox(self.config, Handlers(), self)
        self._inbox.answering.raw_handler = approval_handler
        self._rpc: AsyncRpc | None = None
        self._owner: Callable[[], Callable[[], Any] | None] | None = None

    @classmethod
    def over(
        cls,
        config: AppServerConfig,
        inbox: AsyncInbox,
        ready: Callable[[], Callable[[], Any] | None],
    ) -> AsyncCodexClient:
        """Return a client that shares the connection of another one, which `ready` opens."""
        client = cls(config)
        client._inbox, client._owner = inbox, ready
        return client

    def __repr__(self) -> str:
        process = self._rpc.process_facts() if self._rpc is not None else None
        state = "not started" if process is None else f"pid {process.pid}"
        return f"<{type(self).__name__} {state}>"

    async def __aenter__(self) -> AsyncCodexClient:
        await self.start()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    # --- life ------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start the runtime and shake hands (initialize). Again is harmless.

        Raises StartupError and its kinds.
        """
        if self._owner is not None:
            await self._ready()
        elif self._rpc is None:
            rpc = _ListeningRpc(self.config, self._inbox, self._desk)
            # Kept only once it is open: a start that failed can be tried again.
            await rpc.open()
            self._rpc = rpc

    async def close(self) -> None:
        """End the runtime. Idempotent; never raises. A closed client can be started again."""
        # Taken off first: a second `close` has nothing left to do, and a `start` begins again.
        rpc, self._rpc = self._rpc, None
        if rpc is not None:
            await rpc.close()
            handler = self._inbox.answering.raw_handler
            self._desk = Desk(Mailbox, limit=self.config.max_unread_bytes)
            self._inbox = AsyncInbox(self.config, Handlers(), self)
            self._inbox.answering.raw_handler = handler

    async def initialize(self) -> InitializeResponse:
        """Return what the runtime told of itself at the handshake, which `start()` made."""
        return decode(InitializeResponse, (await self._ready()).server_info)

    # --- asking ----------------------------------------------------------------------------------

    async def request(
        self, method: str, params: JsonObject | None, *, response_model: type[R]
    ) -> R:
        """Send a request and return its result as a `response_model`; raises JsonRpcError."""
        result = await self._request_raw(method, params)
        return decode(response_model, result) if _is_model(response_model) else result

    async def request_with_retry_on_overload(
        self,
        method: str,
        params: JsonObject | None,
        *,
        response_model: type[R],
        max_attempts: int = 3,
        initial_delay_s: float = 0.25,
        max_delay_s: float = 2.0,
    ) -> R:
        """Send a request, again while the runtime is overloaded; see `retry_on_overload`."""
        return await async_retry_on_overload(
            lambda: self.request(method, params, response_model=response_model),
            max_attempts=max_attempts,
            initial_delay_s=initial_delay_s,
            max_delay_s=max_delay_s,
        )

    async def notify(self, method: str, params: JsonObject | None = None) -> None:
        """Send a notification."""
        (await self._ready()).driver.notify(method, params)

    # --- threads ---------------------------------------------------------------------------------

    async def thread_start(
        self, params: ThreadStartParams | JsonObject | None = None
    ) -> ThreadStartResponse:
        """Start a conversation (thread/start)."""
        return await (await self._ready()).call(methods.thread.START, _plain(params))

    async def thread_resume(
        self, thread_id: str, params: ThreadResumeParams | JsonObject | None = None
    ) -> ThreadResumeResponse:
        """Take up a stored conversation (thread/resume)."""
        given = _plain(params) | {"threadId": thread_id}
        return await (await self._ready()).call(methods.thread.RESUME, given)

    async def thread_fork(
        self, thread_id: str, params: ThreadForkParams | JsonObject | None = None
    ) -> ThreadForkResponse:
        """Copy a conversation (thread/fork)."""
        given = _plain(params) | {"threadId": thread_id}
        return await (await self._ready()).call(methods.thread.FORK, given)

    async def thread_list(
        self, params: ThreadListParams | JsonObject | None = None
    ) -> ThreadListResponse:
        """Return a page of stored conversations (thread/list)."""
        return await (await self._ready()).call(methods.thread.LIST, _plain(params))

    async def thread_read(self, thread_id: str, include_turns: bool = False) -> ThreadReadResponse:
        """Return a stored conversation (thread/read)."""
        given = {"threadId": thread_id, "includeTurns": include_turns}
        return await (await self._ready()).call(methods.thread.READ, given)

    async def thread_archive(self, thread_id: str) -> ThreadArchiveResponse:
        """Put a conversation away (thread/archive)."""
        return await (await self._ready()).call(methods.thread.ARCHIVE, {"threadId": thread_id})

    async def thread_unarchive(self, thread_id: str) -> ThreadUnarchiveResponse:
        """Take a conversation back out (thread/unarchive)."""
        return await (await self._ready()).call(methods.thread.UNARCHIVE, {"threadId": thread_id})

    async def thread_set_name(self, thread_id: str, name: str) -> ThreadSetNameResponse:
        """Name a conversation (thread/name/set)."""
        given = {"threadId": thread_id, "name": name}
        return await (await self._ready()).call(methods.thread.NAME_SET, given)

    async def thread_compact(self, thread_id: str) -> ThreadCompactStartResponse:
        """Start to shorten a conversation (thread/compact/start)."""
        given = {"threadId": thread_id}
        return await (await self._ready()).call(methods.thread.COMPACT_START, given)

    async def thread_goal_set(
        self,
        thread_id: str,
        *,
        objective: str | None = None,
        status: ThreadGoalStatus | None = None,
    ) -> ThreadGoalSetResponse:
        """Set the goal of a conversation (thread/goal/set)."""
        given = {"threadId": thread_id, "objective": objective, "status": status}
        sent = {name: value for name, value in given.items() if value is not None}
        return await (await self._ready()).call(methods.thread.GOAL_SET, sent)

    async def thread_goal_clear(self, thread_id: str) -> ThreadGoalClearResponse:
        """Clear the goal of a conversation (thread/goal/clear)."""
        return await (await self._ready()).call(methods.thread.GOAL_CLEAR, {"threadId": thread_id})

    async def pause_goal(self, thread_id: str) -> ThreadGoalSetResponse:
        """Let the goal of a conversation rest (thread/goal/set)."""
        from ..types import ThreadGoalStatus

        return await self.thread_goal_set(thread_id, status=ThreadGoalStatus.paused)

    # --- turns -----------------------------------------------------------------------------------

    async def turn_start(
        self,
        thread_id: str,
        input_items: list[JsonObject] | JsonObject | str,
        params: TurnStartParams | JsonObject | None = None,
    ) -> TurnStartResponse:
        """Start a turn (turn/start); its events wait for `next_turn_notification`."""
        given = _plain(params) | {"threadId": thread_id, "input": _items(input_items)}
        return await (await self._ready()).call(methods.turn.START, given)

    async def turn_steer(
        self,
        thread_id: str,
        expected_turn_id: str,
        input_items: list[JsonObject] | JsonObject | str,
    ) -> TurnSteerResponse:
        """Say something to a running turn (turn/steer)."""
        given = {
            "threadId": thread_id,
            "expectedTurnId": expected_turn_id,
            "input": _items(input_items),
        }
        return await (await self._ready()).call(methods.turn.STEER, given)

    async def turn_interrupt(self, thread_id: str, turn_id: str) -> TurnInterruptResponse:
        """Stop a running turn (turn/interrupt)."""
        given = {"threadId": thread_id, "turnId": turn_id}
        return await (await self._ready()).call(methods.turn.INTERRUPT, given)

    async def stream_text(
        self,
        thread_id: str,
        text: str,
        params: TurnStartParams | JsonObject | None = None,
    ) -> AsyncIterator[AgentMessageDeltaNotification]:
        """Run a turn and yield the pieces of the agent's messages as they come."""
        turn_id = (await self.turn_start(thread_id, text, params)).turn.id
        while True:
            event = await self.next_turn_notification(turn_id)
            if event.method == "item/agentMessage/delta":
                yield event.payload
            elif event.method == "turn/completed":
                return

    async def wait_for_turn_completed(self, turn_id: str) -> TurnCompletedNotification:
        """Wait until a turn is over and return how it ended; its other events are thrown away."""
        while True:
            event = await self.next_turn_notification(turn_id)
            if event.method == "turn/completed":
                return event.payload

    # --- events ----------------------------------------------------------------------------------

    async def next_notification(self) -> Event:
        """Wait for the next event that belongs to no turn. Raises TransportClosedError."""
        await self._ready()
        return await _next(self._desk.rest)

    async def next_turn_notification(self, turn_id: str) -> Event:
        """Wait for the next event of a turn; none is lost that came before.

        Raises TransportClosedError, and StreamOverflowError past `max_unread_bytes`.
        """
        await self._ready()
        event = await _next(self._desk.turn(turn_id))
        if event.method == LAST_OF_TURN:
            self._desk.forget_turn(turn_id)
        return event

    def register_turn_notifications(self, turn_id: str) -> None:
        """Keep the events of a turn for `next_turn_notification`, as is done for every turn."""
        self._desk.turn(turn_id)

    def unregister_turn_notifications(self, turn_id: str) -> None:
        """Throw away what was not read of a turn."""
        self._desk.forget_turn(turn_id)

    # --- the account -----------------------------------------------------------------------------

    async def account_login_start(
        self, params: LoginAccountParams | JsonObject
    ) -> LoginAccountResponse:
        """Begin a login (account/login/start); its end waits for `wait_for_login_completed`."""
        rpc = await self._ready()
        started = await rpc.call(methods.account.LOGIN_START, _plain(params))
        login_id = getattr(started, "login_id", None)
        # Its end may come before anybody waits for it, and is kept from here on.
        if isinstance(login_id, str):
            self._desk.login(login_id)
        return started

    async def account_login_cancel(self, login_id: str) -> CancelLoginAccountResponse:
        """Give a login up (account/login/cancel)."""
        return await (await self._ready()).call(methods.account.LOGIN_CANCEL, {"loginId": login_id})

    async def account_logout(self) -> LogoutAccountResponse:
        """Log out (account/logout)."""
        return await (await self._ready()).call(methods.account.LOGOUT)

    async def account_read(
        self, params: GetAccountParams | JsonObject | None = None
    ) -> GetAccountResponse:
        """Return who is logged in (account/read)."""
        return await (await self._ready()).call(methods.account.READ, _plain(params))

    async def model_list(self, include_hidden: bool = False) -> ModelListResponse:
        """Return the models to choose from (model/list)."""
        given = {"includeHidden": include_hidden}
        return await (await self._ready()).call(methods.model.LIST, given)

    async def next_login_notification(self, login_id: str) -> Event:
        """Wait for the end of a login; raises TransportClosedError, or CodexError for none such."""
        await self._ready()
        if not self._desk.knows_login(login_id):
            raise CodexError(
                f"no login {login_id!r} is under way: account_login_start() begins one"
            )
        event = await _next(self._desk.login(login_id))
        self._desk.forget_login(login_id)
        return event

    async def wait_for_login_completed(self, login_id: str) -> AccountLoginCompletedNotification:
        """Wait until a login is over and return how it ended."""
        while True:
            event = await self.next_login_notification(login_id)
            if event.method == "account/login/completed":
                return event.payload

    def register_login_notifications(self, login_id: str) -> None:
        """Keep the end of a login for `next_login_notification`, as is done for every login."""
        self._desk.login(login_id)

    def unregister_login_notifications(self, login_id: str) -> None:
        """Throw away what was not read of a login."""
        self._desk.forget_login(login_id)

    # --- what programs reach for although it is private ------------------------------------------

    async def _request_raw(self, method: str, params: JsonObject | None = None) -> Any:
        # None and not {} where the schema gives a method no params at all.
        takes_none = method in CALLS and methods.find(method).params_name is None
        given = None if params is None and takes_none else _plain(params)
        return await (await self._ready()).request(method, given)

    @property
    def _approval_handler(self) -> RawHandler | None:
        _warn("_approval_handler", "Codex(handlers=Handlers(...)) or approval_handler=")
        return self._inbox.answering.raw_handler

    @_approval_handler.setter
    def _approval_handler(self, handler: RawHandler | None) -> None:
        _warn("_approval_handler", "Codex(handlers=Handlers(...)) or approval_handler=")
        self._inbox.answering.raw_handler = handler

    @property
    def _sync(self) -> AsyncCodexClient:
        _warn("_sync", "the client itself")
        return self

    @property
    def _proc(self) -> AsyncProcessDoor | None:
        _warn("_proc", "codex.process")
        return None if self._rpc is None else AsyncProcessDoor(self._rpc)

    # --- internals -------------------------------------------------------------------------------

    async def _ready(self) -> AsyncRpc:
        if self._rpc is None and self._owner is not None:
            await self._adopt()
        if self._rpc is None:
            raise TransportClosedError("this client is not running: call start() first")
        return self._rpc

    async def _adopt(self) -> None:
        """Use the connection of the client that this belongs to, and see its events from now on."""
        ready = self._owner() if self._owner is not None else None
        if ready is not None:
            rpc: AsyncRpc = await ready()
            rpc.locked(functools.partial(_listen, self._desk))
            self._rpc = rpc


class _ListeningRpc(AsyncRpc):
    """A connection whose desk sees every event, also those before the handshake is over."""

    def __init__(self, config: AppServerConfig, inbox: AsyncInbox, desk: Desk[Mailbox]) -> None:
        super().__init__(config, inbox, AsyncSpending())
        self._desk = desk

    def _new_session(self) -> Session:
        session = super()._new_session()
        _listen(self._desk, session)
        return session


def _listen(desk: Desk[Mailbox], session: Session) -> None:
    session.routes.join(EVERYONE, desk)
    session.tell_if_closed(desk)


async def _next(shelf: Shelf[Mailbox]) -> Event:
    while (item := shelf.take()) is None:
        await shelf.queue.wait()
    if isinstance(item, Closed):
        raise item.fresh_cause()
    event: Event = item
    return event


def _plain(params: Any) -> dict[str, Any]:
    """Return params as the protocol has them: of a model what was set, of a dict all of it."""
    if params is None:
        return {}
    if hasattr(params, "model_dump"):
        return params.model_dump(by_alias=True, exclude_unset=True, mode="json")  # type: ignore[no-any-return]
    check_kind("params", params, dict)
    return dict(params)


def _items(given: Any) -> list[Any]:
    """Return the protocol's list of inputs for text, an item, or several."""
    if isinstance(given, str) or not isinstance(given, (list, dict)):
        return steer_input(given)
    items = given if isinstance(given, list) else [given]
    return [item if isinstance(item, dict) else steer_input(item)[0] for item in items]


def _is_model(kind: type) -> bool:
    return hasattr(kind, "model_validate")


def _warn(private: str, better: str) -> None:
    text = f"{private} is private, and may go: use {better}"
    warnings.warn(text, DeprecationWarning, stacklevel=3)
