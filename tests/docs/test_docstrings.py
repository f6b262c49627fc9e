"""Code in docstrings runs too, where it is a program and not a shape."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

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
