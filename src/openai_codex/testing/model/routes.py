"""Which script answers a request: by turn, thread, agent and kind, never by order of arrival.

Pure: it holds scripts and names problems; it sends nothing.

Rule 1: a turn keeps the script that answered its first request.
Rule 2: a new turn gets the oldest script for its thread, else for its agent, else for its kind.
Rule 3: then come the built-in answers for the runtime's own calls, then the default.
Rule 4: what is left has no answer; that is a problem, and it is kept.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from . import builtin, missing
from .problems import ScriptError
from .request import ModelRequest
from .script import Response, Route, Script
from .steps import Step


class Router:
    """Choice of the response for each request; remembers the requests that fit no script."""

    def __init__(self) -> None:
        self._routing = threading.Lock()
        self._waiting: list[Script] = []
        self._bound: dict[tuple[str, str], Script] = {}
        self._default: tuple[Step, ...] | None = None
        self._problems: list[str] = []

    def add(self, script: Script) -> None:
        """Queue a script for a turn to come."""
        with self._routing:
            self._waiting.append(script)

    def set_default(self, steps: tuple[Step, ...]) -> None:
        """Answer what nobody scripted with these steps, afresh for each turn."""
        Script(steps, Route("turn"))  # fails here, not in a server thread, when it cannot be played
        with self._routing:
            self._default = steps

    def route(self, request: ModelRequest) -> Response:
        """Give the response; raises `ScriptError` that shows both sides when there is none."""
        with self._routing:
            turn = (request.turn_id or request.thread_id, request.kind)
            script = self._bound.get(turn) or self._first_for(request)
            response = script.take(request) if script else None
            if response is None:
                script = self._unscripted(request)
                response = script.take(request) if script else None
            if script is None or response is None:
                raise ScriptError(self._unanswered(request, self._bound.get(turn)))
            self._bound[turn] = script
            return response

    def problem(self, text: str) -> None:
        """Keep a problem for `check`."""
        with self._routing:
            self._problems.append(text)

    @property
    def problems(self) -> list[str]:
        """What went wrong so far."""
        with self._routing:
            return list(self._problems)

    def leftovers(self) -> list[str]:
        """Scripts that were not used up, each with what is left of it."""
        with self._routing:
            scripts = [*self._waiting, *self._bound.values()]
        return [_leftover(script) for script in scripts if script.left]

    def _first_for(self, request: ModelRequest) -> Script | None:
        fitting = [script for script in self._waiting if script.route.serves(request)]
        if not fitting:
            return None
        chosen = min(fitting, key=_precision)  # min keeps the oldest among equals
        self._waiting.remove(chosen)
        return chosen

    def _unscripted(self, request: ModelRequest) -> Script | None:
        steps = builtin.answer(request.kind) or self._default
        return Unchecked(steps, Route(request.kind)) if steps else None

    def _unanswered(self, request: ModelRequest, ended: Script | None) -> str:
        text = missing.unanswered(request, ended, self._waiting)
        self._problems.append(text)
        return text


class Unchecked(Script):
    """A built-in or default answer: nobody minds what is left of it."""

    @property
    def left(self) -> list[Response]:
        """Nothing, for `check`."""
        return []


def _precision(script: Script) -> tuple[bool, bool]:
    return (script.route.thread is None, script.route.agent is None)


def _leftover(script: Script) -> str:
    shown = _shown(script.left)
    if script.requests:
        return f"[{script.route}] not asked for after {len(script.requests)} responses: {shown}"
    return f"[{script.route}] no turn took it: {shown}"


def _shown(responses: Iterable[Response]) -> str:
    return "; ".join(", ".join(map(str, response)) for response in responses)
