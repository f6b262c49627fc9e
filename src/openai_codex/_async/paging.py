"""Lists that the runtime gives page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .._wire.method import Method
    from .rpc import AsyncRpc

__all__ = ["pages"]


async def pages(
    rpc: AsyncRpc, method: Method[Any, Any], params: dict[str, Any]
) -> AsyncIterator[Any]:
    """Yield what all pages hold; one is asked for when the one before was used up."""
    while True:
        page = await rpc.call(method, params)
        for each in page.data:  # async only
            yield each  # async only
        # sync: yield from page.data
        if page.next_cursor is None:
            return
        params = {**params, "cursor": page.next_cursor}
