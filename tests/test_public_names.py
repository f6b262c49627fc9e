"""Every public name is there, documented, and told the same in three places.

That they are what programs of the official package know is a test in `compat`.
"""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import openai_codex

# --- one table, three places ---------------------------------------------------------------------

SOURCE = ast.parse(Path(openai_codex.__file__).read_text(encoding="utf-8"))


def typed_names() -> Iterator[str]:
    """Yield what type checkers see: the imports under TYPE_CHECKING, as home and name."""
    for node in SOURCE.body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for line in node.body:
                assert isinstance(line, ast.ImportFrom)
                yield from (f"{line.module or ''}.{alias.name}" for alias in line.names)


def test_all_the_lazy_table_and_the_typed_imports_agree() -> None:
    homes = {f"{home}.{name}" for home, names in openai_codex._HOMES.items() for name in names}
    typed = set(typed_names())
    doors = {name for name in typed if name.startswith((".", "_older_names."))}
    assert doors >= {".methods", ".types"}
    assert typed - doors == homes
    named = [name for names in openai_codex._HOMES.values() for name in names]
    assert sorted([*named, "__version__", "methods", "types"]) == sorted(openai_codex.__all__)


def test_names_are_sorted_and_unique() -> None:
    assert len(set(openai_codex.__all__)) == len(openai_codex.__all__)
    assert dir(openai_codex) == sorted(openai_codex.__all__)


@pytest.mark.parametrize("name", openai_codex.__all__)
def test_a_public_name_is_there_and_shows_the_package_as_its_home(name: str) -> None:
    value = getattr(openai_codex, name)
    if inspect.isclass(value):
        assert value.__module__ == "openai_codex"
        assert value.__name__ == name or name == "CodexConfig"


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'openai_codex' has no attribute 'Nothing'"):
        _ = openai_codex.Nothing  # type: ignore[attr-defined]


def test_no_file_hides_a_name_of_its_package() -> None:
    """A package that loads names late would give the module of that name, once it is imported."""
    hidden = {
        f"{folder.name}.{path.stem}"
        for folder in public_packages()
        for path in folder.glob("*.py")
        if path.stem in import_module(f"openai_codex.{folder.name}").__all__
    }
    assert hidden == set()


def public_packages() -> Iterator[Path]:
    """Yield the folder of each package that users import names from."""
    for init in Path(openai_codex.__file__).parent.glob("[a-z]*/__init__.py"):
        if hasattr(import_module(f"openai_codex.{init.parent.name}"), "__all__"):
            yield init.parent


def test_a_star_import_brings_everything() -> None:
    text = "from openai_codex import *; import openai_codex as o; print({*o.__all__} - {*dir()})"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


# --- what is said of them ------------------------------------------------------------------------


def documented() -> Iterator[tuple[str, Any]]:
    for name in openai_codex.__all__:
        value = getattr(openai_codex, name)
        if inspect.isclass(value) or inspect.isroutine(value) or inspect.ismodule(value):
            yield name, value
        if inspect.isclass(value):
            for member, what in vars(value).items():
                if not member.startswith("_") and (inspect.isfunction(what) or _is_property(what)):
                    yield f"{name}.{member}", what


def _is_property(value: object) -> bool:
    return isinstance(value, property)


@pytest.mark.parametrize(("name", "value"), list(documented()))
def test_a_public_name_has_a_docstring_of_its_own(name: str, value: Any) -> None:
    text = (value.__doc__ or "").strip()
    assert text
    assert not text.startswith(f"{name}(")  # what a dataclass writes when nobody else did
    assert text.split("\n")[0].rstrip().endswith((".", ":", ";"))


@pytest.mark.parametrize(("name", "value"), list(documented()))
def test_a_signature_shows_what_its_defaults_mean(name: str, value: Any) -> None:
    if inspect.isfunction(value):
        defaults = [one.default for one in inspect.signature(value).parameters.values()]
        assert ... not in defaults, name
