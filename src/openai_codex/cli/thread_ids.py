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


def thread_id_of(codex: Any, given: str, *, archived: bool = False) -> str:
    """Return the id of the thread that is meant; raises UsageError where that is not one.

    `last` is the newest of those that are not archived, or with `archived` of those that are.
    """
    from ..transcript.store import Store

    if given == "last":
        return newest_thread(codex, None, archived=archived)
    if WHOLE.fullmatch(given):
        return given
    return one_of(given, Store(str(codex.metadata.codex_home)).files)


def newest_thread(codex: Any, where: str | None, *, archived: bool = False) -> str:
    """Return the thread that was used last, in a directory or anywhere."""
    from ..types import ThreadSortKey

    page = codex.thread_list(
        archived=archived or None,
        limit=1,
        cwd=where,
        sort_key=ThreadSortKey.updated_at,
        use_state_db_only=True,
    )
    if not page.data:
        kind, place = "archived " if archived else "", f" of {where}" if where else ""
        advice = "" if archived else "begin one: openai-codex run"
        raise UsageError(f"there is no {kind}thread{place} yet", advice=advice)
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
