"""Stand between a client and the real runtime, and add what a later runtime may say.

    python injector.py codex [arguments]

After each `turn/started` goes an event of an unknown method, and an item of an unknown type.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any


def main() -> None:
    """Run the command and pass the lines on."""
    runtime = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert runtime.stdin is not None
    assert runtime.stdout is not None
    threading.Thread(target=send, args=(runtime.stdin,), daemon=True).start()
    for line in runtime.stdout:
        sys.stdout.buffer.write(line)
        for message in additions(json.loads(line)):
            sys.stdout.buffer.write(json.dumps(message).encode() + b"\n")
        sys.stdout.buffer.flush()
    sys.exit(runtime.wait())


def send(stdin: Any) -> None:
    """Pass on what the client says until it says no more."""
    for line in sys.stdin.buffer:
        stdin.write(line)
        stdin.flush()
    stdin.close()


def additions(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what comes after `message`."""
    if message.get("method") == "turn/started":
        params = message["params"]
        here = {"threadId": params["threadId"], "turnId": params["turn"]["id"]}
        yield {"method": "turn/glittered", "params": {**here, "sparkles": 3}}
        yield {"method": "turn/glittered", "params": {"turnId": here["turnId"], "sparkles": 4}}
        item = {"type": "hologram", "id": "holo-1", "depth": {"cm": 12}}
        yield {"method": "item/completed", "params": {**here, "item": item, "completedAtMs": 1}}


if __name__ == "__main__":
    main()
