"""Every exception the package raises, one family under `CodexError`.

    CodexError
    ├── TransportClosedError            the runtime is gone: exit_code, signal, stderr_tail
    │   ├── StartupError                it never came up
    │   │   ├── RuntimeNotFoundError    (FileNotFoundError) there is nothing to start
    │   │   ├── StartupRefusedError     (CodexRpcError) it answered with an error
    │   │   ├── StartupTimeoutError     ... in time (a RequestTimeoutError too)
    │   │   └── ConnectError            one that should run already cannot be reached: address
    │   │       ├── NotListeningError   nobody listens there
    │   │       ├── TokenRefusedError   it asks for another token
    │   │       ├── OriginRefusedError  it takes us for a browser
    │   │       ├── NotARuntimeError    what listens there is something else
    │   │       ├── RuntimeTooOldError  it is older than this client knows
    │   │       └── AddressInUseError   a new one cannot listen there: somebody does already
    │   ├── ConnectionLostError         ... and comes back: thread_id, resumable, result
    │   └── ClientClosedError           this client was closed by its owner
    ├── JsonRpcError                    the runtime answered with an error: code, message, data
    │   └── CodexRpcError
    │       ├── ParseError              -32700
    │       ├── InvalidRequestError     -32600
    │       │   ├── UnsupportedByRuntimeError   ... because this runtime does not know the method
    │       │   └── ThreadNotFoundError         ... because it has no such thread: thread_id
    │       ├── MethodNotFoundError     -32601
    │       ├── InvalidParamsError      -32602
    │       ├── InternalRpcError        -32603
    │       └── ServerBusyError         -32001, or `serverOverloaded` in the data
    │           └── RetryLimitExceededError
    ├── InvalidReplyError               a reply is not what the protocol says: method, problems
    ├── RequestTimeoutError             (TimeoutError) no reply in time
    ├── HandlerTimeoutError             (TimeoutError) a handler or tool of yours took too long
    ├── TurnTimeoutError                (TimeoutError) a turn passed its deadline or fell silent
    │   └── ModelUnreachableError       ... or did nothing but retry to reach the model
    ├── TurnFailedError                 (RuntimeError) the turn ended as failed: result, error, info
    │   ├── UsageLimitError             resets_at
    │   ├── ContextWindowExceededError
    │   ├── UnauthorizedError
    │   ├── BadRequestError
    │   ├── OverloadedError
    │   ├── SandboxFailedError
    │   └── StreamDisconnectedError
    ├── BudgetExceededError             a budget is spent: budget, limit, scope, spent, result
    ├── UnknownPriceError               (ValueError) a budget in money, a model without a price
    ├── ToolSwitchError                 the runtime cannot switch a tool so: tool, reason
    ├── NotARepositoryError             (ValueError) a review needs a git repository: folder, base
    ├── QueuedTurnGoneError             a queued message was deleted before its turn: queued_id
    ├── ThreadBusyError                 a turn runs in the thread, with busy="error"
    ├── ThreadLostError                 a thread went with its runtime: thread_id, reason
    ├── TurnLostError                   the thread is idle or gone, the turn's end never came
    ├── StreamOverflowError             a consumer too slow for its bound lost its stream
    ├── MessageTooLargeError            a reply or a turn's end was over `max_message_bytes`
    ├── MissingExtraError               (ImportError) an optional dependency is not installed: extra
    ├── UnsendableError                 (ValueError) a value has no place in JSON; nothing was sent
    ├── ToolDefinitionError             (TypeError) a function cannot be a tool; nothing was sent
    ├── ToolArgumentsError              (ValueError) wrong arguments of a call of a tool: problems
    ├── ToolResultError                 (TypeError) what a tool returned cannot be sent
    ├── OutputSchemaError               (TypeError) a type has no strict schema: path
    ├── OutputValidationError           (ValueError) an answer does not fit its type: text, problems
    ├── WrongProcessError               (RuntimeError) used after os.fork() in the child
    └── WrongLoopError                  (RuntimeError) used from another event loop

This module holds data and texts only; it decides nothing about when an error is raised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._schema.problems import Problem
    from ._turns.budget import Budget
    from ._turns.result import TurnResult
    from ._turns.spend import Spend
    from .types import CodexErrorInfo, TurnError

__all__ = [
    "AddressInUseError",
    "BadRequestError",
    "BudgetExceededError",
    "ClientClosedError",
    "CodexError",
    "CodexRpcError",
    "ConnectError",
    "ConnectionLostError",
    "ContextWindowExceededError",
    "HandlerTimeoutError",
    "InternalRpcError",
    "InvalidParamsError",
    "InvalidReplyError",
    "InvalidRequestError",
    "JsonRpcError",
    "MessageTooLargeError",
    "MethodNotFoundError",
    "MissingExtraError",
    "ModelUnreachableError",
    "NotARepositoryError",
    "NotARuntimeError",
    "NotListeningError",
    "OriginRefusedError",
    "OutputSchemaError",
    "OutputValidationError",
    "OverloadedError",
    "ParseError",
    "QueuedTurnGoneError",
    "RequestTimeoutError",
    "RetryLimitExceededError",
    "RuntimeNotFoundError",
    "RuntimeTooOldError",
    "SandboxFailedError",
    "ServerBusyError",
    "StartupError",
    "StartupRefusedError",
    "StartupTimeoutError",
    "StreamDisconnectedError",
    "StreamOverflowError",
    "ThreadBusyError",
    "ThreadLostError",
    "ThreadNotFoundError",
    "TokenRefusedError",
    "ToolArgumentsError",
    "ToolDefinitionError",
    "ToolResultError",
    "ToolSwitchError",
    "TransportClosedError",
    "TurnFailedError",
    "TurnLostError",
    "TurnTimeoutError",
    "UnauthorizedError",
    "UnknownPriceError",
    "UnsendableError",
    "UnsupportedByRuntimeError",
    "UsageLimitError",
    "WrongLoopError",
    "WrongProcessError",
    "is_retryable_error",
    "map_jsonrpc_error",
]

OVERLOADED = -32001
"""The error code of a runtime that refused a request before it did anything."""


class CodexError(Exception):
    """Base class of all exceptions raised by this package."""

    def __reduce__(self) -> tuple[Any, ...]:
        # By default an exception is remade from `args` alone, which keywords have no part in; one
        # that cannot be pickled would hang the process pool that it is raised in.
        return _remade, (type(self), self.args, self.__dict__)

    def __repr__(self) -> str:
        """Return what `str` says, which is safe to log; `args` may hold a secret."""
        return f"{type(self).__name__}({str(self)!r})"


def _remade(kind: type[CodexError], args: tuple[Any, ...], facts: dict[str, Any]) -> CodexError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(facts)
    return error


# --- the process -----------------------------------------------------------------------------


class TransportClosedError(CodexError):
    """Raised when the runtime is gone; holds what is known about its end.

    `exit_code` is None while unknown or after a signal; `signal` is the signal's number or None;
    `stderr_tail` holds the last lines that the runtime printed, secrets redacted.
    """

    def __init__(
        self,
        message: str = "the connection to the codex runtime is closed",
        *,
        exit_code: int | None = None,
        signal: int | None = None,
        stderr_tail: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code
        self.signal = signal
        self.stderr_tail = stderr_tail

    def __str__(self) -> str:
        from ._runtime_words import in_our_words

        parts = [self.message]
        if self.signal is not None:
            parts.append(f"ended by signal {self.signal}")
        elif self.exit_code is not None:
            parts.append(f"exit code {self.exit_code}")
        tail = f"; last lines of its stderr:\n{self.stderr_tail}" if self.stderr_tail else ""
        return in_our_words("; ".join(parts) + tail)

    def copy(self) -> TransportClosedError:
        """Return an equal error to raise on its own, so that tracebacks do not pile up."""
        fresh = type(self).__new__(type(self), *self.args)
        fresh.__dict__.update(self.__dict__)
        fresh.__cause__ = self.__cause__
        return fresh


class StartupError(TransportClosedError):
    """Raised when the runtime did not start: it could not run, exited, or never answered."""


class RuntimeNotFoundError(StartupError, FileNotFoundError):
    """Raised when no runtime was found; lists the places that were searched."""


class ConnectionLostError(TransportClosedError):
    """Raised when the runtime died, or could not be reached, and this client goes on without it.

    What was under way ends with it: a turn (`thread_id`, and the partial `result`), or a call,
    whose `result` is None. Nothing of it is sent again. `resumable` tells whether the thread can go
    on, with `thread.run("continue")` on the same object.
    """

    thread_id: str | None = None
    resumable: bool = True
    result: TurnResult[Any] | None = None

    def __str__(self) -> str:
        from ._safe_text import one_line

        if self.thread_id is None:
            return super().__str__()
        advice = 'thread.run("continue") goes on' if self.resumable else "it cannot be resumed"
        return f"{super().__str__()}\n(thread {one_line(self.thread_id)}: {advice})"


class ConnectError(StartupError):
    """Raised when a runtime that should run already cannot be reached; `address` says where."""

    def __init__(self, message: str, *, address: str) -> None:
        super().__init__(message)
        self.address = address


class NotListeningError(ConnectError):
    """Raised when nobody listens at an address: start a runtime there, or give another address."""

    def __init__(self, *, address: str, reason: str) -> None:
        super().__init__(
            f"nobody listens at {address} ({reason}): start a runtime there, with RuntimeServer "
            "or `openai-codex serve`, or check the address",
            address=address,
        )


class TokenRefusedError(ConnectError):
    """Raised when a runtime asks for a token and was given a wrong one, or none (HTTP 401)."""

    def __init__(self, *, address: str, reason: str = "it answered 401") -> None:
        super().__init__(
            f"the runtime at {address} refused the token: {reason}; give the one that it was "
            "started with, as token=",
            address=address,
        )


class OriginRefusedError(ConnectError):
    """Raised when a runtime takes the client for a browser (HTTP 403).

    The client sends no `Origin`; a proxy on the way may add one.
    """

    def __init__(self, *, address: str, reason: str = "it answered 403") -> None:
        super().__init__(
            f"the runtime at {address} refused the connection: {reason}; it serves no browsers, "
            "so let the proxy on the way take the `Origin` header out",
            address=address,
        )


class NotARuntimeError(ConnectError):
    """Raised when what listens at an address is no codex runtime."""

    def __init__(self, *, address: str, reason: str) -> None:
        super().__init__(
            f"what listens at {address} is no codex runtime: {reason}; check the address",
            address=address,
        )


class RuntimeTooOldError(ConnectError):
    """Raised when a runtime is older than any that this client knows: `version`, `needed`."""

    def __init__(self, *, address: str, version: str, needed: str) -> None:
        super().__init__(
            f"the runtime at {address} is {version}, and {needed} or newer is needed: update it, "
            "or use an older openai-codex",
            address=address,
        )
        self.version = version
        self.needed = needed


class AddressInUseError(ConnectError):
    """Raised when a new runtime cannot listen at an address: somebody listens there already.

    A CODEX_HOME has one server at a time; `pid` is its process, where that is known.
    """

    def __init__(self, *, address: str, pid: int | None = None) -> None:
        process = "" if pid is None else f", process {pid}"
        super().__init__(
            f"somebody listens at {address} already{process}: attach to it with connect=, stop it, "
            "or choose another address",
            address=address,
        )
        self.pid = pid


class ClientClosedError(TransportClosedError):
    """Raised when a client is used after `close()`; a closed client cannot be used again."""


# --- replies that are errors -----------------------------------------------------------------


class JsonRpcError(CodexError):
    """Base class of error replies; holds `code`, `message` and `data` as they came.

    As text, secrets are redacted, what a terminal would obey is escaped, and `codex` commands that
    the message names are those of this package.
    """

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(code, message, data)
        self.code = code
        self.message = message
        self.data = data
        self.method: str | None = None

    def __str__(self) -> str:
        from ._safe_text import runtime_line

        asked = f"{self.method}: " if self.method else ""
        return f"{asked}{runtime_line(self.message)} (code {self.code})"


class CodexRpcError(JsonRpcError):
    """Error reply of the codex runtime."""


class ParseError(CodexRpcError):
    """Raised when the runtime could not parse the request (-32700)."""


class InvalidRequestError(CodexRpcError):
    """Raised when the runtime refused the request (-32600), as it does for most reasons."""


class UnsupportedByRuntimeError(InvalidRequestError):
    """Raised when the runtime in use does not know the method; names its version."""


class ThreadNotFoundError(InvalidRequestError):
    """Raised when the runtime has no such thread; `thread_id` is the one that was asked for.

    A stored thread must be resumed before it is used: `codex.thread_resume(thread_id)`.
    """

    thread_id: str | None = None


class MethodNotFoundError(CodexRpcError):
    """Raised when the runtime does not have the method, or not for this use (-32601)."""


class InvalidParamsError(CodexRpcError):
    """Raised when the runtime refused the params (-32602)."""


class InternalRpcError(CodexRpcError):
    """Raised when the runtime failed while it served the request (-32603)."""


class ServerBusyError(CodexRpcError):
    """Raised when the runtime or the service is overloaded (-32001); a later attempt may work."""


class RetryLimitExceededError(ServerBusyError):
    """Raised when the runtime was still overloaded after the last allowed attempt."""


class StartupRefusedError(StartupError, CodexRpcError):
    """Raised when the runtime answered the handshake with an error: `code`, `message`, `data`."""

    def __init__(self, refusal: JsonRpcError, *, stderr_tail: str = "") -> None:
        message = f"the codex runtime did not come up: {refusal.message}"
        CodexError.__init__(self, message)  # neither parent's own, each would call the other's
        self.message = message
        self.exit_code = self.signal = None  # it was alive, and we ended it
        self.stderr_tail = stderr_tail
        self.code, self.data, self.method = refusal.code, refusal.data, "initialize"


_BY_CODE: dict[int, type[CodexRpcError]] = {
    -32700: ParseError,
    -32600: InvalidRequestError,
    -32601: MethodNotFoundError,
    -32602: InvalidParamsError,
    -32603: InternalRpcError,
    OVERLOADED: ServerBusyError,
}
_OF_A_SERVER = range(-32099, -31999)  # the codes that JSON-RPC leaves to servers
_GAVE_UP = ("retry limit", "too many failed attempts")


def map_jsonrpc_error(code: int, message: str, data: Any = None) -> JsonRpcError:
    """Return the exception for an error reply: by its code, and where that says little, its data.

    A code that JSON-RPC neither defines nor leaves to servers gives a plain JsonRpcError.
    """
    kind: type[JsonRpcError] = _BY_CODE.get(code, JsonRpcError)
    if kind is JsonRpcError and code in _OF_A_SERVER:
        kind = ServerBusyError if is_overload(data) else CodexRpcError
    if kind is ServerBusyError and any(words in message.lower() for words in _GAVE_UP):
        kind = RetryLimitExceededError
    return kind(code, message, data)


def is_overload(data: Any) -> bool:
    """Tell whether an error's data says, at any depth, that the service is overloaded."""
    if isinstance(data, dict):
        return any(is_overload(value) for value in data.values())
    return data in ("serverOverloaded", "server_overloaded")


