"""Descriptions of the schema as docstrings. Pure text."""

from __future__ import annotations

import textwrap

WIDTH = 100


def docstring(text: str, indent: int = 4) -> list[str]:
    """The lines of a docstring, wrapped and indented; none for an empty text."""
    paragraphs = _paragraphs(text, WIDTH - indent - 6)
    if not paragraphs:
        return []
    prefix = "r" if "\\" in text else ""
    body = "\n".join(paragraphs).replace('"""', "'''")
    if body.endswith('"'):
        body += " "
    closing = '"""' if len(paragraphs) == 1 else '\n"""'
    return textwrap.indent(f'{prefix}"""{body}{closing}', " " * indent).splitlines()


def _paragraphs(text: str, width: int) -> list[str]:
    lines: list[str] = []
    for line in text.strip().splitlines():
        lines += textwrap.wrap(
            line.strip(), width, break_long_words=False, break_on_hyphens=False
        ) or [""]
    return lines
