"""Schema keywords as words for a description, for readers that ignore the keyword itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["WORDS", "describe", "words_for"]

WORDS: Mapping[str, str] = {
    "minLength": "minimum length: {}",
    "maxLength": "maximum length: {}",
    "pattern": "must match the pattern: {}",
    "format": "format: {}",
    "contentEncoding": "encoding: {}",
    "contentMediaType": "content type: {}",
    "minimum": "minimum: {}",
    "maximum": "maximum: {}",
    "exclusiveMinimum": "greater than: {}",
    "exclusiveMaximum": "less than: {}",
    "multipleOf": "a multiple of: {}",
    "minItems": "minimum number of items: {}",
    "maxItems": "maximum number of items: {}",
    "uniqueItems": "all items different: {}",
    "minProperties": "minimum number of fields: {}",
    "maxProperties": "maximum number of fields: {}",
    "examples": "for example: {}",
    "default": "default: {}",
}


def words_for(node: Mapping[str, Any], *, keep: Iterable[str] = ()) -> list[str]:
    """Return one phrase for each keyword of `node` that is in `WORDS` and not in `keep`."""
    kept = set(keep)
    return [
        phrase.format(_plain(node[keyword]))
        for keyword, phrase in WORDS.items()
        if node.get(keyword) is not None and keyword not in kept
    ]


def describe(description: str | None, words: Iterable[str]) -> str:
    """Return the description with the phrases after it in brackets."""
    note = "; ".join(words)
    return " ".join(part for part in (description, f"({note})" if note else "") if part)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
