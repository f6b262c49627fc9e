"""What the logs say of a turn: with the ids of what it is about, each thing once, no secrets."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from openai_codex import ApprovalMode, AsyncCodex, Handlers, InvalidRequestError, Sandbox
from openai_codex.testing import ScriptedModel, offline_config, run_command, say

SECRET = "sk-proj-" + "a1B2" * 12
FORMAT = logging.Formatter("%(name)s %(thread_id)s %(turn_id)s %(item_id)s %(message)s")


async def test_debug_shows_requests_turns_and_decisions_once(
    model: ScriptedModel, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "openai_codex")
    model.script(run_command(f"echo {SECRET}", escalate=True, call_id="c1"), say("done"))
    config = offline_config(model, cwd=str(tmp_path))
    async with AsyncCodex(config, handlers=Handlers(approve=lambda asked: False)) as codex:
        thread = await codex.thread_start(sandbox=Sandbox.read_only, approval_mode=ApprovalMode.ask)
        result = await thread.run(f"use {SECRET}")
        with pytest.raises(InvalidRequestError):
            await codex.thread_resume("00000000-0000-0000-0000-000000000000")
    ours = [record for record in caplog.records if record.name.startswith("openai_codex")]
    lines = [FORMAT.format(record) for record in ours]  # every record has the three ids
    ids = f"{thread.id} {result.id}"
    told = [
        f"openai_codex.requests {thread.id} None None turn/start: sent",
        f"openai_codex.turns {ids} None turn {result.id} of thread {thread.id} began",
        f"openai_codex.turns {ids} None turn {result.id} of thread {thread.id} ended (completed)",
    ]
    for line in told:
        assert lines.count(line) == 1
    asked = [line for line in lines if f"openai_codex.approvals {ids} c1 " in line]
    assert len(asked) == 2
    assert "asked " in asked[0]
    assert asked[1].endswith(": decline")
    assert len([line for line in lines if "thread/resume: refused with -3" in line]) == 1
    assert SECRET not in "\n".join(lines)


async def test_the_runtimes_harmless_lines_are_no_warnings(
    model: ScriptedModel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "openai_codex")
    model.script(say("done"))
    async with AsyncCodex(offline_config(model)) as codex:
        await (await codex.thread_start()).run("hi")
    told = [record for record in caplog.records if record.name == "openai_codex.runtime"]
    assert all("harmless: " in record.message for record in told)
    assert all(record.levelno == logging.DEBUG for record in told)
