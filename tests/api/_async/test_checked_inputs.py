"""What is wrong with a call is said before anything is sent: nothing reaches the real runtime."""

from __future__ import annotations

import base64
import logging
import os
from pathlib import Path
from typing import Any

import pytest

from openai_codex import (
    AppServerConfig,
    AsyncCodex,
    ImageInput,
    LocalImageInput,
    SkillInput,
)
from openai_codex.testing import offline_config, say
from tests.conftest import SharedModel

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"effort": "hihg"}, ValueError, "did you mean 'high'"),
        ({"personality": "frendly"}, ValueError, "did you mean 'friendly'"),
        ({"cwd": "/nowhere/at/all"}, FileNotFoundError, "cwd names no folder"),
        ({"model": 5}, TypeError, "model must be a str"),
        ({"output_schema": int}, TypeError, "write output_type="),
    ],
)
async def test_a_turn_with_a_wrong_option_is_not_started(
    model: SharedModel, options: dict[str, Any], error: type[Exception], text: str
) -> None:
    async with AsyncCodex(offline_config(model)) as codex:
        thread = await codex.thread_start()
        for start in (thread.run, thread.turn):
            with pytest.raises(error, match=text):
                await start("hi", **options)
        model.script(say("yes"))
        assert (await thread.run("hi")).final_response == "yes"
    assert len(model.requests) == 1


async def test_a_turn_with_a_missing_file_is_not_started(model: SharedModel) -> None:
    async with AsyncCodex(offline_config(model)) as codex:
        thread = await codex.thread_start()
        for given in (LocalImageInput("shot.png"), SkillInput("deploy", "deploy/SKILL.md")):
            with pytest.raises(FileNotFoundError, match="names no file, nothing was sent"):
                await thread.run(["look", given])
        with pytest.raises(ValueError, match="for a file write LocalImageInput"):
            await thread.run(ImageInput("shot.png"))
    assert not model.requests


async def test_a_relative_image_counts_from_where_the_runtime_runs(
    model: SharedModel, tmp_path: Path
) -> None:
    (tmp_path / "shot.png").write_bytes(PNG)
    model.script(say("a dot"))
    async with AsyncCodex(offline_config(model, cwd=tmp_path)) as codex:
        thread = await codex.thread_start()
        assert (await thread.run(LocalImageInput("shot.png"))).final_response == "a dot"
    assert model.requests[0].images


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"cwd": "/nowhere/at/all"}, FileNotFoundError, "cwd names no folder"),
        ({"config": "model=x"}, TypeError, "config must be a dict"),
        ({"ephemeral": "no"}, TypeError, "ephemeral must be True or False"),
        ({"personality": "stern"}, ValueError, "personality must be one of"),
    ],
)
async def test_a_thread_with_a_wrong_option_is_not_started(
    model: SharedModel, options: dict[str, Any], error: type[Exception], text: str
) -> None:
    async with AsyncCodex(offline_config(model)) as codex:
        with pytest.raises(error, match=text):
            await codex.thread_start(**options)
        assert not (await codex.thread_list()).data


async def test_settings_that_the_runtime_does_not_know_are_warned_of(
    model: SharedModel, caplog: pytest.LogCaptureFixture
) -> None:
    config = offline_config(model, config_overrides=("modle='x'",))
    with caplog.at_level(logging.WARNING, "openai_codex.config"):
        async with AsyncCodex(config) as codex:
            await codex.thread_start(config={"features.gaols": True})
    first, second = (r.message for r in caplog.records if r.name == "openai_codex.config")
    assert "config_overrides: codex runtime" in first
    assert "no setting 'modle'; did you mean 'model'?" in first
    assert "no setting 'features.gaols'; did you mean 'features.goals'?" in second


async def test_a_runtime_behind_another_program_may_have_files_of_its_own(
    model: SharedModel,
) -> None:
    local = offline_config(model)
    command = ("env", *_argv(local))
    config = AppServerConfig(launch_args_override=command, cwd=local.cwd, env=local.env)
    model.script(say("yes"))
    async with AsyncCodex(config) as codex:
        thread = await codex.thread_start()
        result = await thread.run("hi", cwd="/nowhere/at/all")
        assert result.final_response == "yes"


def _argv(config: AppServerConfig) -> tuple[str, ...]:
    from openai_codex._drivers.process.launch import plan

    return tuple(os.fspath(word) for word in plan(config).argv)
