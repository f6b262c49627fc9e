"""What a store of sessions is: somewhere that keeps bundles under keys."""

from __future__ import annotations

import re
from typing import BinaryIO, Protocol, runtime_checkable

__all__ = ["SessionStore", "check_key", "copied"]

_CHUNK = 1 << 20


@runtime_checkable
class SessionStore(Protocol):
    """Keeps bundles under keys: `thread_export` and `thread_import` use the thread's id.

    A key is 1 to 80 letters, digits and hyphens; others are refused with ValueError. The methods
    block; the clients call them on a thread of their own, from any thread, several at once.
    """

    def save(self, key: str, bundle: BinaryIO) -> None:
        """Keep what can be read from `bundle`, whole or not at all, in place of an older one."""
        ...

    def load(self, key: str, into: BinaryIO) -> None:
        """Write the bundle into `into`; raises SessionNotFoundError."""
        ...

    def keys(self) -> list[str]:
        """Return all keys, sorted."""
        ...

    def delete(self, key: str) -> None:
        """Forget a bundle; of no effect when there is none."""
        ...


def check_key(key: object) -> str:
    """Return a key that may be the name of a file or of an object; raises ValueError."""
    if not isinstance(key, str) or not re.fullmatch(r"[0-9A-Za-z-]{1,80}", key):
        raise ValueError(f"a key is 1 to 80 letters, digits and hyphens, not {key!r}")
    return key


def copied(source: BinaryIO, target: BinaryIO) -> None:
    """Copy all that is left."""
    while chunk := source.read(_CHUNK):
        target.write(chunk)
