"""What places of work raise. Data and texts only."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import CodexError

__all__ = [
    "EnvironmentRequiredError",
    "EnvironmentUnreachableError",
    "PlaceError",
    "UnknownEnvironmentError",
]


class PlaceError(CodexError):
    """Raised when a thread's commands cannot run where they should; its family's base."""

    def __str__(self) -> str:  # what an exec-server says is not ours
        from .._safe_text import one_line

        return one_line(self._text())

    def _text(self) -> str:
        return str(self.args[0])


class EnvironmentUnreachableError(PlaceError):
    """Raised when an environment does not answer; no turn was started.

    `environment` is its name, `url` its address, `reason` what the runtime says.
    """

    def __init__(self, environment: str, url: str, reason: str) -> None:
        super().__init__(environment, url, reason)
        self.environment = environment
        self.url = url
        self.reason = reason

    def _text(self) -> str:
        return (
            f"the environment {self.environment!r} cannot be reached at {self.url}: {self.reason}. "
            f"{self._advice()}"
        )

    def _advice(self) -> str:
        if "401" in self.reason:
            return "Give Environment(token=...) the token that the exec-server was started with"
        return (
            "Start `codex exec-server --listen ws://IP:PORT` there; where its address changed, "
            "pass codex.environment() an Environment of the same name"
        )


class EnvironmentRequiredError(PlaceError):
    """Raised where a thread that works in an environment would work elsewhere; nothing ran.

    The runtime would run its commands on its own machine. `thread_id` is the thread, `environments`
    are the names under which it worked.
    """

    def __init__(self, thread_id: str, environments: Sequence[str], todo: str = "") -> None:
        super().__init__(thread_id, tuple(environments), todo)
        self.thread_id = thread_id
        self.environments = tuple(environments)

    def _text(self) -> str:
        names = ", ".join(map(repr, self.environments))
        todo = self.args[2] or "pass environment=Environment(...), so that it works there again"
        return (
            f"thread {self.thread_id} works in the environment {names}, and this runtime would run "
            f"its commands on its own machine: {todo}"
        )


class UnknownEnvironmentError(PlaceError, LookupError):
    """Raised for the name of an environment that this client has not registered; nothing was sent.

    `environment` is the name, `known` are those that are registered.
    """

    def __init__(self, environment: str, known: Sequence[str]) -> None:
        super().__init__(environment, tuple(known))
        self.environment = environment
        self.known = tuple(known)

    def _text(self) -> str:
        known = ", ".join(map(repr, self.known)) or "none"
        return (
            f"no environment {self.environment!r} is registered (known: {known}): pass an "
            "Environment, or register one with codex.environment()"
        )
