"""One event of the runtime: its method, and its payload typed when somebody looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._wire.base import WireModel

__all__ = ["Notification"]

_UNREAD: Any = object()


class Notification:
    """Carry one event: `method`, and `payload`, its typed params.

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

    @classmethod
    def from_wire(cls, method: str, params: dict[str, Any], size: int) -> Notification:
        """Return the event that a line of `size` bytes carried."""
        note = cls(method)
        note.params = params
        note.size = size
        return note

    @property
    def payload(self) -> WireModel:
        """Return the typed params."""
        if self._payload is _UNREAD:
            from ._wire.decoding import decode_notification

            self._payload = decode_notification(self.method, self.params)
        return self._payload  # type: ignore[no-any-return]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Notification):
            return NotImplemented
        return (self.method, self.payload) == (other.method, other.payload)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Notification(method={self.method!r}, payload={self.payload!r})"
