"""What is remembered of sub-agents: what the items of their parents tell of them."""

from __future__ import annotations

import json
from typing import Any

from openai_codex._core import agents as module
from openai_codex._core.agents import AgentFacts, Agents
from openai_codex._core.messages import FromAgent
from tests.core.boxes import Box, Note, hear, session
from tests.core.test_turnbox import turn_box


def item(thread_id: str = "parent", **fields: Any) -> dict[str, Any]:
    return {"threadId": thread_id, "turnId": "t1", "item": fields}


def test_an_activity_tells_path_model_and_effort() -> None:
    agents = Agents()
    told = {"agentThreadId": "child", "agentPath": "/root/a"}
    agents.item(item(type="subAgentActivity", model="m", reasoningEffort="low", **told))
    agents.item(item("child", type="subAgentActivity", model=None, **told))
    assert agents.facts("child") == AgentFacts("parent", "/root/a", None, "m", "low")


def test_a_spawn_tells_the_task() -> None:
    agents = Agents()
    call: dict[str, Any] = {"type": "collabAgentToolCall", "prompt": "Look."}
    call["receiverThreadIds"] = ["child", 3]
    agents.item(item(tool="wait", **call))
    assert agents.facts("child") == AgentFacts()
    agents.item(item(tool="spawnAgent", **call))
    assert agents.facts("child") == AgentFacts("parent", None, "Look.")


def test_what_is_no_item_of_agents_is_passed_over() -> None:
    agents = Agents()
    agents.item({"item": None})
    agents.item(item(type="agentMessage"))
    agents.item(item(type="subAgentActivity", agentThreadId=7))
    assert agents.facts("7") == AgentFacts()


def test_the_oldest_are_forgotten(monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "_MOST", 1)
    agents = Agents()
    for name in ("one", "two"):
        agents.item(item(type="subAgentActivity", agentThreadId=name, agentPath=f"/root/{name}"))
    assert agents.facts("one") == AgentFacts()
    assert agents.facts("two").path == "/root/two"


def test_the_session_shows_it_items_as_they_begin_and_end() -> None:
    one = session()
    told = item(type="subAgentActivity", agentThreadId="child", agentPath="/root/a")
    hear(one, json.dumps({"method": "item/started", "params": told}))
    assert one.notices.agents.facts("child").path == "/root/a"


def test_hooks_get_the_edges_of_turns_and_the_ends_of_items() -> None:
    one, hooks = session(), Box()
    one.notices.hooks = hooks
    params = {"threadId": "th", "turnId": "t1", "turn": {"id": "t1"}, "item": {}}
    for method in ("turn/started", "item/started", "item/completed", "turn/completed"):
        hear(one, json.dumps({"method": method, "params": params}))
    assert hooks.methods == ["turn/started", "item/completed", "turn/completed"]


def test_a_box_shows_the_events_of_sub_agents() -> None:
    box, seen = turn_box(), list[Any]()
    note = Note("turn/started", {})
    box.put(FromAgent(note))
    box.on_agents = seen.append
    box.put(FromAgent(note))
    assert seen == [note]
