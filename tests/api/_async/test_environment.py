"""What the agent's commands see of our environment."""

from __future__ import annotations

import pytest

from openai_codex import AsyncCodex, Sandbox
from openai_codex.testing import ScriptedModel, offline_config, run_command, say
from openai_codex.types import CommandExecutionThreadItem

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only


@pytest.mark.parametrize(
    ("inherit", "seen"),
    [
        ("all", {"MY_CLOUD_ID", "MY_SETTING"}),
        ("clean", set()),
        (("clean", "MY_SETTING"), {"MY_SETTING"}),
    ],
)
async def test_the_agents_commands_see_what_the_runtime_inherits(
    monkeypatch: pytest.MonkeyPatch, inherit: str, seen: set[str]
) -> None:
    monkeypatch.setenv("MY_CLOUD_ID", "theirs")
    monkeypatch.setenv("MY_SETTING", "ours")
    with ScriptedModel() as model:
        model.script(run_command("env"), say("Done"))
        async with AsyncCodex(offline_config(model, inherit_env=inherit)) as codex:
            thread = await codex.thread_start(sandbox=Sandbox.full_access)
            result = await thread.run("hi")
    (ran,) = [item for item in result.items if isinstance(item, CommandExecutionThreadItem)]
    assert ran.exit_code == 0
    output = (ran.aggregated_output or "").split("\n")
    names = {line.partition("=")[0] for line in output}
    assert names & {"MY_CLOUD_ID", "MY_SETTING"} == seen
    assert {"PATH", "HOME"} <= names
