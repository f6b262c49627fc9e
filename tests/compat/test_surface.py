"""Every name, option and default of the official package is here; ours may only add options."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import openai_codex
from openai_codex import types

TREE = ast.parse(Path(__file__).with_name("surface.txt").read_text())
Function = ast.FunctionDef | ast.AsyncFunctionDef


def names(constant: str) -> list[str]:
    for node in TREE.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == constant:
            return str(ast.literal_eval(node.value)).split()
    raise AssertionError(constant)


def functions() -> Iterator[tuple[str, Function]]:
    """Yield every function and method with its dotted name."""
    for node in TREE.body:
        if isinstance(node, Function):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for member in node.body:
                if isinstance(member, Function):
                    yield f"{node.name}.{member.name}", member


def classes() -> list[ast.ClassDef]:
    return [node for node in TREE.body if isinstance(node, ast.ClassDef)]


def str_of(value: object) -> str:
    return value if isinstance(value, str) else ""


def find(dotted: str) -> Any:
    found: Any = openai_codex
    for name in dotted.split("."):
        found = getattr(found, name)
    return found


def default(parameter: inspect.Parameter) -> str:
    """Write a default as the surface does."""
    value = parameter.default
    if value is inspect.Parameter.empty:
        return ""
    return f"{type(value).__name__}.{value.name}" if hasattr(value, "name") else repr(value)


def positional(function: Function) -> list[tuple[str, str]]:
    arguments = function.args.args
    defaults = [ast.unparse(value) for value in function.args.defaults]
    padded = [""] * (len(arguments) - len(defaults)) + defaults
    return [(one.arg, value) for one, value in zip(arguments, padded, strict=True)]


def keywords(function: Function) -> set[tuple[str, str]]:
    pairs = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
    return {(one.arg, ast.unparse(value) if value else "") for one, value in pairs}


def test_the_surface_is_read_whole() -> None:
    assert (len(names("ROOT")), len(names("TYPES")), len(classes())) == (37, 37, 31)


def test_every_root_name_is_there() -> None:
    assert set(names("ROOT")) <= set(openai_codex.__all__)
    for name in names("ROOT"):
        assert getattr(openai_codex, name) is not None


def test_every_name_of_types_is_there() -> None:
    assert sorted(names("TYPES")) == vars(types)["__all__"]
    for name in names("TYPES"):
        assert getattr(types, name) is not None


def test_a_star_import_of_types_leaves_the_names_of_the_root_alone() -> None:
    scope: dict[str, Any] = {}
    exec("from openai_codex import *\nfrom openai_codex.types import *", scope)
    assert scope["Thread"] is openai_codex.Thread
    assert scope["Turn"] is types.Turn


@pytest.mark.parametrize(("dotted", "wanted"), list(functions()), ids=str_of)
def test_a_function_takes_what_the_official_one_takes(dotted: str, wanted: Function) -> None:
    ours = find(dotted)
    parameters = list(inspect.signature(ours).parameters.values())
    by_place = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    known = positional(wanted)
    assert [(p.name, default(p)) for p in by_place][: len(known)] == known
    assert all(default(p) for p in by_place[len(known) :]), "an extra argument must be optional"
    by_name = {(p.name, default(p)) for p in parameters if p.kind is p.KEYWORD_ONLY}
    assert keywords(wanted) <= by_name
    assert all(value for _, value in by_name), "an extra option must have a default"
    assert inspect.iscoroutinefunction(ours) == isinstance(wanted, ast.AsyncFunctionDef)


@pytest.mark.parametrize("wanted", classes(), ids=lambda node: str(node.name))
def test_a_class_has_its_bases_members_and_properties(wanted: ast.ClassDef) -> None:
    ours = find(wanted.name)
    for base in wanted.bases:
        name = ast.unparse(base)
        assert issubclass(ours, Exception if name == "Exception" else find(name))
    for member in wanted.body:
        if isinstance(member, ast.Assign):
            name = ast.unparse(member.targets[0])
            assert getattr(ours, name).value == ast.literal_eval(member.value)
        elif isinstance(member, ast.AnnAssign):
            assert isinstance(getattr(ours, ast.unparse(member.target)), property)
