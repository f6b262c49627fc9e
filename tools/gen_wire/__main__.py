"""`python -m tools.gen_wire [--check]`: remake the wire layer, or prove that it is current."""

from __future__ import annotations

import argparse
import sys

from tools.gen_wire.emitted import emitted_schema
from tools.gen_wire.generate import generate
from tools.gen_wire.output import differences, formatted, write


def main() -> int:
    """Return the exit status: 1 when `--check` finds a difference."""
    parser = argparse.ArgumentParser(prog="python -m tools.gen_wire", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args().check
    files = formatted(generate(emitted_schema()))
    if not check:
        write(files)
        print(f"gen_wire: {len(files)} files are current")
        return 0
    blocks = differences(files)
    if blocks:
        print("\n\n".join(blocks[:5]), file=sys.stderr)
        print(f"\ngen_wire: {len(blocks)} of {len(files)} files differ:", file=sys.stderr)
        print("run `python -m tools.gen_wire`", file=sys.stderr)
    return 1 if blocks else 0


if __name__ == "__main__":
    sys.exit(main())
