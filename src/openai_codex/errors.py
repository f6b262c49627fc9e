"""Every exception the package raises, one family under `CodexError`.

    CodexError
    ├── TransportClosedError            the runtime is gone: exit_code, signal, stderr_tail
    │   ├── StartupError                it never came up
    │   │   ├── RuntimeNotFoundError    there is nothing to start
    │   │   └── StartupTimeoutError     ... in time (a RequestTimeoutError too)
    │   └── ClientClosedError           this client was closed by its owner
    ├── JsonRpcError                    the runtime answered with an error: code, message, data
    │   └── CodexRpcError
    │       ├── ParseError              -32700
    │       ├── InvalidRequestError     -32600
    │       │   └── UnsupportedByRuntimeError   ... because this runtime does not know the method
    │       ├── MethodNotFoundError     -32601
    │       ├── InvalidParamsError      -32602
    │       ├── InternalRpcError        -32603
    │       └── ServerBusyError         -32001, or `serverOverloaded` in the data
    │           └── RetryLimitExceededError
    ├── RequestTimeoutError             (TimeoutError) no reply in time
    ├── HandlerTimeoutError             (TimeoutError) a handler or tool of yours took too long
    ├── TurnTimeoutError                (TimeoutError) a turn passed its deadline or fell silent
    ├── TurnFailedError                 (RuntimeError) the turn ended as failed: result, error, info
    │   ├── UsageLimitError             resets_at
    │   ├── ContextWindowExceededError
    │   ├── UnauthorizedError
    │   ├── BadRequestError
    │   ├── OverloadedError
    │   ├── SandboxFailedError
    │   └── StreamDisconnectedError
    ├── StreamOverflowError             a consumer too slow for its bound lost its stream
    ├── MessageTooLargeError            a reply or a turn's end was over `max_message_bytes`
    ├── UnsendableError                 (ValueError) a value has no place in JSON; nothing was sent
    ├── WrongProcessError               (RuntimeError) used after os.fork() in the child
    └── WrongLoopError                  (RuntimeError) used from another event loop

This module holds data and words only; it decides nothing about when an error is raised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .result import TurnResult
    from .retry import is_retryable_error as is_retryable_error  # noqa: PLC0414  # a door
    from .types import TurnError

__all__ = [
    "BadRequestError",
    "ClientClosedError",
    "CodexError",
    "CodexRpcError",
    "ContextWindowExceededError",
    "HandlerTimeoutError",
    "InternalRpcError",
    "InvalidParamsError",
    "InvalidRequestError",
    "JsonRpcError",
    "MessageTooLargeError",
    "MethodNotFoundError",
    "OverloadedError",
    "ParseError",
    "RequestTimeoutError",
    "RetryLimitExceededError",
    "RuntimeNotFoundError",
    "SandboxFailedError",
    "ServerBusyError",
    "StartupError",
    "StartupTimeoutError",
    "StreamDisconnectedError",
    "StreamOverflowError",
    "TransportClosedError",
    "TurnFailedError",
    "TurnTimeoutError",
    "UnauthorizedError",
    "UnsendableError",
    "UnsupportedByRuntimeError",
    "UsageLimitError",
    "WrongLoopError",
    "WrongProcessError",
]


class CodexError(Exception):
    """Be the base of everything this package raises on purpose."""

    def __reduce__(self) -> tuple[Any, ...]:
        # By default an exception is remade from `args` alone, which keywords have no part in; one
        # that cannot be pickled would hang the process pool that it is raised in.
        return _remade, (type(self), self.args, self.__dict__)


def _remade(kind: type[CodexError], args: tuple[Any, ...], facts: dict[str, Any]) -> CodexError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(facts)
    return error


# --- the process -----------------------------------------------------------------------------


class TransportClosedError(CodexError):
    """Say that the runtime is gone, with what is known of its end.

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
        parts = [self.message]
        if self.signal is not None:
            parts.append(f"ended by signal {self.signal}")
        elif self.exit_code is not None:
            parts.append(f"exit code {self.exit_code}")
        text = "; ".join(parts)
        return (
            f"{text}; last lines of its stderr:\n{self.stderr_tail}" if self.stderr_tail else text
        )

    def copy(self) -> TransportClosedError:
        """Return an equal error to raise on its own, so that tracebacks do not pile up."""
        fresh = type(self).__new__(type(self), *self.args)
        fresh.__dict__.update(self.__dict__)
        fresh.__cause__ = self.__cause__
        return fresh


class StartupError(TransportClosedError):
    """Say that the runtime did not come up: it could not run, exited, or never answered."""


class RuntimeNotFoundError(StartupError):
    """Say that there is no runtime to start, and where it was looked for."""


class ClientClosedError(TransportClosedError):
    """Say that this client was closed by its owner and cannot be used again."""


# --- replies that are errors -----------------------------------------------------------------


