"""The package's version is the runtime's version, and the pin says so."""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path

from openai_codex._version import __version__

ROOT = Path(__file__).parent.parent


def test_version_is_the_pinned_runtimes_version() -> None:
    pins = re.findall(r"openai-codex-cli-bin==([\d.]+)", (ROOT / "pyproject.toml").read_text())
    assert pins == [__version__] == [version("openai-codex-cli-bin")]


def test_constraints_pin_every_line_exactly_and_name_no_index() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert [line for line in lines if not re.match(r"[A-Za-z0-9_.-]+==[\w.]+( ; .+)?$", line)] == []
