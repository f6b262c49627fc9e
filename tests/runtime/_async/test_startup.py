"""A runtime that cannot start: the cause, the exit code, its last words, and nothing left."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from openai_codex import (
    AppServerConfig,
    AsyncCodex,
    CodexError,
    RuntimeNotFoundError,
    StartupError,
)
from openai_codex.testing import offline_config
from tests.conftest import SharedModel
from tests.runtime.children import children

REFUSING = r"""
import json, sys
for line in sys.stdin:
    error = {"code": -32600, "message": "no room at the inn"}
    print(json.dumps({"id": json.loads(line)["id"], "error": error}), flush=True)
"""
SILENT = "import sys; sys.stdin.read()"
DYING = "import sys; print('out of luck', file=sys.stderr); sys.exit(7)"
KILLED = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"


async def refused(config: AppServerConfig) -> StartupError:
    """Start a client that must fail to, and leave nothing behind."""
    before = children()
    with pytest.raises(StartupError) as raised:
        async with AsyncCodex(config):
            pass
    assert children() <= before
    assert isinstance(raised.value, CodexError)
    return raised.value


async def test_a_missing_binary_is_named(tmp_path: Path) -> None:
    error = await refused(AppServerConfig(codex_bin=str(tmp_path / "codex")))
    assert isinstance(error, RuntimeNotFoundError)
    assert "codex_bin names nothing to run" in str(error)
    assert str(tmp_path / "codex") in str(error)


async def test_a_binary_that_may_not_be_run_is_named(tmp_path: Path) -> None:
    binary = tmp_path / "codex"
    binary.write_text("#!/bin/sh\n")
    binary.chmod(0o644)
    error = await refused(AppServerConfig(codex_bin=str(binary)))
    assert isinstance(error, RuntimeNotFoundError)
    assert "codex_bin is not an executable file" in str(error)


async def test_a_binary_for_another_machine_is_refused(tmp_path: Path) -> None:
    binary = tmp_path / "codex"
    binary.write_bytes(b"\x7fELF not for us")
    binary.chmod(0o755)
    error = await refused(AppServerConfig(codex_bin=str(binary)))
    assert str(binary) in str(error)


async def test_a_missing_working_directory_is_named(tmp_path: Path, model: SharedModel) -> None:
    config = offline_config(model, cwd=tmp_path / "gone")
    assert str(tmp_path / "gone") in str(await refused(config))


async def test_a_runtime_that_exits_at_once_tells_why() -> None:
    config = AppServerConfig(launch_args_override=(sys.executable, "-c", DYING))
    error = await refused(config)
    assert (error.exit_code, error.signal) == (7, None)
    assert error.stderr_tail == "out of luck"
    assert "exit code 7" in str(error)


async def test_a_runtime_that_is_killed_tells_the_signal() -> None:
    config = AppServerConfig(launch_args_override=(sys.executable, "-c", KILLED))
    error = await refused(config)
    assert (error.exit_code, error.signal) == (None, 9)


async def test_a_wrong_config_value_is_told_by_the_runtime(model: SharedModel) -> None:
    config = offline_config(model, config_overrides=('approval_policy="sometimes"',))
    error = await refused(config)
    assert error.exit_code == 1
    assert "sometimes" in error.stderr_tail


async def test_an_unknown_provider_is_told_by_the_runtime(model: SharedModel) -> None:
    error = await refused(offline_config(model, config={"model_provider": "nowhere"}))
    assert error.exit_code == 1
    assert "nowhere" in error.stderr_tail


async def test_a_missing_codex_home_is_told_by_the_runtime(
    model: SharedModel, tmp_path: Path
) -> None:
    home = str(tmp_path / "gone")
    error = await refused(offline_config(model, env={"CODEX_HOME": home}))
    assert error.exit_code == 1
    assert home in error.stderr_tail


async def test_a_refused_handshake_ends_the_runtime() -> None:
    config = AppServerConfig(launch_args_override=(sys.executable, "-c", REFUSING))
    error = await refused(config)
    assert "no room at the inn" in str(error)
    assert error.exit_code is None  # it was we who ended it


async def test_a_silent_runtime_is_given_up_and_ended() -> None:
    config = AppServerConfig(
        launch_args_override=(sys.executable, "-c", SILENT), startup_timeout=0.2
    )
    error = await refused(config)
    assert "initialize" in str(error)
    assert error.exit_code is None
