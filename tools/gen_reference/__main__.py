"""`python -m tools.gen_reference [--check]`: remake the API reference and the package's lists."""

from __future__ import annotations

import argparse
from pathlib import Path

from tools.gen_reference.root import INIT, root

DOCS = Path(__file__).parents[2] / "docs"


def main() -> None:
    """Write the files; with `--check`, exit with a message when one is out of date."""
    parser = argparse.ArgumentParser(prog="python -m tools.gen_reference", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args().check
    _settle(INIT, root(), check=check)
    # Not before: the pages are made of what the package exports, by the lists just written.
    from tools.gen_reference.render import FOLDER, overview, pages

    _settle(DOCS / "api-reference.md", overview(), check=check)
    wanted = pages()
    for name, text in wanted.items():
        _settle(DOCS / FOLDER / name, text, check=check)
    for path in (DOCS / FOLDER).glob("*.md"):
        if path.name not in wanted:
            _settle(path, None, check=check)


def _settle(path: Path, text: str | None, *, check: bool) -> None:
    """Have a file with this text, or, for None, no file."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    if check:
        raise SystemExit(f"gen_reference: {path.name} is old, run python -m tools.gen_reference")
    if text is None:
        path.unlink()
        return
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
