"""Which files were changed by somebody else than a thread's turns. Pure.

Between two neighbouring records of a thread, either one of its turns ran, and what changed is its
doing; or none did, and somebody else changed it: a person, or another thread. What changed during a
turn, or after one whose end nobody saw, counts as the turn's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from .manifest import Manifest
from .records import Record, Snapshot

__all__ = ["foreign_paths", "live_records", "undone_stack"]


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
