"""Which files were changed by somebody else than a thread's turns. Pure.

Between two neighbouring records of a thread, either one of its turns ran, and what changed is its
doing; or none did, and somebody else changed it: a person, or another thread. What changed during a
turn, or after one whose end nobody saw, counts as the turn's; but what changed while a turn of
another thread ran beside it may be either's, and counts as somebody else's. A turn of another
thread whose end nobody saw runs on, whenever it began: nothing here tells it from a killed one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

from .manifest import Manifest
from .records import Record, Snapshot

__all__ = ["foreign_paths", "live_records", "shared_paths", "undone_stack"]


def foreign_paths(
    records: Sequence[Record],
    now: Record,
    read: Callable[[Snapshot], Manifest],
) -> set[bytes]:
    """Return the paths that others changed from the first of the records up to `now`."""
    foreign: set[bytes] = set()
    last: Record | None = None
    for record in (*records, now):
        there = record.before if record.before is not None else record.snapshot
        if there is None or last is None or last.snapshot is None:
            last = record if record.snapshot is not None else last
            continue
        if _is_place(there, last.snapshot):
            if not _ran_a_turn(last, record) and not there.is_same(last.snapshot):
                foreign |= read(last.snapshot).differing(read(there))
            if record.before is not None and record.snapshot is not None and foreign:
                foreign -= read(record.before).differing(read(record.snapshot))
            last = record
    return foreign


def shared_paths(
    records: Sequence[Record],
    now: Record,
    others: Iterable[Sequence[Record]],
    read: Callable[[Snapshot], Manifest],
) -> set[bytes]:
    """Return the paths that changed while turns of other threads ran beside turns of this one.

    `records` are those of this thread from the mark on. Others count where their folder is this
    one's, inside it or around it.
    """
    here = now.snapshot
    assert here is not None, "the files of now were taken"
    spans = [(a.at, b.at) for a, b in _neighbours([*records, now]) if _ran_a_turn(a, b)]
    shared: set[bytes] = set()
    for theirs in others:
        near = [r for r in theirs if r.snapshot is not None and _both(r.snapshot, here) is not None]
        is_open = bool(near) and near[-1] is theirs[-1] and near[-1].kind == "turn"
        for a, b in _neighbours([*near, now] if is_open else near):
            end = b.before if b.before is not None else b.snapshot
            if a.snapshot is None or end is None or not _ran_a_turn(a, b):
                continue
            if any(a.at < last and b.at > at for at, last in spans):
                shared |= _changed_in_both(a.snapshot, end, read)
    return shared


def _changed_in_both(
    one: Snapshot, other: Snapshot, read: Callable[[Snapshot], Manifest]
) -> set[bytes]:
    scope = _both(one, other)
    if scope is None:
        return set()
    inside = os.fsencode(f"{scope}/") if scope else b""
    return {path for path in read(one).differing(read(other)) if path.startswith(inside)}


def _both(one: Snapshot, other: Snapshot) -> str | None:
    """Return the scope that both cover, or None."""
    outer, inner = sorted((one.scope, other.scope), key=len)
    is_inside = not outer or inner == outer or inner.startswith(f"{outer}/")
    return inner if one.top == other.top and is_inside else None


def _neighbours(records: Sequence[Record]) -> Iterator[tuple[Record, Record]]:
    return pairwise(records)


def _ran_a_turn(last: Record, record: Record) -> bool:
    return last.kind == "turn" or last.newest != record.last


def _is_place(one: Snapshot, other: Snapshot) -> bool:
    return (one.top, one.scope) == (other.top, other.scope)


def live_records(records: Iterable[Record]) -> list[Record]:
    """Return the records without those of turns that were refused, cuts joined to rewinds."""
    records = list(records)
    void = {record.of for record in records if record.kind == "void"}
    return [r for r in records if r.id not in void and r.kind not in ("void", "cut")]


def undone_stack(records: Iterable[Record]) -> list[Record]:
    """Return the rewinds that can be undone, the next one last; a new turn forgets them all."""
    stack: list[Record] = []
    for record in records:
        if record.kind == "rewind":
            stack.append(record)
        elif record.kind == "redo":
            stack = [rewind for rewind in stack if rewind.id != record.of]
        elif record.kind == "turn":
            stack = []
    return stack
