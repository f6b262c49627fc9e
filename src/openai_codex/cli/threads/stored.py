"""A stored thread as JSON, with the tokens that it took."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..rollout_tail import tokens_of

if TYPE_CHECKING:
    from ...types import Thread as StoredThread

__all__ = ["thread_json"]


def thread_json(thread: StoredThread) -> dict[str, Any]:
    """Return the thread as the protocol has it, without its turns."""
    whole: dict[str, Any] = thread.model_dump(mode="json", by_alias=True, exclude_none=True)
    whole.pop("turns", None)
    return {**whole, "tokens": tokens_of(thread.path)}
