"""`python -m tools.measure [CHECKOUT]`: files, functions and comments of the code written by hand.

For the table at the end of docs/design.md. A comment line has nothing but a comment, or ends with
one; docstrings, headings of sections and words for tools (`noqa`, `type: ignore`) do not count.
"""

from __future__ import annotations

import ast
import sys
import tokenize
from pathlib import Path
from statistics import median

_GENERATED = (
    *("_sync/", "_wire/models/", "_wire/calls/", "_wire/names.py", "_wire/index.py"),
    *("_turns/config_keys.py", "_turns/events.py"),
)
_NO_CODE = {
    *(tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT),
    *(tokenize.ENCODING, tokenize.ENDMARKER, tokenize.COMMENT),
}
_FOR_TOOLS = ("noqa", "type: ignore", "pyright:", "pragma:")


def main() -> None:
    """Print a line for each room that comments are promised for, and one for the package."""
    package = Path(sys.argv[1] if len(sys.argv) > 1 else ".") / "src/openai_codex"
    paths = [
        path
        for path in sorted(package.rglob("*.py"))
        if not path.relative_to(package).as_posix().startswith(_GENERATED)
    ]
    for room in ("_core", "_drivers", "_async", "_turns", ""):
        inside = [path for path in paths if (package / room) in path.parents]
        if inside:
            print(_line(room, inside))


def _line(room: str, paths: list[Path]) -> str:
    counts = [_count(path) for path in paths]
    code, comments = sum(pair[0] for pair in counts), sum(pair[1] for pair in counts)
    bodies = [lines for path in paths for lines in _bodies(path)]
    return (
        f"{room or 'package':9}{len(paths):4} files  {len(bodies):5} functions of "
        f"{median(bodies):g} lines, at most {max(bodies)}  "
        f"{100 * comments / code:.1f} comments per 100 lines of code"
    )


def _count(path: Path) -> tuple[int, int]:
    """Return how many lines hold code, and how many a comment."""
    documented = _docstrings(path)
    code, comments = set[int](), set[int]()
    with path.open("rb") as lines:
        for token in tokenize.tokenize(lines.readline):
            row = token.start[0]
            if token.type == tokenize.COMMENT and not _is_for_tools(token.string):
                comments.add(row)
            elif token.type not in _NO_CODE and row not in documented:
                code.update(range(row, token.end[0] + 1))
    return len(code), len(comments)


def _is_for_tools(comment: str) -> bool:
    return comment.startswith("# ---") or any(word in comment for word in _FOR_TOOLS)


def _docstrings(path: Path) -> set[int]:
    """Return the lines of strings that stand alone: docstrings, and what is said of a field."""
    lines = set[int]()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            lines.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return lines


def _bodies(path: Path) -> list[int]:
    """Return the length of each function's body, without its docstring."""
    found = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            if body:
                found.append((body[-1].end_lineno or 0) - body[0].lineno + 1)
    return found


if __name__ == "__main__":
    main()
