"""Code in docstrings runs too, where it is a program and not a shape."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import openai_codex
import openai_codex.testing
from openai_codex.testing import ScriptedModel

SOURCE = Path(__file__).parents[2] / "src/openai_codex"
GENERATED = {"_wire", "_sync"}
INDENTED = re.compile(r"(?:^    .*\n?|^\n)+", re.MULTILINE)


class Example(NamedTuple):
    """Hold a piece of code and the module whose docstring it is from."""

    module: Path
    code: str

    def __str__(self) -> str:
        return f"{self.module}:{self.code.split()[1]}"


def examples() -> Iterator[Example]:
    """Yield every indented part of a docstring that is a Python program."""
    for path in sorted(SOURCE.rglob("*.py")):
        module = path.relative_to(SOURCE)
        if not GENERATED & set(module.parts):
            for docstring in docstrings(path):
                for found in INDENTED.finditer(docstring):
                    code = textwrap.dedent(found[0]).strip()
                    if is_program(code):
                        yield Example(module, code)


def docstrings(path: Path) -> Iterator[str]:
    """Yield the docstrings of a module and of all that is in it."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, kinds):
            yield ast.get_docstring(node) or ""


def is_program(code: str) -> bool:
    """Tell a program from a table or a tree: it parses, and it calls something."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return False
    return any(isinstance(node, ast.Call) for node in ast.walk(tree))


EXAMPLES = list(examples())


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_code_in_a_docstring_runs(example: Example, scripted: ScriptedModel) -> None:
    kit = {name: getattr(openai_codex.testing, name) for name in openai_codex.testing.__all__}
    names: dict[str, Any] = {"Codex": openai_codex.Codex, **kit, "model": ScriptedModel()}
    exec(compile(example.code, str(example.module), "exec", dont_inherit=True), names)


def test_there_are_such_examples() -> None:
    modules = {str(example.module) for example in EXAMPLES}
    assert {"__init__.py", "testing/__init__.py"} <= modules


# --- options, where an editor shows them ---------------------------------------------------------

OPTIONS: dict[Any, Any] = {
    openai_codex.Codex: openai_codex.Codex.__init__,
    openai_codex.Codex.thread_start: openai_codex.Codex.thread_start,
    openai_codex.Thread.turn: openai_codex.Thread.turn,
    openai_codex.Thread.run: openai_codex.Thread.run,
}


@pytest.mark.parametrize("shown", OPTIONS, ids=lambda thing: str(thing.__qualname__))
def test_every_option_has_a_line_in_the_table_that_an_editor_shows(shown: Any) -> None:
    table = table_of(inspect.getdoc(shown) or "")
    options = {name for name in inspect.signature(OPTIONS[shown]).parameters if name != "self"}
    if shown is openai_codex.Thread.run:  # which names the table of `turn` for the rest
        assert "those of `turn`" in (inspect.getdoc(shown) or "")
        options -= set(inspect.signature(openai_codex.Thread.turn).parameters)
    assert {name for name, _ in table} == options
    assert all(meaning for _, meaning in table)


def table_of(docstring: str) -> list[tuple[str, str]]:
    """Return the rows of the aligned tables of a docstring: each option and what it means."""
    return re.findall(r"^(?:  )?(\w+) {2,}(\S.*)$", docstring, re.MULTILINE)


def test_the_tables_of_a_docstring_are_aligned() -> None:
    for shown in OPTIONS:
        for part in (inspect.getdoc(shown) or "").split("\n\n"):
            columns = {
                found.end(1) for found in re.finditer(r"^(  \w+ {2,})\S", part, re.MULTILINE)
            }
            starts = {column - part.rfind("\n", 0, column) for column in columns}
            assert len(starts) <= 1, part
