"""The table of a thread's options has every one, and none that there is not."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from openai_codex import Codex

PAGE = Path(__file__).parents[2] / "docs" / "guides" / "thread-options.md"


def test_the_page_lists_every_option_of_thread_start() -> None:
    rows = [line.split("|")[1] for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    listed = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert listed == set(inspect.signature(Codex.thread_start).parameters) - {"self"}
