"""How steps make responses, and one script: what one turn gets. Pure; no sockets here.

The rule: *a response ends with the step that the runtime must react to* - a tool call, a failure,
`parallel(...)`, a list, or a callable - *or with the script*. Everything else (say, think, usage,
delay, hold ...) belongs to the response that ends next. So this is two responses, and one turn:

    model.script(think("Hm"), run_command("ls"), usage(input=7), say("Done"))
    #            response 1: think, ls           response 2: say, 7 tokens in
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..._checks import check_choice
from .builtin import KINDS
from .problems import ScriptError
from .steps import (
    STEPS,
    Call,
    CustomCall,
    Cut,
    Delay,
    Fail,
    Headers,
    Hold,
    Incomplete,
    Item,
    Parallel,
    Silence,
    Step,
    Usage,
)

if TYPE_CHECKING:
    from .request import ModelRequest

CALLS = (Call, CustomCall)
STOPS = (Fail, Incomplete, Cut, Silence)
ATTRIBUTES = (Usage, Headers, Delay, Hold)

Response = tuple[Step, ...]


@dataclass(frozen=True)
class Route:
    """Whom a script serves: everything given must match."""

    kind: str
    thread: str | None = None
    agent: str | None = None

    def serves(self, request: ModelRequest) -> bool:
        """Tell whether this request is for the script."""
        return (
            self.kind == request.kind
            and self.thread in (None, request.thread_id)
            and self.agent in (None, request.agent)
        )

    def __str__(self) -> str:
        given = [f"{name}={value}" for name, value in vars(self).items() if value is not None]
        return " ".join(given)


def route(*, thread: str | None, agent: str | None, kind: str | None) -> Route:
    """Make the route that a test writes; raises for one that no request can match."""
    if thread is not None and not isinstance(thread, str):
        raise TypeError(f"thread must be a thread's id, such as thread.id; got {thread!r}")
    if agent is not None and not f"{agent}/".startswith("/root/"):
        raise ValueError(f"agent must be '/root' or a path such as '/root/sub'; got {agent!r}")
    if kind is not None:
        check_choice("kind", kind, KINDS)
    return Route(kind or ("turn" if agent in (None, "/root") else "subagent"), thread, agent)


class Script:
    """The responses of one turn, in order; the requests it answered are kept."""

    def __init__(self, steps: Iterable[Step], route: Route) -> None:
        self.route = route
        self.requests: list[ModelRequest] = []
        self._responses = responses(steps)
        self._taking = threading.Lock()

    def take(self, request: ModelRequest) -> Response | None:
        """Give the next response; None when there is none left."""
        with self._taking:
            number = len(self.requests)
            if number >= len(self._responses):
                return None
            self.requests.append(request)
            return self._responses[number]

    @property
    def left(self) -> list[Response]:
        """The responses that nobody asked for."""
        return self._responses[len(self.requests) :]

    def __str__(self) -> str:
        shown = "; ".join(", ".join(map(str, response)) for response in self._responses)
        return f"[{self.route}] {shown}"


def responses(steps: Iterable[Step]) -> list[Response]:
    """Cut steps into responses by the rule above; raises `ScriptError` for the unplayable."""
    done: list[Response] = []
    begun: list[Step] = []
    for step in steps:
        begun.append(step)
        if _ends(step):
            done.append(flat(begun))
            begun = []
    if begun and all(isinstance(step, ATTRIBUTES) for step in begun):
        shown = ", ".join(map(str, begun))
        raise ScriptError(f"{shown}: nothing follows it; put it before the step it belongs to")
    return [*done, flat(begun)] if begun else done


def flat(steps: Iterable[Step]) -> Response:
    """Open nested lists and `parallel` into one response, and check that it can be played."""
    response = tuple(_leaves(steps))
    for place, step in enumerate(response):
        if isinstance(step, STOPS) and place < len(response) - 1:
            raise ScriptError(f"nothing can follow {step} in one response")
        if isinstance(step, Fail) and step.status is not None and place:
            raise ScriptError(f"{step} must be a response of its own: the HTTP status comes first")
    return response


def _leaves(steps: Iterable[Step]) -> Iterable[Step]:
    for step in steps:
        if isinstance(step, Parallel):
            yield from _leaves(step.steps)
        elif callable(step) or isinstance(step, STEPS):
            yield step
        elif isinstance(step, Sequence) and not isinstance(step, (str, bytes)):
            yield from _leaves(step)
        elif isinstance(step, Mapping):
            raise ScriptError(
                f"{step!r} is not a step of a scripted model; are its functions imported from "
                "openai_codex.testing, and not from openai_codex.testing.fake?"
            )
        else:
            raise ScriptError(f"{step!r} is not a step; a text is written say({step!r})")


def _ends(step: Step) -> bool:
    if isinstance(step, Item):
        return step.ends
    return isinstance(step, (*CALLS, *STOPS, Parallel, Sequence)) or callable(step)
