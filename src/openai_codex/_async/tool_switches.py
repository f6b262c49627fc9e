"""Puts what an agent may use into the params of its thread."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from .. import methods
from ..errors import ToolSwitchError

if TYPE_CHECKING:
    from .._turns.agent_tools import AgentRole, AgentTools
    from .rpc import AsyncRpc

__all__ = ["switch_tools"]

_FOLDER = "python-roles"


async def switch_tools(
    rpc: AsyncRpc, uses: AgentTools, params: dict[str, Any], *, is_new: bool
) -> None:
    """Change the params of thread/start, thread/resume or thread/fork; raises ToolSwitchError."""
    if uses.has_no_environment:
        if not is_new:
            raise ToolSwitchError("patches", "only a new thread can do without: use thread_start")
        if params.get("environments"):
            raise ToolSwitchError(
                "patches", "it has an environment to work in: give one of the two"
            )
        params["environments"] = []
    config = uses.config()
    if uses.mcp is not None and uses.mcp is not True:
        config |= uses.mcp_config(await _servers(rpc, params.get("cwd")))
    if uses.skills is not None and not isinstance(uses.skills, bool):
        config |= uses.skills_config(await _skills(rpc, params.get("cwd")))
    for role in uses.roles:
        path = await _role_file(rpc, role)
        config[f"agents.{role.name}"] = {"description": role.description, "config_file": path}
    params["config"] = {**(params.get("config") or {}), **config}


async def _servers(rpc: AsyncRpc, cwd: str | None) -> list[str]:
    params = {} if cwd is None else {"cwd": cwd}
    config: Any = (await rpc.request("config/read", params)).get("config")
    return list(config.get("mcp_servers") or {})


async def _skills(rpc: AsyncRpc, cwd: str | None) -> set[str]:
    params = {} if cwd is None else {"cwds": [cwd]}
    listed = await rpc.call(methods.skills.LIST, params)
    return {skill.name for entry in listed.data for skill in entry.skills if skill.enabled}


async def _role_file(rpc: AsyncRpc, role: AgentRole) -> str:
    """Write a role where the runtime can read it, also after we are gone; return its path.

    On the runtime's side, which may be another host. Threads with the same role share the file.
    """
    home = str(rpc.server_info.get("codexHome"))
    slash = "\\" if "\\" in home else "/"
    folder = f"{home}{slash}{_FOLDER}"
    path = f"{folder}{slash}{role.file_name}"
    data = base64.b64encode(role.to_toml().encode()).decode("ascii")
    await rpc.call(methods.fs.CREATE_DIRECTORY, {"path": folder, "recursive": True})
    await rpc.call(methods.fs.WRITE_FILE, {"path": path, "dataBase64": data})
    return path
