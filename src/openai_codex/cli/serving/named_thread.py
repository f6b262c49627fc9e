"""Which thread of a listening runtime a person means."""

from __future__ import annotations

from argparse import Namespace

from ..._sync.client import Codex
from ...connect import Connect
from ..runtime import attaching_config
from ..thread_ids import WHOLE, thread_id_of

__all__ = ["thread_on"]


def thread_on(connect: Connect, options: Namespace) -> str:
    """Return the id of the thread that is meant, on this server."""
    given: str = options.id
    if WHOLE.fullmatch(given):
        return given
    with Codex(attaching_config(), connect=connect) as codex:
        return thread_id_of(codex, given)
