"""What a docstring says of a function and its parameters: Google, NumPy and reST styles.

A text that follows none of them is all description. Never fails: a docstring is prose.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection
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
_NAME = r"[*`]*\w+[*`]*(?:\s*\([^()]*(?:\([^()]*\)[^()]*)*\))?"
# `city: text`, `- city (str): text`, `lat, lon: text`, `path - text`
_GOOGLE_ENTRY = re.compile(
    rf"(?:[-*+•]\s+)?({_NAME}(?:\s*,\s*{_NAME})*)\s*(?::|\s(?:-|--|\u2013|\u2014)\s)\s*(.*)"
)
_TYPE = re.compile(r"\([^()]*(?:\([^()]*\)[^()]*)*\)")
_NUMPY_ENTRY = re.compile(r"([*\w, ]+?)\s*(?::.*)?")
_BLANKS = re.compile(r"\n{3,}")
_FIELD_NAMES = {"arg", "argument", "key", "keyword", "param", "parameter"}


@dataclass(frozen=True, slots=True)
class Docstring:
    """The description of a function and those of its parameters by name."""

    description: str
    parameters: dict[str, str]


def parse_docstring(text: str | None, *, known: Collection[str] | None = None) -> Docstring:
    """Split a docstring into the description and the parameters' descriptions.

    `known` are the names of the parameters. What describes none of them, or is not understood,
    stays in the description.
    """
    lines = _lines(text or "")
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
        found, rest = _entries(lines[index:end], title, body - index)
        for name, words in found.items():
            if known is None or name in known:
                parameters[name] = words
            else:
                rest.append(f"    {name}: {words}")
        if rest:
            prose += [*(lines[index:body] if title != "field" else []), *rest, ""]
        index = end
    return Docstring(_BLANKS.sub("\n\n", "\n".join(prose)).strip(), parameters)


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
    # With nothing before it, a section has lost its indentation to `inspect.getdoc`.
    if header and index == 0 and _is_parameters(line) and _is_entry(following):
        return "flat", index + 1
    return None, index


def _is_entry(line: str) -> bool:
    return _GOOGLE_ENTRY.fullmatch(line) is not None


def _is_parameters(header: str) -> bool:
    return header.rstrip(" :").strip().lower() in _PARAMETERS


def _known(title: str) -> bool:
    return title.strip().lower() in _PARAMETERS | _DROPPED


def _end(lines: list[str], body: int, title: str) -> int:
    """Return the line after the section: an unindented one, in NumPy style the next header."""
    for index in range(body, len(lines)):
        line = lines[index]
        if title == "numpy":
            if index + 1 < len(lines) and _UNDERLINE.fullmatch(lines[index + 1]):
                return index
        elif line and not line.startswith(" ") and not (title == "flat" and _is_entry(line)):
            return index
    return len(lines)


def _entries(lines: list[str], title: str, body: int) -> tuple[dict[str, str], list[str]]:
    """Return the parameters that one section describes, and the lines that describe none."""
    if title == "field":
        return _field_entry(lines), []
    if not _is_parameters(lines[0]):
        return {}, []
    numpy = title == "numpy"
    read, margin = (_numpy_line, "") if numpy else (_google_line, "    ")
    found, rest = _indented_entries(_lines("\n".join(["", *lines[body:]])), read)
    return found, [margin + line for line in rest]


def _field_entry(lines: list[str]) -> dict[str, str]:
    match = _FIELD.fullmatch(lines[0])
    words = (match[2] or "").split() if match else []
    if match is None or match[1] not in _FIELD_NAMES or not words:
        return {}
    return {words[-1].lstrip("*"): _joined([match[3], *lines[1:]])}


def _google_line(line: str) -> tuple[list[str], str]:
    match = _GOOGLE_ENTRY.fullmatch(line)
    if match is None:
        return [], ""
    return [name.strip(" *`") for name in _TYPE.sub("", match[1]).split(",")], match[2]


def _numpy_line(line: str) -> tuple[list[str], str]:
    match = _NUMPY_ENTRY.fullmatch(line)
    return ([name.strip(" *") for name in match[1].split(",")], "") if match else ([], "")


def _indented_entries(
    lines: list[str], read: Callable[[str], tuple[list[str], str]]
) -> tuple[dict[str, str], list[str]]:
    """Read entries that start at the margin and go on indented; return what is none as well."""
    entries: dict[str, list[str]] = {}
    rest: list[str] = []
    names: list[str] = []
    for line in lines:
        if line and not line.startswith(" "):
            names, first = read(line)
            entries.update((name, [first]) for name in names)
        for name in names:
            if line.startswith(" ") or not line:
                entries[name].append(line)
        if line and not names:
            rest.append(line)
    return {name: _joined(text) for name, text in entries.items() if _joined(text)}, rest


def _joined(lines: list[str]) -> str:
    return " ".join(line.strip() for line in lines if line.strip())


def _lines(text: str) -> list[str]:
    """Return the lines of a docstring; a line ends at a newline and nowhere else."""
    clean = inspect.cleandoc(text)
    return clean.split("\n") if clean else []
