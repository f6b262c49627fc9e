"""A process that a runtime left behind: it holds the inherited pipes open, and does nothing.

Run as a file. It ends when the `FakeAppServer` closes the control channel.
"""

from __future__ import annotations

import json
import os
import socket
import sys


def main(address: str) -> None:
    """Report to the control channel, and stay until it closes."""
    host, port, token, spawn = json.loads(address)
    with socket.create_connection((host, port)) as channel:
        hello = {"kind": "grandchild", "name": token, "facts": {"pid": os.getpid(), "spawn": spawn}}
        channel.sendall(json.dumps(hello).encode() + b"\n")
        while channel.recv(4096):
            pass


if __name__ == "__main__":
    main(sys.argv[1])
