"""Every public name is in the API reference."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from tools.gen_reference.render import anchor, page_of, title_of
from tools.gen_reference.sections import OWN_PAGES, SECTIONS

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted((DOCS / "reference").glob("*.md"))
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
MODULES = [
    *("", ".rules", ".tools", ".output", ".questions", ".batch"),
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


def anchors_of(page: Path) -> list[str]:
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    titles = re.findall(r"^#+ `?(.*?)`?$", text, re.MULTILINE)
    return [anchor(title.replace(" ", "-")) for title in titles]


def test_the_overview_lists_every_name_and_leads_to_its_entry() -> None:
    text = (DOCS / "api-reference.md").read_text(encoding="utf-8")
    listed = re.findall(
        r"^\| \[`(.+?)`\]\(reference/([\w-]+\.md)#(\w+)\) \| (.*) \|$", text, re.MULTILINE
    )
    wanted = [
        (title_of(section, name), page_of(section, name))
        for section in SECTIONS
        for name in section.names
    ]
    assert [(name, page) for name, page, _, _ in listed] == wanted
    anchors = {page.name: anchors_of(page) for page in PAGES}
    lost = [name for name, page, part, _ in listed if part not in anchors[page]]
    assert lost == []
    assert [name for name, *_, words in listed if not words.strip()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_heading_of_a_page_has_an_address_of_its_own(page: Path) -> None:
    """A second one of the same address would be reached by no link."""
    anchors = anchors_of(page)
    assert len(anchors) == len(set(anchors))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_page_is_so_long_that_nothing_is_found_on_it(page: Path) -> None:
    """The two largest classes are alone on their pages."""
    assert len(anchors_of(page)) <= 90
    text = page.read_text(encoding="utf-8")
    assert text.count("\n") < 1000
    assert re.match(r"# .*\n\n<!-- Made by .* -->\n\n\S", text)


def test_a_class_with_a_page_of_its_own_has_its_twin_there_and_nothing_else() -> None:
    homes = [(page_of(section, name), name) for section in SECTIONS for name in section.names]
    for own in OWN_PAGES:
        (page,) = {page for page, name in homes if name == own}
        assert {name.removeprefix("Async") for home, name in homes if home == page} == {own}


def test_the_page_shows_options_and_what_a_call_raises() -> None:
    text = (DOCS / "reference/codex.md").read_text(encoding="utf-8")
    start = text.split("## `Codex.thread_start()`")[1].split("\n## ")[0]
    assert "    sandbox: Sandbox | None = None," in start
    assert "[`ToolDefinitionError`](tools.md#tooldefinitionerror)" in start
    errors = (DOCS / "reference/errors.md").read_text(encoding="utf-8")
    assert "See [errors](../guides/errors.md) for what to do" in errors
