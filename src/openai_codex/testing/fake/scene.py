"""Where a step is taken: in which process, for which request, in which turn.

A scene carries no state of its own beyond these three.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .playing import Turn
    from .process import Process


class ScriptMistakeError(Exception):
    """Say that a step stands where it cannot be taken; it ends the process with code 70."""


class Request:
    """Be one request of the client, and how its reply is to be sent."""

    def __init__(self, request_id: int | str, method: str, params: dict[str, Any] | None) -> None:
        self.id = request_id
        self.method = method
        self.params = params
        self.kept_with = 0  # replies that are kept back together with this one


class Scene:
    """Say where we are."""

    def __init__(
        self, process: Process, request: Request | None = None, turn: Turn | None = None
    ) -> None:
        self.process = process
        self.request = request
        self._turn = turn

    @property
    def in_turn(self) -> bool:
        """Say whether a turn is playing here."""
        return self._turn is not None

    @property
    def turn(self) -> Turn:
        """Return the turn; a step that needs one is a mistake elsewhere."""
        if self._turn is None:
            raise ScriptMistakeError("this step belongs into turn(...)")
        return self._turn

    def asked(self, do: str) -> Request:
        """Return the request; a step that answers one is a mistake elsewhere."""
        if self.request is None:
            raise ScriptMistakeError(f"{do}() belongs into on(...) or turn(...)")
        return self.request

    def identified(self, params: dict[str, Any]) -> dict[str, Any]:
        """Return the params with the ids of thread and turn in front, where there is a turn."""
        if self._turn is None:
            return params
        return {"threadId": self._turn.thread_id, "turnId": self._turn.id, **params}
