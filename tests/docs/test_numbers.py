"""Numbers on the first pages are those of the code: requests, examples, versions."""

from __future__ import annotations

import re

from openai_codex import __version__, methods
from tests.docs.test_pages import ROOT

TENS = ("", "", "Twenty", "Thirty", "Forty", "Fifty")
ONES = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def in_words(number: int) -> str:
    """Return 20 to 59 as it begins a sentence."""
    tens, ones = divmod(number, 10)
    return f"{TENS[tens]}-{ONES[ones]}" if ones else TENS[tens]


def test_the_readme_counts_the_requests_of_the_protocol() -> None:
    row = re.search(r"all requests of the protocol, typed \| (\d+)", page("README.md"))
    assert row is not None
    assert int(row[1]) == len(list(methods.all()))


def test_the_changelog_counts_the_examples() -> None:
    numbered = [
        folder for folder in (ROOT / "examples").iterdir() if re.match(r"\d\d_", folder.name)
    ]
    said = re.search(r"(\w+(?:-\w+)?) examples, nearly", page("CHANGELOG.md"))
    assert said is not None
    assert said[1] == in_words(len(numbered))


def test_pages_name_the_version_that_this_is() -> None:
    pages = ("README.md", "CHANGELOG.md", "docs/faq.md", "docs/migration.md")
    for name in pages:
        assert __version__ in page(name), name
