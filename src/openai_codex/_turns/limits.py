"""The limits of one turn: small objects that see its events and say when it must stop.

Pure, and never waits. A limit is shown the events that it names, of the turn and of its sub-agents,
where they come in, so also when nobody reads the turn. It is asked after each batch of events, and
when the time has come that `left` names. What it answers is data - an `Interrupt`, a `Steer` or a
`Consult` - which `_async/stopping.py` carries out beside the reader.

To add a limit: one class here, and one line in `turn_limits`, the one place that makes them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from .._core.deadline import Deadline
from ..errors import CodexError, ModelUnreachableError, TurnTimeoutError

if TYPE_CHECKING:
    from .._core.messages import NotificationLike
    from .result import TurnResult

__all__ = [
    "Act",
    "Activity",
    "Announce",
    "Consult",
    "Interrupt",
    "Limit",
    "Reach",
    "Remark",
    "Silence",
    "Steer",
    "TimeLimit",
    "TurnFacts",
    "turn_limits",
]


# --- what a limit is asked with, and what it may answer -----------------------------------------


@dataclass(frozen=True, slots=True)
class Activity:
    """What goes on in a turn: how many events came, and whether it waits for an answer of ours."""

    seen: int
    is_asked: bool = False


@dataclass(frozen=True, slots=True)
class Interrupt:
    """The turn is to stop, and its reader gets the limit's error."""


@dataclass(frozen=True, slots=True)
class Steer:
    """The agent is to be told something; the limit is asked again after that."""

    text: str


@dataclass(frozen=True, slots=True)
class Consult:
    """A function of the program is to be called, plain or async, with `argument`."""

    function: Callable[[Any], Any]
    argument: Any
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Announce:
    """An event of our own is to reach the turn's reader, and a warning the log."""

    method: str
    params: dict[str, Any]
    text: str


@dataclass(frozen=True, slots=True)
class Remark:
    """A warning is to reach the log; nothing else changes.

    `event` is what it is about: all handles of a turn see it, and it is to be told of once.
    """

    text: str
    event: object = field(default=None, compare=False)


Act = Interrupt | Steer | Consult | Announce | Remark


@dataclass(frozen=True, slots=True)
class TurnFacts:
    """What the error of a limit tells about the turn that it stopped."""

    turn_id: str
    last_event: str | None
    alive: bool
    result: TurnResult[Any]
    last_error: str | None = None


class Limit:
    """Base class of what may stop a turn. All but `error` does nothing unless overridden."""

    methods: ClassVar[frozenset[str]] = frozenset()
    """The methods of the events to be shown; no others cost anything."""
    counts_all: ClassVar[bool] = True
    """Whether to ask it after every batch of events, and not only after those of `methods`."""
    stops_agents: ClassVar[bool] = False
    """Whether an `Interrupt` also stops the turns of the turn's sub-agents."""
    raises: ClassVar[str] = "CodexError"
    """The name of the class of its error, for what tells why a turn was stopped."""
    look: Callable[[], object] | None = None
    """Set by the watch of the turn: asks its limits, from anywhere but the reader."""

    def start(self) -> None:
        """Begin to count: the runtime has accepted the turn."""

    def see(self, event: NotificationLike, *, is_agents: bool) -> None:
        """Take an event of the turn, or of a sub-agent of it. Called on the reader: be quick."""

    def left(self) -> float | None:
        """Return the seconds after which to ask again though nothing comes; None for never."""
        return None

    def check(self, activity: Activity) -> Act | None:
        """Return what is to be done now, or None."""
        return None

    def done(self, act: Act, outcome: Any) -> str | None:
        """Take what came of a `Steer` or a `Consult`: what was returned, or what was raised.

        Returns what the log is to be warned of, if anything.
        """
        return None

    def error(self, facts: TurnFacts) -> CodexError:
        """Return what the reader of the stopped turn gets."""
        raise NotImplementedError


# --- the limits that there are -------------------------------------------------------------------


class TimeLimit(Limit):
    """A moment at which the turn must be over."""

    raises = TurnTimeoutError.__name__

    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline

    def left(self) -> float | None:
        """Return the seconds until then."""
        return self.deadline.left()

    def check(self, activity: Activity) -> Act | None:
        """Interrupt the turn once the moment has come."""
        return Interrupt() if self.deadline.is_over else None

    def error(self, facts: TurnFacts) -> CodexError:
        """Return the TurnTimeoutError."""
        return _timed_out(facts, self.deadline.seconds or 0.0, idle=False)