def is_retryable_error(exc: BaseException) -> bool:
    """Tell whether `exc` is transient overload, so that the same call may work a little later."""
    if isinstance(exc, RetryLimitExceededError):
        return False
    if isinstance(exc, JsonRpcError):
        return exc.code == OVERLOADED or is_overload(exc.data)
    return isinstance(exc, OverloadedError)


class InvalidReplyError(CodexError):
    """Raised when a reply is not what the protocol says: `method` names the request.

    `problems` says what is wrong in it, without the values that it holds.
    """

    def __init__(self, *, method: str, problems: str) -> None:
        super().__init__(method, problems)
        self.method = method
        self.problems = problems

    def __str__(self) -> str:
        return (
            f"the runtime's reply to {self.method} {self.problems}; "
            "use the runtime that belongs to this package"
        )


# --- waiting ---------------------------------------------------------------------------------


class RequestTimeoutError(CodexError, TimeoutError):
    """Raised when a request got no reply in time; tells what the runtime was doing.

    `method`, `seconds`, `last_event` (method of the last message that came from the runtime,
    or None), `alive` (whether its process still runs), `skipped` (the beginning of the last line
    from the runtime that was no message, or None).
    """

    def __init__(
        self,
        *,
        method: str,
        seconds: float,
        last_event: str | None,
        alive: bool,
        skipped: str | None = None,
    ) -> None:
        super().__init__(method, seconds)
        self.method = method
        self.seconds = seconds
        self.last_event = last_event
        self.alive = alive
        self.skipped = skipped

    def __str__(self) -> str:
        from ._safe_text import one_line

        skipped = f"; skipped a line that is no message: {self.skipped!r}" if self.skipped else ""
        return (
            f"no reply to {self.method} within {self.seconds:g} s "
            f"(last message from the runtime: {one_line(self.last_event or 'none')}; "
            f"process {'alive' if self.alive else 'gone'}{skipped})"
        )


