"""Every public name is in the API reference."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from tools.gen_reference.render import anchor
from tools.gen_reference.sections import SECTIONS

PAGE = Path(__file__).parents[2] / "docs/api-reference.md"
MODULES = [
    *("", ".rules", ".tools", ".output", ".questions"),
    *(".testing", ".testing.fake", ".testing.fake.faults"),
]
# Part of what others return or take, described there; and a module whose names are shown.
INNER = {"Settlement", "faults"}


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_has_an_entry(module: str) -> None:
    """Compare things and not names: `say` is one thing in the test kit and another in the fake."""
    homes = [(import_module(section.module), section.names) for section in SECTIONS]
    shown = {id(getattr(home, name)) for home, names in homes for name in names}
    public = import_module(f"openai_codex{module}")
    missing = {name for name in public.__all__ if id(getattr(public, name)) not in shown}
    assert missing - INNER == set()


def test_every_entry_is_on_the_page_and_every_link_leads_to_one() -> None:
    text = PAGE.read_text(encoding="utf-8")
    titles = re.findall(r"^#+ `?(.*?)`?$", text, re.MULTILINE)
    anchors = {anchor(title.replace(" ", "-")) for title in titles}
    links = set(re.findall(r"\]\(#([\w-]+)\)", text))
    assert len(titles) > 300
    assert links - anchors == set()


def test_the_page_shows_options_and_what_a_call_raises() -> None:
    text = PAGE.read_text(encoding="utf-8")
    start = text.split("#### `Codex.thread_start()`")[1].split("####")[0]
    assert "    sandbox: Sandbox | None = None," in start
    assert "[`ToolDefinitionError`](#tooldefinitionerror)" in start
