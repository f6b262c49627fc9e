"""The code blocks of a Markdown page, each with what the comment above it says. Pure.

A comment right above a Python block tells its test something; readers do not see it:

    <!-- scripted: run_command("ls"), say("Done") -->   what the model answers to the next turn;
                                                       one comment for each turn
    <!-- reviewed: say("Fine") -->                     what it answers to the next review

A `text` block after `<!-- prints -->` is what the Python block before it prints; `...` stands for
anything. `<!-- shape -->` marks text that no program prints, such as a tree of folders.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Block", "blocks_of"]

BLOCK = re.compile(
    r"(?P<above>(?:^[ ]*<!--[^\n]*-->\n)*)"
    r"^(?P<indent>[ ]*)```(?P<language>\w*)(?P<options>[^\n]*)\n(?P<code>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
NOTE = re.compile(r"<!-- (\w+)(?:: (.*?))? -->")


@dataclass(frozen=True)
class Block:
    """Hold one block: its language, its code, its first line's number and the notes above it."""

    language: str
    code: str
    line: int
    notes: tuple[tuple[str, str], ...]

    def noted(self, name: str) -> list[str]:
        """Return what the notes of this name say."""
        return [text for note, text in self.notes if note == name]


def blocks_of(page: Path) -> list[Block]:
    """Return the page's blocks in order."""
    text = page.read_text(encoding="utf-8")
    return [_block(found, text) for found in BLOCK.finditer(text)]


def _block(found: re.Match[str], text: str) -> Block:
    indent = found["indent"]
    lines = [line.removeprefix(indent) for line in found["code"].splitlines()]
    return Block(
        language=found["language"],
        code="\n".join(lines) + "\n",
        line=text.count("\n", 0, found.start("code")) + 1,
        notes=tuple((note[1], note[2] or "") for note in NOTE.finditer(found["above"])),
    )
