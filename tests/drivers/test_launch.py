"""A config becomes argv, environment and directory, or an error that says what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from codex_cli_bin import bundled_codex_path  # type: ignore[import-untyped]

from openai_codex._drivers.process.launch import plan
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


@pytest.mark.parametrize("setting", ["codex_bin", "launch_args_override"])
def test_a_relative_program_is_run_from_where_it_was_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for folder in (ours, theirs):
        (folder / "tools").mkdir(parents=True)
        (folder / "tools" / "codex").write_text("#!/bin/sh\n")
        (folder / "tools" / "codex").chmod(0o755)
    monkeypatch.chdir(ours)
    options: dict[str, dict[str, object]] = {
        "codex_bin": {"codex_bin": "./tools/codex"},
        "launch_args_override": {"launch_args_override": ("./tools/codex",)},
    }
    launch = plan(AppServerConfig(cwd=str(theirs), **options[setting]))  # type: ignore[arg-type]
    assert launch.argv[0] == str(ours / "tools" / "codex")


def test_a_relative_entry_of_the_search_path_counts_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tools").mkdir()
    program = tmp_path / "tools" / "my-codex"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "tools")
    assert plan(AppServerConfig(codex_bin="my-codex", cwd="/")).argv[0] == str(program)


PLANTED = "def bundled_codex_path(): return '/planted'\n"


@pytest.mark.parametrize("form", ["codex_cli_bin.py", "codex_cli_bin/__init__.py"])
def test_the_runtime_is_not_taken_from_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    (tmp_path / form).parent.mkdir(exist_ok=True)
    (tmp_path / form).write_text(PLANTED)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "codex_cli_bin", raising=False)
    for entry in ("", ".", str(tmp_path), os.path.relpath(tmp_path)):
        monkeypatch.setattr(sys, "path", [entry, *sys.path])
        assert plan(AppServerConfig()).argv[0] == str(bundled_codex_path())
    assert "codex_cli_bin" not in sys.modules


def test_a_program_that_starts_in_the_working_folder_takes_the_installed_runtime(
    tmp_path: Path,
) -> None:
    (tmp_path / "codex_cli_bin.py").write_text(PLANTED)
    code = (
        "from openai_codex._drivers.process.launch import plan\n"
        "from openai_codex import AppServerConfig\n"
        "print(plan(AppServerConfig()).argv[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(bundled_codex_path())


SECRETS = {"AWS_SECRET_ACCESS_KEY": "aws", "GITHUB_TOKEN": "gh", "OPENAI_API_KEY": "sk"}


def test_a_clean_environment_has_what_a_program_needs_and_no_secrets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    needed = {"PATH": "/bin", "HOME": "/h", "LC_ALL": "C", "HTTPS_PROXY": "p", "CODEX_HOME": "/c"}
    for name, value in {**SECRETS, **needed, "CI": "1"}.items():
        monkeypatch.setenv(name, value)
    clean = plan(AppServerConfig(codex_bin=TRUE, inherit_env="clean", env={"A": "b"})).env
    assert {**needed, "A": "b"}.items() <= clean.items()
    assert not {*SECRETS, "CI"} & set(clean)
    some = plan(AppServerConfig(codex_bin=TRUE, inherit_env=["clean", "CI", "GITHUB_*"])).env
    assert {"PATH", "CI", "GITHUB_TOKEN"} <= set(some)
    assert not {"AWS_SECRET_ACCESS_KEY", "OPENAI_API_KEY"} & set(some)
    only = plan(AppServerConfig(codex_bin=TRUE, inherit_env=("CI",), env={"A": "b"})).env
    assert only == {"CI": "1", "A": "b"}
    assert plan(AppServerConfig(codex_bin=TRUE, inherit_env=())).env == {}
    assert SECRETS.items() <= plan(AppServerConfig(codex_bin=TRUE)).env.items()


@pytest.mark.parametrize(
    ("which", "error"),
    [
        ("none", ValueError),
        ("", ValueError),
        (None, TypeError),
        ([7], TypeError),
        (["A=b"], ValueError),
    ],
)
def test_an_environment_that_is_none_is_refused(which: object, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"AppServerConfig\.inherit_env"):
        AppServerConfig(inherit_env=which)  # type: ignore[arg-type]
