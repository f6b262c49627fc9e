"""What the runtime's items tell of sub-agents: their names, tasks and models. Pure.

The items belong to the agents' parents and come before the agents' own turns begin, so that they
are kept here, for whatever turn they work for.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from .messages import Params

__all__ = ["AgentFacts", "Agents"]

# How many are remembered: a client may see any number of them.
_MOST = 4096


@dataclass(slots=True)
class AgentFacts:
    """What is known of a sub-agent; `parent` is the thread that started it."""

    parent: str | None = None
    path: str | None = None
    task: str | None = None
    model: str | None = None
    effort: str | None = None


class Agents:
    """The sub-agents of one connection, by their threads."""

    def __init__(self) -> None:
        self._facts: OrderedDict[str, AgentFacts] = OrderedDict()

    def facts(self, thread_id: str) -> AgentFacts:
        """Return what is known of a thread as a sub-agent."""
        return self._facts.get(thread_id) or AgentFacts()

    def item(self, params: Params) -> None:
        """Take an item that may tell of sub-agents."""
        item = params.get("item")
        if type(item) is not dict:
            return
        kind = item.get("type")
        if kind == "subAgentActivity":
            self._note(params, item, item.get("agentThreadId"), path=item.get("agentPath"))
        elif kind == "collabAgentToolCall" and item.get("tool") == "spawnAgent":
            for thread_id in item.get("receiverThreadIds") or ():
                self._note(params, item, thread_id, task=item.get("prompt"))

    def _note(self, params: Params, item: Params, thread_id: object, **told: object) -> None:
        if type(thread_id) is not str:
            return
        facts = self._facts.setdefault(thread_id, AgentFacts())
        told = {"model": item.get("model"), "effort": item.get("reasoningEffort"), **told}
        if facts.parent is None:
            told["parent"] = params.get("threadId")
        for name, value in told.items():
            if type(value) is str:
                setattr(facts, name, value)
        if len(self._facts) > _MOST:
            self._facts.popitem(last=False)
