"""The sub-agents that work for a turn: a fold of their events, and the tree made of it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .._core.agents import AgentFacts
from .collector import COLLECTED, TurnCollector
from .result import Agent

if TYPE_CHECKING:
    from .._core.messages import NotificationLike
    from .spend import Spend

__all__ = ["AgentFold", "AgentWork", "agent_tree"]


class AgentWork:
    """One sub-agent at work: its turn, and the fold of that turn's events."""

    def __init__(self, thread_id: str, turn_id: str) -> None:
        self.thread_id = thread_id
        self.turn_id = turn_id
        self.collector = TurnCollector(turn_id)

    @property
    def status(self) -> str:
        """How far its turn is."""
        status: Any = self.collector.raw_status
        return "running" if status is None else str(status)


class AgentFold:
    """The sub-agents of one turn, each with its last turn."""

    def __init__(self) -> None:
        self.works: dict[str, AgentWork] = {}

    def feed(self, note: NotificationLike) -> None:
        """Take an event of a sub-agent."""
        thread_id = note.params.get("threadId")
        if note.method == "turn/started" and type(thread_id) is str:
            self.works[thread_id] = AgentWork(thread_id, str(note.params["turn"].get("id")))
        elif note.method in COLLECTED and thread_id in self.works:
            self.works[thread_id].collector.feed(note)


def agent_tree(
    fold: AgentFold,
    root_thread: str,
    *,
    facts_of: Callable[[str], AgentFacts],
    spent_of: Callable[[str], Spend],
) -> tuple[Agent, ...]:
    """Return the agents that the thread of the turn started, each with those that it started."""
    works = list(fold.works.values())
    parents = {work.thread_id: facts_of(work.thread_id).parent for work in works}

    def started_by(thread_id: str, above: tuple[str, ...]) -> tuple[Agent, ...]:
        own = [
            work
            for work in works
            if _parent(parents[work.thread_id], parents, root_thread) == thread_id
        ]
        line = (*above, thread_id)
        return tuple(
            _agent(work, facts_of, spent_of, started_by(work.thread_id, line))
            for work in own
            if work.thread_id not in line
        )

    return started_by(root_thread, ())


def _parent(parent: str | None, known: dict[str, str | None], root: str) -> str:
    """Return the thread to show an agent under: the root where its parent did not work for it."""
    return parent if parent in known else root


def _agent(
    work: AgentWork,
    facts_of: Callable[[str], AgentFacts],
    spent_of: Callable[[str], Spend],
    below: tuple[Agent, ...],
) -> Agent:
    facts, spent = facts_of(work.thread_id), spent_of(work.thread_id)
    result = work.collector.result()
    result.spent = spent
    return Agent(
        thread_id=work.thread_id,
        path=facts.path,
        task=facts.task,
        model=facts.model,
        effort=facts.effort,
        status=work.status,
        spent=spent,
        result=result,
        agents=below,
    )
