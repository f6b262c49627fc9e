"""Imports run one way, in rooms and between files; and the package itself loads nothing heavy.

Read from the source: an import inside a function, under `if TYPE_CHECKING` or by `import_module`
counts like any other. What only runs is told apart where a rule is about that.
"""

from __future__ import annotations

import ast
import functools
import json
import subprocess
import sys
from collections.abc import Container, Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "src" / "openai_codex"
NAME = "openai_codex"
STDLIB = sys.stdlib_module_names

PUBLIC_DATA = {"config", "connect", "errors", "methods", "types"}
API = {
    *(
        "_checkpoints",
        "_checks",
        "_core",
        "_drivers",
        "_failures",
        "_places",
        "_redaction",
        "_runtime_words",
        "_safe_text",
        "_turns",
        "_version",
        "_wire",
        "display",
        "output",
    ),
    *("prices", "questions", "retry", "rules", "sessions", "telemetry", "tools", "transcript"),
    *PUBLIC_DATA,
}

# What each room may import of the package (a module, or all below it), and of others' packages. A
# room that is not here has no rule, which a test refuses: add it with the least that it needs.
ROOMS: dict[str, tuple[set[str], set[str]]] = {
    "_core": ({"_safe_text", "errors"}, {"pydantic_core"}),
    "_drivers": (
        {
            "_checks",
            "_core",
            "_locks",
            "_redaction",
            "_safe_text",
            "_uninterrupted",
            "config",
            "connect",
            "errors",
        },
        {"codex_cli_bin"},
    ),
    "_wire": ({"_safe_text", "_uninterrupted"}, {"pydantic", "pydantic_core", "typing_extensions"}),
    "_turns": (
        {
            "_checks",
            "_core",
            "_renames",
            "_safe_text",
            "_schema",
            "_version",
            "_wire",
            "display",
            "errors",
            "types",
        },
        set(),
    ),
    "_schema": ({"_turns", "types"}, {"pydantic", "pydantic_core"}),
    "_checkpoints": ({"_safe_text", "errors"}, set()),
    "_places": ({"_checks", "_drivers", "_safe_text", "config", "errors"}, set()),
    "sessions": ({"_safe_text", "errors"}, {"minio"}),
    "_async": (API, set()),
    "_sync": (API, set()),
    "display": (
        {"_runtime_words", "_safe_text", "_uninterrupted"},
        {"IPython", "markdown_it", "rich"},
    ),
    "transcript": (
        {"_checks", "_redaction", "_safe_text", "display", "errors"},
        {"pydantic_core"},
    ),
    # It is shown what happens, and sends it on; it knows no client.
    "telemetry": (
        {"_checks", "_core", "_locks", "_redaction", "_safe_text", "_version"},
        {"opentelemetry", "rich"},
    ),
    "__main__": ({"cli"}, set()),
    # It says what a user says, so it may use the API, of the drivers what a launch looks like, and
    # of the schemas what is wrong with an answer, as errors list it.
    "cli": (
        {*API, "_schema", "_sync", "_version", "batch", "testing", "transcript"},
        {"pydantic_core"},
    ),
    # It is a program over the API, and takes nothing from the rooms behind it.
    "batch": (
        {*API, "_async", "_version", "prices", "transcript"},
        {"distributed", "pydantic_core", "rich"},
    ),
    "questions": (
        {
            "_redaction",
            "tools",
            "_core",
            "_drivers",
            "_safe_text",
            "_wire",
            "display",
            "errors",
            "types",
        },
        set(),
    ),
    "rules": ({"_checks", "_redaction", "_safe_text"}, set()),
    "tools": ({"_checks", "_safe_text", "_schema", "errors"}, {"pydantic", "pydantic_core"}),
    "output": ({"_schema", "errors"}, {"pydantic", "pydantic_core"}),
    "testing": (
        {
            "_async",
            "_checks",
            "_core",
            "_redaction",
            "_safe_text",
            "_sync",
            "_version",
            "config",
            "errors",
            "methods",
            "sessions",
        },
        {"pytest", "typing_extensions"},
    ),
    "generated": ({"_wire", "types"}, set()),
    # modules of the root
    "_checks": (set(), set()),
    "_logs": (set(), set()),
    "_failures": ({"_safe_text", "_turns", "errors"}, set()),
    "_older_names": ({"_turns", "errors"}, set()),
    "_redaction": (set(), set()),
    "_runtime_words": (set(), set()),
    "_safe_text": ({"_redaction", "_runtime_words"}, set()),
    "_renames": (set(), set()),
    "_locks": (set(), set()),
    "_uninterrupted": (set(), set()),
    "_version": (set(), set()),
    "api": ({"types"}, set()),
    "async_client": ({"_async", "config"}, set()),
    "client": ({"_sync", "config", "errors"}, set()),
    "config": ({"_checks", "_logs", "_redaction", "_version", "connect"}, set()),
    "connect": ({"_checks", "_redaction", "_safe_text"}, set()),
    "errors": ({"_renames", "_runtime_words", "_safe_text", "_schema", "_turns", "types"}, set()),
    "methods": ({"_wire"}, set()),
    "models": ({"_turns", "_wire", "types"}, set()),
    "prices": ({"_core", "errors"}, {"genai_prices"}),
    "retry": ({"_checks", "errors"}, set()),
    "types": ({"_turns", "_wire"}, set()),
}
BLOCKING = {"asyncio", "threading", "subprocess", "select", "socket", "queue", "multiprocessing"}
# The pure modules that both APIs share: data and rules, neither bytes nor a client.
PURE = (
    "_checks",
    "_failures",
    "_redaction",
    "_runtime_words",
    "_safe_text",
    "_turns",
    "config",
    "display",
    "errors",
    "retry",
)
# Where `import_module` is given a name that only the running program has.
LOADS = ("import_module", "load_module")
BY_NAME = {
    *("_renames.py", "_wire/loading.py", "batch/task.py", "cli/run/prompt.py", "types.py"),
}


