"""Events of the wire as the recorder's tests need them."""

from __future__ import annotations

from typing import Any

__all__ = ["asked", "completed", "done", "item", "started", "turn"]

Params = dict[str, Any]


def turn(turn_id: str = "t1", *, thread: str = "th", root: str | None = None) -> Params:
    """Return the params of a turn/started."""
    return {"threadId": thread, "turn": {"id": turn_id, "rootTurnId": root or turn_id}}


def done(
    turn_id: str = "t1", *, thread: str = "th", status: str = "completed", error: Any = None
) -> Params:
    """Return the params of a turn/completed."""
    return {"threadId": thread, "turn": {"id": turn_id, "status": status, "error": error}}


def item(kind: str, ident: str = "c1", /, **more: Any) -> Params:
    """Return an item."""
    return {"type": kind, "id": ident, **more}


def started(what: Params, *, turn_id: str = "t1", thread: str = "th", at: int = 1000) -> Params:
    """Return the params of an item/started."""
    return {"threadId": thread, "turnId": turn_id, "item": what, "startedAtMs": at}


def completed(what: Params, *, turn_id: str = "t1", thread: str = "th", at: int = 2000) -> Params:
    """Return the params of an item/completed."""
    return {"threadId": thread, "turnId": turn_id, "item": what, "completedAtMs": at}


def asked(item_id: str | None = "c1", *, turn_id: str = "t1") -> Params:
    """Return the params of an approval."""
    return {"threadId": "th", "turnId": turn_id, "itemId": item_id}
