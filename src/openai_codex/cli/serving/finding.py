"""Which listening runtime is meant: that of `--connect`, or that of this CODEX_HOME."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from ..problems import UsageError

if TYPE_CHECKING:
    from ...connect import Connect

__all__ = ["connect_of"]

HERE = "here"


def connect_of(options: Namespace) -> Connect:
    """Return the way to the runtime that is meant; raises UsageError where there is none."""
    return _here() if options.connect in (None, HERE) else _named(options)


def _here() -> Connect:
    from ..._sync.server import RuntimeServer
    from ...transcript.store import home_folder

    server = RuntimeServer.find(home_folder())
    if server is None:
        raise UsageError(
            f"no server runs for {home_folder()}",
            advice="start one with `openai-codex serve`, or give --connect ADDRESS",
        )
    return server.connect


def _named(options: Namespace) -> Connect:
    from ...connect import Connect

    address, file = options.connect, options.token_file
    if file is not None and not Path(file).is_file():
        raise UsageError(f"--token-file {file}: there is no such file")
    try:
        if address.startswith("unix://"):
            return Connect.unix(address)
        return Connect.websocket(address, token=Path(file) if file is not None else None)
    except ValueError as error:
        raise UsageError(f"--connect: {error}") from error
