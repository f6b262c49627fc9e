"""Docstrings as Markdown: paragraphs as they are, indented parts as text blocks, names as links."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import Any

__all__ = ["as_markdown", "doc_of"]

WORD = re.compile(r"(?<![\w`.])`?([A-Z]\w+(?:\.\w+)?)`?(?![\w`])")


def doc_of(thing: Any) -> str:
    """Return the docstring of a thing itself; nothing when it only inherits one."""
    own = thing.__dict__.get("__doc__") if isinstance(thing, type) else thing.__doc__
    if not own or own.startswith((f"{getattr(thing, '__name__', '')}(", "Initialize self")):
        return ""
    return inspect.cleandoc(own)


def as_markdown(text: str, links: Mapping[str, str], *, own: str = "") -> str:
    """Return the docstring as Markdown; a name in `links` becomes a link, but for `own`."""
    parts = [_part(part, links, own) for part in re.split(r"\n\s*\n", text)]
    return "\n\n".join(part for part in parts if part)


def _part(part: str, links: Mapping[str, str], own: str) -> str:
    lines = part.splitlines()
    if lines[0].startswith(">>> "):
        return _fence("pycon", part)
    for start, line in enumerate(lines):
        if line.startswith("  "):
            head = _linked("\n".join(lines[:start]), links, own)
            return "\n\n".join(filter(None, [head, _block(lines[start:])]))
    if re.match(r"\w+ {2,}\S", lines[-1]):  # a list of words with what they mean
        return _block(lines)
    return _linked(part, links, own)


def _block(lines: list[str]) -> str:
    body = inspect.cleandoc("\n".join(["", *lines]))
    return _fence("py" if re.match(r"(from|with|import) ", body) else "text", body)


def _fence(language: str, body: str) -> str:
    return f"```{language}\n{body}\n```"


def _linked(text: str, links: Mapping[str, str], own: str) -> str:
    def link(found: re.Match[str]) -> str:
        name = found[1]
        target = links.get(name) or links.get(name.partition(".")[0])
        if target is None or name == own:
            return found[0]
        return f"[`{name}`]({target})"

    return WORD.sub(link, text)
