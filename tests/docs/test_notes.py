"""Every note above a block is taken by that block, and every output on a page is checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.blocks import NOTE, blocks_of
from tests.docs.test_pages import FILES, PAGES, name_of

KNOWN = {"checked", "reviewed", "scripted", "prints", "shape"}
# `shape` marks text that is no output of a program: a tree, a table, a template.
CHECKED = [page for page in PAGES if page.name not in FILES and page.parent.name != "reference"]


@pytest.mark.parametrize("page", CHECKED, ids=name_of)
def test_every_note_is_above_a_block(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    taken = [note for block in blocks_of(page) for note in block.notes]
    written = [(name, said or "") for name, said in NOTE.findall(text) if name in KNOWN]
    assert sorted(written) == sorted(taken)


@pytest.mark.parametrize("page", CHECKED, ids=name_of)
def test_every_note_is_of_a_known_kind(page: Path) -> None:
    assert {name for block in blocks_of(page) for name, _ in block.notes} <= KNOWN


@pytest.mark.parametrize("page", CHECKED, ids=name_of)
def test_every_output_says_what_it_is(page: Path) -> None:
    bare = [block.line for block in blocks_of(page) if block.language == "text" and not block.notes]
    assert bare == []
