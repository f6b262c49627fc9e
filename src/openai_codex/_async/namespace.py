"""What the groups of methods of a client share: `codex.files`, `codex.config` and the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from .._wire.method import Method

__all__ = ["AsyncNamespace"]

P = TypeVar("P")
R = TypeVar("R")


class AsyncNamespace:
    """A group of methods; the runtime is started on the first call."""

    def __init__(self, ready: Callable[[], Any]) -> None:
        self._ready = ready

    async def _call(self, method: Method[P, R], params: dict[str, Any]) -> R:
        result: R = await (await self._ready()).call(method, params)
        return result
