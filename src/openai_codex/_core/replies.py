"""What we need of a reply before it is typed: ids and addresses. Pure."""

from __future__ import annotations

from typing import Any

from ..errors import InvalidReplyError

__all__ = ["object_in", "text_in"]


def text_in(reply: Any, *path: str, method: str) -> str:
    """Return the text at `path` of the reply to `method`; raises InvalidReplyError without one."""
    found = reply
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    if isinstance(found, str):
        return found
    raise InvalidReplyError(method=method, problems=f"has no {'.'.join(path)} but {_held(reply)}")


def object_in(reply: Any, *, method: str) -> dict[str, Any]:
    """Return the reply to `method`; raises InvalidReplyError for what is no object."""
    if isinstance(reply, dict):
        return reply
    raise InvalidReplyError(method=method, problems=f"is no object but {_held(reply)}")


def _held(reply: Any) -> str:
    # Its names only: a reply to a login holds what must not be shown.
    held = ", ".join(map(str, reply)) if isinstance(reply, dict) else type(reply).__name__
    return held or "nothing"
