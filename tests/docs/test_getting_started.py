"""Every block of getting started can be pasted alone: it imports what it uses, and runs."""

from __future__ import annotations

import builtins
import itertools
import re
import symtable
from pathlib import Path

import pytest

from openai_codex.testing import ScriptedModel
from tests.docs.blocks import Block, blocks_of
from tests.docs.test_pages import assert_printed, run

PAGE = Path(__file__).parents[2] / "docs" / "getting-started.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


PASTED = [block for block in blocks_of(PAGE) if block.language == "python"]
PRINTED = {
    before.line: block
    for before, block in itertools.pairwise(blocks_of(PAGE))
    if block.notes == (("prints", ""),)
}


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_imports_what_it_uses(block: str) -> None:
    table = symtable.symtable(block, "block", "exec")
    missing = {
        symbol.get_name()
        for scope in (table, *table.get_children())
        for symbol in scope.get_symbols()
        if symbol.is_referenced() and symbol.is_global() and not symbol.is_assigned()
    }
    known = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned()}
    known |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_imported()}
    assert missing - known - set(dir(builtins)) == set()


@pytest.mark.parametrize("block", PASTED, ids=lambda block: str(block.line))
def test_a_block_runs_alone_and_prints_what_the_page_says(
    block: Block, scripted_with_login: ScriptedModel
) -> None:
    printed = run(block, PAGE, {"__name__": "pasted"}, scripted_with_login)
    if block.line in PRINTED:
        assert_printed(PRINTED[block.line], printed, PAGE)


def test_log_in_prints_the_address_to_open() -> None:
    login = next(block for block in PASTED if "login_chatgpt()" in block.code)
    assert 'print("open", login.auth_url)' in login.code
    assert PRINTED[login.line].code.startswith("open http")
