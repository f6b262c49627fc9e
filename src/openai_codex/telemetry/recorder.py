"""Folds the events of a connection into trees of spans, one tree for each root turn. Pure.

Rule 1. A span that began ends: with its item, else with its turn, else with the connection.
Rule 2. A sub-agent's turn hangs below the root turn that it names, though that may be over.
Rule 3. A turn that nobody here started, or that nobody reads, is a tree like any other.
Rule 4. What it keeps is bounded: the trees that run, and the last `KEPT` that are over.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Protocol

from .._core.messages import item_kind
from .._redaction import redact
from . import names
from .content import Content
from .facts import ThreadFacts
from .items import SPANS, describe, result_of, shown
from .nodes import Node, now

if TYPE_CHECKING:
    from decimal import Decimal

    from .._core.account import Usage

__all__ = ["KEPT", "Recorder", "Sink"]

KEPT = 64
"""How many trees of turns that are over can still be asked for."""

_LONGEST_MESSAGE = 500
_JUST_NOW = 2_000_000_000

_KINDS = SPANS | {"subAgentActivity", "contextCompaction"}
_WITH_CONTENT = _KINDS | {"userMessage", "agentMessage"}

Params = dict[str, Any]


class Sink(Protocol):
    """What is told of each span as it begins and ends."""

    def began(self, node: Node) -> None:
        """Take a span that has just begun."""

    def ended(self, node: Node) -> None:
        """Take a span that is over."""

    def responded(self, node: Node, usage: Usage, usd: Decimal | None, model: str | None) -> None:
        """Take what one model response used."""


class Recorder:
    """The trees of one connection."""

    def __init__(self, sink: Sink | None = None, *, content: bool = False) -> None:
        self.version: str | None = None
        self.facts = ThreadFacts()
        self._sink = sink
        self._content = content
        self._kinds = _WITH_CONTENT if content else _KINDS
        self._turns: dict[str, Node] = {}
        self._over: OrderedDict[str, Node] = OrderedDict()
        self._starting: dict[int, Node] = {}
        self._expecting: dict[int, tuple[str, Any]] = {}
        self._items: dict[tuple[str, str], Node] = {}
        self._asked: dict[object, Node] = {}
        self._stopped: dict[str, str] = {}
        self._running: dict[str, str] = {}  # the root turn that has begun, by its thread
        self._texts: dict[str, Content] = {}

    # --- what it is asked ------------------------------------------------------------------------

    def roots(self, turn_id: str | None = None) -> list[Node]:
        """Return the root turns that are known, the oldest first, or the one of a turn."""
        if turn_id is None:
            live = [node for node in self._turns.values() if node.kind == "turn"]
            return sorted({*self._over.values(), *live}, key=lambda node: node.start)
        node = self._turn(turn_id)
        return [] if node is None else [node]

    def is_about(self, params: Params) -> bool:
        """Whether an event may change anything; most are of items that are no spans."""
        kind = item_kind(params)
        return not kind or kind in self._kinds

    def find_item(self, turn_id: object, item_id: object) -> Node | None:
        """Return the span of an item that runs."""
        return self._items.get((str(turn_id), str(item_id)))

    def find_question(self, question_id: object) -> Node | None:
        """Return the span of a question that is open."""
        return self._asked.get(question_id)

    # --- turns that we start ---------------------------------------------------------------------

    def starting(self, key: int, thread_id: str, params: Params, context: Any) -> Node:
        """Begin the span of a turn that a caller is about to start; `key` stands for its start."""
        node = self._new_turn(thread_id, context=context)
        node.begins_here = context is not None
        attributes = node.attributes
        for name, option in ((names.MODEL, "model"), (names.REASONING_LEVEL, "effort")):
            if params.get(option) is not None:
                attributes[name] = shown(getattr(params[option], "value", params[option]))
        if params.get("outputSchema") is not None:
            attributes[names.OUTPUT_TYPE] = "json"
        self._starting[key] = node
        if self._sink is not None:
            self._sink.began(node)
        return node

    def accepted(self, key: int, turn_id: str) -> None:
        """Take the id that the runtime gave the turn; one that runs already was joined."""
        node = self._starting.pop(key, None)
        if node is None or node.turn_id == turn_id or node.end is not None:
            return
        if node.turn_id is None and turn_id not in self._turns:
            self._name_turn(node, turn_id)
        elif node.turn_id is None:
            self._name(node, turn_id)
            node.attributes[names.JOINED] = True
            self._end(node)

    def not_started(self, key: int, error: str) -> None:
        """End the span of a turn that did not begin, for its caller's sake."""
        node = self._starting.pop(key, None)
        if node is not None and node.turn_id is None:
            self._end(node, error=error)

    def expecting(self, key: int, thread_id: str, context: Any) -> None:
        """Take that somebody has the runtime begin turns in a thread; `key` stands for the call."""
        self._expecting[key] = thread_id, context

    def expects_no_more(self, key: int) -> None:
        """Take that the turns which begin from now on are nobody's here."""
        self._expecting.pop(key, None)

    def stopped(self, turn_id: str, error: str) -> None:
        """Note why a turn is being stopped, before it is."""
        if turn_id in self._turns:
            self._stopped.setdefault(turn_id, error)

    # --- turns -----------------------------------------------------------------------------------

    def thread_deleted(self, params: Params) -> None:
        """Forget a thread; what runs in it is over."""
        thread_id = str(params.get("threadId"))
        self.facts.forget(thread_id)
        for node in [each for each in self._turns.values() if each.thread_id == thread_id]:
            self._end_turn(node, error="thread_deleted")

    def turn_started(self, params: Params) -> None:
        """Begin a turn's span, or find the one that its caller began."""
        thread_id, turn = params.get("threadId"), params.get("turn")
        if not isinstance(thread_id, str) or not isinstance(turn, dict):
            return
        turn_id = str(turn.get("id"))
        root_id = str(turn.get("rootTurnId") or turn_id)
        root = self._root(root_id)
        if root is not None and root.thread_id != thread_id:
            if turn_id not in self._turns:
                self._begin_agent(thread_id, turn_id, root)
            return
        # A review begins under an id of its own and ends under its root's.
        if self._running.get(thread_id) != root_id and root_id not in self._over:
            self._end_forgotten(thread_id)
            self._running[thread_id] = root_id
            if root_id not in self._turns:
                self._begin_root(thread_id, root_id, _since(turn))

    def turn_completed(self, params: Params) -> None:
        """End a turn's span, with what is still open below it."""
        turn = params.get("turn")
        node = self._turns.get(str(turn.get("id"))) if isinstance(turn, dict) else None
        if node is None or not isinstance(turn, dict):
            return
        status, error = turn.get("status"), turn.get("error")
        stopped = self._stopped.get(node.turn_id or "")
        if status == "failed":
            node.message = _message(error)
            self._end_turn(node, error=_info(error) or "TurnFailedError", reason="error")
        elif status == "interrupted":
            self._end_turn(node, error=stopped or "interrupted", reason="interrupted")
        else:
            self._end_turn(node, reason="stop")

    def lost(self, turn_id: str, error: str) -> None:
        """End the span of a turn whose end is not known."""
        node = self._turns.get(turn_id)
        if node is not None:
            self._end_turn(node, error=error)

    def responded(self, turn_id: str, usage: Usage, usd: Decimal | None, model: str | None) -> None:
        """Take what one model response used."""
        node = self._turn(turn_id)
        if node is None:
            return
        sums = node.usage
        sums[0] += usage.input
        sums[1] += usage.cached
        sums[2] += usage.cache_write
        sums[3] += usage.output
        sums[4] += usage.reasoning
        sums[5] += 1
        if model is not None and names.MODEL not in node.attributes:
            node.attributes[names.MODEL] = shown(model)
        if usd is not None:
            node.attributes[names.USD] = node.attributes.get(names.USD, 0.0) + float(usd)
        if node.end is not None:  # it came late: the tree is to have it, too
            _put_usage(node)
        if self._sink is not None:
            self._sink.responded(node, usage, usd, model)

    def closed(self, cause: BaseException) -> None:
        """End everything: the connection is no more."""
        error = type(cause).__name__
        for node in [*self._turns.values()]:
            self._end_turn(node, error=self._stopped.get(node.turn_id or "", error))
        for key in list(self._starting):
            self.not_started(key, error)
        self._asked.clear()
        self._expecting.clear()

    # --- items -----------------------------------------------------------------------------------

    def item_started(self, params: Params) -> None:
        """Begin the span of a command, a patch or a tool call."""
        turn_id, item = str(params.get("turnId")), params.get("item")
        if not isinstance(item, dict):
            return
        turn, kind = self._turns.get(turn_id), str(item.get("type"))
        if kind == "subAgentActivity":
            self.facts.agent_told(item)
        if turn is not None and self._content:
            self._texts_of(turn).feed(item)
        if turn is None or kind not in SPANS:  # as most items of most turns
            return
        found = describe(item, content=self._content)
        if found is None:
            return
        kind, tool, attributes = found
        key = (turn_id, str(item.get("id")))
        if key in self._items:  # a response that was tried again repeats its items
            return
        node = Node(kind, f"execute_tool {tool}", start=_ns(params, "startedAtMs"), parent=turn)
        node.attributes = {
            names.OPERATION: "execute_tool",
            names.CALL_ID: key[1],
            names.AGENT_NAME: turn.attributes.get(names.AGENT_NAME, "codex"),
            **attributes,
        }
        turn.tool_calls += 1
        self._items[key] = node
        if self._sink is not None:
            self._sink.began(node)

    def item_completed(self, params: Params) -> None:
        """End the span of an item."""
        turn_id, item = str(params.get("turnId")), params.get("item")
        if not isinstance(item, dict):
            return
        turn = self._turns.get(turn_id)
        kind = str(item.get("type"))
        if turn is not None and kind == "contextCompaction":
            turn.attributes[names.COMPACTED] = True
        if turn is not None and self._content:
            self._texts_of(turn).feed(item)
        if turn is None or kind not in SPANS:
            return
        node = self._items.get((turn_id, str(item.get("id"))))
        if node is None:  # some items only end
            self.item_started({**params, "startedAtMs": params.get("completedAtMs")})
            node = self._items.get((turn_id, str(item.get("id"))))
        if node is not None:
            attributes, error = result_of(item, content=self._content)
            node.attributes.update(attributes)
            del self._items[turn_id, str(item.get("id"))]
            self._end(node, end=_ns(params, "completedAtMs"), error=error)

    # --- questions -------------------------------------------------------------------------------

    def asked(self, question_id: object, kind: str, params: Params) -> None:
        """Begin the span of a question, below the item that it is about, or its turn."""
        turn = self._turns.get(str(params.get("turnId"))) or self._running_in(params)
        item_id = params.get("itemId") or params.get("callId")
        parent = self.find_item(params.get("turnId"), item_id) or turn
        if parent is None:
            return
        node = Node("approval", f"approval {kind}", parent=parent)
        node.attributes = {names.APPROVAL_KIND: kind}
        self._asked[question_id] = node
        if self._sink is not None:
            self._sink.began(node)

    def decided(self, question_id: object, decision: str) -> None:
        """End the span of a question with what was answered, or why it needs no answer."""
        node = self._asked.pop(question_id, None)
        if node is None or node.end is not None:
            return
        node.attributes[names.APPROVAL_DECISION] = shown(decision)
        end = now()
        node.attributes[names.APPROVAL_WAITED] = max(0, end - node.start) // 1_000_000
        self._end(node, end=end)

    def resolved(self, params: Params) -> None:
        """End the span of a question that was answered in another way."""
        self.decided(params.get("requestId"), "resolved")

    # --- internals -------------------------------------------------------------------------------

    def _turn(self, turn_id: str) -> Node | None:
        known = self._turns.get(turn_id) or self._over.get(turn_id)
        if known is not None:
            return known
        agents = (node for root in self._over.values() for node in root.children)
        return next((node for node in agents if node.turn_id == turn_id), None)

    def _root(self, turn_id: str) -> Node | None:
        node = self._turns.get(turn_id) or self._over.get(turn_id)
        while node is not None and node.parent is not None:  # an agent's: the root of what it names
            node = node.parent
        return node

    def _running_in(self, params: Params) -> Node | None:
        thread_id = params.get("threadId")
        turns = (node for node in self._turns.values() if node.thread_id == thread_id)
        return next(turns, None)

    def _new_turn(self, thread_id: str, *, context: Any = None) -> Node:
        node = Node("turn", "invoke_agent codex")
        node.thread_id, node.context = thread_id, context
        node.attributes = self._facts_of(thread_id, "codex")
        return node

    def _facts_of(self, thread_id: str, name: str) -> dict[str, Any]:
        return self.facts.attributes(thread_id, version=self.version, name=name)

    def _begin_root(self, thread_id: str, turn_id: str, since: int | None) -> None:
        waiting = (each for each in self._starting.values() if each.thread_id == thread_id)
        node = next((each for each in waiting if each.turn_id is None), None)
        if node is not None:  # the event outran the reply
            self._name_turn(node, turn_id)
            return
        callers = (context for place, context in self._expecting.values() if place == thread_id)
        node = self._new_turn(thread_id, context=next(callers, None))
        node.start = since or node.start
        self._name_turn(node, turn_id)
        if self._sink is not None:
            self._sink.began(node)

    def _begin_agent(self, thread_id: str, turn_id: str, root: Node) -> None:
        node = Node("agent", "", parent=root)
        node.thread_id = thread_id
        node.attributes = self._facts_of(thread_id, "agent")
        node.attributes[names.AGENT_ID] = thread_id
        node.name = f"invoke_agent {node.attributes[names.AGENT_NAME]}"
        self._name_turn(node, turn_id)
        if self._sink is not None:
            self._sink.began(node)

    def _name_turn(self, node: Node, turn_id: str) -> None:
        self._name(node, turn_id)
        self._turns[turn_id] = node

    def _name(self, node: Node, turn_id: str) -> None:
        node.turn_id = turn_id
        node.attributes[names.TURN_ID] = turn_id

    def _end_forgotten(self, thread_id: str) -> None:
        """End what ran in a thread where another turn begins: its own end was lost."""
        node = self._turns.get(self._running.get(thread_id, ""))
        if node is not None:
            self._end_turn(node, error="lost")

    def _texts_of(self, turn: Node) -> Content:
        return self._texts.setdefault(turn.turn_id or "", Content())

    def _end_turn(self, node: Node, *, error: str | None = None, reason: str = "error") -> None:
        turn_id = node.turn_id or ""
        for asked in [key for key, each in self._asked.items() if each.turn_id == turn_id]:
            self.decided(asked, "turn over")
        for key in [key for key in self._items if key[0] == turn_id]:
            self._end(self._items.pop(key), error=error or "unfinished")
        texts = self._texts.pop(turn_id, None)
        if texts is not None:
            node.attributes.update(texts.attributes(reason))
        node.attributes[names.FINISH_REASONS] = (reason,)
        _put_usage(node)
        self._turns.pop(turn_id, None)
        self._stopped.pop(turn_id, None)
        if self._running.get(node.thread_id) == turn_id:
            del self._running[node.thread_id]
        self._end(node, error=error)

    def _end(self, node: Node, *, end: int | None = None, error: str | None = None) -> None:
        node.close(end=end, error=error)
        if error is not None:
            node.attributes[names.ERROR_TYPE] = error
        if node.kind == "turn" and node.turn_id is not None and names.JOINED not in node.attributes:
            self._over[node.turn_id] = node
            if len(self._over) > KEPT:
                self._over.popitem(last=False)
        if self._sink is not None:
            self._sink.ended(node)


