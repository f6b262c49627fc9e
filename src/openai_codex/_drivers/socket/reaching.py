"""Which transport leads to the runtime of a client: its own process, or one that runs already."""

from __future__ import annotations

from ...config import AppServerConfig
from ...connect import Connect
from ..process.launch import plan_command
from ..process.transport import ProcessTransport
from ..transport import Transport
from .proxied import ProxyTransport
from .transport import SocketTransport

__all__ = ["transport_to"]


def transport_to(connect: Connect, config: AppServerConfig) -> Transport:
    """Return a new transport to where `connect` leads; raises RuntimeNotFoundError."""
    if connect.kind in ("unix", "websocket"):
        return SocketTransport(connect, seconds=config.startup_timeout)
    launch = plan_command(connect._argv, config)
    return ProxyTransport(launch, connect) if connect.kind == "proxy" else ProcessTransport(launch)
