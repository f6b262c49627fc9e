"""What a docstring says of a function and its parameters: Google, NumPy and reST styles.

A text that follows none of them is all description. Never fails: a docstring is prose.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Docstring", "parse_docstring"]

_PARAMETERS = {
    "args",
    "arguments",
    "keyword args",
    "keyword arguments",
    "other parameters",
    "parameters",
    "params",
}
# Sections that tell a caller in Python something, but not a model.
_DROPPED = {
    "attributes",
    "raises",
    "references",
    "return",
    "returns",
    "see also",
    "yield",
    "yields",
}

_HEADER = re.compile(r"([A-Za-z][A-Za-z ]*):\s*")
_UNDERLINE = re.compile(r"-{3,}\s*")
_FIELD = re.compile(
    r"[:@](param|parameter|arg|argument|key|keyword|type|returns?|rtype|raises?|except|yields?)"
    r"(?:\s+([^:]*?))?:\s*(.*)"
)
_GOOGLE_ENTRY = re.compile(r"\*{0,2}(\w+)\s*(?:\(.*?\))?\s*:\s*(.*)")
_NUMPY_ENTRY = re.compile(r"([*\w, ]+?)\s*(?::.*)?")
_FIELD_NAMES = {"arg", "argument", "key", "keyword", "param", "parameter"}


@dataclass(frozen=True, slots=True)
class Docstring:
    """Hold the description of a function and those of its parameters by name."""

    description: str
    parameters: dict[str, str]


def parse_docstring(text: str | None) -> Docstring:
    """Split a docstring into the description and the parameters' descriptions."""
    lines = inspect.cleandoc(text or "").splitlines()
    prose: list[str] = []
    parameters: dict[str, str] = {}
    index = 0
    while index < len(lines):
        title, body = _section(lines, index)
        if title is None:
            prose.append(lines[index])
            index += 1
            continue
        end = _end(lines, body, title)
        parameters.update(_entries(lines[index:end], title, body - index))
        index = end
    return Docstring("\n".join(prose).strip(), parameters)


def _section(lines: list[str], index: int) -> tuple[str | None, int]:
    """Return the known section that starts at this line and where its body starts."""
    line = lines[index]
    following = lines[index + 1] if index + 1 < len(lines) else ""
    if _FIELD.fullmatch(line):
        return "field", index + 1
    if _UNDERLINE.fullmatch(following) and _known(line):
        return "numpy", index + 2
    header = _HEADER.fullmatch(line)
    if header and _known(header[1]) and (following.startswith(" ") or not following):
        return "google", index + 1
    return None, index


def _known(title: str) -> bool:
    return title.strip().lower() in _PARAMETERS | _DROPPED


def _end(lines: list[str], body: int, title: str) -> int:
    """Return the line after the section: an unindented one, in NumPy style the next header."""
    for index in range(body, len(lines)):
        line = lines[index]
        if title == "numpy":
            if index + 1 < len(lines) and _UNDERLINE.fullmatch(lines[index + 1]):
                return index
        elif line and not line.startswith(" "):
            return index
    return len(lines)


def _entries(lines: list[str], title: str, body: int) -> dict[str, str]:
    """Return the parameters that one section describes."""
    if title == "field":
        return _field_entry(lines)
    if lines[0].rstrip(" :").strip().lower() not in _PARAMETERS:
        return {}
    read = _google_line if title == "google" else _numpy_line
    return _indented_entries(inspect.cleandoc("\n".join(["", *lines[body:]])).splitlines(), read)


def _field_entry(lines: list[str]) -> dict[str, str]:
    match = _FIELD.fullmatch(lines[0])
    words = (match[2] or "").split() if match else []
    if match is None or match[1] not in _FIELD_NAMES or not words:
        return {}
    return {words[-1].lstrip("*"): _joined([match[3], *lines[1:]])}


def _google_line(line: str) -> tuple[list[str], str]:
    match = _GOOGLE_ENTRY.fullmatch(line)
    return ([match[1]], match[2]) if match else ([], "")


def _numpy_line(line: str) -> tuple[list[str], str]:
    match = _NUMPY_ENTRY.fullmatch(line)
    return ([name.strip(" *") for name in match[1].split(",")], "") if match else ([], "")


def _indented_entries(
    lines: list[str], read: Callable[[str], tuple[list[str], str]]
) -> dict[str, str]:
    """Read entries that start at the margin and go on indented."""
    entries: dict[str, list[str]] = {}
    names: list[str] = []
    for line in lines:
        if line and not line.startswith(" "):
            names, first = read(line)
            entries.update((name, [first]) for name in names)
        else:
            for name in names:
                entries[name].append(line)
    return {name: _joined(text) for name, text in entries.items() if _joined(text)}


def _joined(lines: list[str]) -> str:
    return " ".join(line.strip() for line in lines if line.strip())
