"""A small MCP server over stdio: tools that need an approval, and tools that ask a person.

    read, write, erase   answer with their own name and arguments; only `read` says it is read-only
    name                 asks for a name with a form, and answers with what came back
    visit                asks to visit a URL, and answers with what came back

One JSON message a line; nothing but the standard library. It decides nothing.
"""

from __future__ import annotations

import json
import sys
from typing import Any

Json = dict[str, Any]

FORM = {
    "mode": "form",
    "message": "Who are you?",
    "requestedSchema": {
        "type": "object",
        "properties": {"name": {"type": "string"}},
        "required": ["name"],
    },
}
LINK = {
    "mode": "url",
    "message": "Log in, please",
    "url": "http://127.0.0.1:9/login",
    "elicitationId": "login-1",
}
ASKS = {"name": FORM, "visit": LINK}
TOOLS = [
    {
        "name": name,
        "description": f"The tool {name}.",
        "inputSchema": {"type": "object"},
        "annotations": {"readOnlyHint": name in ("read", *ASKS)},
    }
    for name in ("read", "write", "erase", *ASKS)
]


def send(message: Json) -> None:
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def said(text: str) -> Json:
    return {"content": [{"type": "text", "text": text}]}


def main() -> None:
    calls: dict[str, int | str] = {}  # our elicitation's id -> the call that waits for it
    for line in sys.stdin:
        message = json.loads(line)
        method = message.get("method")
        if method == "initialize":
            hello = {"name": "desk", "version": "1"}
            result: Json = {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}}
            send({"id": message["id"], "result": {**result, "serverInfo": hello}})
        elif method == "tools/list":
            send({"id": message["id"], "result": {"tools": TOOLS}})
        elif method == "tools/call":
            tool = message["params"]["name"]
            if tool in ASKS:
                calls[f"ask-{message['id']}"] = message["id"]
                params = ASKS[tool]
                send(
                    {"id": f"ask-{message['id']}", "method": "elicitation/create", "params": params}
                )
            else:
                arguments = json.dumps(message["params"].get("arguments"))
                send({"id": message["id"], "result": said(f"{tool} {arguments}")})
        elif method is None and message.get("id") in calls:
            answer = message.get("result") or message.get("error")
            send({"id": calls.pop(message["id"]), "result": said(json.dumps(answer))})


if __name__ == "__main__":
    main()
