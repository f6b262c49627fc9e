"""A user's place: CODEX_HOME with a config.toml that names the scripted model."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from openai_codex.testing import ScriptedModel, offline_config
from tests.cli.processes import Place

MakePlace = Callable[..., Place]
QUIET = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "PYTHONWARNINGS")


def make_place(model: ScriptedModel, folder: Path, **options: object) -> Place:
    """Return a new place below a folder; options are those of `offline_config`."""
    home, work = folder / "codex-home", folder / "work"
    work.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", str(work)], check=True)
    config = offline_config(model, home=home, cwd=work, **options)  # type: ignore[arg-type]
    (home / "config.toml").write_text("\n".join(config.config_overrides) + "\n")
    kept = {name: value for name, value in os.environ.items() if name not in QUIET}
    return Place({**kept, **(config.env or {}), "TERM": "xterm"}, home, work)


@pytest.fixture
def place(model: ScriptedModel, tmp_path: Path) -> Place:
    return make_place(model, tmp_path, update_plan=True)
