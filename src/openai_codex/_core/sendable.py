"""Values to JSON text, strictly: what the runtime would silently drop is refused before sending.

The runtime answers nothing at all to a request it cannot parse, so a lone surrogate, a NaN or a
value nested too deeply that got out would be a call that never returns.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

from ..errors import UnsendableError

__all__ = ["MAX_DEPTH", "to_json"]

MAX_DEPTH = 127
"""How many lists and objects may be inside one another, the message itself counted."""


def _strict_encoder() -> Callable[[object, int], Iterable[str]]:
    # UTF-8 as it is: escapes make text of other languages up to three times as long.
    strict = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    make: Callable[..., Any] | None = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return lambda value, _: strict.iterencode(value)
    # `encode` makes one for every value, which takes longer than to use it.
    escape = json.encoder.encode_basestring
    encoder = make(None, strict.default, escape, None, ":", ",", False, False, False)
    return cast("Callable[[object, int], Iterable[str]]", encoder)


_chunks = _strict_encoder()


def to_json(value: object) -> bytes:
    """Return `value` as one line of UTF-8 JSON; raises UnsendableError that says what and where."""
    try:
        text = "".join(_chunks(value, 0))
        # Here a lone surrogate is found: the encoder lets it pass, and UTF-8 has no form for it.
        line = text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise UnsendableError(f"not JSON, and nothing was sent: {_blame(value)}") from error
    # To count is quick and nearly always enough; only what has that many brackets is looked into.
    if text.count("[") + text.count("{") > MAX_DEPTH and _is_too_deep(value):
        raise UnsendableError(
            f"nothing was sent: the value is nested more than {MAX_DEPTH} deep, "
            "which the runtime cannot read"
        )
    return line


def _is_too_deep(value: object) -> bool:
    # Level by level and not by recursion: how deep the caller's own stack is must not matter.
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _containers_in(outer)]
    return bool(level)


def _containers_in(value: object) -> list[object]:
    inside = value.values() if isinstance(value, dict) else cast("Iterable[object]", value)
    return [inner for inner in inside if isinstance(inner, (dict, list, tuple))]


def _blame(value: object) -> str:
    try:
        return next(_faults(value, ""), "the value has no place in JSON")
    except RecursionError:
        return "the value is nested too deeply or contains itself"


def _faults(value: object, path: str) -> Iterator[str]:
    where = path.lstrip(".") or "the value itself"
    if isinstance(value, dict):
        for key, inner in value.items():
            # The first fault is enough, and a generator looks no further than that.
            yield from _key_faults(key, where)
            yield from _faults(inner, f"{path}.{key}")
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from _faults(inner, f"{path}[{index}]")
    else:
        yield from _leaf_faults(value, where)


def _key_faults(key: object, where: str) -> Iterator[str]:
    # The encoder makes text of these keys; others it refuses, without saying where.
    if isinstance(key, (str, int, float, type(None))):
        yield from _leaf_faults(key, f"a key of {where}")
    else:
        yield f"{where} has a key of type {type(key).__name__}"


def _leaf_faults(value: object, where: str) -> Iterator[str]:
    if isinstance(value, str):
        if any("\ud800" <= char < "\ue000" for char in value):
            yield f"{where} holds a lone surrogate, which is not valid Unicode text"
    elif isinstance(value, float):
        if not math.isfinite(value):
            yield f"{where} is {value!r}, which JSON cannot express"
    elif not isinstance(value, (int, type(None))):
        yield f"{where} is of type {type(value).__name__}"
