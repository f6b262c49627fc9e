"""One order for the beginning of a session, where chance decides what is written first. Pure.

The runtime greets a new client with a few notifications, at about the time when the client sends
its first request. Nothing depends on which comes first, so the file has: handshake, greetings, rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from .tape import CLIENT, SERVER, Entry

FIRST = 2  # the line after the head

_BEGIN = (
    (CLIENT, "initialize"),
    (SERVER, None),  # its reply
    (CLIENT, "initialized"),
    (SERVER, "configWarning"),
    (SERVER, "remoteControl/status/changed"),
)


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries with the beginning in its one order, and numbered anew."""
    rest = list(entries)
    begin: list[Entry] = []
    for sender, method in _BEGIN:
        found = next((e for e in rest if (e.sender, e.method) == (sender, method)), None)
        if found is not None and (begin or method == "initialize"):
            rest.remove(found)
            begin.append(found)
    return [replace(entry, line=line) for line, entry in enumerate([*begin, *rest], FIRST)]
