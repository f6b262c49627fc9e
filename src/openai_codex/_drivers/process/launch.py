"""Config to argv, environment and directory. Pure but for looking whether the binary is there."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path
from typing import Any

from ...config import AppServerConfig
from ...errors import RuntimeNotFoundError
from .environment import inherited

__all__ = ["Launch", "plan", "plan_command"]


@dataclass(frozen=True, slots=True)
class Launch:
    """What to run."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: str | None


def plan(config: AppServerConfig) -> Launch:
    """Return what to run for `config`; raises RuntimeNotFoundError when there is nothing to run."""
    environment = {**inherited(config.inherit_env, os.environ), **(config.env or {})}
    return Launch(_argv(config), environment, config.cwd)


def plan_command(argv: tuple[str, ...], config: AppServerConfig) -> Launch:
    """Return how to run a program that leads to a runtime; raises RuntimeNotFoundError."""
    program, *arguments = argv
    environment = {**inherited(config.inherit_env, os.environ), **(config.env or {})}
    return Launch((_executable(program, "the command"), *arguments), environment, config.cwd)


def _argv(config: AppServerConfig) -> tuple[str, ...]:
    if config.launch_args_override is not None:
        # A whole argv is taken as it is: it is for wrappers and fakes, which have words of their
        # own.
        program, *arguments = config.launch_args_override
        return (_executable(program, "AppServerConfig.launch_args_override[0]"), *arguments)
    overrides = [word for override in config._overrides for word in ("--config", override)]
    return (_binary(config), *overrides, "app-server")


def _binary(config: AppServerConfig) -> str:
    if config.codex_bin is not None:
        return _executable(os.fspath(config.codex_bin), "AppServerConfig.codex_bin")
    try:
        return str(_installed_runtime().bundled_codex_path())
    except (ImportError, FileNotFoundError) as error:
        raise RuntimeNotFoundError(
            "the codex runtime that belongs to this package is not installed "
            "(package openai-codex-cli-bin): install it, or set AppServerConfig.codex_bin"
        ) from error


def _installed_runtime() -> Any:
    """Return the package of the runtime as it is installed; raises ImportError.

    Not by a plain import: the working folder may be the agent's, and Python looks there first.
    """
    name = "codex_cli_bin"
    # A frozen program has no paths to look in; None there is how Python is told not to import a
    # module.
    if getattr(sys, "frozen", False) or sys.modules.get(name, name) is None:
        return import_module("codex_cli_bin")
    here = os.path.realpath(".")
    places = [p for p in sys.path if os.path.isabs(p) and os.path.realpath(p) != here]  # noqa: PTH117
    spec = PathFinder.find_spec(name, places)
    if spec is None or spec.loader is None:
        raise ImportError(f"{name} is not installed", name=name)
    # Not put into `sys.modules`: a program that imports it itself gets it as Python finds it.
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _executable(program: str, setting: str) -> str:
    found = shutil.which(program)
    if found is not None:
        # The file that was found, wherever the runtime is started: `cwd` may be the agent's folder.
        return os.path.abspath(found)  # noqa: PTH100
    what = "is not an executable file" if Path(program).exists() else "names nothing to run"
    raise RuntimeNotFoundError(f"{setting} {what}: {program}")
