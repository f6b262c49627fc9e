"""A config becomes argv, environment and directory, or an error that says what is missing."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from codex_cli_bin import bundled_codex_path  # type: ignore[import-untyped]

from openai_codex._drivers.launch import plan
from openai_codex.config import AppServerConfig
from openai_codex.errors import RuntimeNotFoundError

TRUE = shutil.which("true")


def test_nothing_said_means_the_pinned_binary() -> None:
    launch = plan(AppServerConfig())
    assert launch.argv == (str(bundled_codex_path()), "app-server")
    assert launch.cwd is None
    assert launch.env == dict(os.environ)


def test_overrides_come_before_the_subcommand_in_order() -> None:
    config = AppServerConfig(codex_bin="true", config_overrides=('model="gpt-5.5"', "a.b=1"))
    assert plan(config).argv == (
        TRUE,
        *("--config", 'model="gpt-5.5"', "--config", "a.b=1"),
        "app-server",
    )


def test_a_whole_argv_replaces_everything() -> None:
    config = AppServerConfig(
        launch_args_override=("true", "--flag"), codex_bin="/nonexistent", config_overrides=("a=1",)
    )
    assert plan(config).argv == (TRUE, "--flag")


def test_variables_are_put_over_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT", "ours")
    monkeypatch.setenv("CODEX_HOME", "ours")
    launch = plan(AppServerConfig(codex_bin="true", env={"CODEX_HOME": "theirs"}, cwd="/"))
    assert (launch.env["KEPT"], launch.env["CODEX_HOME"], launch.cwd) == ("ours", "theirs", "/")


@pytest.mark.parametrize("setting", ["codex_bin", "launch_args_override"])
def test_a_binary_that_is_not_there_is_named(setting: str) -> None:
    value = "/nonexistent/codex" if setting == "codex_bin" else ("/nonexistent/codex",)
    with pytest.raises(RuntimeNotFoundError, match=rf"{setting}.* names nothing to run: /nonexis"):
        plan(AppServerConfig(**{setting: value}))  # type: ignore[arg-type]


def test_a_file_that_cannot_be_run_is_named(tmp_path: Path) -> None:
    file = tmp_path / "codex"
    file.write_text("#!/bin/sh\n")
    with pytest.raises(RuntimeNotFoundError, match="codex_bin is not an executable file"):
        plan(AppServerConfig(codex_bin=str(file)))


def test_a_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "codex_cli_bin", None)
    with pytest.raises(RuntimeNotFoundError, match="openai-codex-cli-bin"):
        plan(AppServerConfig())
