"""What the work towards a goal came to, and which models fit what is wanted."""

from __future__ import annotations

from typing import Any

import pytest

from openai_codex import GoalResult, Spend, TurnResult
from openai_codex._turns.collector import TurnCollector
from openai_codex._turns.models import fitting, taken
from openai_codex._turns.notification import Notification
from openai_codex.types import InputModality, ModelListResponse, ReasoningEffort, ThreadGoal


def goal(status: str) -> ThreadGoal:
    return ThreadGoal.model_validate(
        {
            "createdAt": 1,
            "objective": "Make it so",
            "status": status,
            "threadId": "th",
            "timeUsedSeconds": 2,
            "tokensUsed": 3,
            "updatedAt": 4,
        }
    )


def turn(ident: str, text: str | None) -> TurnResult[Any]:
    collector = TurnCollector(ident)
    item = {"type": "agentMessage", "id": f"{ident}-m", "text": text}
    if text is not None:
        collector.feed(Notification.from_wire("item/completed", {"item": item}, 0))
    return collector.result()


@pytest.mark.parametrize(
    ("status", "completed"),
    [("complete", True), ("blocked", False), ("active", False), ("paused", False)],
)
def test_a_goal_is_reached_where_the_model_says_so(status: str, completed: bool) -> None:
    result = GoalResult(goal(status), (), Spend())
    assert (result.status, result.completed, bool(result)) == (status, completed, completed)


def test_a_goal_that_was_cleared_has_no_status() -> None:
    result = GoalResult(None, (), Spend())
    assert (result.status, result.completed, bool(result)) == (None, False, False)


def test_the_last_answer_of_the_turns_is_that_of_the_goal() -> None:
    turns = (turn("t1", "one"), turn("t2", ""), turn("t3", None))
    result = GoalResult(None, turns, Spend())
    assert result.final_response == ""
    assert [item.id for item in result.items] == ["t1-m", "t2-m"]
    assert GoalResult(None, turns[2:], Spend()).final_response is None


# --- models --------------------------------------------------------------------------------------


def model(name: str, efforts: list[str], inputs: list[str]) -> dict[str, Any]:
    return {
        "id": name,
        "model": name,
        "displayName": name,
        "description": "",
        "defaultReasoningEffort": efforts[0],
        "supportedReasoningEfforts": [
            {"reasoningEffort": each, "description": ""} for each in efforts
        ],
        "inputModalities": inputs,
        "hidden": False,
        "isDefault": False,
    }


MODELS = ModelListResponse.model_validate(
    {
        "data": [
            model("small", ["low"], ["text"]),
            model("large", ["low", "high"], ["text", "image"]),
        ],
        "nextCursor": "next",
    }
)


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({}, ["small", "large"]),
        ({"effort": "low"}, ["small", "large"]),
        ({"effort": "high"}, ["large"]),
        ({"input": "image"}, ["large"]),
        ({"input": "text"}, ["small", "large"]),
        ({"effort": "low", "input": "image"}, ["large"]),
        ({"effort": "high", "input": "audio"}, []),
    ],
)
def test_the_models_that_fit_are_left(wanted: dict[str, str], names: list[str]) -> None:
    found = fitting(MODELS, **wanted)
    assert [each.id for each in found.data] == names
    assert found.next_cursor == "next"
    assert len(MODELS.data) == 2


def test_what_is_wanted_of_a_model_is_a_word() -> None:
    wanted = {"effort": ReasoningEffort.high, "input": InputModality.image}
    assert taken(**wanted) == {"effort": "high", "input": "image"}
    assert taken(effort="high", input="of_tomorrow") == {"effort": "high", "input": "of_tomorrow"}
    assert taken(effort=None, input=None) == {}
    with pytest.raises(ValueError, match=r"effort must be one of .*did you mean 'high'"):
        taken(effort="hihg", input=None)
    with pytest.raises(TypeError, match="effort must be a string, got 3"):
        taken(effort=3, input=None)
    with pytest.raises(TypeError, match="input must be a string, got 3"):
        taken(effort=None, input=3)
