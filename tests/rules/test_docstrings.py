from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import openai_codex.rules

MODULES = [found.name for found in pkgutil.iter_modules(openai_codex.rules.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_docstrings_are_true(name: str) -> None:
    module = importlib.import_module(f"openai_codex.rules.{name}")
    assert doctest.testmod(module).failed == 0


def test_there_are_examples() -> None:
    modules = [importlib.import_module(f"openai_codex.rules.{name}") for name in MODULES]
    finder = doctest.DocTestFinder()
    assert sum(bool(found.examples) for m in modules for found in finder.find(m)) >= 6