@functools.cache
def imported(path: Path) -> list[str]:
    """Return the full name of everything that a file imports, wherever it does."""
    package = [NAME, *path.relative_to(PACKAGE).parent.parts]
    return list(imported_by(path.read_text(encoding="utf-8"), package))


def imported_by(text: str, package: list[str], *, running: bool = False) -> Iterator[str]:
    """Yield what a module of a package imports, given its text."""
    tree = ast.parse(text)
    for node in _running(tree) if running else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            whole = [*base, *(node.module or "").split(".")] if node.module else base
            yield ".".join(whole)
            yield from (".".join([*whole, alias.name]) for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
            ("import_module", "load_module")
        ):
            yield _by_name(node, package)


def _by_name(call: ast.Call, package: list[str]) -> str:
    """Return what `import_module` is called for: below our own package where it says `__name__`."""
    given = ast.unparse(call.args[0])
    if "__name__" in ast.unparse(call):
        return ".".join(package)
    if isinstance(call.args[0], ast.Constant):
        return str(call.args[0].value)
    return given[2:].partition("{")[0].rstrip(".") if given[:2] in ("f'", 'f"') else f"?{given}"


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
                allowed = not rest or rest.split(".")[0] in {room, *own} or not _is_room(rest)
            elif name.startswith("?"):
                allowed = path.relative_to(PACKAGE).as_posix() in BY_NAME
            else:
                allowed = top in STDLIB or top in others
            if not allowed:
                wrong.append(f"{path.relative_to(PACKAGE)} imports {name}")
    return wrong


def _is_room(rest: str) -> bool:
    """Tell a room from a name that the package itself offers."""
    top = PACKAGE / rest.split(".", maxsplit=1)[0]
    return top.is_dir() or top.with_suffix(".py").is_file()


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_it_may(room: str) -> None:
    own, others = ROOMS[room]
    assert wrong_imports(room, own, others) == []


