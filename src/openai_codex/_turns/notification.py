"""One event of the runtime: its method, and its payload typed when somebody looks."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .._wire.base import WireModel
    from .._wire.decoding import UnknownNotification

__all__ = ["Notification"]

_UNREAD: Any = object()
_new = object.__new__


def _decode_first(method: str, params: dict[str, Any]) -> Any:
    """Load the decoder, which takes this function's place, and decode."""
    global _decode, _validators
    from .._wire.decoding import decode_notification, validators

    _decode, _validators = decode_notification, validators
    return decode_notification(method, params)


_decode = _decode_first
_validators: dict[str, Callable[[Any], Any]] = {}


class Notification:
    """One event: `method`, and `payload`, its typed params.

    The payload is decoded on first access: an event that nobody looks into costs nothing. An event
    that this version does not know has an `UnknownNotification` as payload. `params` is the raw
    dict as it came.
    """

    __slots__ = ("_payload", "method", "params", "size")
    __match_args__ = ("method", "payload")

    method: str
    params: dict[str, Any]

    def __init__(self, method: str, payload: Any = _UNREAD) -> None:
        self.method = method
        self.params = {}
        self.size = 0
        self._payload = payload

    @staticmethod
    def from_wire(method: str, params: dict[str, Any], size: int) -> Notification:
        """Return the event that a line of `size` bytes carried."""
        note = _new(Notification)  # a tenth of all that an event costs would be `__init__`
        note.method = method
        note.params = params
        note.size = size
        note._payload = _UNREAD
        return note

    @property
    def payload(self) -> WireModel | UnknownNotification:
        """Return the typed params."""
        payload = self._payload
        if payload is _UNREAD:
            try:
                payload = _validators[self.method](self.params)
            except (KeyError, ValueError):  # the first of its kind, of no known kind, or ill-formed
                payload = _decode(self.method, self.params)
            self._payload = payload
        return payload  # type: ignore[no-any-return]

    def to_dict(self) -> dict[str, Any]:
        """Return `{"method": ..., "payload": ...}` as plain values that `json.dumps` takes.

        The fields of the payload are named as its attributes are; `params` has their names on the
        wire.
        """
        return {"method": self.method, "payload": self.payload.to_dict()}

    def to_json(self, *, indent: int | None = None) -> str:
        """Return `to_dict()` as JSON: one line of ASCII, unless `indent` is given."""
        return json.dumps(self.to_dict(), indent=indent)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Notification):
            return NotImplemented
        return (self.method, self.payload) == (other.method, other.payload)

    __hash__ = None  # type: ignore[assignment]

    def __getstate__(self) -> dict[str, Any]:
        # A payload that nobody has read is left out: the mark for it means nothing to a copy.
        # The payload goes along only if it was read: the other side can make it as well.
        read = self._payload is not _UNREAD
        state = {"method": self.method, "params": self.params, "size": self.size}
        return {**state, "_payload": self._payload} if read else state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._payload = _UNREAD
        for name, value in state.items():
            setattr(self, name, value)

    def __repr__(self) -> str:
        from .._safe_text import safe_repr

        return f"Notification(method={safe_repr(self.method)}, payload={safe_repr(self.payload)})"
