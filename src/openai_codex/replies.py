"""What we need of a reply before it is typed: ids and addresses. Pure."""

from __future__ import annotations

from typing import Any

from .errors import CodexError

__all__ = ["text_in"]


def text_in(reply: Any, *path: str, method: str) -> str:
    """Return the text at `path` of the reply to `method`; raises CodexError when there is none."""
    found = reply
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    if isinstance(found, str):
        return found
    # Its names only: a reply to a login holds what must not be shown.
    held = ", ".join(map(str, reply)) if isinstance(reply, dict) else type(reply).__name__
    raise CodexError(
        f"the runtime's reply to {method} has no {'.'.join(path)} but {held or 'nothing'}; "
        "use the runtime that belongs to this package"
    )
