"""The runtime's settings, skills and MCP servers: `codex.config`, `codex.skills`, `codex.mcp`."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .. import methods
from .._checks import check_flag, check_text
from .._turns.params import options
from .namespace import AsyncNamespace
from .paging import pages

if TYPE_CHECKING:
    from ..types import (
        ConfigReadResponse,
        ConfigWriteResponse,
        JsonObject,
        McpResourceReadResponse,
        McpServerStatus,
        McpServerToolCallResponse,
        SkillsListEntry,
    )

__all__ = ["AsyncMcp", "AsyncSettings", "AsyncSkills"]


class AsyncSettings(AsyncNamespace):
    """Reads and writes `config.toml`, by dotted keys such as `sandbox_workspace_write.network`."""

    async def read(
        self, *, cwd: str | os.PathLike[str] | None = None, include_layers: bool = False
    ) -> ConfigReadResponse:
        """Return the settings in force, and where each comes from (config/read).

        With `cwd`, those of a project in that folder; `include_layers` adds each layer by itself.
        """
        check_flag("include_layers", include_layers)
        params = options(cwd=cwd, include_layers=include_layers or None)
        return await self._call(methods.config.READ, params)

    async def write(
        self,
        key: str,
        value: Any,
        *,
        expected_version: str | None = None,
        upsert: bool = False,
    ) -> ConfigWriteResponse:
        """Write one key of the user's settings (config/value/write); None takes it out.

        `upsert` joins a table with what is there. With `expected_version`, the `version` of an
        earlier write, the runtime refuses with InvalidRequestError when the file changed since.
        """
        check_text(key=key)
        check_flag("upsert", upsert)
        params = {
            "keyPath": key,
            "value": value,
            "mergeStrategy": "upsert" if upsert else "replace",
            **options(expected_version=expected_version),
        }
        return await self._call(methods.config.VALUE_WRITE, params)

    async def write_many(
        self,
        values: Mapping[str, Any],
        *,
        expected_version: str | None = None,
        reload: bool = False,
    ) -> ConfigWriteResponse:
        """Write several keys at once, or none of them (config/batchWrite).

        `reload` has loaded threads take the new settings, as far as they can.
        """
        check_flag("reload", reload)
        edits = [
            {"keyPath": key, "value": value, "mergeStrategy": "replace"}
            for key, value in values.items()
        ]
        given = options(expected_version=expected_version, reload_user_config=reload or None)
        return await self._call(methods.config.BATCH_WRITE, {"edits": edits, **given})


class AsyncSkills(AsyncNamespace):
    """Lists the skills that the model is told of, and switches them on and off."""

    async def list(
        self,
        *,
        cwds: Sequence[str | os.PathLike[str]] | None = None,
        force_reload: bool = False,
    ) -> list[SkillsListEntry]:
        """Return the skills of each folder (skills/list); the runtime's own, if none is given."""
        check_flag("force_reload", force_reload)
        folders = None if cwds is None else [os.fspath(folder) for folder in cwds]
        params = {"forceReload": force_reload, **({} if folders is None else {"cwds": folders})}
        return (await self._call(methods.skills.LIST, params)).data

    async def enable(self, name: str, enabled: bool = True) -> bool:
        """Switch a skill on or off by its name (skills/config/write); tells which it is now."""
        check_text(name=name)
        check_flag("enabled", enabled)
        params = {"name": name, "enabled": enabled}
        return (await self._call(methods.skills.CONFIG_WRITE, params)).effective_enabled

    async def set_extra_roots(self, folders: Sequence[str | os.PathLike[str]]) -> None:
        """Look for skills in these folders too (skills/extraRoots/set), until the runtime ends."""
        roots = [os.fspath(folder) for folder in folders]
        await self._call(methods.skills.EXTRA_ROOTS_SET, {"extraRoots": roots})


class AsyncMcp(AsyncNamespace):
    """Looks at MCP servers and calls them, without a model."""

    async def status(self, *, thread_id: str | None = None) -> AsyncIterator[McpServerStatus]:
        """Iterate over the servers, with their tools and resources (mcpServerStatus/list)."""
        rpc = await self._ready()
        params = options(thread_id=thread_id)
        async for each in pages(rpc, methods.mcp_server_status.LIST, params):  # async only
            yield each  # async only
        # sync: yield from pages(rpc, methods.mcp_server_status.LIST, params)

    async def call(
        self, thread_id: str, server: str, tool: str, arguments: JsonObject | None = None
    ) -> McpServerToolCallResponse:
        """Call a tool of a server that a thread has (mcpServer/tool/call), without asking."""
        check_text(thread_id=thread_id, server=server, tool=tool)
        params = {"threadId": thread_id, "server": server, "tool": tool}
        given = {} if arguments is None else {"arguments": arguments}
        return await self._call(methods.mcp_server.TOOL_CALL, {**params, **given})

    async def read_resource(
        self, server: str, uri: str, *, thread_id: str | None = None
    ) -> McpResourceReadResponse:
        """Return what a resource of a server holds (mcpServer/resource/read)."""
        check_text(server=server, uri=uri)
        params = options(server=server, uri=uri, thread_id=thread_id)
        return await self._call(methods.mcp_server.RESOURCE_READ, params)

    async def login(self, server: str) -> str:
        """Begin the login of a server (mcpServer/oauth/login); returns where to send the user."""
        check_text(server=server)
        done = await self._call(methods.mcp_server.OAUTH_LOGIN, {"name": server})
        return done.authorization_url

    async def reload(self) -> None:
        """Read the servers' settings again (config/mcpServer/reload)."""
        rpc = await self._ready()
        await rpc.request("config/mcpServer/reload", None)
