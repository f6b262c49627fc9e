"""Makes `docs/images/demo.svg`, a picture of a terminal, from a real run of the demo.

    python -m tools.demo_svg [--check]

`--check` compares the committed picture with a new run, whatever the seconds in it. POSIX only: the
demo shows colour on a terminal alone, so it gets one.
"""

from __future__ import annotations

import argparse
import os
import pty
import re
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs/images/demo.svg"

SGR = re.compile(r"\x1b\[(\d*)m")
SGR_WHOLE = re.compile(r"\x1b\[\d*m")
SECONDS = re.compile(r"\d+\.\d+ ?s")
FOLDER = re.compile(r"\S*/codex-demo-\w+")

STYLES = {"1": "b", "2": "d", "31": "r", "32": "g", "36": "c"}
CHARACTER, LINE, EDGE, BAR = 8.43, 20, 18, 34
COLUMNS = 87

HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" \
aria-label="A terminal that shows a turn of the agent">
<style>
text {{ font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  fill: #e6e6e6; white-space: pre }}
.b {{ font-weight: 700; fill: #fff }} .d {{ fill: #9aa4af }} .r {{ fill: #ff8f87 }}
.g {{ fill: #7ee2a0 }} .c {{ fill: #7fd4ef }}
</style>
<rect width="{width}" height="{height}" rx="9" fill="#15181d"/>
<circle cx="20" cy="17" r="5.5" fill="#5b636d"/><circle cx="38" cy="17" r="5.5" fill="#5b636d"/>
<circle cx="56" cy="17" r="5.5" fill="#5b636d"/>
"""


class Piece(NamedTuple):
    """Hold some text of one style."""

    style: str
    text: str


Row = tuple[Piece, ...]


def record(command: list[str]) -> str:
    """Run the command on a terminal of its own and return what it wrote.

    Raises SystemExit when it failed.
    """
    chunks: list[bytes] = []

    def read(terminal: int) -> bytes:
        chunks.append(os.read(terminal, 65536))
        return chunks[-1]

    status = os.waitstatus_to_exitcode(pty.spawn(command, read, lambda _: b""))
    if status:
        raise SystemExit(f"demo_svg: {' '.join(command)} exited with {status}")
    return b"".join(chunks).decode("utf-8")


def rows(written: str) -> Iterator[Row]:
    """Cut what a terminal was sent into lines; the demo moves no cursor."""
    style = ""
    for line in written.replace("\r", "").splitlines():
        styled = style + FOLDER.sub("/tmp/codex-demo", line)
        yield pieces(styled)
        style = "".join(SGR_WHOLE.findall(styled)[-1:])  # it may go on in the next line


def pieces(line: str) -> Row:
    """Return the styled pieces of a line with escape sequences in it."""
    texts = SGR.split(line)
    codes = ["0", *texts[1::2]]
    found = (
        Piece(STYLES.get(code, ""), text) for code, text in zip(codes, texts[::2], strict=True)
    )
    return tuple(piece for piece in found if piece.text)


def svg(lines: list[Row]) -> str:
    """Return the picture."""
    width, height = round(COLUMNS * CHARACTER + 2 * EDGE), BAR + LINE * len(lines) + EDGE
    parts = [HEAD.format(width=width, height=height)]
    for number, row in enumerate(lines):
        if row:
            spans = "".join(_span(piece) for piece in row)
            y = BAR + LINE * (number + 1) - 5
            parts.append(f'<text x="{EDGE}" y="{y}" xml:space="preserve">{spans}</text>\n')
    return "".join([*parts, "</svg>\n"])


def _span(piece: Piece) -> str:
    text = escape(piece.text, quote=False)
    return f'<tspan class="{piece.style}">{text}</tspan>' if piece.style else text


def main() -> int:
    """Run the demo and write the picture, or compare it; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args().check
    prompt = (Piece("d", "$ "), Piece("b", "scripts/demo"))
    lines = list(rows(record([sys.executable, str(ROOT / "scripts/demo.py")])))
    made = svg([prompt, *lines])
    if not check:
        PICTURE.write_text(made, encoding="utf-8")
        return 0
    if _timeless(made) == _timeless(PICTURE.read_text(encoding="utf-8")):
        return 0
    print("demo_svg: the picture shows another demo: run `python -m tools.demo_svg`")
    return 1


def _timeless(picture: str) -> str:
    """Return the picture without what differs from run to run: seconds, and a test's timing."""
    return SECONDS.sub("0 s", picture)


if __name__ == "__main__":
    sys.exit(main())
