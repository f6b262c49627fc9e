"""Every code block on every page does what the page says."""

from __future__ import annotations

import contextlib
import doctest
import io
import json
import re
import shlex
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import openai_codex.testing
from openai_codex.testing import ScriptedModel
from tests.docs.blocks import Block, blocks_of

tomllib = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md")])
FILES = ["testing.md"]  # its blocks are files; test_snippets.py runs them
WITH_PYTHON = [
    page
    for page in PAGES
    if page.name not in FILES and any(block.language == "python" for block in blocks_of(page))
]
SHELL = ("bash", "console")
LANGUAGES = {"python", "py", "pycon", "text", "toml", "ini", "json", "yaml", "dockerfile", *SHELL}

# What a shell block may run: programs of the system, and files of this repository.
PROGRAMS = {
    "pip",
    "ssh",
    "uv",
    "python",
    "pytest",
    "docker",
    "git",
    "mkdocs",
    "export",
    "codex",
    "openai-codex",
    "opentelemetry-instrument",
}


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", WITH_PYTHON, ids=name_of)
def test_the_python_on_the_page_runs(page: Path, request: pytest.FixtureRequest) -> None:
    needs_login = "login_" in page.read_text(encoding="utf-8")
    fixture = "scripted_with_login" if needs_login else "scripted"
    model: ScriptedModel = request.getfixturevalue(fixture)
    names: dict[str, Any] = {"__name__": "page"}
    printed = ""
    for block in blocks_of(page):
        if block.language == "python":
            printed = run(block, page, names, model)
        elif block.language == "text" and block.notes == (("prints", ""),):
            assert_printed(block, printed, page)


def run(block: Block, page: Path, names: dict[str, Any], model: ScriptedModel) -> str:
    """Execute one block in the page's namespace and return what it printed."""
    for steps in block.noted("scripted"):
        model.script(*eval(f"({steps},)", {**names, **steps_of()}))
    for steps in block.noted("reviewed"):
        model.script(*eval(f"({steps},)", {**names, **steps_of()}), kind="review")
    code = compile("\n" * (block.line - 1) + block.code, str(page), "exec", dont_inherit=True)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, names)
    return printed.getvalue()


def steps_of() -> dict[str, Any]:
    """Return the test kit by name."""
    return {name: getattr(openai_codex.testing, name) for name in openai_codex.testing.__all__}


def assert_printed(block: Block, printed: str, page: Path) -> None:
    """Compare with doctest's rules for `...`."""
    printed = printed if printed.endswith("\n") else f"{printed}\n"
    same = doctest.OutputChecker().check_output(block.code, printed, doctest.ELLIPSIS)
    assert same, f"{name_of(page)}:{block.line} says\n{block.code}\nbut it printed\n{printed}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_other_blocks_are_well_formed(page: Path) -> None:
    for block in blocks_of(page):
        place = f"{name_of(page)}:{block.line}"
        assert block.language in LANGUAGES, f"{place} has the language {block.language!r}"
        if block.language == "toml":
            tomllib.loads(block.code)
        elif block.language == "json":
            json.loads(block.code)
        elif block.language in SHELL:
            assert_commands(block, place)


def assert_commands(block: Block, place: str) -> None:
    """Check that each command is a program that one has, or a file that is here."""
    for line in block.code.replace("\\\n", " ").splitlines():
        words = [word for word in shlex.split(line, comments=True) if not re.match(r"\w+=", word)]
        if not words:
            continue
        assert words[0] in PROGRAMS or (ROOT / words[0]).is_file(), f"{place}: {words[0]}"
        files = [word for word in words[1:] if re.fullmatch(r"[\w./-]+\.(py|toml|txt)", word)]
        for file in files:
            assert (ROOT / file).exists(), f"{place}: there is no {file}"


def test_there_are_pages_and_most_have_code() -> None:
    assert len(PAGES) >= 7
    assert len(WITH_PYTHON) >= 4