class HandlerTimeoutError(CodexError, TimeoutError):
    """Logged when a handler or tool took longer than its time; never raised to a caller."""

    def __init__(self, *, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds

    def __str__(self) -> str:
        return f"took longer than {self.seconds:g} s"


class TurnTimeoutError(CodexError, TimeoutError):
    """Raised when a turn was interrupted because it passed its deadline or was silent for too long.

    `idle` tells which of the two; `result` is the partial `TurnResult`; `last_error` is what the
    runtime reported last, such as why it was retrying, or None.
    """

    def __init__(
        self,
        *,
        turn_id: str,
        seconds: float,
        idle: bool,
        last_event: str | None,
        alive: bool,
        result: TurnResult[Any] | None = None,
        last_error: str | None = None,
    ) -> None:
        super().__init__(turn_id, seconds)
        self.turn_id = turn_id
        self.seconds = seconds
        self.idle = idle
        self.last_event = last_event
        self.alive = alive
        self.result = result
        self.last_error = last_error

    def __str__(self) -> str:
        from ._safe_text import one_line, runtime_line

        what = "sent no event for" if self.idle else "was not over after"
        error = f"last error: {runtime_line(self.last_error)}; " if self.last_error else ""
        return (
            f"turn {one_line(self.turn_id)} {what} {self.seconds:g} s "
            f"({error}last event: {one_line(self.last_event or 'none')}; "
            f"process {'alive' if self.alive else 'gone'})"
        )


class ModelUnreachableError(TurnTimeoutError):
    """Raised when a turn was interrupted because it did nothing but retry for `connect_timeout`.

    `provider` and `url` are what could not be reached, where the runtime tells them; `last_error`
    is why, and `retries` how often it was tried in vain.
    """

    def __init__(
        self,
        *,
        turn_id: str,
        seconds: float,
        last_event: str | None,
        alive: bool,
        result: TurnResult[Any] | None = None,
        last_error: str | None = None,
        retries: int = 0,
    ) -> None:
        super().__init__(
            turn_id=turn_id,
            seconds=seconds,
            idle=False,
            last_event=last_event,
            alive=alive,
            result=result,
            last_error=last_error,
        )
        self.retries = retries
        self.provider: str | None = None
        self.url: str | None = None

    def __str__(self) -> str:
        from ._safe_text import one_line, runtime_line

        what = f" {one_line(self.provider)!r}" if self.provider else ""
        where = f" ({one_line(self.url)})" if self.url else ""
        cause = runtime_line(self.last_error or "no cause")
        return (
            f"turn {one_line(self.turn_id)} did not reach the model provider{what}{where} for "
            f"{self.seconds:g} s, {self.retries} retries: {cause}. "
            "Check the network, a proxy and the provider's address; connect_timeout= waits longer"
        )


class StartupTimeoutError(StartupError, RequestTimeoutError):
    """Raised when the runtime did not answer the handshake within `startup_timeout`."""

    def __init__(self, *, timeout: RequestTimeoutError, stderr_tail: str = "") -> None:
        message = f"the codex runtime did not come up: {timeout}"
        CodexError.__init__(self, message)  # neither parent's own, each would call the other's
        self.message = message
        self.exit_code = self.signal = None  # it was alive, and we ended it
        self.stderr_tail = stderr_tail
        self.method, self.seconds = timeout.method, timeout.seconds
        self.last_event, self.alive = timeout.last_event, timeout.alive
        self.skipped = timeout.skipped


# --- turns -----------------------------------------------------------------------------------


class TurnFailedError(CodexError, RuntimeError):
    """Raised when a turn fails; `result` holds what it produced so far.

    As text, secrets are redacted, what a terminal would obey is escaped, and `codex` commands that
    the message names are those of this package; `error.message` is as it came.
    """

    def __init__(self, message: str, *, result: TurnResult[Any]) -> None:
        super().__init__(message)
        self.result = result

    def __str__(self) -> str:
        from ._safe_text import runtime_line

        return runtime_line(self.args[0])

    @property
    def error(self) -> TurnError | None:
        """Return the turn's error as the runtime reported it."""
        return self.result.error

    @property
    def info(self) -> CodexErrorInfo | None:
        """Return the error's codexErrorInfo, typed, or None."""
        return getattr(self.result.error, "codex_error_info", None)


class UsageLimitError(TurnFailedError):
    """Raised when the usage limit is reached; `resets_at` is in unix seconds, None if unknown."""

    resets_at: int | None = None


class ContextWindowExceededError(TurnFailedError):
    """Raised when the conversation no longer fits the model's context window."""


class UnauthorizedError(TurnFailedError):
    """Raised when the service refused the credentials (401 or 403), or nobody is logged in.

    `account` is the type of the account that is logged in (`apiKey`, `chatgpt`), None for nobody or
    where that is not known; `codex_home` is the folder that the runtime keeps its login in.
    """

    account: str | None = None
    codex_home: str | None = None


class BadRequestError(TurnFailedError):
    """Raised when the service refused the request as malformed (400)."""


class OverloadedError(TurnFailedError):
    """Raised when the service is overloaded or limits the rate; a later turn may work."""


class SandboxFailedError(TurnFailedError):
    """Raised when the sandbox itself failed, not the command in it."""


class StreamDisconnectedError(TurnFailedError):
    """Raised when the connection to the model broke and the runtime gave up reconnecting."""


# --- bounds and misuse -----------------------------------------------------------------------


class BudgetExceededError(CodexError):
    """Raised when a budget is spent: the turn was stopped, or was not started at all.

    `limit` is the name of the limit that acted, such as `tokens`, and `scope` what it belongs to:
    `turn`, `goal`, `thread` or `client`. `budget` has what was granted on top, `spent` is what
    counts against it; `result` is what the turn produced so far, None where none was started. The
    thread can go on with a new budget.
    """

    def __init__(
        self,
        *,
        budget: Budget,
        limit: str,
        scope: str,
        spent: Spend,
        result: TurnResult[Any] | None,
    ) -> None:
        self.budget = budget
        self.limit = limit
        self.scope = scope
        self.spent = spent
        self.result = result
        what = "the turn was stopped" if result is not None else "no turn was started"
        super().__init__(f"{spent_text(limit, scope, budget, spent)}: {what}")


class UnknownPriceError(CodexError, ValueError):
    """Raised when a budget in money meets a model whose price is unknown; nothing was sent.

    `model` is the model's name, None where the runtime has not told it.
    """

    def __init__(self, model: str | None) -> None:
        self.model = model
        super().__init__(
            f"no price is known for the model {model or 'of this thread'}, so usd= cannot hold: "
            "give prices= that know it, or limit tokens="
        )


def spent_text(limit: str, scope: str, budget: Budget, spent: Spend) -> str:
    """Say how much of one limit of a budget is spent."""
    if limit == "usd" and spent.usd is None:
        return f"the {scope} spent an unknown amount of money, at {', '.join(spent.unpriced)}"
    value = getattr(spent, limit)
    unit = {"usd": "US dollars", "seconds": "seconds"}.get(limit, limit.replace("_", " "))
    shown = f"{value:.1f}" if limit == "seconds" else f"{value}"
    return f"the {scope} spent {shown} {unit} of its budget of {getattr(budget, limit)}"


class ThreadBusyError(CodexError):
    """Raised when a turn runs in the thread already, and `busy` is "error"; nothing was sent.

    Also with "wait", when the turn's own `timeout` passed before the thread was free: `seconds` is
    that time then, else None. `turn_id` is what runs, None where it is only about to.
    """

    def __init__(
        self, *, thread_id: str, turn_id: str | None, seconds: float | None = None
    ) -> None:
        super().__init__(thread_id, turn_id)
        self.thread_id = thread_id
        self.turn_id = turn_id
        self.seconds = seconds

    def __str__(self) -> str:
        from ._safe_text import one_line

        after = "" if self.seconds is None else f" after {self.seconds:g} s"
        turn = f"turn {one_line(self.turn_id)} runs" if self.turn_id else "a turn is about to run"
        return (
            f"thread {one_line(self.thread_id)} is still busy{after}: {turn} in it. Wait for that "
            'with busy="wait", steer it, or use another thread'
        )


class TurnLostError(CodexError):
    """Raised when a turn's thread is idle or gone, and the turn's end was never reported.

    `reason` is what the runtime said of the thread last; the turn could not be read back. `result`
    is the partial `TurnResult`.
    """

    def __init__(self, *, turn_id: str, reason: str, result: TurnResult[Any]) -> None:
        super().__init__(turn_id, reason)
        self.turn_id = turn_id
        self.reason = reason
        self.result = result

    def __str__(self) -> str:
        return (
            f"turn {self.turn_id} will report nothing more ({self.reason}), and its end was not "
            "reported: resume the thread to go on"
        )


class ToolSwitchError(CodexError, ValueError):
    """Raised for a tool that the runtime cannot switch as asked, or that it does not have.

    `tool` is its name, `reason` what is in the way.
    """

    def __init__(self, tool: str, reason: str) -> None:
        super().__init__(tool, reason)
        self.tool = tool
        self.reason = reason

    def __str__(self) -> str:
        return f"cannot switch {self.tool}: {self.reason}"


class NotARepositoryError(CodexError, ValueError):
    """Raised for a review against a branch in a folder that is in no git repository.

    `folder` is the thread's, `base` the branch. Nothing was sent.
    """

    def __init__(self, folder: str, base: str) -> None:
        super().__init__(folder, base)
        self.folder = folder
        self.base = base

    def __str__(self) -> str:
        return (
            f"{self.folder} is in no git repository, so it has no changes since {self.base!r}: "
            "review it with instructions=, or start the thread in a repository"
        )


class QueuedTurnGoneError(CodexError):
    """Raised for a message that was deleted from its thread's queue before its turn began.

    `queued_id` is the id that it had there.
    """

    def __init__(self, queued_id: str) -> None:
        super().__init__(queued_id)
        self.queued_id = queued_id

    def __str__(self) -> str:
        return f"message {self.queued_id} was deleted from the queue before its turn began"


class ThreadLostError(CodexError):
    """Raised when a thread is used that went with its runtime: nothing of it was stored.

    `reason` says why: it was ephemeral, or it had no turn yet. Start another thread.
    """

    def __init__(self, *, thread_id: str, reason: str) -> None:
        super().__init__(thread_id, reason)
        self.thread_id = thread_id
        self.reason = reason

    def __str__(self) -> str:
        from ._safe_text import one_line

        return (
            f"thread {one_line(self.thread_id)} went with its runtime, since {self.reason}: "
            "start another thread"
        )


class StreamOverflowError(CodexError):
    """Raised when a stream's unread events passed `max_unread_bytes`; other streams go on."""

    def __init__(self, *, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit

    def __str__(self) -> str:
        return (
            f"unread events passed {self.limit} bytes and were dropped: read the stream faster, "
            "use run() without on_event, or raise AppServerConfig.max_unread_bytes"
        )


class MessageTooLargeError(CodexError):
    """Raised when a reply, or the end of a turn, was longer than `max_message_bytes`."""

    def __init__(self, *, limit: int, size: int) -> None:
        super().__init__(limit, size)
        self.limit = limit
        self.size = size

    def __str__(self) -> str:
        return (
            f"a message of {self.size} bytes passed the limit of {self.limit} and was skipped: "
            "ask for less or raise AppServerConfig.max_message_bytes"
        )


class MissingExtraError(CodexError, ImportError):
    """Raised when something needs an optional dependency that is not installed.

    `extra` is the name of the extra that brings it.
    """

    def __init__(self, extra: str, what: str) -> None:
        self.extra = extra
        super().__init__(f"{what} needs the extra [{extra}]: pip install 'openai-codex[{extra}]'")


class UnsendableError(CodexError, ValueError):
    """Raised when a value cannot be sent as JSON; names its place. Nothing was sent."""


class WrongProcessError(CodexError, RuntimeError):
    """Raised when a client is used in a child after os.fork(); make a new client there."""


class WrongLoopError(CodexError, RuntimeError):
    """Raised when an async client is used from another event loop than the one it runs on."""


# --- tools and structured output -------------------------------------------------------------


class ToolDefinitionError(CodexError, TypeError):
    """Raised when a function cannot be offered as a tool; says what to change. Nothing was sent."""


class ToolArgumentsError(CodexError, ValueError):
    """Raised when the arguments of a call are wrong, in words that the model can act on.

    `tool` is the tool's name; `problems` has one entry for each argument that is wrong.
    """

    def __init__(self, tool: str, problems: tuple[Problem, ...]) -> None:
        super().__init__(tool, problems)
        self.tool = tool
        self.problems = problems

    def __str__(self) -> str:
        from ._schema.problems import listed

        return (
            f"The arguments of the tool {self.tool!r} are not valid:\n{listed(self.problems)}\n"
            "Correct them and call the tool again."
        )


class ToolResultError(CodexError, TypeError):
    """Raised when what a tool returned cannot be sent to the model; names its type."""


class OutputSchemaError(CodexError, TypeError):
    """Raised when the service cannot take a part of an output type; nothing was sent.

    `path` leads to the field, for example `Invoice.lines[].extra`.
    """

    def __init__(self, path: str, problem: str, advice: str) -> None:
        super().__init__(path, problem, advice)
        self.path = path
        self.problem = problem
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.path} {self.problem}: {self.advice}"


_SHOWN_CHARS = 200


class OutputValidationError(CodexError, ValueError):
    """Raised when an answer does not fit the output type: its `text` and the `problems`.

    `result` is the `TurnResult` that the answer came with, or None outside of a turn.
    `is_repairable` is False where a validator of the type failed by a mistake of its own, which is
    the cause: no other answer would help.
    """

    def __init__(
        self, text: str, problems: tuple[Problem, ...], *, is_repairable: bool = True
    ) -> None:
        super().__init__(text, problems)
        self.text = text
        self.problems = problems
        self.is_repairable = is_repairable
        self.result: Any = None

    def __str__(self) -> str:
        from ._safe_text import one_line
        from ._schema.problems import listed

        problems = listed(one_line(problem) for problem in self.problems)
        shown = one_line(self.text, most=_SHOWN_CHARS + 1)
        return f"the answer does not fit the output type:\n{problems}\nanswer: {shown}"

    def repair_prompt(self) -> str:
        """Return a prompt that asks the model for the same answer, corrected."""
        from ._schema.problems import listed

        return (
            "Your last answer does not fit the required output format:\n"
            f"{listed(self.problems)}\n"
            "Answer again with the whole corrected JSON value and nothing else. "
            "Do not run the work again."
        )


if not TYPE_CHECKING:  # a type checker must see a wrong name

    def __getattr__(name: str) -> Any:
        if name.startswith("AppServer"):
            from ._renames import renamed

            return renamed(name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
