"""Config to argv, environment and directory. Pure but for looking whether the binary is there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..config import AppServerConfig
from ..errors import RuntimeNotFoundError

__all__ = ["Launch", "plan"]


@dataclass(frozen=True, slots=True)
class Launch:
    """What to run."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: str | None


def plan(config: AppServerConfig) -> Launch:
    """Return what to run for `config`; raises RuntimeNotFoundError when there is nothing to run."""
    return Launch(_argv(config), {**os.environ, **(config.env or {})}, config.cwd)


def _argv(config: AppServerConfig) -> tuple[str, ...]:
    if config.launch_args_override is not None:
        program, *arguments = config.launch_args_override
        return (_executable(program, "launch_args_override[0]"), *arguments)
    overrides = [word for override in config.config_overrides for word in ("--config", override)]
    return (_binary(config), *overrides, "app-server")


def _binary(config: AppServerConfig) -> str:
    if config.codex_bin is not None:
        return _executable(os.fspath(config.codex_bin), "codex_bin")
    try:
        from codex_cli_bin import bundled_codex_path  # type: ignore[import-untyped]

        return str(bundled_codex_path())
    except (ImportError, FileNotFoundError) as error:
        raise RuntimeNotFoundError(
            "the codex runtime that belongs to this package is not installed "
            "(package openai-codex-cli-bin): install it, or set AppServerConfig.codex_bin"
        ) from error


def _executable(program: str, setting: str) -> str:
    found = shutil.which(program)
    if found is not None:
        return found
    what = "is not an executable file" if Path(program).exists() else "names nothing to run"
    raise RuntimeNotFoundError(f"AppServerConfig.{setting} {what}: {program}")