def test_every_room_has_its_import_rule() -> None:
    rooms = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    rooms |= {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    rooms |= {path.parent.name for path in PACKAGE.glob("*/*.py")}
    assert rooms == set(ROOMS)


# --- circles -------------------------------------------------------------------------------------


def module_name(path: Path) -> str:
    parts = [NAME, *path.relative_to(PACKAGE).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def import_graph() -> dict[str, set[str]]:
    """Return which files of the package the import statements of each of its files name."""
    paths = {module_name(path): path for path in PACKAGE.rglob("*.py")}
    return {name: set(named_files(path, paths)) - {name} for name, path in paths.items()}


def named_files(path: Path, known: Container[str]) -> Iterator[str]:
    """Yield the modules that are named; `from package import module` names the module alone."""
    package = [NAME, *path.relative_to(PACKAGE).parent.parts]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            whole, *parts = imported_by(ast.unparse(node), package)
            named = [part for part in parts if part in known]
            yield from named
            if whole in known and len(named) < max(1, len(parts)):
                yield whole


def reached(graph: dict[str, set[str]], start: str) -> set[str]:
    """Return what can be reached from a node in one step or more."""
    found: set[str] = set()
    ahead = [start]
    while ahead:
        new = graph[ahead.pop()] - found
        found |= new
        ahead += new
    return found


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return the groups of nodes of which each reaches every other."""
    reach = {node: reached(graph, node) for node in graph}
    groups = (
        tuple(sorted(other for other in reach[node] if node in reach[other])) for node in graph
    )
    return [list(group) for group in sorted(set(groups)) if group]


def test_no_files_import_one_another_in_a_circle() -> None:
    assert circles(import_graph()) == []


def test_the_search_finds_a_circle() -> None:
    graph = {"a": {"b"}, "b": {"c", "d"}, "c": {"a"}, "d": set(), "e": {"a"}}
    assert circles(graph) == [["a", "b", "c"]]


# --- what runs -----------------------------------------------------------------------------------


def test_the_core_neither_blocks_nor_awaits() -> None:
    tops = {name.partition(".")[0] for path in files("_core") for name in imported(path)}
    assert tops & BLOCKING == set()


def test_what_moves_bytes_and_wakes_callers_knows_of_no_process() -> None:
    drivers = PACKAGE / "_drivers"
    paths = [*drivers.glob("*.py"), *files("_drivers/aio"), *files("_drivers/threads")]
    names = {name for path in paths for name in imported(path)}
    assert not {name for name in names if name.startswith(f"{NAME}._drivers.process")}
    assert "subprocess" not in names


@pytest.mark.parametrize("api", ["_async", "_sync"])
def test_an_api_takes_waiting_from_its_driver_alone(api: str) -> None:
    driver = {"_async": "aio", "_sync": "threads"}[api]
    drivers = f"{NAME}._drivers"
    shared = (
        "server",
        "facts",
        "process",
        "settlement",
        "socket",
        "transport",
        "usage_history",
        "weakbox",
    )
    mine = {f"{drivers}.{name}" for name in (driver, *shared)}
    names = {name for path in files(api) for name in imported(path)}
    assert {name.partition(".")[0] for name in names} & BLOCKING == set()
    taken = {name for name in names if name.startswith(f"{drivers}.")}
    assert {name for name in taken if not name.startswith(tuple(mine))} == set()
    assert not any(name.startswith(f"{NAME}.{other}") for name in names for other in _other(api))


def _other(api: str) -> list[str]:
    return [name for name in ("_async", "_sync") if name != api]


@pytest.mark.parametrize("room", PURE)
def test_a_pure_room_knows_no_driver_and_no_client(room: str) -> None:
    rooms = ("_drivers", "_async", "_sync", "testing")
    names = [name for path in files(room) for name in imported(path)]
    assert [n for n in names for other in rooms if n.startswith(f"{NAME}.{other}")] == []


def test_the_check_itself_sees_every_way_to_import() -> None:
    text = (
        "from typing import TYPE_CHECKING\nimport a.b, c\nfrom d.e import f\nfrom . import g\n"
        "from ..h import i\nfrom openai_codex import k\n"
        "if TYPE_CHECKING:\n    import never\nelse:\n    import now\ndef late():\n    import m\n"
        "    import_module('n.o')\n    importlib.import_module(f'p.q.{name}')\n"
        "    import_module(f'{__name__}.r')\n    import_module(s)\n"
    )
    late = ["n.o", "p.q", f"{NAME}._core", "?s"]
    found = list(imported_by(text, [NAME, "_core"], running=True))
    assert found == [
        *("typing", "typing.TYPE_CHECKING", "a.b", "c", "d.e", "d.e.f"),
        *(f"{NAME}._core", f"{NAME}._core.g", f"{NAME}.h", f"{NAME}.h.i", NAME, f"{NAME}.k"),
        *("now", "m", *late),
    ]
    assert set(imported_by(text, [NAME, "_core"])) - set(found) == {"never"}


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


def test_importing_the_clients_loads_no_family_of_the_wire() -> None:
    after = loaded("; from openai_codex import Codex, AsyncCodex, types, methods")
    families = f"{NAME}._wire.models", f"{NAME}._wire.calls."
    assert [name for name in after if name.startswith(families)] == []
    assert "pydantic" not in after
