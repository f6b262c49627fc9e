"""Values to JSON text, strictly: what the runtime would silently drop is refused before sending.

The runtime answers nothing at all to a request it cannot parse, so a lone surrogate or a NaN that
got out would be a call that never returns.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

from ..errors import UnsendableError

__all__ = ["to_json"]


def to_json(value: object) -> bytes:
    """Return `value` as one line of UTF-8 JSON; raises UnsendableError that says what and where."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise UnsendableError(f"not JSON, and nothing was sent: {_blame(value)}") from error


def _blame(value: object) -> str:
    try:
        return next(_faults(value, ""), "the value has no place in JSON")
    except RecursionError:
        return "the value is nested too deeply or contains itself"


def _faults(value: object, path: str) -> Iterator[str]:
    where = path.lstrip(".") or "the value itself"
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _key_faults(key, where)
            yield from _faults(inner, f"{path}.{key}")
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from _faults(inner, f"{path}[{index}]")
    else:
        yield from _leaf_faults(value, where)


def _key_faults(key: object, where: str) -> Iterator[str]:
    if not isinstance(key, (str, int, float, type(None))):
        yield f"{where} has a key of type {type(key).__name__}"


def _leaf_faults(value: object, where: str) -> Iterator[str]:
    if isinstance(value, str):
        if any("\ud800" <= char <= "\udfff" for char in value):
            yield f"{where} holds a lone surrogate, which is not valid Unicode text"
    elif isinstance(value, float):
        if not math.isfinite(value):
            yield f"{where} is {value!r}, which JSON cannot express"
    elif not isinstance(value, (int, type(None))):
        yield f"{where} is of type {type(value).__name__}"
