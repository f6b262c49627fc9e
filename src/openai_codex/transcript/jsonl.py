"""A transcript as JSON lines: one entry on each, in one form whatever version wrote the file."""

from __future__ import annotations

import json
import os
from typing import IO

from .reader import read_entries
from .store import Store
from .wording import Wording

__all__ = ["write_jsonl"]


def write_jsonl(
    path: str | os.PathLike[str],
    out: IO[str],
    *,
    redacted: bool = True,
    focused: bool = False,
    store: Store | None = None,
) -> None:
    """Write the entries of a thread's file, one JSON object on each line.

    `focused` leaves out all but prompts and answers. `store` finds the files that a fork goes on
    from. Raises TranscriptError where a file cannot be read.
    """
    wording = Wording(redacted=redacted)
    for entry in read_entries(path, find=None if store is None else store.find):
        kind = entry.data.get("type")
        if focused and (entry.type != "item" or kind not in ("userMessage", "agentMessage")):
            continue
        line = {"type": entry.type, "at": entry.at, "data": wording.value(entry.data)}
        out.write(f"{json.dumps(line, ensure_ascii=True)}\n")
