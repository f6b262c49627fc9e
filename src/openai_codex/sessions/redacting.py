"""Taking secrets out of a stored conversation, line by line. Pure.

Texts are changed and nothing else: ids, types and times are what the runtime finds its way by.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .errors import SessionError

__all__ = ["Redact", "redacted_line"]

Redact = Callable[[str], str]

_HIDDEN = "[redacted]"
_KEPT = frozenset({"type", "timestamp", "encrypted_content", "role", "status"})


def redacted_line(line: bytes, redact: Redact) -> bytes:
    """Return a line of JSON with its secrets masked; raises SessionError for what is no JSON."""
    if not line.strip():
        return line
    try:
        record = json.loads(line)
    except ValueError as error:
        raise SessionError("a line of the stored conversation is no JSON") from error
    shown = _masked(record, redact)
    if shown == record:
        return line
    text = json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass") + b"\n"


def _masked(value: Any, redact: Redact, key: str = "") -> Any:
    if isinstance(value, str):
        return value if key in _KEPT or key.endswith(("id", "ids")) else _text(value, redact, key)
    if isinstance(value, list):
        return [_masked(item, redact, key) for item in value]
    if isinstance(value, dict):
        return {name: _masked(item, redact, name) for name, item in value.items()}
    return value


def _text(value: str, redact: Redact, key: str) -> str:
    """Mask a text; the name that it stands under may be what tells that it is a secret."""
    shown = redact(value)
    if shown == value and _HIDDEN in redact(f'"{key}": {json.dumps(value)}'):
        return _HIDDEN
    return shown
