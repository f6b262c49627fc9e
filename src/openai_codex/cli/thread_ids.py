"""Which thread a person means: a whole id, a unique beginning of one, or `last`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from .problems import UsageError

__all__ = ["SHORT", "WHOLE", "newest_thread", "one_of", "thread_id_of"]

SHORT = 13
"""The characters of an id that tell threads apart: its time, to the millisecond."""

WHOLE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_PART = re.compile(r"[0-9a-f-]{4,36}")


def thread_id_of(codex: Any, given: str) -> str:
    """Return the id of the thread that is meant; raises UsageError where that is not one."""
    from ..transcript.store import Store

    if given == "last":
        return newest_thread(codex, None)
    if WHOLE.fullmatch(given):
        return given
    return one_of(given, Store(str(codex.metadata.codex_home)).files)


def newest_thread(codex: Any, where: str | None) -> str:
    """Return the thread that was used last, in a directory or anywhere."""
    from ..types import ThreadSortKey

    page = codex.thread_list(
        limit=1, cwd=where, sort_key=ThreadSortKey.updated_at, use_state_db_only=True
    )
    if not page.data:
        place = f" of {where}" if where else ""
        raise UsageError(f"there is no thread{place} yet")
    newest: str = page.data[0].id
    return newest


def one_of(given: str, known: Iterable[str]) -> str:
    """Return the one id that begins so; raises UsageError where there is none, or are several."""
    if not _PART.fullmatch(given):
        raise UsageError(f"{given!r} is no thread id", advice="see `openai-codex threads list`")
    found = [ident for ident in known if ident.startswith(given)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise UsageError(f"there is no thread {given}", advice="see `openai-codex threads list`")
    some = ", ".join(found[:3])
    raise UsageError(f"{given} is the beginning of {len(found)} threads: {some}")
