"""A goal that is reached in the second turn, and one whose first turn costs too much."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from openai_codex import AppServerConfig
from openai_codex.testing import ScriptedModel, call_tool, offline_config, run_command, say, usage

REACHED = call_tool("update_goal", {"status": "complete"})


@contextmanager
def offline() -> Iterator[AppServerConfig]:
    with ScriptedModel(strict=False) as model:
        model.script(usage(input=900, output=100), say("Half of them."), kind="goal")
        model.script(REACHED, say("All of them."), kind="goal")
        look = run_command("sleep 1", yield_time_ms=250)
        wait = run_command("sleep 30")
        model.script(usage(input=20_000, output=100), look, wait, kind="goal")
        yield offline_config(model)
