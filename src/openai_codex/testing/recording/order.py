"""One order for what chance orders when it is recorded. Pure.

The runtime greets a new client, and announces a new thread, at about the time when the client sends
its next request. Nothing depends on which comes first. So the file begins with the handshake and
the greetings, and `thread/started` follows the reply that made the thread.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

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
    """Return the entries in their one order, and numbered again."""
    entries = _with_threads_announced(_with_begin(list(entries)))
    return [replace(entry, line=line) for line, entry in enumerate(entries, FIRST)]


def _with_begin(rest: list[Entry]) -> list[Entry]:
    begin: list[Entry] = []
    for sender, method in _BEGIN:
        found = next((e for e in rest if (e.sender, e.method) == (sender, method)), None)
        if found is not None and (begin or method == "initialize"):
            rest.remove(found)
            begin.append(found)
    return begin + rest


def _with_threads_announced(entries: list[Entry]) -> list[Entry]:
    made = {_thread(entry, "result") for entry in entries} - {None}
    announced = {
        _thread(entry, "params"): entry for entry in entries if entry.method == "thread/started"
    }
    moved = [announced[thread] for thread in made & announced.keys()]
    ordered: list[Entry] = []
    for entry in entries:
        if not any(entry is other for other in moved):
            ordered.append(entry)
        thread = _thread(entry, "result")
        if thread is not None and thread in announced:
            ordered.append(announced.pop(thread))
    return ordered


def _thread(entry: Entry, member: str) -> Any:
    inner = entry.message.get(member) if isinstance(entry.message, dict) else None
    thread = inner.get("thread") if isinstance(inner, dict) else None
    return thread.get("id") if isinstance(thread, dict) else None
