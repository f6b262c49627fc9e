"""What counts as a message: as strict as the runtime, which drops the rest without a reply."""

from __future__ import annotations

import json
from typing import Any


def parse(line: bytes) -> dict[str, Any] | None:
    """Return the message in a line, or None for what the runtime does not understand."""
    try:
        message = json.loads(line.decode(), parse_constant=_refuse)
        if b"\\u" in line:
            json.dumps(message, ensure_ascii=False).encode()  # lone surrogates end here
    except ValueError:
        return None
    return message if isinstance(message, dict) and _is_complete(message) else None


def _is_complete(message: dict[str, Any]) -> bool:
    if "id" in message and type(message["id"]) not in (int, str):  # a bool is not an id
        return False
    return isinstance(message.get("method"), str) or ("id" in message and len(message) > 1)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
