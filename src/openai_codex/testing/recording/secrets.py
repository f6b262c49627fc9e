"""Take secrets out of a message: by the name of a member, by known values, by how text looks.

Pure. What is hidden matches anything when the recording is replayed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..._redaction import HIDDEN, redact

SHORTEST_SECRET = 8  # a shorter value of a variable is too likely to be part of other words

_SECRET = re.compile(
    r"(?i)(api[_-]?key|token|secret|password|passwd|authorization|credentials?|cookie"
    r"|usercode|email|accountid|account_id)$"
)
_SECRET_TABLES = frozenset({"env", "headers", "httpHeaders", "http_headers"})
_LINKS = frozenset({"authUrl", "verificationUrl", "verificationUriComplete"})


def secret_values(*environments: Mapping[str, str]) -> list[str]:
    """Return the values of all variables whose name announces a secret, longest first."""
    found = {
        value
        for environment in environments
        for name, value in environment.items()
        if _SECRET.search(name) and len(value) >= SHORTEST_SECRET
    }
    return sorted(found, key=len, reverse=True)


def hide(value: Any, known: Iterable[str] = (), *, name: str = "") -> Any:
    """Return the value of the member `name` with every secret replaced by `[redacted]`."""
    if isinstance(value, dict):
        inner = {key: hide(value[key], known, name=key) for key in value}
        return _blank(inner) if name in _SECRET_TABLES else inner
    if isinstance(value, list):
        return [hide(item, known, name=name) for item in value]
    return _hide_text(value, known, name) if isinstance(value, str) else value


def _hide_text(text: str, known: Iterable[str], name: str) -> str:
    if _SECRET.search(name):
        return HIDDEN
    if name in _LINKS:
        page, mark, _ = text.partition("?")
        return f"{page}?{HIDDEN}" if mark else text
    for secret in known:
        text = text.replace(secret, HIDDEN)
    return redact(text)


def _blank(table: dict[str, Any]) -> dict[str, Any]:
    return {key: HIDDEN if isinstance(table[key], str) else table[key] for key in table}
