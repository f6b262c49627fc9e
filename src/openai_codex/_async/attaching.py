"""The line that hands a thread to the stock terminal UI."""

from __future__ import annotations

import shlex
from pathlib import Path

from .._drivers.process.launch import plan
from ..config import AppServerConfig
from ..errors import CodexError

__all__ = ["attach_command"]

_TOKEN = "CODEX_REMOTE_TOKEN"


def attach_command(config: AppServerConfig, thread_id: str) -> str:
    """Return the line for a thread of the runtime that a client of this config is attached to."""
    connect = config._connect
    if connect is None or connect.kind not in ("unix", "websocket"):
        raise CodexError(
            "the terminal UI attaches to a runtime that listens: start a RuntimeServer, and use "
            "Codex(connect=server.connect)"
        )
    binary = plan(AppServerConfig()).argv[0]
    words = [binary, "resume", thread_id, "--remote", connect.address]
    if connect._token is None:
        return shlex.join(words)
    line = shlex.join([*words, "--remote-auth-token-env", _TOKEN])
    if isinstance(connect._token, Path):
        return f'{_TOKEN}="$(cat {shlex.quote(str(connect._token))})" {line}'
    return line
