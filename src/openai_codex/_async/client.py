"""The client: one runtime process, and the threads that live in it."""

from __future__ import annotations

import functools
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextvars import copy_context
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from .._checks import (
    MOST_32,
    check_count,
    check_flag,
    check_key,
    check_kind,
    check_text,
    checked_seconds,
)
from .._core.replies import text_in
from .._turns.mcp_servers import with_mcp_servers
from .._turns.options import warn_of_overrides
from .._turns.params import check_constant, options, resume_params, thread_params
from .._turns.presets import ApprovalMode, Sandbox
from ..config import AppServerConfig, FromEnvironment
from ..errors import ClientClosedError, CodexError
from ..retry import Restart

if TYPE_CHECKING:
    from datetime import timedelta

    from .._drivers.facts import RuntimeProcess
    from .._places.environment import Environment
    from .._turns.agent_tools import AgentTools
    from .._turns.budget import Budget, OnUsageLimit
    from .._turns.commands import ExecOutput, ExecResult
    from .._turns.mcp_servers import McpServers
    from .._turns.spend import Spend
    from .._wire.method import Method
    from ..connect import Connect
    from ..errors import UsageLimitError
    from ..prices import Prices
    from ..questions.answerers import Setup
    from ..questions.handlers import Handlers
    from ..sessions.bundle import SessionBundle
    from ..sessions.store import SessionStore
    from ..telemetry.settings import Telemetry
    from ..telemetry.trace import Trace
    from ..tools import AnyTool, Namespace
    from ..types import (
        FuzzyFileSearchResult,
        GetAccountRateLimitsResponse,
        GetAccountResponse,
        GetAccountTokenUsageResponse,
        InitializeResponse,
        JsonObject,
        ModelListResponse,
        Personality,
        ReasoningEffort,
        ServerDiagnosticsResponse,
        SortDirection,
        ThreadArchiveResponse,
        ThreadListCwdFilter,
        ThreadListResponse,
        ThreadSearchResult,
        ThreadSearchSortKey,
        ThreadSortKey,
        ThreadSource,
        ThreadSourceKind,
        ThreadStartSource,
    )
    from .brake import AsyncBrake
    from .codex_client import AsyncCodexClient
    from .commands import AsyncExec
    from .events import AsyncEvents
    from .files import AsyncFiles
    from .login import AsyncChatgptLoginHandle, AsyncDeviceCodeLoginHandle
    from .processes import AsyncProcesses
    from .questions import AsyncQuestions
    from .rpc import AsyncRpc
    from .settings import AsyncMcp, AsyncSettings, AsyncSkills
    from .thread import AsyncThread

__all__ = ["AsyncCodex"]

P = TypeVar("P")
R = TypeVar("R")


