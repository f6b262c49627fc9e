"""A page that shows files, tests among them, as something to run; `test_pages.py` runs the others.

Rule 1: every block fenced as ```python runs, in order; the blocks of a story share their names and
a folder of their own. A page is one story, but a line `<!-- afresh -->` begins another.
Rule 2: a block whose first line is `# name.py` (or .ini, .toml) is a file in that folder instead.
Rule 3: where such files are tests, pytest runs in the folder at the end, and must pass.
Rule 4: blocks in other languages are text.
"""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

AFRESH = "<!-- afresh -->"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# ([\w/.-]+\.(?:py|ini|toml))\n")


@dataclass(frozen=True)
class Block:
    """One fenced block: where it begins, and what it says."""

    language: str
    line: int
    text: str

    @property
    def file(self) -> str | None:
        """The name of the file that it is."""
        found = FILE.match(self.text)
        return found[1] if found else None


@dataclass(frozen=True)
class Story:
    """The blocks of a page that belong together."""

    page: Path
    blocks: tuple[Block, ...]

    def __str__(self) -> str:
        return f"{self.page.name}:{self.blocks[0].line}"

    def run(self, folder: Path) -> None:
        """Run everything; the working directory must be `folder`."""
        names: dict[str, object] = {"__name__": "snippet"}
        for block in self.blocks:
            if block.file is not None:
                (folder / block.file).parent.mkdir(parents=True, exist_ok=True)
                (folder / block.file).write_text(block.text)
            elif block.language == "python":
                padded = "\n" * (block.line - 1) + block.text  # a traceback names the page's line
                exec(compile(padded, str(self.page), "exec", dont_inherit=True), names)
        if any(folder.rglob("test_*.py")):
            _run_pytest(folder)


def stories(page: Path) -> list[Story]:
    """Cut a page into its stories."""
    text = page.read_text(encoding="utf-8")
    begins = [found.start() for found in re.finditer(re.escape(AFRESH), text)]
    parts: dict[int, list[Block]] = {begin: [] for begin in [0, *begins]}
    for found in FENCE.finditer(text):
        begin = max(begin for begin in parts if begin <= found.start())
        line = text.count("\n", 0, found.start(2)) + 1
        parts[begin].append(Block(found[1], line, found[2]))
    runnable = (tuple(blocks) for blocks in parts.values() if any(map(_is_run, blocks)))
    return [Story(page, blocks) for blocks in runnable]


def _is_run(block: Block) -> bool:
    return block.language == "python"


def _run_pytest(folder: Path) -> None:
    options = ["-q", "-W", "error", "-o", "asyncio_default_fixture_loop_scope=function"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
