"""The search of the site finds what people look for, by the words that they use."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the text of every page of the site's search index, by the page's address."""
    site = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "mkdocs", "build", "-q", "-d", str(site)]
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    subprocess.run(build, cwd=ROOT, env=env, check=True, capture_output=True)
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    pages: dict[str, str] = {}
    for part in index["docs"]:
        page = part["location"].partition("#")[0]
        pages[page] = f"{pages.get(page, '')} {part['title']} {part['text']}".lower()
    return pages


@pytest.mark.parametrize(
    ("words", "page"),
    [
        ("cost", "guides/costs.html"),
        ("budget", "guides/costs.html"),
        ("mcp", "guides/mcp.html"),
        ("system prompt", "guides/instructions.html"),
        ("crash", "guides/history.html"),
        ("crash", "guides/survive-a-crash.html"),
        ("trace", "guides/telemetry.html"),
        ("skill", "guides/skills.html"),
        ("effort", "guides/models.html"),
        ("hooks", "guides/hooks.html"),
        ("network", "reliability.html"),
        ("thread_start", "reference/codex.html"),
        ("interrupt", "reference/turn-handle.html"),
        ("usagelimiterror", "reference/errors.html"),
    ],
)
def test_the_search_finds_the_page(found: dict[str, str], words: str, page: str) -> None:
    hits = [address for address, text in found.items() if re.search(rf"\b{words}", text)]
    assert page in hits


def test_where_to_go_names_every_guide() -> None:
    """The table of the first page is how people find a page whose name they do not know."""
    table = (ROOT / "docs/index.md").read_text(encoding="utf-8").split("## Where to go")[1]
    named = set(re.findall(r"\]\(([\w/-]+\.md)", table.split("\n## ")[0]))
    nav = (
        (ROOT / "mkdocs.yml")
        .read_text(encoding="utf-8")
        .split("- Guides:")[1]
        .split("- Examples")[0]
    )
    assert set(re.findall(r": ([\w/-]+\.md)", nav)) - named == set()
