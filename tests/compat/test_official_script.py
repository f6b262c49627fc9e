"""A program written for the official package runs unchanged on ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from openai_codex.testing import (
    LoginIssuer,
    ModelRequest,
    ScriptedModel,
    Step,
    fail,
    offline_config,
    run_command,
    say,
    silence,
)

SCRIPT = Path(__file__).with_name("official_script.py")
LOW_LEVEL = Path(__file__).with_name("low_level_script.py")
PARTS = ["names", "enums", "retries", "run", "stream", "options", "controls", "threads"]
PARTS += ["account", "metadata", "errors", "async", "all"]
LOW_LEVEL_PARTS = ["models", "doors", "low level", "async", "all"]


def answer(request: ModelRequest) -> Step:
    """Answer as the program expects, by what it said."""
    if request.user_text == "wait for me":
        return silence()
    if request.user_text == "fail":
        return fail(code="invalid_prompt")
    if request.user_text == "use a tool" and not request.function_outputs:
        return run_command("true")
    if request.user_text == "ask me" and not request.function_outputs:
        return run_command("true", escalate=True, justification="to see")
    return say("Hello from the model", phase="final_answer")


def run_program(
    folder: Path, *interpreter: str, script: Path = SCRIPT
) -> subprocess.CompletedProcess[str]:
    """Run the program with the interpreter whose `openai_codex` it shall use."""
    with ScriptedModel() as model, LoginIssuer() as issuer:
        model.default(answer)
        config = offline_config(model, issuer=issuer)
        settings = folder / "settings.json"
        names = ("config_overrides", "cwd", "env")
        settings.write_text(json.dumps({name: getattr(config, name) for name in names}))
        command = [*interpreter, str(script), str(settings)]
        return subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)


@pytest.mark.parametrize(("script", "parts"), [(SCRIPT, PARTS), (LOW_LEVEL, LOW_LEVEL_PARTS)])
def test_a_program_for_the_official_package_runs_unchanged(
    script: Path, parts: list[str], tmp_path: Path
) -> None:
    # To see that it is valid there too, name a Python that has the official package installed.
    other = os.environ.get("COMPAT_PYTHON")
    interpreter = [other] if other else [sys.executable, "-W", "error"]
    done = run_program(tmp_path, *interpreter, script=script)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == [f"works: {part}" for part in parts]
    assert other or done.stderr == ""
