"""The questions of the runtime that wait for an answer, and the items that they may be about."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace

from .mcp_calls import mcp_call
from .messages import Params, QuestionId, QuestionSettled, RawQuestion, item_kind
from .routes import Box, Delivery

__all__ = ["ASKED_ABOUT", "OpenQuestions"]

ASKED_ABOUT = frozenset({"fileChange", "mcpToolCall"})
"""The types of items whose content a person needs to see; the requests about them lack it."""


class OpenQuestions:
    """What was asked and is not settled; `box` gets each question, and later why it is settled."""

    def __init__(self, box: Box, *, epoch: int = 0, keeps: bool = False) -> None:
        self._box = box
        self._keeps = keeps
        self._epoch = epoch
        # By id, which is the runtime's: numbers of its own, which may equal those of our calls.
        self._open: dict[QuestionId, RawQuestion] = {}
        self.due: deque[bytes] = deque()
        """Answers that could not be sent when they were given, and that can be now."""
        self.is_away = False
        # Answers until the runtime has confirmed them: one may be lost with its connection.
        self._held: dict[QuestionId, tuple[RawQuestion, bytes]] = {}
        self._unconfirmed: set[QuestionId] = set()
        self._items: dict[tuple[str, str], Params] = {}

    # --- answering -------------------------------------------------------------------------------

    def answer(self, question_id: QuestionId, line: bytes, *, epoch: int | None = None) -> bytes:
        """Return the line that answers, or nothing if the question was settled meanwhile.

        With an `epoch`, a question of another connection that has the same id is left alone.
        """
        question = self._open.get(question_id)
        if question is None or epoch not in (None, question.epoch):
            return b""
        if self._keeps:
            self._held[question_id] = (question, line)
        # One step: of two answers that come at once, one finds the question.
        return line if self._open.pop(question_id, None) is not None else b""

    def asked(self) -> Iterable[Params]:
        """Return the params of all that wait for an answer."""
        return (question.params for question in list(self._open.values()))

    # --- asking and settling ---------------------------------------------------------------------

    def add(self, question: RawQuestion, out: list[Delivery]) -> bool:
        """Take a question; returns whether it is new."""
        if question.id in self._open or question.id in self._held:
            if self._is_known(question):  # replayed after a resume: it is being answered already
                return False
            self.settle(question.id, "resolved elsewhere", out)  # another runtime, the same number
        # Now, because the item may be over, and let go of, before a person looks at the question.
        item = self._item_of(question.params)
        question = replace(question, item=item, epoch=self._epoch)
        self._open[question.id] = question
        out.append((self._box, question))
        return True

    def settle(self, question_id: object, reason: str, out: list[Delivery]) -> None:
        """Settle a question that needs no answer of ours any more; an unknown one is fine."""
        if self._held and isinstance(question_id, (int, str)):
            self._held.pop(question_id, None)
        if isinstance(question_id, (int, str)) and self._open.pop(question_id, None) is not None:
            out.append((self._box, QuestionSettled(question_id, reason)))

    def end_turn(self, thread_id: object, turn_id: object, out: list[Delivery]) -> None:
        """Settle the questions of a turn that is over, and let go of the items of its thread."""
        # An interrupted turn leaves items that never complete.
        for key in [key for key in self._items if key[0] == str(thread_id)]:
            del self._items[key]
        asked = [*self._open.values(), *(question for question, _ in self._held.values())]
        for ident in [q.id for q in asked if turn_id and q.params.get("turnId") == turn_id]:
            self.settle(ident, "turn over", out)

    # --- while the connection is away ------------------------------------------------------------

    def suspend(self) -> None:
        """Keep what is answered from now on, until the runtime asks again over a new connection."""
        self.is_away = True

    def renew(self, epoch: int) -> None:
        """Go on over a new connection, over which every open question will be asked again."""
        self._epoch, self.is_away = epoch, False
        self._unconfirmed = {*self._open, *self._held}

    def settle_unconfirmed(self, thread_id: str, out: list[Delivery]) -> None:
        """Settle what a thread asked before that cannot ask any more."""
        self._settle_unconfirmed({"threadId": thread_id}, out)

    def _settle_unconfirmed(self, about: Params, out: list[Delivery]) -> None:
        for ident in list(self._unconfirmed):
            held = self._held.get(ident)
            question = held[0] if held is not None else self._open.get(ident)
            if question is not None and about.items() <= _about(question.params).items():
                self.settle(ident, "resolved elsewhere", out)
                self._unconfirmed.discard(ident)

    def _is_known(self, question: RawQuestion) -> bool:
        """Tell whether it is one that was asked before; what was answered meanwhile is due then."""
        held = self._held.get(question.id)
        known = held[0] if held is not None else self._open[question.id]
        if (known.method, known.params) != (question.method, question.params):
            self._held.pop(question.id, None)
            return False
        self._unconfirmed.discard(question.id)
        if held is not None:
            self.due.append(held[1])
        return True

    def closed(self) -> list[Delivery]:
        """Return that every question is settled by the end of the connection."""
        return [(self._box, QuestionSettled(ident, "closed")) for ident in list(self._open)]

    def clear(self) -> None:
        """Let go of all."""
        self._open.clear()
        self._held.clear()

    # --- items -----------------------------------------------------------------------------------

    def keep_item(self, params: Params) -> None:
        """Take the params of an `item/started`."""
        if item_kind(params) in ASKED_ABOUT:
            item = params["item"]
            self._items[_item_key(params.get("threadId"), item.get("id"))] = item

    def drop_item(self, params: Params, out: list[Delivery]) -> None:
        """Take the params of an `item/completed`.

        What was asked about it over a connection that was lost is answered, by others: else the
        runtime would wait with it, and ask again, but not at once.
        """
        item = params.get("item")
        if not (self._items or self._unconfirmed) or type(item) is not dict:
            return
        if self._items:
            self._items.pop(_item_key(params.get("threadId"), item.get("id")), None)
        if self._unconfirmed and item.get("id") is not None:
            about = {"threadId": params.get("threadId"), "itemId": item["id"]}
            self._settle_unconfirmed(about, out)

    def _item_of(self, params: Params) -> Params | None:
        """Return the item that a question is about: by its id, or as the call of an MCP tool."""
        thread_id = str(params.get("threadId"))
        if params.get("itemId") is not None:
            return self._items.get(_item_key(thread_id, params["itemId"]))
        return mcp_call([item for key, item in self._items.items() if key[0] == thread_id], params)


def _item_key(thread_id: object, item_id: object) -> tuple[str, str]:
    return str(thread_id), str(item_id)  # whatever came, it can be a key


def _about(params: Params) -> Params:
    item_id = params.get("itemId") or params.get("callId")
    return {"threadId": params.get("threadId"), "itemId": item_id}
