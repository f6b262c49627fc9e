"""Writes behind every proof in docs/reliability.md on which runtime it runs.

A proof is `real` when the test, a fixture or a helper that it reaches starts the pinned runtime,
`scripted` when it starts the scripted app-server, and `pure` when it starts neither.
`--check` fails when the page is out of date.
"""

from __future__ import annotations

import ast
import functools
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "reliability.md"
# Whatever stands behind a proof is replaced, also what a person wrote there.
PROOF = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`[^`|<\n]*?(?=<br>| \||$)", re.MULTILINE)

REAL = {"offline_config", "ScriptedModel", "SharedModel", "HalfHeard"}
SCRIPTED = {"FakeAppServer", "play", "Play"}

Place = tuple[Path, str]


class Module:
    """What each name of a test module refers to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.uses: dict[str, set[str]] = {}
        self.imports: dict[str, Place] = {}
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            self._take(node)

    def _take(self, node: ast.stmt) -> None:
        if (
            isinstance(node, ast.ImportFrom)
            and node.module
            and node.module.startswith(("tests", "bench"))
        ):
            source = ROOT / (node.module.replace(".", "/") + ".py")
            for alias in node.names:
                self.imports[alias.asname or alias.name] = (source, alias.name)
        for name in _defined(node):
            self.uses.setdefault(name, set()).update(_mentioned(node))


def _defined(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (each.id for each in targets if isinstance(each, ast.Name))


def _mentioned(node: ast.AST) -> Iterator[str]:
    """Yield names, parameters, and the words of texts: whole programs stand in some."""
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            yield each.id
        elif isinstance(each, ast.arg):
            yield each.arg
        elif isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield from re.findall("|".join(REAL | {"FakeAppServer"}), each.value)


@functools.cache
def module(path: Path) -> Module | None:
    """Return a test module, or None for a package or what is not there."""
    return Module(path) if path.is_file() else None


def reached(path: Path, name: str) -> set[str]:
    """Return every name that a test reaches, through its fixtures and helpers."""
    found: set[str] = set()
    seen: set[Place] = set()
    todo = [(path, name)]
    while todo:
        place = todo.pop()
        if place in seen:
            continue
        seen.add(place)
        found.add(place[1])
        todo += _next(*place)
    return found


def _next(path: Path, name: str) -> list[Place]:
    here = module(path)
    if here is None:
        return []
    if name in here.imports:
        return [here.imports[name]]
    places = [(path, each) for each in here.uses.get(name, ())]
    if (not places and path.name != "conftest.py") or name not in here.uses:
        places += [(conftest, name) for conftest in _conftests(path) if _has(conftest, name)]
    return places


def _has(path: Path, name: str) -> bool:
    here = module(path)
    return here is not None and (name in here.uses or name in here.imports)


def _conftests(path: Path) -> Iterator[Path]:
    for folder in path.parents:
        if folder == ROOT:
            return
        if folder / "conftest.py" != path:
            yield folder / "conftest.py"


def runtime_of(path: str, name: str) -> str:
    """Return what stands behind a proof."""
    names = reached(ROOT / path, name)
    kinds = [word for word, marks in (("real", REAL), ("scripted", SCRIPTED)) if names & marks]
    return ", ".join(kinds) or "pure"


def main() -> None:
    """Write the page anew, or check it."""
    old = PAGE.read_text(encoding="utf-8")
    new = PROOF.sub(lambda match: f"`{match[1]}::{match[2]}` {runtime_of(match[1], match[2])}", old)
    if new == old:
        return
    if "--check" in sys.argv:
        sys.exit("docs/reliability.md is out of date: python -m tools.gen_reliability")
    PAGE.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main()
