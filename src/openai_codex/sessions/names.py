"""The names of the files that the runtime stores a conversation in. Pure.

`rollout-2026-11-30T01-14-05-<thread>.jsonl`; a thread that was cut goes on in a segment of its own,
`rollout-...-<thread>_<segment>.jsonl`. An old one may be compressed: `.jsonl.zst`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["RolloutName", "is_thread_id", "read_name"]

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_NAME = re.compile(
    rf"(rollout-(\d{{4}})-(\d\d)-(\d\d)T\d\d-\d\d-\d\d)-({_UUID})(?:_({_UUID}))?\.jsonl(\.zst)?"
)


@dataclass(frozen=True, slots=True)
class RolloutName:
    """A file's name, taken apart.

    `segment` is what other files call it by: the id of the thread, or of the segment. `folder` is
    its place below `sessions`, and `whole` the name that a file with all segments has.
    """

    name: str
    thread_id: str
    segment: str
    folder: str
    whole: str
    is_compressed: bool


def read_name(name: str) -> RolloutName | None:
    """Return a name taken apart, or None when it is not that of a stored conversation."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    begin, year, month, day, thread_id, segment, compressed = found.groups()
    return RolloutName(
        name=name,
        thread_id=thread_id,
        segment=segment or thread_id,
        folder=f"{year}/{month}/{day}",
        whole=f"{begin}-{thread_id}.jsonl",
        is_compressed=compressed is not None,
    )


def is_thread_id(text: object) -> bool:
    """Tell whether something is a thread's id."""
    return isinstance(text, str) and re.fullmatch(_UUID, text) is not None
