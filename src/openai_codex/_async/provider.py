"""Which service a thread talks to: its provider in the settings, and that one's address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import CodexError

if TYPE_CHECKING:
    from ..errors import ModelUnreachableError
    from .rpc import AsyncRpc

__all__ = ["find_provider"]


async def find_provider(rpc: AsyncRpc, thread_id: str, error: ModelUnreachableError) -> None:
    """Put into the error what could not be reached, as far as the runtime says so in time."""
    try:
        read = await _ask(rpc, "thread/read", {"threadId": thread_id})
        error.provider = _at(read, "thread", "modelProvider")
        settings = await _ask(rpc, "config/read", {"includeLayers": False})
        error.url = _at(settings, "config", "model_providers", error.provider, "base_url")
    except CodexError:  # the error is worth more than what would complete it
        return


async def _ask(rpc: AsyncRpc, method: str, params: dict[str, Any]) -> Any:
    return await rpc.request(method, params, timeout=rpc.config.interrupt_timeout)


def _at(value: Any, *path: str | None) -> str | None:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) else None
