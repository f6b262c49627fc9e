"""What the default approval does without a handler: a reviewer model decides, and is warned of."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from openai_codex import ApprovalMode, AsyncCodex, Sandbox
from openai_codex.testing import allow, offline_config, run_command, say
from tests.conftest import SharedModel


def escalated(path: Path) -> list[object]:
    command = f"touch {path}"
    return [run_command(command, escalate=True, justification="to see"), say("ok")]


async def test_what_a_reviewer_lets_out_of_the_sandbox_is_warned_of_once(
    model: SharedModel, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with AsyncCodex(offline_config(model)) as codex:
        thread = await codex.thread_start(sandbox=Sandbox.read_only)
        with caplog.at_level(logging.WARNING):
            for name in ("a", "b"):
                model.script(*escalated(tmp_path / name))  # type: ignore[arg-type]
                model.script(allow(), kind="guardian")
                await thread.run("hi")
    assert (tmp_path / "a").exists()
    assert (tmp_path / "b").exists()
    told = [note.getMessage() for note in caplog.records if note.name == "openai_codex.approvals"]
    assert len(told) == 1
    assert f"touch {tmp_path / 'a'}" in told[0]


@pytest.mark.parametrize("mode", [ApprovalMode.auto_review, ApprovalMode.deny_all])
async def test_nothing_leaves_the_sandbox_that_is_not_allowed(
    model: SharedModel, tmp_path: Path, caplog: pytest.LogCaptureFixture, mode: ApprovalMode
) -> None:
    async with AsyncCodex(offline_config(model)) as codex:
        thread = await codex.thread_start(sandbox=Sandbox.read_only, approval_mode=mode)
        model.script(*escalated(tmp_path / "a"))  # type: ignore[arg-type]
        with caplog.at_level(logging.WARNING):
            await thread.run("hi")
    assert not (tmp_path / "a").exists()
    assert [note for note in caplog.records if note.name == "openai_codex.approvals"] == []
