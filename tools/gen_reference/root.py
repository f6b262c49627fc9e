"""The lists of `openai_codex/__init__.py`: what type checkers see, what is public, what loads what.

The package is not imported here: it may lack a name that was only just written down.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.gen_reference.sections import ROOT, SECTIONS

__all__ = ["INIT", "root"]

INIT = Path(__file__).parents[2] / "src" / ROOT / "__init__.py"

# In the root and yet in no other module of it: the version, and modules that are names themselves.
_MODULES = ("methods", "types")
_OWN = ("__version__", *_MODULES)
# Names of older releases: type checkers know them, `_renames` serves them, nothing lists them.
_OLDER = ("AppServerError", "AppServerRpcError", "RunResult")


def root() -> str:
    """Return the text of the package's `__init__` with its three lists made again."""
    text = INIT.read_text(encoding="utf-8")
    text = _put(text, r"^if TYPE_CHECKING:\n", _imports(), r"\n__all__")
    text = _put(text, r"^__all__ = \[\n", _public(), r"^\]\n")
    text = _put(text, r"^_HOMES = \{\n", _homes(), r"^\}\n")
    return _ruff("format", _ruff("check", text, "--select", "I,RUF022", "--fix"))


def _put(text: str, before: str, lines: Iterator[str], after: str) -> str:
    made = "".join(f"{line}\n" for line in lines)
    pattern = re.compile(f"({before}).*?({after})", re.DOTALL | re.MULTILINE)
    text, count = pattern.subn(lambda found: f"{found[1]}{made}{found[2]}", text)
    if count != 1:
        raise SystemExit(f"gen_reference: {INIT.name} has {count} places for {before}")
    return text


def _found() -> dict[str, str]:
    """Return the names of the root and where each is written."""
    found: dict[str, str] = {}
    for section in SECTIONS:
        missing = [name for name in section.names if name not in (*section.homes, *_OWN)]
        if section.module == ROOT and missing:
            raise SystemExit(
                f"gen_reference: write the module before the name in sections.py: {missing}"
            )
        found.update(section.homes)
    return found


def _imports() -> Iterator[str]:
    yield f"    from . import {', '.join(_MODULES)}"
    yield from (f"    from ._older_names import {name} as {name}" for name in _OLDER)
    yield from (f"    from .{home} import {name}" for name, home in _found().items())


def _public() -> Iterator[str]:
    yield from (f'    "{name}",' for name in sorted([*_found(), *_OWN]))


def _homes() -> Iterator[str]:
    names: dict[str, list[str]] = {}
    for name, home in _found().items():
        names.setdefault(home, []).append(name)
    for home in sorted(names):
        yield f'    "{home}": ({", ".join(repr(name) for name in sorted(names[home]))},),'


def _ruff(command: str, text: str, *options: str) -> str:
    arguments = [sys.executable, "-m", "ruff", command, *options, "--quiet", "--no-cache"]
    arguments += ["--stdin-filename", str(INIT), "-"]
    return subprocess.run(
        arguments, input=text, capture_output=True, text=True, check=True, encoding="utf-8"
    ).stdout
