"""The sub-agents of a turn: a fold of their events, and the tree in which they were started."""

from __future__ import annotations

from typing import Any

from openai_codex import Agent, Spend
from openai_codex._core.agents import AgentFacts
from openai_codex._turns.agents import AgentFold, agent_tree
from openai_codex._turns.notification import Notification


def note(method: str, thread: object, **params: Any) -> Notification:
    return Notification.from_wire(method, {"threadId": thread, **params}, 100)


def started(thread: object, turn: str) -> Notification:
    return note("turn/started", thread, turn={"id": turn, "items": [], "status": "inProgress"})


def said(thread: str, text: str) -> Notification:
    return note("item/completed", thread, item={"type": "agentMessage", "id": "m", "text": text})


def ended(thread: str, turn: str, status: str = "completed") -> Notification:
    return note("turn/completed", thread, turn={"id": turn, "items": [], "status": status})


def folded(*events: Notification) -> AgentFold:
    fold = AgentFold()
    for event in events:
        fold.feed(event)
    return fold


def tree(fold: AgentFold, **facts: AgentFacts) -> tuple[Agent, ...]:
    return agent_tree(
        fold,
        "root",
        facts_of=lambda thread_id: facts.get(thread_id, AgentFacts()),
        spent_of=lambda thread_id: Spend(input_tokens=len(thread_id)),
    )


def shape(agents: tuple[Agent, ...]) -> list[Any]:
    return [[agent.thread_id, *shape(agent.agents)] for agent in agents]


def test_an_agent_tells_what_is_known_of_it_and_what_its_turn_came_to() -> None:
    fold = folded(started("a1", "t1"), said("a1", "all green"), ended("a1", "t1"))
    facts = AgentFacts("root", "/root/tests", "run the tests", "gpt-5.5", "high")
    (agent,) = tree(fold, a1=facts)
    assert (agent.thread_id, agent.path, agent.name) == ("a1", "/root/tests", "tests")
    assert (agent.task, agent.model, agent.effort) == ("run the tests", "gpt-5.5", "high")
    assert (agent.status, agent.agents) == ("completed", ())
    assert (agent.result.id, agent.result.final_response) == ("t1", "all green")
    assert [item.id for item in agent.items] == ["m"]
    assert agent.spent == agent.result.spent == Spend(input_tokens=2)


def test_an_agent_without_a_path_is_called_by_its_thread() -> None:
    (agent,) = tree(folded(started("a1", "t1")))
    assert agent.name == "a1"
    assert repr(agent) == "Agent('a1', running)"


def test_an_agent_runs_until_its_turn_has_ended() -> None:
    fold = folded(started("a1", "t1"), said("a1", "so far"))
    (agent,) = tree(fold)
    assert (agent.status, agent.result.final_response) == ("running", "so far")
    fold.feed(ended("a1", "t1", "failed"))
    assert [agent.status for agent in tree(fold)] == ["failed"]


def test_of_several_turns_of_an_agent_the_last_one_counts() -> None:
    fold = folded(started("a1", "t1"), said("a1", "one"), ended("a1", "t1"), started("a1", "t2"))
    (agent,) = tree(fold)
    assert (agent.result.id, agent.status, agent.items) == ("t2", "running", [])


def test_events_of_a_thread_that_began_no_turn_here_are_passed_over() -> None:
    fold = folded(said("a1", "x"), started(3, "t1"), started(None, "t1"), ended("a2", "t1"))
    assert tree(fold) == ()


def test_an_agent_stands_below_the_one_that_started_it() -> None:
    fold = folded(*(started(each, f"t-{each}") for each in ("a1", "b1", "a2", "a11")))
    facts = {
        "a1": AgentFacts("root"),
        "a2": AgentFacts("root"),
        "a11": AgentFacts("a1"),
        "b1": AgentFacts("a11"),
    }
    assert shape(tree(fold, **facts)) == [["a1", ["a11", ["b1"]]], ["a2"]]


def test_an_agent_whose_parent_did_not_work_for_the_turn_stands_at_the_top() -> None:
    fold = folded(started("a1", "t1"), started("a2", "t2"))
    assert shape(tree(fold, a1=AgentFacts("elsewhere"))) == [["a1"], ["a2"]]


def test_an_agent_that_is_said_to_have_started_the_root_makes_no_circle() -> None:
    fold = folded(started("root", "t0"), started("a1", "t1"))
    facts = {"root": AgentFacts("a1"), "a1": AgentFacts("root")}
    assert shape(tree(fold, **facts)) == [["a1"]]
    assert tree(folded(started("a1", "t1")), a1=AgentFacts("a1")) == ()
