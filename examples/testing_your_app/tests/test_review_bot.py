"""The review bot against the real runtime and a scripted model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from review_bot import TRY_AGAIN_LATER, Severity, main, review, review_all

from openai_codex import AppServerConfig, AsyncCodex, Codex
from openai_codex.testing import (
    ScriptedModel,
    call_tool,
    fail,
    offline_config,
    run_command,
    say,
    think,
)

DIFF = "--- a/app/pay.py\n+++ b/app/pay.py\n@@ -1 +1 @@\n-total = net\n+total = net * 1.19\n"


def answer(*findings: tuple[str, int, str, str]) -> str:
    names = ("file", "line", "severity", "text")
    return json.dumps(
        {"findings": [dict(zip(names, finding, strict=True)) for finding in findings]}
    )


SERIOUS = ("app/pay.py", 1, "serious", "the rate is not the customer's")
NOTE = ("app/pay.py", 1, "note", "name the rate")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "CODEOWNERS").write_text("app/ @payments\n")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "pay.py").write_text("total = net\n")
    return tmp_path


@pytest.mark.codex_script(think("Rates differ"), say(answer(SERIOUS, NOTE)))
def test_findings_come_as_objects(
    codex: Codex, codex_model: ScriptedModel, repository: Path
) -> None:
    found = review(codex, repository, DIFF)
    assert [finding.severity for finding in found.findings] == [Severity.SERIOUS, Severity.NOTE]
    assert found.is_serious
    assert DIFF in codex_model.requests[0].user_text
    schema = codex_model.requests[0].output_schema
    assert schema is not None
    assert "findings" in schema["properties"]


@pytest.mark.codex_script(
    run_command("cat app/pay.py", call_id="cat"),
    call_tool("owner", {"file": "app/pay.py"}, call_id="owner"),
    say(answer()),
)
def test_the_agent_may_read_files_and_ask_who_owns_them(
    codex: Codex, codex_model: ScriptedModel, repository: Path
) -> None:
    assert review(codex, repository, DIFF).findings == []
    outputs = codex_model.requests[-1].function_outputs
    assert "total = net" in outputs["cat"]
    assert outputs["owner"] == "@payments"


@pytest.mark.codex_script(run_command("rm app/pay.py", call_id="rm"), say(answer()))
def test_the_agent_cannot_change_anything(
    codex: Codex, codex_model: ScriptedModel, repository: Path
) -> None:
    review(codex, repository, DIFF)
    assert "Read-only file system" in codex_model.requests[-1].function_outputs["rm"]
    assert (repository / "app" / "pay.py").exists()


@pytest.mark.parametrize(
    ("findings", "code", "shown"),
    [
        ([], 0, "nothing to say\n"),
        ([NOTE], 0, "app/pay.py:1: note: name the rate\n"),
        ([SERIOUS], 1, "app/pay.py:1: serious: the rate is not the customer's\n"),
    ],
)
def test_the_exit_code_says_whether_to_merge(
    codex_config: AppServerConfig,
    codex_model: ScriptedModel,
    repository: Path,
    capsys: pytest.CaptureFixture[str],
    findings: list[tuple[str, int, str, str]],
    code: int,
    shown: str,
) -> None:
    codex_model.script(say(answer(*findings)))
    assert main(DIFF, repository, codex_config) == code
    assert capsys.readouterr().out == shown


@pytest.mark.codex_script(fail(status=429, code="usage_limit_reached"))
def test_a_used_up_plan_means_later(
    codex_config: AppServerConfig, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(DIFF, repository, codex_config) == TRY_AGAIN_LATER
    assert "the plan is used up" in capsys.readouterr().err


@pytest.mark.asyncio
async def test_many_diffs_are_reviewed_at_once(
    async_codex: AsyncCodex, codex_model: ScriptedModel
) -> None:
    codex_model.default(
        lambda request: say(answer(SERIOUS if "bad" in request.user_text else NOTE))
    )
    found = await review_all(async_codex, {"a": "bad", "b": "good", "c": "bad"})
    assert {name: found[name].is_serious for name in found} == {"a": True, "b": False, "c": True}


@pytest.fixture
def codex_live(codex_model: ScriptedModel) -> AppServerConfig:
    """Record with a scripted model; without this fixture it would be the live service."""
    codex_model.script(say(answer(SERIOUS)))
    return offline_config(codex_model)


@pytest.mark.codex_recording("recordings/review.jsonl")
def test_a_recorded_review(codex: Codex, repository: Path) -> None:
    assert review(codex, repository, DIFF).is_serious
