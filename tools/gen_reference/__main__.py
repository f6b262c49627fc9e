"""`python -m tools.gen_reference [--check]`: remake the API reference, or prove it is current."""

from __future__ import annotations

import argparse
from pathlib import Path

from tools.gen_reference.render import page

PAGE = Path(__file__).parents[2] / "docs/api-reference.md"


def main() -> None:
    """Write the page; with `--check`, exit with a message when it is out of date."""
    parser = argparse.ArgumentParser(prog="python -m tools.gen_reference", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args().check
    text = page()
    if not check:
        PAGE.write_text(text, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
        raise SystemExit("gen_reference: out of date, run python -m tools.gen_reference")


if __name__ == "__main__":
    main()
