"""The client: one runtime process, and the threads that live in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from ..config import AppServerConfig
from ..errors import ClientClosedError, CodexError
from ..params import check_constant, check_kind, options, resume_params, thread_params
from ..presets import ApprovalMode, Sandbox
from ..replies import text_in

if TYPE_CHECKING:
    from .._wire.method import Method
    from ..handlers import Handlers
    from ..process_facts import RuntimeProcess
    from ..tools import AnyTool, Namespace
    from ..types import (
        GetAccountResponse,
        InitializeResponse,
        JsonObject,
        ModelListResponse,
        Personality,
        SortDirection,
        ThreadArchiveResponse,
        ThreadListCwdFilter,
        ThreadListResponse,
        ThreadSortKey,
        ThreadSource,
        ThreadSourceKind,
        ThreadStartSource,
    )
    from .inbox import Setup
    from .login import AsyncChatgptLoginHandle, AsyncDeviceCodeLoginHandle
    from .questions import AsyncQuestions
    from .rpc import AsyncRpc
    from .thread import AsyncThread

__all__ = ["AsyncCodex"]

P = TypeVar("P")
R = TypeVar("R")


class AsyncCodex:
    """Drive one codex runtime; `close()`, or leaving the `with` block, ends it.

    The async face starts it on entering the block or on first use, once; the sync one at once.
    """

    def __init__(
        self, config: AppServerConfig | None = None, *, handlers: Handlers | None = None
    ) -> None:
        from .._drivers.aio import Lock
        from ..handlers import Handlers
        from .inbox import AsyncInbox

        check_kind("config", config, AppServerConfig)
        check_kind("handlers", handlers, Handlers)
        self._config = config or AppServerConfig()
        self._inbox = AsyncInbox(self._config, handlers or Handlers(), self)
        self._rpc: AsyncRpc | None = None
        self._closed = False
        self._opening = Lock()
        # sync: self._ready()

    def __repr__(self) -> str:
        process = self.process
        state = "not started" if process is None else f"pid {process.pid}"
        return f"<{type(self).__name__} {'closed' if self._closed else state}>"

    async def __aenter__(self) -> AsyncCodex:
        await self._ready()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    async def close(self) -> None:
        """End the runtime, within `AppServerConfig.shutdown_timeout`. Idempotent; never raises."""
        self._closed = True
        if self._rpc is not None:
            await self._rpc.close()
        else:
            self._inbox.close()

    # --- the runtime -----------------------------------------------------------------------------

    @property
    def metadata(self) -> InitializeResponse:
        """Return what the runtime told of itself at the handshake (initialize)."""
        from .._wire.base import decode
        from ..types import InitializeResponse

        if self._rpc is None:
            raise CodexError("not started yet: enter `async with`, or await any call first")
        return decode(InitializeResponse, self._rpc.server_info)

    @property
    def process(self) -> RuntimeProcess | None:
        """Return the facts about the runtime's process, or None before it started."""
        return self._rpc.process_facts() if self._rpc is not None else None

    async def call(
        self,
        method: Method[P, R],
        params: P | JsonObject | None = None,
        *,
        timeout: float | None = ...,  # type: ignore[assignment]  # ... is the config's
    ) -> R:
        """Call any method of the protocol, typed: `codex.call(methods.thread.LOADED_LIST)`.

        `params` is the method's params model or a dict of its wire form; `timeout` is in seconds.
        Raises the runtime's refusal as a JsonRpcError, RequestTimeoutError, TransportClosedError.
        """
        check_constant(method)
        return await (await self._ready()).call(method, params, timeout=timeout)

    async def models(self, *, include_hidden: bool = False) -> ModelListResponse:
        """Return the models to choose from (model/list)."""
        from .. import methods

        return await self.call(methods.model.LIST, {"includeHidden": include_hidden})

    def questions(self) -> AsyncQuestions:
        """Iterate over the questions that no handler takes, to be answered whenever, from anywhere.

        Open it before the turns that may ask: while nobody reads them, such questions are declined.
        """
        from .questions import AsyncQuestions

        return AsyncQuestions(self._inbox)

    # --- the account -----------------------------------------------------------------------------

    async def login_api_key(self, api_key: str) -> None:
        """Log in with an API key (account/login/start); the runtime stores it in its CODEX_HOME."""
        rpc = await self._ready()
        await rpc.request("account/login/start", {"type": "apiKey", "apiKey": api_key})

    async def login_chatgpt(self) -> AsyncChatgptLoginHandle:
        """Begin a login with a browser (account/login/start); send the user to its `auth_url`."""
        from .login import START, AsyncChatgptLoginHandle, start_login

        rpc = await self._ready()
        reply, box = await start_login(rpc, "chatgpt")
        url = text_in(reply, "authUrl", method=START)
        return AsyncChatgptLoginHandle(rpc, text_in(reply, "loginId", method=START), box, url)

    async def login_chatgpt_device_code(self) -> AsyncDeviceCodeLoginHandle:
        """Begin a login from another device (account/login/start); show its URL and code."""
        from .login import START, AsyncDeviceCodeLoginHandle, start_login

        rpc = await self._ready()
        reply, box = await start_login(rpc, "chatgptDeviceCode")
        login_id, url, code = (
            text_in(reply, name, method=START)
            for name in ("loginId", "verificationUrl", "userCode")
        )
        return AsyncDeviceCodeLoginHandle(rpc, login_id, box, url, code)

    async def account(self, *, refresh_token: bool = False) -> GetAccountResponse:
        """Return who is logged in (account/read)."""
        from .. import methods

        return await self.call(methods.account.READ, {"refreshToken": refresh_token})

    async def logout(self) -> None:
        """Log out (account/logout)."""
        rpc = await self._ready()
        await rpc.request("account/logout", None)

    # --- threads ---------------------------------------------------------------------------------

    async def thread_start(
        self,
        *,
        approval_mode: ApprovalMode = ApprovalMode.auto_review,
        base_instructions: str | None = None,
        config: JsonObject | None = None,
        cwd: str | None = None,
        developer_instructions: str | None = None,
        ephemeral: bool | None = None,
        model: str | None = None,
        model_provider: str | None = None,
        personality: Personality | None = None,
        sandbox: Sandbox | None = None,
        service_name: str | None = None,
        service_tier: str | None = None,
        session_start_source: ThreadStartSource | None = None,
        thread_source: ThreadSource | None = None,
        handlers: Handlers | None = None,
        tools: Sequence[AnyTool | Namespace] | None = None,
    ) -> AsyncThread:
        """Start a conversation (thread/start).

        `config` overrides config.toml for this thread; an `ephemeral` thread is not stored.
        `handlers` answer for this thread before the client's own do; `tools` are Python functions
        that the model may call. Where there are handlers for approvals, or `questions()` is open,
        `ApprovalMode.auto_review` means `ApprovalMode.ask`. Raises ValueError for a bad choice and
        ToolDefinitionError for a bad tool, before anything is sent.
        """
        setup = self._setup(handlers, tools)
        params = thread_params(
            approval_mode=self._inbox.mode(approval_mode, handlers=handlers),
            dynamic_tools=setup.specs(),
            base_instructions=base_instructions,
            config=config,
            cwd=cwd,
            developer_instructions=developer_instructions,
            ephemeral=ephemeral,
            model=model,
            model_provider=model_provider,
            personality=personality,
            sandbox=sandbox,
            service_name=service_name,
            service_tier=service_tier,
            session_start_source=session_start_source,
            thread_source=thread_source,
        )
        return await self._open_thread("thread/start", params, setup)

    async def thread_resume(
        self,
        thread_id: str,
        *,
        approval_mode: ApprovalMode | None = None,
        base_instructions: str | None = None,
        config: JsonObject | None = None,
        cwd: str | None = None,
        developer_instructions: str | None = None,
        include_turns: bool | None = None,
        model: str | None = None,
        model_provider: str | None = None,
        personality: Personality | None = None,
        sandbox: Sandbox | None = None,
        service_tier: str | None = None,
        handlers: Handlers | None = None,
        tools: Sequence[AnyTool | Namespace] | None = None,
    ) -> AsyncThread:
        """Take up a stored conversation (thread/resume); what is not given stays as it was stored.

        `include_turns=False` keeps a long history out of the reply. The runtime remembers which
        tools a thread was started with; `tools` brings the functions back that serve them. Where
        there are handlers for approvals, they are asked in place of the service's own reviewer.
        """
        setup = self._setup(handlers, tools)
        params = resume_params(
            include_turns=include_turns,
            asks_us=self._inbox.asks_us(thread_id, handlers),
            approval_mode=approval_mode,
            thread_id=thread_id,
            base_instructions=base_instructions,
            config=config,
            cwd=cwd,
            developer_instructions=developer_instructions,
            model=model,
            model_provider=model_provider,
            personality=personality,
            sandbox=sandbox,
            service_tier=service_tier,
        )
        self._inbox.set_up(thread_id, setup)  # questions may be asked again as soon as it is back
        return await self._open_thread("thread/resume", params, setup)

    async def thread_fork(
        self,
        thread_id: str,
        *,
        approval_mode: ApprovalMode | None = None,
        base_instructions: str | None = None,
        config: JsonObject | None = None,
        cwd: str | None = None,
        developer_instructions: str | None = None,
        ephemeral: bool | None = None,
        include_turns: bool | None = None,
        model: str | None = None,
        model_provider: str | None = None,
        sandbox: Sandbox | None = None,
        service_tier: str | None = None,
        thread_source: ThreadSource | None = None,
        handlers: Handlers | None = None,
        tools: Sequence[AnyTool | Namespace] | None = None,
    ) -> AsyncThread:
        """Start a conversation that goes on from a copy of another (thread/fork).

        The copy keeps the conversation, the directory and the approval policy; its model and its
        sandbox are config.toml's unless given. `handlers` and `tools` are as for `thread_resume`.
        """
        setup = self._setup(handlers, tools)
        params = resume_params(
            include_turns=include_turns,
            asks_us=self._inbox.asks_us(thread_id, handlers),
            approval_mode=approval_mode,
            thread_id=thread_id,
            base_instructions=base_instructions,
            config=config,
            cwd=cwd,
            developer_instructions=developer_instructions,
            ephemeral=ephemeral,
            model=model,
            model_provider=model_provider,
            sandbox=sandbox,
            service_tier=service_tier,
            thread_source=thread_source,
        )
        return await self._open_thread("thread/fork", params, setup)

    async def thread_list(
        self,
        *,
        archived: bool | None = None,
        cursor: str | None = None,
        cwd: ThreadListCwdFilter | None = None,
        limit: int | None = None,
        model_providers: list[str] | None = None,
        search_term: str | None = None,
        section_id: str | None = None,
        sort_direction: SortDirection | None = None,
        sort_key: ThreadSortKey | None = None,
        source_kinds: list[ThreadSourceKind] | None = None,
        use_state_db_only: bool | None = None,
    ) -> ThreadListResponse:
        """Return a page of stored conversations (thread/list), newest first.

        The runtime's cursor loses threads that were created in the same second unless
        `use_state_db_only=True` or `sort_key=ThreadSortKey.updated_at`.
        """
        from .. import methods

        params = options(
            archived=archived,
            cursor=cursor,
            cwd=cwd,
            limit=limit,
            model_providers=model_providers,
            search_term=search_term,
            section_id=section_id,
            sort_direction=sort_direction,
            sort_key=sort_key,
            source_kinds=source_kinds,
            use_state_db_only=use_state_db_only,
        )
        return await self.call(methods.thread.LIST, params)

    async def thread_archive(self, thread_id: str) -> ThreadArchiveResponse:
        """Put a conversation away (thread/archive); its handlers and tools are forgotten."""
        from .. import methods

        archived = await self.call(methods.thread.ARCHIVE, {"threadId": thread_id})
        self._inbox.forget(thread_id)
        return archived

    async def thread_unarchive(self, thread_id: str) -> AsyncThread:
        """Take a conversation back out (thread/unarchive); resume it before its next turn."""
        return await self._open_thread("thread/unarchive", {"threadId": thread_id}, None)

    # --- small words -----------------------------------------------------------------------------

    async def _ready(self) -> AsyncRpc:
        if self._rpc is not None:
            return self._rpc
        async with self._opening:
            if self._rpc is None:
                from .rpc import AsyncRpc

                self._check_open("before it was started")
                rpc = AsyncRpc(self._config, self._inbox)
                await rpc.open()
                try:
                    self._check_open("while it started")
                except ClientClosedError:
                    await rpc.close()
                    raise
                self._rpc = rpc
        return self._rpc

    def _check_open(self, when: str) -> None:
        if self._closed:
            raise ClientClosedError(f"this client was closed {when}")

    def _setup(
        self, handlers: Handlers | None, tools: Sequence[AnyTool | Namespace] | None
    ) -> Setup:
        from ..handlers import Handlers
        from .inbox import Setup

        check_kind("handlers", handlers, Handlers)
        if not tools:
            return Setup(handlers)
        from ..tools import ToolSet

        return Setup(handlers, ToolSet(tools))

    async def _open_thread(
        self, method: str, params: dict[str, Any], setup: Setup | None
    ) -> AsyncThread:
        from .thread import AsyncThread

        rpc = await self._ready()
        result = await rpc.request(method, params)
        thread_id = text_in(result, "thread", "id", method=method)
        if setup is not None:
            self._inbox.set_up(thread_id, setup)
        return AsyncThread(rpc, thread_id)
