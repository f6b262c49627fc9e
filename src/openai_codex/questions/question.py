"""What every question of the runtime has: who asks, whether it is settled, and how to answer it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from .._core.sendable import to_json
from .._drivers.settlement import Settlement
from .answers import AlreadySettledError, Decision, InvalidAnswerError

if TYPE_CHECKING:
    from .._wire.base import WireModel

__all__ = ["Approval", "Question"]

Json = dict[str, Any]


class Question:
    """Hold one question: `kind`, `method`, `thread_id`, `turn_id`, `item_id`, and its raw `params`.

    `settled` is false while an answer is wanted. Answer it once, from any thread or task.
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
        settled: Settlement | None = None,
        send: Callable[[Question, Any], str | None] | None = None,
    ) -> None:
        self.method = method
        self.params = params
        self.settled = Settlement() if settled is None else settled  # an open one is false
        self._item = item or {}
        self._send = send  # returns why it is too late, or None
        self._let_go: Callable[[Question], None] | None = None  # called when nobody holds it
        self._unread_in: tuple[object, ...] = ()  # the readers that got it, until one reads it

    def __del__(self) -> None:
        let_go = getattr(self, "_let_go", None)
        if let_go is not None and not self.settled:
            let_go(self)

    def __repr__(self) -> str:
        state = self.settled.reason or "open"
        return f"<{type(self).__name__} {self.summary!r}, {state}>"

    @property
    def summary(self) -> str:
        """Return one line that says what is asked."""
        return self.method

    @property
    def thread_id(self) -> str | None:
        """Return the thread that asks."""
        return self.params.get("threadId") or self.params.get("conversationId")

    @property
    def turn_id(self) -> str | None:
        """Return the turn that asks, if one does."""
        return self.params.get("turnId")

    @property
    def item_id(self) -> str | None:
        """Return the item that this is about, if there is one."""
        return self.params.get("itemId") or self.params.get("callId")

    @property
    def payload(self) -> WireModel:
        """Return the params, typed as the protocol types them."""
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
        """Say no; raises AlreadySettledError when it is settled."""
        self._deliver(self.refusal(), "declined")

    def result(self, answer: Any) -> Json:
        """Return the wire form of an answer; raises InvalidAnswerError."""
        raise InvalidAnswerError(f"{self.method} cannot be answered by this client")

    def refusal(self) -> Json | None:
        """Return the wire form of a no, or None where only an error reply says it."""
        return None

    def told(self, result: Json | None) -> str:
        """Return the word for an answer's wire form that a log may show."""
        return "declined" if result is None else "answered"

    def _deliver(self, result: Json | None, reason: str) -> None:
        to_json(result)  # raises before the question counts as answered
        if not self.settled.settle(reason):
            raise AlreadySettledError(self.settled.reason or "")
        too_late = self._send(self, result) if self._send is not None else None
        if too_late is not None:
            self.settled.reason = too_late
            raise AlreadySettledError(too_late)

    def _wrong(self, answer: Any, wanted: str) -> InvalidAnswerError:
        return InvalidAnswerError(f"expected {wanted}, got {type(answer).__name__}: {answer!r:.80}")


class Approval(Question):
    """Hold a question that a `Decision` or a bool answers."""

    def accept(self) -> None:
        """Say yes, this once; raises AlreadySettledError when it is settled."""
        self.answer(Decision.accept)

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
