"""Checks that ask a running runtime: the login, a command in the sandbox, the MCP servers."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ... import methods
from ...errors import CodexError
from .checks import Check

__all__ = ["account_check", "mcp_checks", "sandbox_check"]

MARK = "probe"


def account_check(codex: Any) -> Check:
    """Return who is logged in."""
    known = codex.account()
    if known.account is not None:
        return Check("sdk.account", "ok", f"logged in: {known.account.type}")
    if not known.requires_openai_auth:
        return Check("sdk.account", "ok", "the model provider needs no login")
    advice = "run `openai-codex login`"
    return Check("sdk.account", "fail", "nobody is logged in", advice=advice)


def sandbox_check(codex: Any) -> Check:
    """Return whether a command runs in the sandbox, and whether the sandbox stops it writing."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / MARK
        # The probe tries to write; it must run, and must not succeed.
        code = f"open({str(target)!r}, 'w')"
        params = {
            "command": [sys.executable, "-c", f"print({MARK!r}, flush=True); {code}"],
            "cwd": folder,
            "sandboxPolicy": {"type": "readOnly"},
            "timeoutMs": 20_000,
        }
        done = codex.call(methods.command.EXEC, params)
        has_written = target.exists()
    facts = {"exit code": done.exit_code, "stderr": done.stderr[-300:]}
    if has_written:
        advice = "do not use the read-only sandbox here; run inside a container"
        return Check("sdk.sandbox", "fail", "a read-only command could write", facts, advice)
    if MARK not in done.stdout:
        advice = "see sandbox.helpers below; unprivileged user namespaces may be switched off"
        return Check("sdk.sandbox", "fail", "a command does not run in it", facts, advice)
    return Check("sdk.sandbox", "ok", "a command ran in it and could not write", facts)


def mcp_checks(codex: Any) -> Iterator[Check]:
    """Yield whether each MCP server starts and lists its tools."""
    try:
        found = codex.call(methods.mcp_server_status.LIST, {"detail": "toolsAndAuthOnly"})
    except CodexError as error:
        text = f"the MCP servers could not be listed: {error}"
        yield Check("sdk.mcp", "fail", text, advice="check config.toml and every --config")
        return
    if not found.data:
        yield Check("sdk.mcp", "ok", "no MCP servers are configured")
    configured = _configured_servers(codex)
    for server in found.data:
        yield _server_check(server, configured.get(server.name) or {})


def _configured_servers(codex: Any) -> dict[str, Any]:
    try:
        reply = codex.call(methods.config.READ, {"includeLayers": False})
    except CodexError:  # it tells only what to advise
        return {}
    config = reply.config.model_dump(by_alias=True)
    servers = config.get("mcp_servers")
    return servers if isinstance(servers, dict) else {}


def _server_check(server: Any, configured: dict[str, Any]) -> Check:
    ident = f"sdk.mcp.{server.name}"
    if configured.get("enabled") is False:
        return Check(ident, "ok", "it is switched off")
    if server.tools_error or server.server_info is None:
        text = f"it does not start: {server.tools_error or 'no answer'}"
        members = "url and its login" if configured.get("url") else "command, args and env"
        advice = f"check {members} of mcp_servers.{server.name} in config.toml"
        return Check(ident, "fail", text, advice=advice)
    return Check(ident, "ok", f"{len(server.tools)} tools")
