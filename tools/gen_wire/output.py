"""Format what was rendered with the project's ruff, then write it or compare it with the tree."""

from __future__ import annotations

import difflib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Everything in these places is generated; a file that should not be there is a difference too.
OWNED = ("schema", "src/openai_codex/_wire/models", "src/openai_codex/_wire/calls")
DIFF_LINES = 30


def formatted(files: dict[str, str]) -> dict[str, str]:
    """Sort imports and format, in a copy of the tree that has the project's settings."""
    with tempfile.TemporaryDirectory(prefix="gen-wire-") as name:
        tree = Path(name)
        shutil.copy(ROOT / "pyproject.toml", tree)
        # Ruff tells our own imports from others by finding the package.
        shutil.copytree(ROOT / "src", tree / "src", ignore=shutil.ignore_patterns("__pycache__"))
        for path, text in files.items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(text, encoding="utf-8")
        code = [path for path in files if path.endswith(".py")]
        _ruff(tree, code, "check", "--select", "F401,I,UP", "--fix", "--quiet")
        _ruff(tree, code, "format", "--quiet")
        return {path: (tree / path).read_text(encoding="utf-8") for path in files}


def _ruff(tree: Path, paths: list[str], *arguments: str) -> None:
    command = [sys.executable, "-m", "ruff", *arguments, "--no-cache", *paths]
    subprocess.run(command, cwd=tree, check=True, timeout=120)


def write(files: dict[str, str]) -> None:
    """Make the tree hold these files, and no others in the places that are generated whole."""
    for path in _strays(files):
        (ROOT / path).unlink()
    for path, text in files.items():
        target = ROOT / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if _committed(path) != text:
            target.write_text(text, encoding="utf-8")


def differences(files: dict[str, str]) -> list[str]:
    """Say how the tree differs from these files, one readable block per file."""
    blocks = [f"{path}: should not be there" for path in _strays(files)]
    for path, text in sorted(files.items()):
        committed = _committed(path)
        if committed is None:
            blocks.append(f"{path}: is missing")
        elif committed != text:
            blocks.append(_diff(path, committed, text))
    return blocks


def _committed(path: str) -> str | None:
    target = ROOT / path
    return target.read_text(encoding="utf-8") if target.is_file() else None


def _diff(path: str, committed: str, text: str) -> str:
    lines = list(
        difflib.unified_diff(
            committed.splitlines(),
            text.splitlines(),
            f"{path} (committed)",
            f"{path} (made now)",
            lineterm="",
        )
    )
    rest = len(lines) - DIFF_LINES
    return "\n".join(lines[:DIFF_LINES] + ([f"... and {rest} more lines"] if rest > 0 else []))


def _strays(files: dict[str, str]) -> list[str]:
    found = [
        path.relative_to(ROOT).as_posix()
        for place in OWNED
        for path in sorted((ROOT / place).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    ]
    return [path for path in found if path not in files]
