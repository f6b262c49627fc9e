"""Which files were changed by somebody else than a thread's turns. Pure.

Between two neighbouring records of a thread, either one of its turns ran, and what changed is its
doing; or none did, and somebody else changed it: a person, or another thread. What changed during a
turn, or after one whose end nobody saw, counts as the turn's; but what changed while a turn of
another thread ran beside it may be either's, and counts as somebody else's.
"""

from __future__ import annotations

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

    `records` are those of this thread from the mark on.
    """
    spans = [(a.at, b.at) for a, b in _neighbours([*records, now]) if _ran_a_turn(a, b)]
    shared: set[bytes] = set()
    for theirs in others:
        # A turn that has no end yet runs on; one from before the mark may have been killed.
        is_open = bool(theirs) and theirs[-1].kind == "turn" and theirs[-1].at >= records[0].at
        for a, b in _neighbours([*theirs, now] if is_open else theirs):
            end = b.before if b.before is not None else b.snapshot
            if a.snapshot is None or end is None or not _ran_a_turn(a, b):
                continue
            if _is_place(end, a.snapshot) and any(a.at < last and b.at > at for at, last in spans):
                shared |= read(a.snapshot).differing(read(end))
    return shared


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
