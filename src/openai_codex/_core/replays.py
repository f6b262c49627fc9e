"""Which items of running turns were reported as completed: after a gap, only others are replayed.

Deltas that came in the gap are lost, items never: the runtime stores them with the turn.
"""

from __future__ import annotations

from typing import Any

from .messages import Params

__all__ = ["RECONNECTED", "Replays"]

RECONNECTED = "connection/reconnected"
"""The event that a stream gets, once, when its connection is back."""


class Replays:
    """The completed items of each running turn, and those of them that were replayed."""

    def __init__(self) -> None:
        self._seen: dict[str, set[str]] = {}
        self._replayed: set[tuple[str, str]] = set()

    def is_new(self, params: Params) -> bool:
        """Note an `item/completed`; False for one that was replayed, and so is known already."""
        turn_id, item_id = str(params.get("turnId")), _item_id(params.get("item"))
        if (turn_id, item_id) in self._replayed:
            self._replayed.discard((turn_id, item_id))
            return False
        self._seen.setdefault(turn_id, set()).add(item_id)
        return True

    def forget(self, turn_id: str) -> None:
        """Let go of a turn that is over."""
        self._seen.pop(turn_id, None)
        self._replayed = {key for key in self._replayed if key[0] != turn_id}

    def missing(self, turn_id: str, turn: Params) -> list[Params]:
        """Return the completed items of a stored turn that nobody has seen, and note them."""
        found: list[Params] = []
        items = turn.get("items")
        for item in items if type(items) is list else ():
            item_id = _item_id(item)
            seen = self._seen.setdefault(turn_id, set())
            if type(item) is dict and item.get("status") != "inProgress" and item_id not in seen:
                seen.add(item_id)
                self._replayed.add((turn_id, item_id))
                found.append(item)
        return found


def _item_id(item: Any) -> str:
    return f"{item.get('type')} {item.get('id')}" if type(item) is dict else ""
