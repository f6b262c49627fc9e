"""The loggers of the package are those that are listed, and each record of theirs has its ids."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest

import openai_codex
from openai_codex import AppServerConfig
from openai_codex._logs import LOGGERS

SOURCES = Path(openai_codex.__file__).parent
NAMED = re.compile(r'"openai_codex\.(\w+)"')
PAGE = Path(__file__).parents[2] / "docs" / "guides" / "telemetry.md"


def test_the_loggers_that_are_used_are_those_that_are_listed() -> None:
    texts = [path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.py")]
    lines = [line for text in texts for line in text.splitlines() if "og" in line]
    named = {name for line in lines for name in NAMED.findall(line) if name != "testing"}
    assert named <= set(LOGGERS) | {"cli"}
    page = PAGE.read_text(encoding="utf-8")
    assert [name for name in LOGGERS if f"`openai_codex.{name}`" not in page] == []


def test_every_record_has_ids(caplog: pytest.LogCaptureFixture) -> None:
    assert AppServerConfig is not None  # it comes before anything is logged
    for name in LOGGERS:
        log = logging.getLogger(f"openai_codex.{name}")
        log.warning("one")
        log.warning("two", extra={"turn_id": "t1"})
    told = [(record.thread_id, record.turn_id) for record in caplog.records]  # type: ignore[attr-defined]
    assert told == [(None, None), (None, "t1")] * len(LOGGERS)
