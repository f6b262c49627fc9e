"""Who answers for which thread. Pure: it finds handlers and tools, and calls none."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import Question
from .handlers import Handlers

if TYPE_CHECKING:
    from ..tools import ToolSet

__all__ = ["Answerers", "Setup"]

ParentOf = Callable[[str], "str | None"]


@dataclass(frozen=True)
class Setup:
    """What answers for one thread: its handlers and tools, in the context they were given in."""

    handlers: Handlers | None = None
    tools: ToolSet | None = None
    context: Context | None = None
    answers: bool = True  # False leaves what is asked to other clients of the runtime

    def specs(self) -> list[dict[str, Any]] | None:
        """Return the tools as thread/start takes them, or None."""
        return self.tools.specs() if self.tools is not None else None

    def over(self, older: Setup) -> Setup:
        """Return this setup, and of the older one what this leaves out."""
        handlers, tools = self.handlers or older.handlers, self.tools or older.tools
        return Setup(handlers, tools, self.context or older.context, self.answers)


_NOBODY = Setup()


class Answerers:
    """The handlers of a client, and the setups of its threads, which come first."""

    def __init__(self, handlers: Handlers) -> None:
        self.handlers = handlers
        self._setups: dict[str, Setup] = {}
        self._contexts: dict[str, Context] = {}

    # --- what is set up --------------------------------------------------------------------------

    def set_up(self, thread_id: str, setup: Setup) -> None:
        """Let `setup` answer for a thread and its sub-agents."""
        if setup != _NOBODY:
            self._setups[thread_id] = setup.over(self._setups.get(thread_id, _NOBODY))

    def forget(self, thread_id: str) -> None:
        """Undo `set_up`, and forget whose turn runs there."""
        self._setups.pop(thread_id, None)
        self._contexts.pop(thread_id, None)

    def hand_over(self, thread_id: str, heir_id: str) -> None:
        """Let what answers for one thread answer for another, which goes on in its place."""
        self.set_up(heir_id, self._setups.pop(thread_id, _NOBODY))

    def serve(self, thread_id: str, context: Context) -> None:
        """Let what answers in a thread run in copies of the context of its turn's caller."""
        self._contexts[thread_id] = context

    def served(self, thread_id: str, context: Context) -> None:
        """Undo `serve`, unless another caller's turn runs there by now."""
        if self._contexts.get(thread_id) is context:
            self._contexts.pop(thread_id, None)

    # --- what answers ----------------------------------------------------------------------------

    def setup_of(self, thread_id: object, parent_of: ParentOf) -> Setup:
        """Return what was set up for a thread, or for the thread whose sub-agent it is."""
        for each in _lineage(thread_id, parent_of):
            if each in self._setups:
                return self._setups[each]
        return _NOBODY

    def context_of(self, thread_id: object, parent_of: ParentOf) -> Context | None:
        """Return a copy of the context that a thread's answers are to run in, or None."""
        for each in _lineage(thread_id, parent_of):
            if each in self._contexts:
                return self._contexts[each].copy()  # one that runs already cannot be entered
        context = self.setup_of(thread_id, parent_of).context
        return context.copy() if context is not None else None

    def handler_for(self, question: Question, parent_of: ParentOf) -> tuple[str, Any] | None:
        """Return the slot and the handler that answer a question, or None."""
        own = self.setup_of(question.thread_id, parent_of).handlers
        for handlers in (own, self.handlers):
            slot = handlers.slot_for(question) if handlers is not None else None
            if slot is not None:
                return slot, getattr(handlers, slot)
        return None

    def hook(self, slot: str, thread_id: object, parent_of: ParentOf) -> Any:
        """Return the hook in a slot, of the thread or of the client, or None."""
        own = self.setup_of(thread_id, parent_of).handlers
        found = getattr(own, slot) if own is not None else None
        return found if found is not None else getattr(self.handlers, slot)

    def approve(self, thread_id: str | None, own: Handlers | None, parent_of: ParentOf) -> bool:
        """Tell whether a handler here answers approvals: of a thread, or of `own` handlers."""
        own = own or self.setup_of(thread_id, parent_of).handlers
        return (own is not None and own.approves) or self.handlers.approves


def _lineage(thread_id: object, parent_of: ParentOf) -> list[str]:
    """Return a thread, the thread whose sub-agent it is, and so on."""
    line: list[str] = []
    while isinstance(thread_id, str) and thread_id not in line:
        line.append(thread_id)
        thread_id = parent_of(thread_id)
    return line
