"""What every question of the runtime has: who asks, whether it is settled, and how to answer it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from .._core.sendable import to_json
from .._drivers.settlement import Settlement
from .._safe_text import one_line, safe_repr
from .answers import AlreadySettledError, Decision, InvalidAnswerError

if TYPE_CHECKING:
    from .._wire.base import WireModel

__all__ = ["Approval", "Question"]

Json = dict[str, Any]


class Question:
    """One question: `kind`, `method`, `thread_id`, `turn_id`, `item_id`, and its raw `params`.

    `summary`, `reason` and `message` are safe to show; all else is as it came. `settled` is false
    while an answer is wanted. Answer it once, from any thread or task.
    """

    kind: str = "unknown"
    slot: ClassVar[str] = ""
    """The slot of `Handlers` that takes this kind."""
    has_own_answer: ClassVar[bool] = False
    """Whether `decline()` answers it well where nobody else does."""

    def __init__(
        self,
        method: str,
        params: Json,
        *,
        item: Json | None = None,
        folder: str | None = None,
        settled: Settlement | None = None,
        prepare: Callable[[Question, Any], Callable[[], str | None]] | None = None,
    ) -> None:
        self.method = method
        self.params = params
        self.settled = Settlement() if settled is None else settled  # an open one is false
        self._item = item or {}
        self._folder = folder  # the thread's
        # Encodes an answer and returns what sends it, which returns why it is too late, or None.
        self._prepare = prepare
        self._let_go: Callable[[Question], None] | None = None  # called when nobody holds it
        self._unread_in: tuple[object, ...] = ()  # the readers that got it, until one reads it

    def __del__(self) -> None:
        let_go = getattr(self, "_let_go", None)
        if let_go is not None and not self.settled:
            let_go(self)

    def __repr__(self) -> str:
        state = self.settled.reason or "open"
        return f"<{type(self).__name__} {safe_repr(self._shown())}, {state}>"

    def _shown(self) -> str:
        """Return the summary, or the method of a question that is not shaped as it should be."""
        try:
            return self.summary
        except (AttributeError, KeyError, TypeError, ValueError):
            return one_line(self.method)

    @property
    def summary(self) -> str:
        """One line that says what is asked, safe to show: secrets and what hides is escaped."""
        return one_line(self.method)

    @property
    def thread_id(self) -> str | None:
        """The thread that asks."""
        return self.params.get("threadId") or self.params.get("conversationId")

    @property
    def turn_id(self) -> str | None:
        """The turn that asks, if one does."""
        return self.params.get("turnId")

    @property
    def item_id(self) -> str | None:
        """The item that this is about, if there is one."""
        return self.params.get("itemId") or self.params.get("callId")

    @property
    def payload(self) -> WireModel:
        """The params, typed as the protocol types them."""
        from .._wire.decoding import decode_question

        payload: Any = decode_question(self.method, self.params)
        return payload  # type: ignore[no-any-return]

    def answer(self, answer: Any) -> None:
        """Answer, once.

        Raises InvalidAnswerError, and leaves the question open, for a value that is no answer to
        it; AlreadySettledError when it was answered before, or is settled for another reason.
        """
        self._deliver(self.result(answer), "answered")

    def decline(self) -> None:
        """Answer no; raises AlreadySettledError when it is settled."""
        self._deliver(self.refusal(), "declined")

    def result(self, answer: Any) -> Json:
        """Return the wire form of an answer; raises InvalidAnswerError."""
        raise InvalidAnswerError(f"{self.method} cannot be answered by this client")

    def refusal(self) -> Json | None:
        """Return the wire form of a no, or None where only an error reply says it."""
        return None

    def told(self, result: Json | None) -> str:
        """Return how a log names an answer, given its wire form."""
        return "declined" if result is None else "answered"

    def _deliver(self, result: Json | None, reason: str) -> None:
        # First: it raises for what cannot be sent, before the question counts as answered.
        send = self._prepare(self, result) if self._prepare is not None else _nowhere(result)
        if not self.settled.settle(reason):
            raise AlreadySettledError(self.settled.reason or "")
        too_late = send()
        if too_late is not None:
            self.settled.correct(too_late)
            raise AlreadySettledError(too_late)

    def _wrong(self, answer: Any, wanted: str) -> InvalidAnswerError:
        return InvalidAnswerError(f"expected {wanted}, got {type(answer).__name__}: {answer!r:.80}")


def _nowhere(result: Json | None) -> Callable[[], str | None]:
    to_json(result)
    return lambda: None


class Approval(Question):
    """A question that a `Decision` or a bool answers."""

    def accept(self) -> None:
        """Answer yes, this once; raises AlreadySettledError when it is settled."""
        self.answer(Decision.accept)

    @property
    def environment(self) -> str | None:
        """The environment in which it would happen, None for the runtime's own machine."""
        named = getattr(self._folder, "environment", None) or self.params.get("environmentId")
        return named if isinstance(named, str) and named != "local" else None

    def told(self, result: Json | None) -> str:
        """Return the decision."""
        decision = (result or {}).get("decision") or (result or {}).get("action")
        if isinstance(decision, dict):
            return str(next(iter(decision)))
        return str(decision or super().told(result))

    def _decision(self, answer: Any, also: str = "") -> Decision:
        if isinstance(answer, bool):
            return Decision.accept if answer else Decision.decline
        if isinstance(answer, Decision):
            return answer
        raise self._wrong(answer, f"a Decision or a bool{also}")


def shown(text: Any) -> str | None:
    """Return a text of the runtime on one line that is safe to show; None for null."""
    return None if text is None else one_line(text)


def listed(values: Any) -> list[Any]:
    """Return a list of the runtime; what stands there instead of a list counts as its one entry."""
    if values is None:
        return []
    return values if isinstance(values, list) else [values]


def field(value: Any, name: str) -> Any:
    """Return a member of an object, or what stands in the place of the object or the member."""
    return value.get(name, value) if isinstance(value, dict) else value
