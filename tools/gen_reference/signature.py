"""A signature as a person would write it: short names, one parameter a line when it is long."""

from __future__ import annotations

import inspect
import re
from enum import Enum
from typing import Any, ForwardRef

__all__ = ["signature_of"]

WIDTH = 96
STARS = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}
LONGEST_DEFAULT = 60
MODULES = re.compile(r"\b(?:typing|collections\.abc|openai_codex(?:\.\w+)*)\.(?=[A-Z])")


def signature_of(thing: Any, name: str, *, before: str = "", drop_self: bool = False) -> str:
    """Return `before name(parameters) -> result`."""
    signature = inspect.signature(thing)
    given = list(signature.parameters.values())
    given = given[1:] if drop_self else given
    parts = [*_parts(given)]
    result = _text(signature.return_annotation)
    arrow = f" -> {result}" if result and before.endswith("def ") else ""
    line = f"{before}{name}({', '.join(parts)}){arrow}"
    if len(line) <= WIDTH:
        return line
    inner = "".join(f"    {part},\n" for part in parts)
    return f"{before}{name}(\n{inner}){arrow}"


def _parts(parameters: list[inspect.Parameter]) -> list[str]:
    parts = []
    starred = False
    for parameter in parameters:
        kind = parameter.kind
        if kind is inspect.Parameter.KEYWORD_ONLY and not starred:
            parts.append("*")
            starred = True
        starred = starred or kind is inspect.Parameter.VAR_POSITIONAL
        parts.append(_parameter(parameter))
    return parts


def _parameter(parameter: inspect.Parameter) -> str:
    text = STARS.get(parameter.kind.name, "") + parameter.name
    annotation = _text(parameter.annotation)
    text += f": {annotation}" if annotation else ""
    if parameter.default is inspect.Parameter.empty:
        return text
    return f"{text} = {_default(parameter.default)}"


def _text(annotation: Any) -> str:
    if annotation is inspect.Signature.empty:
        return ""
    if isinstance(annotation, ForwardRef):  # of a NamedTuple
        annotation = annotation.__forward_arg__
    text: str = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return MODULES.sub("", text)


def _default(value: Any) -> str:
    if value is ...:
        return "..."
    if isinstance(value, Enum):
        return str(value) if "." in str(value) else f"{type(value).__name__}.{value.name}"
    if isinstance(value, frozenset):
        return f"{{{', '.join(sorted(map(repr, value)))}}}"
    text = repr(value)
    # A sentinel, such as that of a default factory; or what the words have to describe.
    return "..." if text.startswith("<") or len(text) > LONGEST_DEFAULT else text
