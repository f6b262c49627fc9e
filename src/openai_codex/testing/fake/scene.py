"""Where a step is taken: in which process, for which request, in which turn.

A scene carries no state of its own beyond these three. What steps need of the process and of the
turn stands here as protocols, so that the files which make both import this one and not each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from .channel import Channel
    from .input import Input
    from .output import Output
    from .plan import Plan
    from .waiting import Waiting
    from .world import World

    Body = dict[str, Any]


class ScriptMistakeError(Exception):
    """Raised when a step stands where it cannot be taken; ends the process with code 70."""


class Request:
    """One request of the client, and how to send its reply."""

    def __init__(self, request_id: int | str, method: str, params: dict[str, Any] | None) -> None:
        self.id = request_id
        self.method = method
        self.params = params
        self.kept_with = 0  # replies that are kept back together with this one


class Process(Protocol):
    """What a step needs of the fake process; `process.Process` is the one that there is."""

    waiting: Waiting
    channel: Channel
    plan: Plan
    world: World
    input: Input
    output: Output
    answers: dict[int | str, Body]
    dying: bool
    address: list[Any] | None

    @property
    def stage(self) -> Stage:
        """The turns that play."""
        ...

    def start_thread(self, work: Callable[..., None], *given: Any) -> None:
        """Do work that may block beside the reader."""

    def notify(self, method: str, params: Body) -> None:
        """Send a notification."""

    def encode_notification(self, method: str, params: Body) -> bytes:
        """Return a notification as a line."""
        ...

    def reply(self, request: Request, body: Body, *, times: int = 1) -> None:
        """Send a reply."""

    def serve(self, request: Request, *, times: int = 1) -> None:
        """Answer a request as the runtime would."""

    def ask(self, method: str, params: Body, *, question_id: int | str | None) -> int | str:
        """Send a question and return its id."""
        ...


class Stage(Protocol):
    """What a turn needs of the stage that it plays on; see `stage.Stage`."""

    def leave(self, turn: Any, *, was_interrupted: bool) -> None:
        """Free the thread for its next turn."""

    def answer_late_interrupts(self, thread_id: str) -> None:
        """Answer what was asked of a turn that was already interrupted."""

    def add_usage(self, thread_id: str, last: dict[str, int]) -> dict[str, int]:
        """Return the thread's total with this model call."""
        ...


class Turn(Protocol):
    """What a step needs of the turn that it belongs to; see `playing.Turn`."""

    id: str
    thread: Body
    thread_id: str
    is_interrupted: bool
    is_silent: bool
    usage_sent: bool
    questions: dict[int | str, str]

    def opening(self) -> Body:
        """Return the reply to the request that started this turn."""
        ...

    def begin(self, started_id: str) -> None:
        """Send the status, `turn/started` and the user's message."""

    def send(self, body: Body, *, times: int = 1) -> None:
        """Send a notification so many times."""

    def event(self, method: str, **params: Any) -> None:
        """Send a notification of this turn, with its ids."""

    def status(self, kind: str, **details: Any) -> None:
        """Send `thread/status/changed`."""

    def start_item(self, item: Body) -> None:
        """Send `item/started`."""

    def finish_item(self, item: Body) -> None:
        """Send `item/completed`."""

    def end(self, status: str, error: Body | None = None) -> None:
        """Send `turn/completed`."""

    def show_waiting(self, method: str) -> None:
        """Show that the thread waits for an answer."""

    def settle(self, question: int | str) -> None:
        """Show that a question is settled."""

    def leave_if_interrupted(self) -> None:
        """Stop playing when the turn is over."""


class Scene:
    """The place in the script that is being played."""

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
