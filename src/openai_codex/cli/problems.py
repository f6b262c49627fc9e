"""What went wrong, in one line that says what to do, and the exit code that goes with it."""

from __future__ import annotations

from typing import Any

from .._redaction import redact
from . import exits

__all__ = [
    "CommandError",
    "UsageError",
    "advice_for",
    "code_of",
    "message_of",
    "problem_of",
    "was_interrupted",
]


class CommandError(Exception):
    """A problem that the command line reports: `message`, `code`, `advice`, `exit_code`."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "failed",
        advice: str = "",
        exit_code: int = exits.FAILED,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.advice = advice
        self.exit_code = exit_code

    def to_json(self) -> dict[str, Any]:
        """Return the problem as the `error` of a command's `--json`, without secrets."""
        found = {"code": self.code, "message": redact(self.message)}
        return {**found, "advice": self.advice} if self.advice else found


class UsageError(CommandError):
    """A command that was given something it cannot work with."""

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message, code="usage", advice=advice, exit_code=exits.USAGE)


# What to do about an error of the package, by its class's name; the first that fits.
_ADVICE = {
    "RuntimeNotFoundError": "install openai-codex again, or name a binary with --codex-bin",
    "StartupTimeoutError": "run `openai-codex doctor`",
    "NotListeningError": "start one with `openai-codex serve`",
    "TokenRefusedError": "give its token with --token-file",
    "AddressInUseError": "use it with --connect, or end it with `openai-codex serve --stop`",
    "ConnectError": "check --connect",
    "ThreadNotFoundError": "see `openai-codex threads list`",
    "StartupError": "run `openai-codex doctor`; check CODEX_HOME, config.toml and every --config",
    "UnauthorizedError": "run `openai-codex login`",
    "UsageLimitError": "see `openai-codex account` for when the limit is reset",
    "ContextWindowExceededError": "start a new thread, or give the model less",
    "StreamDisconnectedError": "check the network, then run it again; `openai-codex doctor` helps",
    "OverloadedError": "try again later",
    "ServerBusyError": "try again later",
    "BudgetExceededError": "go on with --resume and a new budget",
    "UnknownPriceError": "limit --budget-tokens, or choose a model that has a price",
    "ModelUnreachableError": "check the network, then run it again; `openai-codex doctor` helps",
    "TurnTimeoutError": "allow more with --timeout",
    "OutputValidationError": "the answer did not fit; ask again, or loosen the type",
    "UnsupportedByRuntimeError": "use the runtime that belongs to this package",
}

# What errors of the package advise to programs, and what takes its place here, where the advice
# above follows.
_IN_OUR_WORDS = (
    ("AppServerConfig.codex_bin", "--codex-bin"),
    (
        ": start a runtime there, with RuntimeServer or `openai-codex serve`, or check the address",
        "",
    ),
    (": attach to it with connect=, stop it, or choose another address", ""),
    ("; give the one that it was started with, as token=", ""),
    ("call codex.login_chatgpt() or codex.login_api_key(key), or give Codex() an api_key", ""),
    ("log in with another key: codex.login_api_key(key)", "log in with another key"),
    ("log in again: codex.login_chatgpt()", "log in again"),
    ("give api_key FROM_ENVIRONMENT", "pipe it to `openai-codex login --api-key`"),
)


def was_interrupted(error: BaseException) -> bool:
    """Whether an error came while Ctrl-C was on its way out: what it left half done, mostly."""
    seen: set[int] = set()  # contexts may be set by hand, and in a circle
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        if isinstance(found, KeyboardInterrupt):
            return True
        seen.add(id(found))
        found = found.__cause__ or found.__context__
    return False


def problem_of(error: Exception) -> CommandError | None:
    """Return the problem that an error means for the user, or None for a fault of this program."""
    from ..errors import BudgetExceededError, CodexError, ThreadNotFoundError

    if isinstance(error, ThreadNotFoundError) and error.thread_id is not None:
        text = f"there is no thread {error.thread_id}"
        return CommandError(text, code=code_of(error), advice=advice_for(error))
    if isinstance(error, CodexError):
        spent = isinstance(error, BudgetExceededError)
        return CommandError(
            message_of(error),
            code=code_of(error),
            advice=advice_for(error),
            exit_code=exits.BUDGET if spent else exits.FAILED,
        )
    if isinstance(error, OSError):
        return CommandError(_os_message(error), code="os")
    return None


def code_of(error: BaseException) -> str:
    """Return a short constant name for an error: the runtime's own where it has one."""
    info = getattr(error, "info", None)
    if info is not None:
        return _info_name(info)
    name = type(error).__name__.removesuffix("Error")
    return f"{name[:1].lower()}{name[1:]}"


def _info_name(info: Any) -> str:
    value = getattr(info, "value", info)
    if isinstance(value, str):
        return value
    dumped = value.model_dump(by_alias=True, exclude_unset=True) if value is not None else {}
    return next(iter(dumped), "other")


def message_of(error: Exception) -> str:
    """Return what an error says, on one line and in words of the command line."""
    text = str(error).strip() or type(error).__name__
    first, _, rest = text.partition("\n")
    if not first.endswith("stderr:"):
        return _in_our_words(" ".join(text.split("\n")))
    telling = _telling(rest.split("\n"))
    return f"{first} {telling}".removesuffix(" ")


def _in_our_words(text: str) -> str:
    """Return what an error says without what only a program could do about it."""
    for theirs, ours in _IN_OUR_WORDS:
        text = text.replace(theirs, ours)
    return text.removesuffix("; ")


def _telling(lines: list[str]) -> str:
    """Return what a program that died printed as its error, without its stack."""
    begin = next((n for n, line in enumerate(lines) if line.lower().startswith("error")), None)
    if begin is None:
        return lines[-1].strip() if lines else ""
    end = next((n for n in range(begin, len(lines)) if _ends_error(lines[n])), len(lines))
    return " ".join(line.strip() for line in lines[begin:end])


def _ends_error(line: str) -> bool:
    return not line.strip() or line.lower().startswith("stack backtrace")


def advice_for(error: Exception) -> str:
    """Return what to do about an error of the package, "" where nothing is known."""
    names = (kind.__name__ for kind in type(error).__mro__)
    return next((_ADVICE[name] for name in names if name in _ADVICE), "")


def _os_message(error: OSError) -> str:
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}" if error.filename else reason
