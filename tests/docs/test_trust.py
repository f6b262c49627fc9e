"""Every test that the page on trust names exists."""

from __future__ import annotations

import pytest

from tests.docs.test_reliability import ROOT, TEST_ID, names_in

PAGE = ROOT / "docs" / "guides" / "trust.md"
NAMED = TEST_ID.findall(PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_a_statement_about_trust_has_its_test(path: str, name: str) -> None:
    assert name in names_in(ROOT / path)


def test_every_wall_has_a_test() -> None:
    rows = [
        line for line in PAGE.read_text(encoding="utf-8").split("\n") if "| what it stops" in line
    ]
    assert rows
    assert len(NAMED) >= 15