class AsyncCodex:
    """A client of one codex runtime; `close()`, or leaving the `with` block, ends it.

    A runtime that was attached to, with `connect`, goes on.

    `AsyncCodex` starts the runtime on entering the block or on first use, once; `Codex` at once.

    config          what to launch, and every bound; see `AppServerConfig`
    connect         attach to a runtime that runs already, and launch none; see `Connect`
    handlers        functions that answer approvals and questions; see `Handlers`
    api_key         a key that stays in memory, or `FROM_ENVIRONMENT`
    budget          limits on what all turns of this client spend; see `Budget`
    prices          a function that knows what model responses cost; see `openai_codex.prices`
    on_usage_limit  "raise", or "wait": `run()` waits until the account's usage limit resets
    max_wait        the longest such wait in seconds, six hours unless given; None is no limit
    mcp_servers     MCP servers by name, each an `McpServer`, for all threads of this client
    on_wait         a function, plain or async, called once with the error before such a wait
    telemetry       what OpenTelemetry is told, where it is set up; see `Telemetry`
    restart         start the runtime again when it died: a `Restart`; None leaves it dead
    reconnect_timeout  seconds to reach an attached runtime again that was lost; 0 never tries

    While it waits for a usage limit, the whole client pauses: other calls of `run()` wait too. The
    turn then goes on where it was; its message is not sent twice.
    """

    def __init__(
        self,
        config: AppServerConfig | None = None,
        *,
        connect: Connect | None = None,
        handlers: Handlers | None = None,
        api_key: str | FromEnvironment | None = None,
        budget: Budget | None = None,
        prices: Prices | None = None,
        on_usage_limit: OnUsageLimit = "raise",
        max_wait: float | timedelta | None = 6 * 3600.0,
        on_wait: Callable[[UsageLimitError], Any] | None = None,
        telemetry: Telemetry | None = None,
        mcp_servers: McpServers | None = None,
        reconnect_timeout: float | timedelta | None = 60.0,
        restart: Restart | None = None,
    ) -> None:
        from .._drivers.aio import Lock
        from ..questions.handlers import Handlers
        from ..telemetry.settings import Telemetry
        from ..telemetry.witness import Witness
        from .inbox import AsyncInbox
        from .spending import AsyncSpending
        from .usage_limits import AsyncUsageLimits

        check_kind("config", config, AppServerConfig)
        check_kind("handlers", handlers, Handlers)
        self._restart = _checked_restart(restart, connect)
        self._reconnect = checked_seconds("reconnect_timeout", reconnect_timeout)
        self._config = config or AppServerConfig()
        if api_key is not None:
            self._config = replace(self._config, api_key=api_key)
        check_kind("telemetry", telemetry, Telemetry)
        self._config = _with_exporter(self._config, telemetry)
        self._config = self._config._attached(connect)
        # Read now, from the environment if so asked: a key that is changed later is another
        # login's.
        self._key = self._config._key
        self._mcp_servers = (with_mcp_servers(None, mcp_servers) or {}).get("mcp_servers")
        warn_of_overrides(self._config.config_overrides)
        # Before there is a connection: the runtime may ask as soon as it is up.
        self._inbox = AsyncInbox(self._config, handlers or Handlers(), self)
        limits = AsyncUsageLimits(on_usage_limit, max_wait, on_wait)
        self._witness = Witness(telemetry)
        self._spending = AsyncSpending(budget, prices, usage_limits=limits)
        self._rpc: AsyncRpc | None = None
        self._closed = False
        # Two tasks that use a new client at once must not start two runtimes.
        self._opening = Lock()
        self._low_level: AsyncCodexClient | None = None
        # sync: self._ready()

    def __repr__(self) -> str:
        process, connect = self.process, self._config._connect
        state = "not started" if process is None else f"pid {process.pid}"
        if connect is not None and self._rpc is not None:
            state = f"attached to {connect.address}"
        return f"<{type(self).__name__} {'closed' if self._closed else state}>"

    async def __aenter__(self) -> AsyncCodex:
        self._check_open("before this block was entered")
        await self._ready()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    async def close(self, *, interrupt: bool = True) -> None:
        """End the runtime, within `AppServerConfig.shutdown_timeout`. Idempotent; never raises.

        Of a runtime that was attached to, only the connection ends; the turns that this client
        started are interrupted before, unless `interrupt` is False: then they run on.
        """
        check_flag("interrupt", interrupt)
        # First: a call that comes while the runtime ends must not start another one.
        self._closed = True
        if self._rpc is not None:
            await self._rpc.close(interrupt=interrupt)
            if self._rpc.driver.is_at_home:
                from .tracing import send_spans

                await send_spans(self._witness)
                self._witness.rest()
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

    @property
    def restarts(self) -> int:
        """How often the runtime was started again, or reached again, after it was lost."""
        comeback = self._rpc.comeback if self._rpc is not None else None
        return comeback.count if comeback is not None else 0

    @property
    def spent(self) -> Spend:
        """What all turns of this client have spent, with their sub-agents, whoever started them."""
        return self._spending.of_client()

    def trace(self, turn_id: str | None = None) -> Trace:
        """Return what turns did, as trees of spans: those that run and the last 64 that ended.

        Turns that nobody reads, and that nobody here started, are among them; `turn_id` asks for
        one alone. Nothing of what was said or printed is in it; see `Telemetry`.
        """
        return self._witness.trace(turn_id)

    async def rate_limits(self) -> GetAccountRateLimitsResponse:
        """Return the usage windows of a ChatGPT plan and when they reset (account/rateLimits/read).

        Raises InvalidRequestError for an account that is charged by the token.
        """
        from .. import methods

        return await self.call(methods.account.RATE_LIMITS_READ, {})

    async def account_usage(self) -> GetAccountTokenUsageResponse:
        """Return what a ChatGPT account used, in tokens and estimated dollars (account/usage/read).

        Raises InvalidRequestError for an account that is charged by the token.
        """
        from .. import methods

        return await self.call(methods.account.USAGE_READ, {})

    async def call(
        self,
        method: Method[P, R],
        params: P | JsonObject | None = None,
        *,
        timeout: float | timedelta | Literal["default"] | None = "default",
    ) -> R:
        """Call any method of the protocol, typed: `codex.call(methods.thread.LOADED_LIST)`.

        `params` is the method's params model or a dict of its wire form; `timeout` is in seconds,
        None waits for ever, and "default" means `AppServerConfig.request_timeout`.
        Raises the runtime's refusal as a JsonRpcError, RequestTimeoutError, TransportClosedError.
        """
        check_constant(method)
        # A word and not None, which means for ever, nor an object that an editor would show as
        # `...`.
        if timeout == "default":
            return await (await self._ready()).call(method, params)
        seconds = checked_seconds("timeout", timeout)
        return await (await self._ready()).call(method, params, timeout=seconds)

    async def models(
        self,
        *,
        include_hidden: bool = False,
        effort: ReasoningEffort | str | None = None,
        input: str | None = None,
    ) -> ModelListResponse:
        """Return the models to choose from, all of them (model/list).

        `effort` leaves those that can think so hard, such as "high"; `input` those that take such
        input, such as "image". `is_default` tells which one the service takes unless told
        otherwise.
        """
        from .._turns.models import fitting, taken

        check_flag("include_hidden", include_hidden)
        wanted = taken(effort=effort, input=input)
        return fitting(await self._all_models(include_hidden), **wanted)

    async def _all_models(self, include_hidden: bool) -> ModelListResponse:
        from .. import methods

        params: dict[str, Any] = {"includeHidden": include_hidden}
        listed = await self.call(methods.model.LIST, params)
        while (cursor := listed.next_cursor) is not None:
            page = await self.call(methods.model.LIST, {**params, "cursor": cursor})
            listed = page.model_copy(update={"data": [*listed.data, *page.data]})
        return listed

    def questions(self) -> AsyncQuestions:
        """Iterate over the questions that no handler takes, to be answered whenever, from anywhere.

        Open it before the turns that may ask: while nobody reads them, such questions are declined.
        """
        from .questions import AsyncQuestions

        return AsyncQuestions(self._inbox.readers)

    def events(self) -> AsyncEvents:
        """Iterate over all that belongs to no turn, until the client is closed.

        MCP servers that start or fail, warnings about settings, rate limits, threads that begin,
        change their state or end, skills, logins. The last 256 of what came before are there too.
        See also `thread.events()`, and `turn.stream(agents=True)` for sub-agents.
        """
        from .events import AsyncEvents

        return AsyncEvents(self._ready, self._rpc, limit=self._config.max_unread_bytes)

    # --- beside threads --------------------------------------------------------------------------

    @property
    def files(self) -> AsyncFiles:
        """Files on the runtime's side: read, write, list, copy, remove, watch."""
        from .files import AsyncFiles

        return AsyncFiles(self._ready)

    @property
    def config(self) -> AsyncSettings:
        """The runtime's settings: read, write."""
        from .settings import AsyncSettings

        return AsyncSettings(self._ready)

    @property
    def skills(self) -> AsyncSkills:
        """The skills that the model is told of: list, switch on and off."""
        from .settings import AsyncSkills

        return AsyncSkills(self._ready)

    @property
    def mcp(self) -> AsyncMcp:
        """MCP servers: status, tools, resources, login."""
        from .settings import AsyncMcp

        return AsyncMcp(self._ready)

    @property
    def processes(self) -> AsyncProcesses:
        """Processes outside any sandbox: start."""
        from .processes import AsyncProcesses

        return AsyncProcesses(self._ready)

    async def exec(
        self,
        argv: Sequence[str],
        *,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str | None] | None = None,
        input: bytes | str | None = None,
        timeout: float | timedelta | None = None,
        sandbox: Sandbox | None = None,
        max_output_bytes: int | None = None,
        on_output: Callable[[ExecOutput], Any] | None = None,
    ) -> ExecResult:
        """Run a command on the runtime's side, without a thread (command/exec); no shell.

        | option | meaning |
        |---|---|
        | `argv` | the program and its arguments |
        | `cwd` | its folder; the runtime's own unless given |
        | `env` | variables to set, or with None to take out |
        | `input` | what it reads |
        | `timeout` | seconds until it is ended, with exit code 124; an hour unless given |
        | `sandbox` | what it may do, `cwd` being its workspace; that of config.toml unless given |
        | `max_output_bytes` | of each stream; a mebibyte unless given |
        | `on_output` | called with each piece as it is printed |

        A caller that is cancelled ends the command. A program that is not there is an exit code in
        a sandbox, and an InternalRpcError without one. Raises RequestTimeoutError,
        TransportClosedError.
        """
        from .commands import ExecOptions, run_command

        options = ExecOptions(
            argv=argv,
            cwd=cwd,
            env=env,
            timeout=timeout,
            sandbox=sandbox,
            max_output_bytes=max_output_bytes,
        )
        return await run_command(await self._ready(), options, input=input, on_output=on_output)

    async def start_exec(
        self,
        argv: Sequence[str],
        *,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str | None] | None = None,
        timeout: float | timedelta | None = None,
        sandbox: Sandbox | None = None,
        tty: bool = False,
        size: tuple[int, int] | None = None,
        max_output_bytes: int | None = None,
    ) -> AsyncExec:
        """Start a command (command/exec) and return its handle: to write to it while it runs.

        With `tty` it has a terminal, of `size` columns and rows. On Linux the runtime refuses one
        with an InternalRpcError unless its `sandbox` is `Sandbox.full_access`. The other options
        are as for `exec`, but without a `timeout` it may run for ever. Leaving its block ends it.
        """
        from .commands import AsyncExec, ExecOptions

        options = ExecOptions(
            argv=argv,
            cwd=cwd,
            env=env,
            timeout=timeout,
            sandbox=sandbox,
            tty=tty,
            size=size,
            max_output_bytes=max_output_bytes,
        )
        rpc = await self._ready()
        await rpc.come_back()
        return AsyncExec(rpc, options)

    async def find_files(
        self, query: str, roots: Sequence[str | os.PathLike[str]]
    ) -> list[FuzzyFileSearchResult]:
        """Return files below the folders whose paths match, the best first (fuzzyFileSearch)."""
        from .. import methods

        check_text(query=query)
        params = {"query": query, "roots": [os.fspath(root) for root in roots]}
        return (await self.call(methods.fuzzy_file_search.FUZZY_FILE_SEARCH, params)).files

    async def diagnostics(self) -> ServerDiagnosticsResponse:
        """Return how the runtime is: its memory, requests and connections (server/diagnostics)."""
        from .. import methods

        return await self.call(methods.server.DIAGNOSTICS, {})

    # --- places of work --------------------------------------------------------------------------

    async def environment(self, environment: Environment) -> Environment:
        """Register a place of work (environment/add) and look whether it is there.

        Returns it with its `cwd`, which the exec-server told (environment/info) unless it was
        given. One with the same name is replaced, also for threads that work there. Raises
        EnvironmentUnreachableError; then it is not registered.
        """
        from .places import check_environment, register

        check_environment(environment)
        return await register(await self._ready(), environment)

    # --- the account -----------------------------------------------------------------------------

    async def login_api_key(self, api_key: str) -> None:
        """Log in with an API key (account/login/start); the runtime stores it in its CODEX_HOME.

        `Codex(api_key=...)` keeps one in memory instead.
        """
        from .login import log_in_with_key

        check_key("api_key", api_key)
        await log_in_with_key(await self._ready(), api_key)

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

        check_flag("refresh_token", refresh_token)
        return await self.call(methods.account.READ, {"refreshToken": refresh_token})

    async def logout(self) -> None:
        """Log out (account/logout)."""
        rpc = await self._ready()
        # None and not {}: the schema gives this method no params at all.
        await rpc.request("account/logout", None)

    # --- threads ---------------------------------------------------------------------------------

    async def thread_start(
        self,
        *,
        approval_mode: ApprovalMode = ApprovalMode.auto_review,
        base_instructions: str | None = None,
        config: JsonObject | None = None,
        cwd: str | os.PathLike[str] | None = None,
        developer_instructions: str | None = None,
        ephemeral: bool | None = None,
        model: str | None = None,
        model_provider: str | None = None,
        personality: Personality | str | None = None,
        sandbox: Sandbox | None = None,
        service_name: str | None = None,
        service_tier: str | None = None,
        session_start_source: ThreadStartSource | str | None = None,
        thread_source: ThreadSource | str | None = None,
        handlers: Handlers | None = None,
        tools: Sequence[AnyTool | Namespace] | None = None,
        checkpoints: bool = False,
        budget: Budget | None = None,
        connect_timeout: float | timedelta | None = None,
        environment: Environment | str | None = None,
        uses: AgentTools | None = None,
        mcp_servers: McpServers | None = None,
    ) -> AsyncThread:
        """Start a conversation (thread/start). What is not given is as config.toml has it.

        What it may do, and who decides:
          cwd                     the folder to work in; None means the runtime's
          sandbox                 what commands may touch: read_only, workspace_write, full_access
          approval_mode           who decides when more is wanted; see `ApprovalMode`
          handlers                your functions that answer for this thread before the client's
          tools                   Python functions that the model may call
          mcp_servers             MCP servers by name, each an `McpServer`, beside the client's
          checkpoints             copy the folder's files before each turn, for `rewind`
          budget                  what the thread's turns may spend together: a `Budget`
          connect_timeout         seconds of nothing but retries that a turn has; see `turn`
          environment             where its commands run: an `Environment`, or a registered name
          uses                    which of the runtime's own tools it has: an `AgentTools`

        Which model, and what it is told:
          model                   the id of one of `codex.models()`
          model_provider          the name of a provider in config.toml
          service_tier            speed and price, such as "flex" or "priority"
          base_instructions       text in place of the runtime's own instructions
          developer_instructions  text beside them, which weighs more than what a user says
          personality             a style of answering; newer models do not heed it

        How it is kept:
          ephemeral               True keeps the thread in memory, while you hold it, and stores
                                  nothing
          config                  a dict that overrides config.toml for this thread
          service_name            the name of your service, for its metrics
          session_start_source    what hooks are told: "startup" or "clear"
          thread_source           who starts it, for statistics: "user", "subagent", or your word

        Where there are handlers for approvals, or `questions()` is open, `ApprovalMode.auto_review`
        means `ApprovalMode.ask`. Raises ValueError for a bad choice, ToolDefinitionError for a bad
        tool and, with `checkpoints`, GitNotFoundError without git, before anything is sent; for an
        `environment` that is not there, EnvironmentUnreachableError, UnknownEnvironmentError.
        """
        setup = self._setup(handlers, tools)
        _check_checkpoints(checkpoints, environment)
        params = thread_params(
            approval_mode=self._inbox.mode(approval_mode, handlers=handlers),
            folder=self._folder(environment),
            dynamic_tools=setup.specs(),
            base_instructions=base_instructions,
            config=with_mcp_servers(config, self._mcp_servers, mcp_servers),
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
        return await self._open_thread(
            "thread/start",
            params,
            setup,
            checkpoints=checkpoints,
            budget=budget,
            connect_timeout=connect_timeout,
            environment=environment,
            uses=uses,
        )

    async def thread_resume(
        self,
        thread_id: str,
        *,
        approval_mode: ApprovalMode | None = None,
        base_instructions: str | None = None,
        config: JsonObject | None = None,
        cwd: str | os.PathLike[str] | None = None,
        developer_instructions: str | None = None,
        include_turns: bool | None = None,
        model: str | None = None,
        model_provider: str | None = None,
        personality: Personality | str | None = None,
        sandbox: Sandbox | None = None,
        service_tier: str | None = None,
        handlers: Handlers | None = None,
        tools: Sequence[AnyTool | Namespace] | None = None,
        checkpoints: bool = False,
        budget: Budget | None = None,
        connect_timeout: float | timedelta | None = None,
        environment: Environment | str | None = None,
        uses: AgentTools | None = None,
        mcp_servers: McpServers | None = None,
    ) -> AsyncThread:
        """Take up a stored conversation (thread/resume); what is not given stays as it was stored.

        Options beside those of `thread_start`, which mean the same here:
          thread_id      the id that `thread.id` or `thread_list()` told
          include_turns  False keeps a long history out of the reply
          tools          the functions that serve the tools the thread was started with
          handlers       who answers from now on, in place of the service's own reviewer
          checkpoints    make new ones; those that the thread has are there without it
          budget         what is spent from now on
          environment    where it works from now on
          uses           the same again: the runtime does not keep it

        A thread that worked in an environment never works on the runtime's machine instead: without
        `environment`, and where this runtime does not have it at work, EnvironmentRequiredError is
        raised.
        """
        check_text(thread_id=thread_id)
        setup = self._setup(handlers, tools)
        _check_checkpoints(checkpoints, environment)
        params = resume_params(
            include_turns=include_turns,
            asks_us=self._inbox.asks_us(thread_id, handlers),
            folder=self._folder(environment, thread_id),
            approval_mode=approval_mode,
            thread_id=thread_id,
            base_instructions=base_instructions,
            config=with_mcp_servers(config, self._mcp_servers, mcp_servers),
            cwd=cwd,
            developer_instructions=developer_instructions,
            model=model,
            model_provider=model_provider,
            personality=personality,
            sandbox=sandbox,
            service_tier=service_tier,
        )
        # Questions may be asked again as soon as it is back.
        self._inbox.answerers.set_up(thread_id, setup)
        return await self._open_thread(
            "thread/resume",
            params,
            setup,
            checkpoints=checkpoints,
            budget=budget,
            connect_timeout=connect_timeout,
            environment=environment,
            uses=uses,
        )

    async def thread_attach(
        self,
        thread_id: str,
        *,
        handlers: Handlers | None = None,
        tools: Sequence[AnyTool | Namespace] | None = None,
        answers: bool = True,
    ) -> AsyncThread:
        """Join a thread as it is, while it works or not (thread/resume); nothing of it changes.

        | option | meaning |
        |---|---|
        | `handlers` | who answers here; questions that wait already are theirs, too |
        | `tools` | the functions that serve the tools the thread was started with |
        | `answers` | False leaves questions and tool calls to other clients |

        `thread.current_turn()` has the turn that runs. A question goes to every client that is
        attached, and its first answer counts; one that nobody here has a handler for is declined,
        and a tool without its function fails, unless `answers` is False. Raises ThreadNotFoundError
        for a thread that is not stored: it is ephemeral, or had no turn yet.
        """
        from .current_turn import when_stored

        check_text(thread_id=thread_id)
        check_flag("answers", answers)
        setup = replace(self._setup(handlers, tools), answers=answers)
        self._inbox.answerers.set_up(thread_id, setup)  # questions may be asked again at once
        params = {"threadId": thread_id, "excludeTurns": True}
        attach = functools.partial(self._open_thread, "thread/resume", params, setup)
        thread: AsyncThread = await when_stored(await self._ready(), thread_id, attach)
        return thread

    async def thread_fork(
        self,
        thread_id: str,
        *,
        approval_mode: ApprovalMode | None = None,
        base_instructions: str | None = None,
        config: JsonObject | None = None,
        cwd: str | os.PathLike[str] | None = None,
        developer_instructions: str | None = None,
        ephemeral: bool | None = None,
        include_turns: bool | None = None,
        model: str | None = None,
        model_provider: str | None = None,
        sandbox: Sandbox | None = None,
        service_tier: str | None = None,
        thread_source: ThreadSource | str | None = None,
        handlers: Handlers | None = None,
        tools: Sequence[AnyTool | Namespace] | None = None,
        checkpoints: bool = False,
        budget: Budget | None = None,
        connect_timeout: float | timedelta | None = None,
        environment: Environment | str | None = None,
        uses: AgentTools | None = None,
        mcp_servers: McpServers | None = None,
    ) -> AsyncThread:
        """Start a conversation that goes on from a copy of another (thread/fork).

        The copy keeps the conversation, the folder and the approval policy; its model and its
        sandbox are config.toml's unless given. The options are those of `thread_start`, and
        `include_turns`, `handlers`, `tools`, `checkpoints`, `budget`, `environment` and `uses` are
        as for `thread_resume`.
        """
        check_text(thread_id=thread_id)
        setup = self._setup(handlers, tools)
        _check_checkpoints(checkpoints, environment)
        params = resume_params(
            include_turns=include_turns,
            asks_us=self._inbox.asks_us(thread_id, handlers),
            folder=self._folder(environment, thread_id),
            approval_mode=approval_mode,
            thread_id=thread_id,
            base_instructions=base_instructions,
            config=with_mcp_servers(config, self._mcp_servers, mcp_servers),
            cwd=cwd,
            developer_instructions=developer_instructions,
            ephemeral=ephemeral,
            model=model,
            model_provider=model_provider,
            sandbox=sandbox,
            service_tier=service_tier,
            thread_source=thread_source,
        )
        return await self._open_thread(
            "thread/fork",
            params,
            setup,
            checkpoints=checkpoints,
            budget=budget,
            connect_timeout=connect_timeout,
            environment=environment,
            uses=uses,
        )

    async def thread_list(
        self,
        *,
        archived: bool | None = None,
        cursor: str | None = None,
        cwd: ThreadListCwdFilter | os.PathLike[str] | None = None,
        limit: int | None = None,
        model_providers: list[str] | None = None,
        search_term: str | None = None,
        section_id: str | None = None,
        sort_direction: SortDirection | str | None = None,
        sort_key: ThreadSortKey | str | None = None,
        source_kinds: Sequence[ThreadSourceKind | str] | None = None,
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

    def thread_search(
        self,
        term: str,
        *,
        archived: bool | None = None,
        page_size: int | None = None,
        sort_key: ThreadSearchSortKey | str | None = None,
        source_kinds: Sequence[ThreadSourceKind | str] | None = None,
    ) -> AsyncIterator[ThreadSearchResult]:
        """Iterate over stored conversations that a text occurs in (thread/search).

        Each result has the `thread` and a `snippet` around the text.
        """
        check_text(term=term)
        if page_size is not None:
            check_count("page_size", page_size, least=1, most=MOST_32)
        params = options(
            search_term=term,
            archived=archived,
            limit=page_size,
            sort_key=sort_key,
            source_kinds=source_kinds,
        )
        return self._pages("thread/search", params)

    async def thread_archive(self, thread_id: str) -> ThreadArchiveResponse:
        """Put a conversation away (thread/archive); its handlers and tools are forgotten."""
        from .. import methods

        check_text(thread_id=thread_id)
        archived = await self.call(methods.thread.ARCHIVE, {"threadId": thread_id})
        self._inbox.answerers.forget(thread_id)
        return archived

    async def thread_unarchive(self, thread_id: str) -> AsyncThread:
        """Take a conversation back out (thread/unarchive); resume it before its next turn."""
        check_text(thread_id=thread_id)
        return await self._open_thread("thread/unarchive", {"threadId": thread_id}, None)

    async def thread_export(
        self,
        thread_id: str,
        target: str | os.PathLike[str] | SessionStore,
        *,
        redact: bool | Callable[[str], str] = True,
    ) -> SessionBundle:
        """Write a stored conversation and those of its sub-agents into a file or a store.

        The bundle holds conversations alone: no login, no settings, none of the project's files.
        What looks like a secret is taken out of what was said; `redact` may be a function that does
        so for a text, or False, which keeps every word. In a store its key is `thread_id`. Raises
        SessionError for a thread that is not stored.
        """
        from .sessions import export_thread

        return await export_thread(await self._ready(), thread_id, target, redact)

    async def thread_import(
        self,
        source: str | os.PathLike[str] | SessionStore,
        *,
        thread_id: str | None = None,
    ) -> SessionBundle:
        """Read a bundle into this runtime's home; then resume its `thread_id`.

        From a store, `thread_id` says which; of a file, it is checked. A thread that is there
        already, the same, stays. Raises BundleError for what is damaged, NewerBundleError for a
        format of the future, SessionExistsError for a thread that is there and differs,
        SessionNotFoundError; nothing is put in place then.
        """
        from .sessions import import_thread

        return await import_thread(await self._ready(), source, thread_id)

    # --- internals -------------------------------------------------------------------------------

    @property
    def _client(self) -> AsyncCodexClient:
        """The low-level client over the same connection, for programs that reach for it."""
        import warnings
        import weakref

        from .codex_client import AsyncCodexClient

        better = "codex.call(methods.<family>.<NAME>, params), or codex.events()"
        text = f"codex._client is private, and may go: use {better}"
        warnings.warn(text, DeprecationWarning, stacklevel=2)
        if self._low_level is None:
            ready = weakref.WeakMethod(self._ready)  # or each would keep the other alive
            self._low_level = AsyncCodexClient.over(self._config, self._inbox, ready)
            # sync: self._low_level.start()
        return self._low_level

    async def _pages(self, method: str, params: dict[str, Any]) -> AsyncIterator[Any]:
        from .. import methods
        from .paging import pages

        rpc = await self._ready()
        async for each in pages(rpc, methods.find(method), params):  # async only
            yield each  # async only
        # sync: yield from pages(rpc, methods.find(method), params)

    async def _ready(self) -> AsyncRpc:
        if self._rpc is not None:
            return self._rpc
        async with self._opening:
            if self._rpc is None:
                from .rpc import AsyncRpc

                self._check_open("before it was started")
                rpc = AsyncRpc(self._config, self._inbox, self._spending, self._witness)
                rpc.keeps_turns = self._reconnects
                await rpc.open(meanwhile=_load_what_follows)
                self._spending.attach(rpc)
                try:
                    if self._key is not None:
                        rpc.greet = _greeting(self._key)
                        await rpc.greet(rpc)
                    self._check_open("while it started")
                except BaseException:
                    await rpc.close()
                    raise
                self._come_back(rpc)
                self._rpc = rpc
        return self._rpc

    def _folder(
        self, environment: Environment | str | None, thread_id: str | None = None
    ) -> str | None:
        """Return where a `cwd` is looked for; None where it is a folder of another place."""
        is_elsewhere = environment is not None or (
            thread_id is not None
            and self._rpc is not None
            and self._rpc.places.of(thread_id) is not None
        )
        return None if is_elsewhere else self._config._folder

    @property
    def _reconnects(self) -> bool:
        connect = self._config._connect
        return connect is not None and connect.kind != "command" and self._reconnect != 0

    def _come_back(self, rpc: AsyncRpc) -> None:
        """Let the connection come back when it is lost, as this client was told to."""
        from .comeback import AsyncReconnecting, AsyncRestarting

        if self._restart is not None:
            AsyncRestarting(self._restart).attach(rpc)
        elif self._reconnects:
            is_near = self._config._connect is not None and self._config._connect.kind == "unix"
            AsyncReconnecting(self._reconnect, longest=0.02 if is_near else 0.5).attach(rpc)

    def _check_open(self, when: str) -> None:
        if self._closed:
            raise ClientClosedError(f"this client was closed {when}")

    def _setup(
        self, handlers: Handlers | None, tools: Sequence[AnyTool | Namespace] | None
    ) -> Setup:
        from ..questions.answerers import Setup
        from ..questions.handlers import Handlers

        check_kind("handlers", handlers, Handlers)
        if not tools:
            return Setup(handlers, None, copy_context() if handlers is not None else None)
        from ..tools import ToolSet

        return Setup(handlers, ToolSet(tools), copy_context())

    async def _open_thread(
        self,
        method: str,
        params: dict[str, Any],
        setup: Setup | None,
        *,
        checkpoints: bool = False,
        budget: Budget | None = None,
        connect_timeout: float | timedelta | None = None,
        environment: Environment | str | None = None,
        uses: AgentTools | None = None,
    ) -> AsyncThread:
        from . import places
        from .agents_at_work import attend_agents
        from .brake import request_braked
        from .thread import AsyncThread

        check_kind("budget", budget, _budget_type())
        checked_seconds("connect_timeout", connect_timeout)
        _check_uses(uses)
        rpc = await self._ready()
        place = await places.place_for(rpc, method, params, environment)
        if uses is not None:
            from .tool_switches import switch_tools

            await switch_tools(rpc, uses, params, is_new=method == "thread/start")
        brake = await self._brake(method, params, budget) if budget is not None else None
        result, brake = await request_braked(rpc, method, params, brake)
        thread_id = text_in(result, "thread", "id", method=method)
        await places.adopt(rpc, result["thread"], place, is_new=method == "thread/start")
        rpc.note_folder(thread_id, result.get("cwd"))
        live = rpc.threads.opened(thread_id, params, result)
        rpc.stale.discard(live.id)
        if setup is not None:
            self._set_up(thread_id, setup)
        await attend_agents(rpc, live, result["thread"])
        if budget is not None:
            self._spending.limit_thread(thread_id, budget, from_now=False)
            self._spending.keep_brake(thread_id, brake)
        thread = AsyncThread(
            rpc, thread_id, checkpoints=checkpoints, connect_timeout=connect_timeout
        )
        if result["thread"].get("ephemeral"):
            rpc.hold(thread, thread_id)
        if not self._inbox.readers.are_there:  # who reads `questions()` may be asked by any thread
            rpc.let_go()
        return thread

    def _set_up(self, thread_id: str, setup: Setup) -> None:
        self._inbox.answerers.set_up(thread_id, setup)
        if setup.handlers is not None and setup.handlers.watches:
            self._inbox.watch()

    async def _brake(
        self, method: str, params: dict[str, Any], budget: Budget
    ) -> AsyncBrake | None:
        """Set the runtime's own brake; a resumed thread's is for what is left of its budget."""
        if method != "thread/resume":  # a fork's params name its source, whose brake stays as it is
            return self._spending.brake(params, budget, 0)
        thread_id = params["threadId"]
        await self._recall(thread_id)
        return await self._spending.brake_resumed(thread_id, params, budget)

    async def _recall(self, thread_id: str) -> None:
        from .. import methods

        read = await self.call(methods.thread.READ, {"threadId": thread_id})
        await self._spending.recall(read.thread.path, thread_id)


def _with_exporter(config: AppServerConfig, telemetry: Telemetry | None) -> AppServerConfig:
    """Return the config with the settings that make the runtime export by itself, if any."""
    if telemetry is None:
        return config
    overrides = telemetry._overrides(config._environment())
    if overrides and config.launch_args_override is not None:
        raise ValueError(
            "AppServerConfig.launch_args_override replaces all settings: write those of "
            f"Telemetry.runtime into it: {' '.join(f'--config {each}' for each in overrides)}"
        )
    return replace(config, config_overrides=(*config.config_overrides, *overrides))


def _budget_type() -> type[Budget]:
    from .._turns.budget import Budget

    return Budget


def _check_uses(uses: object) -> None:
    if uses is not None:
        from .._turns.agent_tools import AgentTools

        check_kind("uses", uses, AgentTools)


def _checked_restart(restart: Restart | None, connect: Connect | None) -> Restart | None:
    check_kind("restart", restart, Restart)
    if connect is not None:
        from ..connect import Connect

        check_kind("connect", connect, Connect)
        if restart is not None and connect.kind != "command":
            raise ValueError("restart= is for a runtime that this client starts, not for connect=")
    return restart


def _greeting(key: str) -> Callable[[AsyncRpc], Any]:
    """Return what logs in with a key that is kept in memory: every new runtime needs it."""
    from .login import log_in_with_key

    async def greet(rpc: AsyncRpc) -> None:
        await log_in_with_key(rpc, key)

    return greet


def _load_what_follows() -> None:
    """Import what the first calls need, while no signal handler can know of the client yet."""
    from .. import methods  # noqa: F401
    from . import thread  # noqa: F401


def _check_checkpoints(checkpoints: bool, environment: Environment | str | None) -> None:
    check_flag("checkpoints", checkpoints)
    if checkpoints and environment is not None:
        from .._checkpoints.errors import CheckpointUnsupportedError

        raise CheckpointUnsupportedError(
            "the files of a thread in an environment are not on this machine: checkpoints cover "
            "local files only"
        )
    if checkpoints:
        from .._checkpoints.git import find_git

        find_git()  # a thread whose first turn would fail is not started