class JsonRpcError(CodexError):
    """Carry an error reply: its `code`, `message` and `data`."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(code, message, data)
        self.code = code
        self.message = message
        self.data = data
        self.method: str | None = None

    def __str__(self) -> str:
        asked = f"{self.method}: " if self.method else ""
        return f"{asked}{self.message} (code {self.code})"


class CodexRpcError(JsonRpcError):
    """Carry an error reply of the codex runtime."""


class ParseError(CodexRpcError):
    """Say that the runtime could not parse the request (-32700)."""


class InvalidRequestError(CodexRpcError):
    """Say that the runtime refused the request (-32600), as it does for most reasons."""


class UnsupportedByRuntimeError(InvalidRequestError):
    """Say that the runtime in use does not know the method, and which version it is."""


class MethodNotFoundError(CodexRpcError):
    """Say that the method or this use of it is not there (-32601)."""


class InvalidParamsError(CodexRpcError):
    """Say that the runtime refused the params (-32602)."""


class InternalRpcError(CodexRpcError):
    """Say that the runtime failed while it served the request (-32603)."""


class ServerBusyError(CodexRpcError):
    """Say that the runtime or the service is overloaded (-32001): try again later."""


class RetryLimitExceededError(ServerBusyError):
    """Say that the runtime was still overloaded after the last allowed attempt."""


# --- waiting ---------------------------------------------------------------------------------


class RequestTimeoutError(CodexError, TimeoutError):
    """Say which request got no reply in time, and what the runtime was doing.

    `method`, `seconds`, `last_event` (method of the last message that came from the runtime,
    or None), `alive` (whether its process still runs).
    """

    def __init__(self, *, method: str, seconds: float, last_event: str | None, alive: bool) -> None:
        super().__init__(method, seconds)
        self.method = method
        self.seconds = seconds
        self.last_event = last_event
        self.alive = alive

    def __str__(self) -> str:
        return (
            f"no reply to {self.method} within {self.seconds:g} s "
            f"(last message from the runtime: {self.last_event or 'none'}; "
            f"process {'alive' if self.alive else 'gone'})"
        )


class HandlerTimeoutError(CodexError, TimeoutError):
    """Say that a handler or tool took longer than its time; logged, never raised to a caller."""

    def __init__(self, *, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds

    def __str__(self) -> str:
        return f"took longer than {self.seconds:g} s"


class TurnTimeoutError(CodexError, TimeoutError):
    """Say that a turn passed its deadline, or was silent for too long, and was interrupted.

    `idle` tells which of the two; `result` is the partial `TurnResult`.
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
    ) -> None:
        super().__init__(turn_id, seconds)
        self.turn_id = turn_id
        self.seconds = seconds
        self.idle = idle
        self.last_event = last_event
        self.alive = alive
        self.result = result

    def __str__(self) -> str:
        what = "sent no event for" if self.idle else "was not over after"
        return (
            f"turn {self.turn_id} {what} {self.seconds:g} s "
            f"(last event: {self.last_event or 'none'}; "
            f"process {'alive' if self.alive else 'gone'})"
        )


class StartupTimeoutError(StartupError, RequestTimeoutError):
    """Say that the runtime did not answer the handshake within `startup_timeout`."""

    def __init__(self, *, timeout: RequestTimeoutError, stderr_tail: str = "") -> None:
        message = f"the codex runtime did not come up: {timeout}"
        CodexError.__init__(self, message)  # neither parent's own, each would call the other's
        self.message = message
        self.exit_code = self.signal = None  # it was alive, and we ended it
        self.stderr_tail = stderr_tail
        self.method, self.seconds = timeout.method, timeout.seconds
        self.last_event, self.alive = timeout.last_event, timeout.alive


# --- turns -----------------------------------------------------------------------------------


class TurnFailedError(CodexError, RuntimeError):
    """Carry a failed turn: its partial `result`, `error` and typed `info` (codexErrorInfo)."""

    def __init__(self, message: str, *, result: TurnResult[Any]) -> None:
        super().__init__(message)
        self.result = result

    @property
    def error(self) -> TurnError | None:
        """Return the turn's error as the runtime reported it."""
        return self.result.error

    @property
    def info(self) -> Any:
        """Return the error's codexErrorInfo, typed, or None."""
        return getattr(self.result.error, "codex_error_info", None)


class UsageLimitError(TurnFailedError):
    """Say that the usage limit is reached; `resets_at` is in unix seconds, None if unknown."""

    resets_at: int | None = None


class ContextWindowExceededError(TurnFailedError):
    """Say that the conversation no longer fits the model's context window."""


class UnauthorizedError(TurnFailedError):
    """Say that the service refused the credentials (401 or 403)."""


class BadRequestError(TurnFailedError):
    """Say that the service refused the request as malformed (400)."""


class OverloadedError(TurnFailedError):
    """Say that the service is overloaded or limits the rate of requests; a later turn may work."""


class SandboxFailedError(TurnFailedError):
    """Say that the sandbox failed, not the command in it."""


class StreamDisconnectedError(TurnFailedError):
    """Say that the connection to the model broke and the runtime gave up reconnecting."""


# --- bounds and misuse -----------------------------------------------------------------------


class StreamOverflowError(CodexError):
    """Say that a stream's unread events passed `max_unread_bytes`; other streams go on."""

    def __init__(self, *, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit

    def __str__(self) -> str:
        return (
            f"unread events passed {self.limit} bytes and were dropped: read the stream faster, "
            "use run() without on_event, or raise AppServerConfig.max_unread_bytes"
        )


class MessageTooLargeError(CodexError):
    """Say that a reply, or the end of a turn, was longer than `max_message_bytes`."""

    def __init__(self, *, limit: int, size: int) -> None:
        super().__init__(limit, size)
        self.limit = limit
        self.size = size

    def __str__(self) -> str:
        return (
            f"a message of {self.size} bytes passed the limit of {self.limit} and was skipped: "
            "ask for less or raise AppServerConfig.max_message_bytes"
        )


class UnsendableError(CodexError, ValueError):
    """Say that a value cannot be sent as JSON, where it is, and that nothing was sent."""


class WrongProcessError(CodexError, RuntimeError):
    """Say that a client was used after os.fork() in the child; make a new client there."""


class WrongLoopError(CodexError, RuntimeError):
    """Say that an async client was used from another event loop than the one it runs on."""


if not TYPE_CHECKING:  # a type checker must see a wrong name

    def __getattr__(name: str) -> Any:
        if name == "is_retryable_error":
            from .retry import is_retryable_error

            return is_retryable_error
        if name.startswith("AppServer"):
            from .renames import renamed

            return renamed(name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