def _put_usage(node: Node) -> None:
    given, cached, written, output, reasoning, _ = node.usage
    node.attributes[names.INPUT_TOKENS] = given
    node.attributes[names.OUTPUT_TOKENS] = output
    node.attributes[names.CACHE_READ] = cached
    node.attributes[names.CACHE_WRITE] = written
    node.attributes[names.REASONING_TOKENS] = reasoning


def _ns(params: Params, name: str) -> int | None:
    told = params.get(name)
    return told * 1_000_000 if type(told) is int else None


def _since(turn: Params) -> int | None:
    """Return when a turn began that ran long before it was found; None for one that begins now.

    The runtime tells whole seconds, and what begins now is not to begin before its caller.
    """
    told = turn.get("startedAt")
    began = told * 1_000_000_000 if type(told) is int else 0
    return began if 0 < began < now() - _JUST_NOW else None


def _info(error: Any) -> str | None:
    """Return the codexErrorInfo of a failed turn as one word, or None."""
    info = error.get("codexErrorInfo") if isinstance(error, dict) else None
    if isinstance(info, dict) and info:
        info = next(iter(info))
    return shown(info) if isinstance(info, str) and info != "other" else None


def _message(error: Any) -> str | None:
    message = error.get("message") if isinstance(error, dict) else None
    return redact(str(message))[:_LONGEST_MESSAGE] if message else None
