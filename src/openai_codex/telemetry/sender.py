"""Sends spans and metrics on to OpenTelemetry, once somebody listens; imports nothing before.

The recorder calls it where events come in, so it does little there: what may take time, or is not
ours, is put into the outbox.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .nodes import Node
from .outbox import Outbox
from .settings import Telemetry

if TYPE_CHECKING:
    from decimal import Decimal

    from .._core.account import Usage
    from .emitter import Emitter

__all__ = ["Sender"]


class Sender:
    """The way of one client's spans to OpenTelemetry."""

    def __init__(self, settings: Telemetry) -> None:
        self.outbox = Outbox()
        self._settings = settings
        self._emitter: Emitter | None = None

    def _look(self) -> Emitter | None:
        """Look who listens, and return what speaks to OpenTelemetry, None while nobody may listen.

        A tree is sent as a whole or not at all: so this is done where a turn begins.
        """
        if self._emitter is None:
            if not self._settings._is_asked:
                return None
            from .emitter import Emitter

            self._emitter = Emitter(self._settings)
        self._emitter.look()
        return self._emitter

    @property
    def is_heard(self) -> bool:
        """Whether somebody has listened by now."""
        return self._emitter is not None and self._emitter.is_heard

    def began(self, node: Node) -> None:
        """Begin a span; that of a turn we start begins where its caller is, in `start`."""
        if node.begins_here:
            return
        parent = node.parent
        emitter = self._look() if parent is None else self._emitter
        if emitter is not None:
            node.is_sent = emitter.tracer is not None if parent is None else parent.is_sent
        if emitter is not None and node.is_sent:
            self.outbox.put(emitter.begin, node)
        else:
            node.context = None

    def start(self, node: Node) -> None:
        """Begin the span of a turn that we start, in its caller's context and thread."""
        emitter = self._look()
        if emitter is not None:
            emitter.begin(node)
            node.is_sent = node.handle is not None
        node.context = None

    def ended(self, node: Node) -> None:
        """End a span, and measure it."""
        emitter = self._emitter
        if emitter is not None and (node.is_sent or emitter.meters is not None):
            node.is_final = True
            self.outbox.put(emitter.end, node)

    def responded(self, node: Node, usage: Usage, usd: Decimal | None, model: str | None) -> None:
        """Measure a model response."""
        emitter = self._emitter
        if emitter is not None and emitter.meters is not None:
            self.outbox.put(emitter.measure_response, usage, usd, model)

    def enter(self, node: Any) -> None:
        """Let what follows in this task or thread run within a span, if it was begun."""
        if self._emitter is not None and node is not None and node.handle is not None:
            self._emitter.enter(node.handle)

    def carrier(self, node: Any = None) -> dict[str, str] | None:
        """Return the trace context of a span, or of the caller, as a request carries it."""
        emitter = self._emitter or self._look()
        if emitter is None:
            return None
        return emitter.carrier(node.handle if node is not None else None)
