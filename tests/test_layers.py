"""Imports run one way: api to drivers to core, api to wire; and the package itself loads nothing.

Read from the source, so that a wrong import inside a function is found as well.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "src" / "openai_codex"
NAME = "openai_codex"
STDLIB = sys.stdlib_module_names

# What each room may import of the package (a module, or all below it), and of others' packages.
ROOMS = {
    "_core": ({"_core", "errors"}, {"pydantic_core"}),
    "_drivers": (
        {"_drivers", "_core", "config", "deadline", "errors", "redaction"},
        {"codex_cli_bin"},
    ),
    "_wire": ({"_wire"}, {"pydantic", "pydantic_core"}),
}
BLOCKING = {"asyncio", "threading", "subprocess", "select", "socket", "queue", "multiprocessing"}
# The pure modules that both faces share: data and rules, neither bytes nor faces.
PURE = (
    *(
        "config",
        "deadline",
        "display",
        "errors",
        "failures",
        "inputs",
        "notification",
        "params",
        "presets",
    ),
    *("process_facts", "redaction", "replies", "result", "retry"),
)


def imported(path: Path) -> list[str]:
    """Return the full name of every module that a file imports when it runs."""
    package = [NAME, *path.relative_to(PACKAGE).parent.parts]
    return list(imported_by(path.read_text(encoding="utf-8"), package))


def imported_by(text: str, package: list[str]) -> Iterator[str]:
    """Yield what a module of a package imports, given its text."""
    for node in _running(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            whole = [*base, *(node.module or "").split(".")] if node.module else base
            yield ".".join(whole)
            if whole == [NAME] or (node.level and not node.module):
                yield from (".".join([*whole, alias.name]) for alias in node.names)


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """Yield every node but those below `if TYPE_CHECKING`, which never run."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            for other in child.orelse:
                yield other
                yield from _running(other)
            continue
        yield child
        yield from _running(child)


def files(room: str) -> list[Path]:
    place = PACKAGE / room
    found = sorted(place.rglob("*.py")) if place.is_dir() else [PACKAGE / f"{room}.py"]
    assert found
    assert all(path.is_file() for path in found)
    return found


def wrong_imports(room: str, own: set[str], others: set[str]) -> list[str]:
    wrong = []
    for path in files(room):
        for name in imported(path):
            top, _, rest = name.partition(".")
            if top == NAME:
                allowed = not rest or rest.split(".")[0] in own
            else:
                allowed = top in STDLIB or top in others
            if not allowed:
                wrong.append(f"{path.relative_to(PACKAGE)} imports {name}")
    return wrong


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_it_may(room: str) -> None:
    own, others = ROOMS[room]
    assert wrong_imports(room, own, others) == []


def test_the_core_neither_blocks_nor_awaits() -> None:
    tops = {name.partition(".")[0] for path in files("_core") for name in imported(path)}
    assert tops & BLOCKING == set()


@pytest.mark.parametrize("face", ["_async", "_sync"])
def test_a_face_takes_waiting_from_its_driver_alone(face: str) -> None:
    driver = {"_async": "aio", "_sync": "threads"}[face]
    drivers = f"{NAME}._drivers"
    mine = {f"{drivers}.{name}" for name in (driver, "launch", "settlement", "weakbox")}
    names = {name for path in files(face) for name in imported(path)}
    assert {name.partition(".")[0] for name in names} & BLOCKING == set()
    assert {name for name in names if name.startswith(drivers)} <= mine
    assert not any(name.startswith(f"{NAME}.{other}") for name in names for other in _other(face))


def _other(face: str) -> list[str]:
    return [name for name in ("_async", "_sync") if name != face]


@pytest.mark.parametrize("module", PURE)
def test_a_pure_module_knows_no_driver_and_no_face(module: str) -> None:
    rooms = ("_drivers", "_async", "_sync", "testing")
    names = imported(PACKAGE / f"{module}.py")
    assert [n for n in names for room in rooms if n.startswith(f"{NAME}.{room}")] == []


def test_wire_and_core_never_meet() -> None:
    for room, other in (("_wire", "_core"), ("_core", "_wire"), ("_drivers", "_wire")):
        names = [name for path in files(room) for name in imported(path)]
        assert not any(name.startswith(f"{NAME}.{other}") for name in names), room


def test_the_check_itself_sees_every_way_to_import() -> None:
    text = (
        "from typing import TYPE_CHECKING\nimport a.b, c\nfrom d.e import f\nfrom . import g\n"
        "from ..h import i\nfrom .. import j\nfrom openai_codex import k\n"
        "if TYPE_CHECKING:\n    import never\nelse:\n    import now\ndef late():\n    import m\n"
    )
    assert list(imported_by(text, [NAME, "_core"])) == [
        *("typing", "a.b", "c", "d.e", f"{NAME}._core", f"{NAME}._core.g", f"{NAME}.h"),
        *(NAME, f"{NAME}.j", NAME, f"{NAME}.k", "now", "m"),
    ]


LOADED = "import sys, json{imports}; print(json.dumps(sorted(sys.modules)))"


def loaded(imports: str) -> set[str]:
    """Return the modules that a fresh interpreter has after some imports."""
    command = [sys.executable, "-c", LOADED.format(imports=imports)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


HEAVY = ("pydantic", "pydantic_core", "asyncio", "subprocess", "openai_codex._wire")


@pytest.mark.parametrize(
    "imports",
    [
        "import openai_codex",
        "from openai_codex import AppServerConfig, ApprovalMode, Sandbox, TextInput",
        "from openai_codex import CodexError, TurnFailedError, TransportClosedError",
    ],
)
def test_importing_the_package_loads_nothing_heavy(imports: str) -> None:
    before = loaded("")
    after = loaded(f"; {imports}")
    assert NAME in after
    assert [name for name in HEAVY if name in after - before] == []


def test_importing_the_faces_loads_no_family_of_the_wire() -> None:
    after = loaded("; from openai_codex import Codex, AsyncCodex, types, methods")
    families = f"{NAME}._wire.models", f"{NAME}._wire.calls."
    assert [name for name in after if name.startswith(families)] == []
    assert "pydantic" not in after
