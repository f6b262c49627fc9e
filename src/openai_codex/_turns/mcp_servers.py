"""`McpServer`: an MCP server that a thread gets, and its form in the runtime's settings."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from .._checks import check_choice, check_flag, check_kind, check_path, check_text, checked_seconds

__all__ = ["McpServer", "McpServers", "with_mcp_servers"]

_APPROVALS = ("auto", "prompt", "writes", "approve")
# The runtime's own rule: a server with another name does not start, and the thread has no tools.
_NAME = re.compile(r"[A-Za-z0-9_:@/.-]+")


@dataclass(frozen=True, repr=False)
class McpServer:
    """An MCP server: a program to start, or a URL.

    A program (stdio):
      command          its path or name
      args             its arguments
      env              variables for it; its `repr` shows no values
      env_vars         names of variables that it inherits from the runtime
      cwd              the folder it runs in

    A server that listens (streamable HTTP):
      url              its address
      headers          HTTP headers; its `repr` shows no values
      bearer_token_env the variable that holds its token, in the runtime's environment

    Both:
      tools            the only tools that the model may see; all unless given
      without_tools    tools that it may not see
      approval         which calls need an approval: "auto" (those of tools that are not marked as
                       read-only), "writes", "prompt" (all), "approve" (none)
      required         True: a thread does not start without it
      startup_timeout  seconds that it may take to start
      tool_timeout     seconds that a call may take
    """

    command: str | os.PathLike[str] | None = None
    args: Sequence[str] = ()
    env: Mapping[str, str] | None = None
    env_vars: Sequence[str] | None = None
    cwd: str | os.PathLike[str] | None = None
    url: str | None = None
    headers: Mapping[str, str] | None = None
    bearer_token_env: str | None = None
    tools: Sequence[str] | None = None
    without_tools: Sequence[str] | None = None
    approval: str | None = None
    required: bool = False
    startup_timeout: float | timedelta | None = None
    tool_timeout: float | timedelta | None = None

    def __post_init__(self) -> None:
        if (self.command is None) == (self.url is None):
            raise ValueError("an McpServer needs a command or a url, and not both")
        check_path("McpServer.command", self.command)
        check_path("McpServer.cwd", self.cwd)
        for name in ("args", "env_vars", "tools", "without_tools"):
            _check_texts(f"McpServer.{name}", getattr(self, name))
        for name in ("env", "headers"):
            _check_strings(f"McpServer.{name}", getattr(self, name))
        for name in ("url", "bearer_token_env"):
            check_kind(f"McpServer.{name}", getattr(self, name), str)
        _check_url(self.url)
        check_flag("McpServer.required", self.required)
        if self.approval is not None:
            check_choice("McpServer.approval", self.approval, _APPROVALS)
        for name in ("startup_timeout", "tool_timeout"):
            checked_seconds(f"McpServer.{name}", getattr(self, name))
        self._check_kind_of_server()

    def __repr__(self) -> str:
        from .._safe_text import safe_repr

        what = self.command if self.command is not None else self.url
        return f"McpServer({safe_repr(' '.join([str(what), *self.args]))})"

    def settings(self) -> dict[str, Any]:
        """Return its table of the runtime's settings, such as config.toml has it."""
        given: dict[str, Any] = {
            "command": None if self.command is None else os.fspath(self.command),
            "args": list(self.args) or None,
            "env": _plain(self.env),
            "env_vars": _listed(self.env_vars),
            "cwd": None if self.cwd is None else os.fspath(self.cwd),
            "url": self.url,
            "http_headers": _plain(self.headers),
            "bearer_token_env_var": self.bearer_token_env,
            "enabled_tools": _listed(self.tools),
            "disabled_tools": _listed(self.without_tools),
            "default_tools_approval_mode": self.approval,
            "required": self.required or None,
            "startup_timeout_sec": checked_seconds("startup_timeout", self.startup_timeout),
            "tool_timeout_sec": checked_seconds("tool_timeout", self.tool_timeout),
        }
        return {name: value for name, value in given.items() if value is not None}

    def _check_kind_of_server(self) -> None:
        """Refuse options of the other kind, which the runtime would not heed."""
        program = ("args", "env", "env_vars", "cwd")
        address = ("headers", "bearer_token_env")
        wrong = [name for name in (program if self.url else address) if getattr(self, name)]
        if wrong:
            kind = "a url" if self.url else "a command"
            raise ValueError(f"McpServer.{wrong[0]} means nothing for a server with {kind}")


McpServers = Mapping[str, McpServer | Mapping[str, Any]]
"""MCP servers by name; a dict is a table as config.toml has it."""


def with_mcp_servers(config: Any, *given: McpServers | None) -> Any:
    """Return a thread's settings with MCP servers put over them; the later ones win by name."""
    tables: dict[str, Any] = {}
    for servers in given:
        check_kind("mcp_servers", servers, Mapping, hint=': write {"name": McpServer(...)}')
        for name, server in (servers or {}).items():
            _check_name(name)
            check_kind(f"mcp_servers[{name!r}]", server, McpServer, Mapping)
            tables[name] = server.settings() if isinstance(server, McpServer) else dict(server)
    if not tables:
        return config
    settings = dict(config or {})
    return {**settings, "mcp_servers": {**settings.get("mcp_servers", {}), **tables}}


def _check_name(name: str) -> None:
    check_text(**{"each name of mcp_servers": name})
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"each name of mcp_servers must be of letters, digits and _:@/.- alone, got {name!r}"
        )


def _check_url(url: str | None) -> None:
    from .._safe_text import safe_repr

    if url is not None and not url.lower().startswith(("http://", "https://")):
        raise ValueError(f"McpServer.url must be an http:// or https:// URL, got {safe_repr(url)}")


def _check_strings(name: str, values: Mapping[str, str] | None) -> None:
    check_kind(name, values, Mapping)
    for key, value in (values or {}).items():
        check_text(**{f"each name of {name}": key})
        # Its type and not the value: it may be a secret of another kind.
        if not isinstance(value, str):
            raise TypeError(f"{name}[{key!r}] must be a string, got {type(value).__name__}")


def _check_texts(name: str, values: object) -> None:
    if isinstance(values, str) or not isinstance(values, (list, tuple, type(None))):
        raise TypeError(f"{name} must be a list of strings, got {type(values).__name__}")
    for value in values or ():
        check_text(**{f"each of {name}": value})


def _listed(values: Sequence[str] | None) -> list[str] | None:
    return None if values is None else list(values)


def _plain(values: Mapping[str, str] | None) -> dict[str, str] | None:
    return None if values is None else dict(values)
