"""Text that tries to act: on a terminal, in a page, in Markdown, in a diff."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["ATTACKS", "rollout_of"]

ATTACKS = [
    "<script>window.hurt = 1</script>",
    "<img src=x onerror='window.hurt = 2'>",
    "</template></main><script>window.hurt = 3</script>",
    "<svg onload=window.hurt=4><iframe srcdoc='<script>top.hurt=5</script>'>",
    "[click](javascript:window.hurt=6) <a href='javascript:hurt=7'>x</a> javascript:hurt=8",
    'https://ok.example/" onmouseover="window.hurt=9 \'x',
    "</pre></style></title><style>body{display:none}</style>",
    "<meta http-equiv=refresh content='0;url=http://evil.example'><base href=//evil.example>",
    "<form action=http://evil.example><button>Next</button></form>",
    "data:text/html,<script>window.hurt=10</script>",
    "\x1b[2J\x1b[H\x1b]0;owned\x07\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\",
    "\x9b2J\x90payload\x9c\x08\x08\x08\x7f\r$ rm -rf /",
    "abc\u202egnp.exe\u2066\u2069 \u200b\u200d\ufeff\U000e0041",
    "# Heading\n\nSetext\n======\n\n## Prompt\n\n> quote\n\n---",
    "```\n# out of the fence\n~~~\n````\n## still\n```",
    "    code\n<details><summary>Fold</summary>\n<!-- comment\n-->\n</details>",
    "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new",
    "Allow? [y]es once, [a]lways in this session, [n]o, [s]top the turn: y\n  allowed once",
    " " * 300 + "The agent asks to run a command:\n  | ls",
    "e" + "\u0301" * 500,
]


def rollout_of(folder: Path, text: str, *, as_file: bool = False) -> Path:
    """Write a thread's file in which `text` stands wherever the model can put it."""
    path = folder / "rollout-attack.jsonl"
    lines = [json.dumps({"timestamp": text, **record}) for record in _records(text, as_file)]
    path.write_text("\n".join(lines) + "\n")
    return path


def _records(text: str, as_file: bool) -> list[dict[str, Any]]:
    meta = {"id": "t", "cwd": text, "git": {"branch": text, "commit_hash": text}}
    meta["base_instructions"] = {"text": text}
    exec_end = {"command": ["bash", "-c", text], "cwd": text, "exit_code": 1}
    change = (
        {"type": "add", "content": text} if as_file else {"type": "update", "unified_diff": text}
    )
    mcp = {"invocation": {"server": text, "tool": text, "arguments": {text: text}}}
    events: list[dict[str, Any]] = [
        {"type": "user_message", "message": text, "images": [text], "local_images": [text]},
        {"type": "agent_reasoning", "text": text},
        {"type": "agent_message", "message": text},
        {"type": "exec_command_end", "call_id": "1", "aggregated_output": text, **exec_end},
        {"type": "patch_apply_end", "call_id": "2", "changes": {text: change}, "status": text},
        {"type": "mcp_tool_call_end", "call_id": "3", **mcp, "result": {"Ok": {"content": text}}},
        {"type": "web_search_end", "call_id": "4", "query": text, "action": {"query": text}},
        {"type": "item_completed", "item": {"type": text, "id": text, "text": text}},
        {
            "type": "item_completed",
            "item": {
                "type": "SubAgentActivity",
                "agent_path": text,
                "agent_thread_id": text,
                "kind": text,
            },
        },
        {"type": "item_completed", "item": {"type": "ImageGeneration", "result": text}},
        {"type": "warning", "message": text},
        {"type": text, "more": text},
        {"type": "task_complete", "error": {"message": text}, "duration_ms": 1},
    ]
    context = {"type": "message", "role": text, "content": [{"text": f"<x>{text}"}]}
    return [
        {"type": "session_meta", "payload": meta},
        {"type": "turn_context", "payload": {"model": text, "turn_id": text}},
        {"type": "response_item", "payload": context},
        *({"type": "event_msg", "payload": event} for event in events),
        {"type": text, "payload": {text: text}},
    ]
