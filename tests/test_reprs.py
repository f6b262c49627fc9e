"""The repr of every public class of data is one line that is safe to show."""

from __future__ import annotations

import dataclasses
import inspect
from types import ModuleType
from typing import Any

import pytest

import openai_codex
from openai_codex import batch, rules, sessions, telemetry, transcript

SECRET = "ghp_0123456789abcdefABCDEF0123456789abcd"
TEXT = f"said\n{SECRET} \u3164\u202e"

# What holds no text of a model, a runtime or a repository.
PLAIN = {
    *("AgentTools", "AppServerConfig", "Budget", "BudgetRequest", "Connect", "ExecServer"),
    *("Handlers", "McpServer", "Namespace", "Restart", "Spend", "Telemetry", "ToolContext"),
    *("Limits", "Rule", "Spent", "Summary", "CommandRule", "McpRule", "PathRule", "Tool"),
    *("Tokens", "Trace", "TurnResult"),  # these say what they show, and have tests of their own
}


def classes_of_data() -> list[type[Any]]:
    found: dict[str, type[Any]] = {}
    rooms: list[ModuleType] = [openai_codex, batch, rules, sessions, telemetry, transcript]
    for room in rooms:
        for name in room.__all__:
            thing = getattr(room, name)
            if inspect.isclass(thing) and dataclasses.is_dataclass(thing):
                found[name] = thing
    return [kind for kind in found.values() if kind.__name__ not in PLAIN]


@pytest.mark.parametrize("kind", classes_of_data(), ids=lambda kind: kind.__name__)
def test_the_repr_shows_no_secret_and_nothing_unseen(kind: type[Any]) -> None:
    made = object.__new__(kind)
    for field in dataclasses.fields(kind):
        holds_text = "str" in str(field.type) or "Any" in str(field.type)
        object.__setattr__(made, field.name, TEXT if holds_text else None)
    shown = repr(made)
    assert SECRET not in shown
    assert shown.isprintable()
    assert not {"\u3164", "\u202e"} & set(shown)
