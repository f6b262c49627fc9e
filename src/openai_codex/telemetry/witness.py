"""What a connection shows its events to, from any thread: joins the recorder to what sends on.

Whatever goes wrong here is logged once and ends here: nobody's turn fails because it was watched.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from .._core.careful_log import CarefulLog
from .._locks import signal_lock
from .nodes import Node
from .recorder import Recorder
from .sender import Sender
from .settings import Telemetry
from .snapshot import snapshot

if TYPE_CHECKING:
    from contextvars import Context
    from decimal import Decimal

    from .._core.account import Usage
    from .._core.messages import NotificationLike, RawQuestion
    from .trace import Trace

__all__ = ["Witness"]

_log = CarefulLog("openai_codex.telemetry")


class Witness:
    """The eyes and the memory of one client."""

    def __init__(self, settings: Telemetry | None = None) -> None:
        settings = settings or Telemetry()
        self._is_off = settings._is_off
        self._sender = Sender(settings)
        self._recorder = Recorder(self._sender, content=settings._wants_content)
        # Guards the recorder: the reader, callers and handlers come to it, for moments. A signal
        # handler above a caller that has it may wait for what the reader has to record first.
        self._recording = signal_lock()
        self._has_failed = False

    # --- what is asked ---------------------------------------------------------------------------

    def trace(self, turn_id: str | None = None) -> Trace:
        """Return the trees as data that does not change any more."""
        from .trace import Trace

        with self._recording:
            return Trace(tuple(snapshot(node) for node in self._recorder.roots(turn_id)))

    def item(self, params: dict[str, Any]) -> Node | None:
        """Return the span of the tool call that a request of the runtime is about."""
        with self._recording:
            return self._recorder.find_item(params.get("turnId"), params.get("callId"))

    def question(self, question_id: object) -> Node | None:
        """Return the span of an open question."""
        with self._recording:
            return self._recorder.find_question(question_id)

    # --- the session shows it --------------------------------------------------------------------

    def see(self, note: NotificationLike) -> None:
        """Take an event that means something, of any turn, read or not."""
        take = _EVENTS.get(note.method)
        if take is not None and not self._is_off and self._recorder.is_about(note.params):
            self._do(take, note.params)

    def thread_opened(self, result: Any) -> None:
        """Take the reply to thread/start, thread/resume or thread/fork."""
        self._do(_thread_opened, result)

    def accepted(self, start: object, turn_id: str) -> None:
        """Take the reply to the start of a turn whose box is `start`."""
        self._do(Recorder.accepted, id(start), turn_id)

    def responded(self, turn_id: str, usage: Usage, usd: Decimal | None, model: str | None) -> None:
        """Take what one model response used."""
        self._do(Recorder.responded, turn_id, usage, usd, model)

    def closed(self, cause: BaseException) -> None:
        """Take the end of the connection."""
        self._do(Recorder.closed, cause)

    # --- the API tells it ------------------------------------------------------------------------

    def met(self, version: str | None) -> None:
        """Take the version of the runtime."""
        self._recorder.version = version

    def starting(
        self, start: object, thread_id: str, params: dict[str, Any], context: Context
    ) -> dict[str, str] | None:
        """Begin the span of a turn that a caller is about to start, in its context.

        Returns the trace context that the request which starts it carries, or None.
        """
        node = self._do(Recorder.starting, id(start), thread_id, params, context)
        try:
            if node is not None:
                self._sender.start(node)  # not under the lock: samplers and processors are others'
            return self._sender.carrier(node)
        except self._caught as error:
            self._tell(error)
            return None

    def carrier(self) -> dict[str, str] | None:
        """Return the trace context of the caller, as a request carries it, or None."""
        try:
            return self._sender.carrier()
        except self._caught as error:
            self._tell(error)
            return None

    @property
    def is_sending(self) -> bool:
        """Whether spans wait to be sent on."""
        return self._sender.outbox.is_busy

    def flush(self) -> None:
        """Send on what waits, here, and return when that is done; exporters may take their time."""
        self._sender.outbox.flush()

    def tell_when_sent(self, then: Callable[[], object]) -> None:
        """Send on what waits, soon, and then call this, on whatever thread did it."""
        self._sender.outbox.tell_when_done(then)

    def rest(self) -> None:
        """Take that nothing more is expected: the client is closed."""
        self._sender.outbox.rest()

    def enter(self, node: Node | None) -> None:
        """Let what follows in this task, or thread, run within a span that was begun."""
        try:
            self._sender.enter(node)
        except self._caught as error:
            self._tell(error)

    def expecting(self, call: object, thread_id: str) -> None:
        """Take that a caller has the runtime begin turns in a thread, until it expects no more."""
        if not self._is_off:
            self._do(Recorder.expecting, id(call), thread_id, copy_context())

    def expects_no_more(self, call: object) -> None:
        """Take that a caller waits for no more turns."""
        self._do(Recorder.expects_no_more, id(call))

    def not_started(self, start: object, error: BaseException) -> None:
        """Take that a turn did not begin."""
        self._do(Recorder.not_started, id(start), type(error).__name__)

    def stopped(self, turn_id: str | None, error: str) -> None:
        """Take why a turn is about to be stopped."""
        self._do(Recorder.stopped, turn_id or "", error)

    def lost(self, turn_id: str, error: BaseException) -> None:
        """Take that nobody knows how a turn ended."""
        self._do(Recorder.lost, turn_id, type(error).__name__)

    def asked(self, question: RawQuestion, kind: str) -> None:
        """Take a question of the runtime."""
        self._do(Recorder.asked, question.id, kind, question.params)

    def decided(self, question_id: object, decision: str) -> None:
        """Take the answer to a question, or why it needs none."""
        self._do(Recorder.decided, question_id, decision)

    def _do(self, work: Callable[..., Any], *given: Any) -> Any:
        if self._is_off:
            return None
        try:
            with self._recording:
                return work(self._recorder, *given)
        except _FAULTS as error:
            self._tell(error)
            return None

    @property
    def _caught(self) -> tuple[type[Exception], ...]:
        """What is kept to itself: everything, where samplers and processors of others may raise."""
        return (Exception,) if self._sender.is_heard else _FAULTS

    def _tell(self, error: Exception) -> None:
        level = logging.DEBUG if self._has_failed else logging.ERROR
        self._has_failed = True
        _log.log(level, "telemetry failed", exc_info=error)


# Of a recorder that met what nobody foresaw. Not every Exception: what a signal handler of the
# program raises above a caller, to end its turn, must reach that caller.
_FAULTS = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


def _thread_opened(recorder: Recorder, result: Any) -> None:
    recorder.facts.opened(result)


_EVENTS: dict[str, Callable[[Recorder, dict[str, Any]], None]] = {
    "turn/started": Recorder.turn_started,
    "turn/completed": Recorder.turn_completed,
    "item/started": Recorder.item_started,
    "item/completed": Recorder.item_completed,
    "thread/settings/updated": lambda recorder, params: recorder.facts.settings_updated(params),
    "thread/name/updated": lambda recorder, params: recorder.facts.renamed(params),
    "serverRequest/resolved": Recorder.resolved,
    "thread/deleted": Recorder.thread_deleted,
    "model/rerouted": lambda recorder, params: recorder.facts.rerouted(params),
}
