"""One event of the runtime: its method, and its payload typed when somebody looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._wire.base import WireModel

__all__ = ["Notification"]

_UNREAD: Any = object()
_new = object.__new__


def _decode_first(method: str, params: dict[str, Any]) -> Any:
    """Load the decoder, which takes this function's place, and decode."""
    global _decode, _validators
    from ._wire.decoding import decode_notification, validators

    _decode, _validators = decode_notification, validators
    return decode_notification(method, params)


_decode = _decode_first
_validators: dict[str, Callable[[Any], Any]] = {}


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
    def payload(self) -> WireModel:
        """Return the typed params."""
        payload = self._payload
        if payload is _UNREAD:
            try:
                payload = _validators[self.method](self.params)
            except (KeyError, ValueError):  # the first of its kind, of no known kind, or ill-formed
                payload = _decode(self.method, self.params)
            self._payload = payload
        return payload  # type: ignore[no-any-return]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Notification):
            return NotImplemented
        return (self.method, self.payload) == (other.method, other.payload)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Notification(method={self.method!r}, payload={self.payload!r})"