class Silence(Limit):
    """The longest time for which the turn may send no event while no answer of ours is awaited.

    That the runtime tries again to reach the model is no sign of life: it may do so for ever.
    """

    methods: ClassVar[frozenset[str]] = frozenset({"error"})

    raises = TurnTimeoutError.__name__

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._seen = 0
        self._retries = 0
        self._deadline = Deadline(seconds)

    def start(self) -> None:
        """Count from now on."""
        self._deadline = Deadline(self.seconds)

    def left(self) -> float | None:
        """Return the seconds that are left of the silence."""
        return self._deadline.left()

    def see(self, event: NotificationLike, *, is_agents: bool) -> None:
        """Count the retries."""
        self._retries += is_retry(event)

    def check(self, activity: Activity) -> Act | None:
        """Interrupt the turn once it has been silent for too long."""
        # A difference of counts and no list: events come by the thousand, and only their number
        # matters.
        seen = activity.seen - self._retries
        # While an answer of ours is awaited, the turn is silent because of us.
        if activity.is_asked or seen != self._seen:
            self._seen = seen
            self._deadline = Deadline(self.seconds)
        return Interrupt() if self._deadline.is_over else None

    def error(self, facts: TurnFacts) -> CodexError:
        """Return the TurnTimeoutError."""
        return _timed_out(facts, self.seconds, idle=True)


class Reach(Limit):
    """The longest time for which the runtime may report nothing but that it tries again.

    Every retry is also remarked upon. `seconds` is None for no limit. Which events came between
    two retries is not looked at, only how many: so all others cost nothing.
    """

    raises = ModelUnreachableError.__name__

    methods: ClassVar[frozenset[str]] = frozenset({"error"})
    counts_all: ClassVar[bool] = False

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self._retries = 0  # of the turn
        self._in_a_row = 0
        self._cause = ""
        self._others = -1  # how many events, other than retries, had come at the last retry
        self._deadline: Deadline | None = None
        self._event: object = None
        self._is_new = False

    def see(self, event: NotificationLike, *, is_agents: bool) -> None:
        """Take a retry."""
        if is_retry(event):
            self._retries += 1
            self._in_a_row += 1
            self._cause = cause_of(event.params.get("error"))
            self._event = event
            self._is_new = True

    def left(self) -> float | None:
        """Return the seconds that are left, None unless the turn is retrying."""
        return self._deadline.left() if self._deadline is not None else None

    def check(self, activity: Activity) -> Act | None:
        """Interrupt a turn that has done nothing but retry for too long."""
        others = activity.seen - self._retries
        is_new, self._is_new = self._is_new, False
        if others != self._others or self._deadline is None:  # what came now is the first retry
            self._others = others
            self._in_a_row = int(is_new)
            self._deadline = Deadline(self.seconds) if is_new else None
        if self._deadline is not None and self._deadline.is_over:
            return Interrupt()
        return Remark(self._told(), self._event) if is_new else None

    def _told(self) -> str:
        return (
            f"the runtime did not reach the model and tries again ({self._in_a_row}): {self._cause}"
        )

    def error(self, facts: TurnFacts) -> CodexError:
        """Return the ModelUnreachableError."""
        return ModelUnreachableError(
            turn_id=facts.turn_id,
            seconds=self.seconds or 0.0,
            last_event=facts.last_event,
            alive=facts.alive,
            result=facts.result,
            last_error=self._cause,
            retries=self._in_a_row,
        )


def is_retry(event: NotificationLike) -> bool:
    """Tell whether an event only says that the runtime tries again to reach the model."""
    return event.method == "error" and bool(event.params.get("willRetry"))


def cause_of(error: Any) -> str:
    """Return why, as a TurnError tells it: its details, for its message may only count."""
    told = error if isinstance(error, dict) else {}
    return str(told.get("additionalDetails") or told.get("message") or "the runtime does not say")


def _timed_out(facts: TurnFacts, seconds: float, *, idle: bool) -> TurnTimeoutError:
    return TurnTimeoutError(
        turn_id=facts.turn_id,
        seconds=seconds,
        idle=idle,
        last_event=facts.last_event,
        alive=facts.alive,
        result=facts.result,
        last_error=facts.last_error,
    )


def turn_limits(
    *,
    deadline: Deadline,
    idle_timeout: float | None,
    connect_timeout: float | None = None,
    budgets: Sequence[Limit] = (),
) -> tuple[Limit, ...]:
    """Return the limits of a turn that is about to start."""
    # Budgets first: of several limits that are reached at once, the first one names the error.
    limits = [*budgets, Reach(connect_timeout)]
    if deadline.seconds is not None:
        limits.append(TimeLimit(deadline))
    if idle_timeout is not None:
        limits.append(Silence(idle_timeout))
    return tuple(limits)
