"""An MCP server over stdio with one tool, `look`, which fails where it is told to."""

from __future__ import annotations

import json
import sys
from typing import Any


def answer(method: str, params: dict[str, Any]) -> dict[str, Any]:
    """Return the result of a request."""
    if method == "initialize":
        server = {"name": "m", "version": "1"}
        version = params["protocolVersion"]
        return {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": server}
    if method == "tools/list":
        schema = {"type": "object", "properties": {"ok": {"type": "boolean"}}}
        hints = {"readOnlyHint": True}
        return {"tools": [{"name": "look", "inputSchema": schema, "annotations": hints}]}
    if method == "tools/call":
        content = [{"type": "text", "text": "seen"}]
        return {"content": content, "isError": not params["arguments"].get("ok", True)}
    return {}


if __name__ == "__main__":
    for line in sys.stdin:
        asked = json.loads(line)
        if "id" in asked:
            result = answer(asked["method"], asked.get("params") or {})
            sys.stdout.write(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result}))
            sys.stdout.write("\n")
            sys.stdout.flush()
