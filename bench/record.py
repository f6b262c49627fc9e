"""Record what the pinned runtime really sends into `bench/lines/`: what the fake server is made of.

    .venv/bin/python bench/record.py

One rich turn of a scripted model becomes `turn.jsonl`, the replies to a few calls `replies.jsonl`.
Ids, folders and the machine's name are replaced by words, so that a recording tells nothing of the
machine it was made on.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from codex_cli_bin import bundled_codex_path  # type: ignore[import-untyped]
from raw import RawClient

from openai_codex.testing import (
    ScriptedModel,
    add_file,
    headers,
    offline_config,
    run_command,
    say,
    think,
    usage,
)

LINES = Path(__file__).parent / "lines"
ANSWER = "Streaming answers come in small pieces, and each piece is one line on the wire. " * 4
THOUGHT = "**Looking around**\n\nThe repository is small, so reading it whole is the quickest. "
FILE = "\n".join(f"line {n:03} of a file that the agent has written for you" for n in range(32))
LIMITS = {
    "x-codex-primary-used-percent": "42",
    "x-codex-primary-window-minutes": "300",
    "x-codex-primary-reset-at": "1900000000",
}


def script(model: ScriptedModel) -> None:
    """Let the model do, in one turn, everything that the mix is made of."""
    print_10_kb = "for n in $(seq 3); do seq -s ' ' 900 $((n * 350 + 900)); sleep 0.3; done"
    model.script(
        headers(LIMITS),
        think(THOUGHT),
        run_command(print_10_kb),
        think(THOUGHT * 2),
        add_file("notes.txt", FILE),
        usage(input=1200, output=300, cached=800),
        say(ANSWER, chunks=64, phase="final_answer"),
    )


def record() -> tuple[list[bytes], dict[str, Any], dict[str, str]]:
    """Return the lines of the turn, the replies by method, and what to replace in both."""
    heard: list[bytes] = []
    with ScriptedModel() as model:
        config = offline_config(model)
        script(model)
        overrides = [word for text in config.config_overrides for word in ("-c", text)]
        argv = [str(bundled_codex_path()), *overrides, "app-server"]
        client = RawClient(argv, env=config.env, cwd=config.cwd, hear=heard.append)
        replies = {"initialize": client.server_info}
        replies["thread/start"] = client.call("thread/start", {"sandbox": "danger-full-access"})
        thread_id = replies["thread/start"]["thread"]["id"]
        heard.clear()
        turn_id = client.turn(thread_id, "Go")["params"]["turn"]["id"]
        lines = list(heard)
        replies["turn/start"] = next(
            message["result"] for message in map(json.loads, lines) if "result" in message
        )
        replies["thread/read"] = client.call("thread/read", {"threadId": thread_id})
        replies["model/list"] = client.call("model/list")
        replies["turn/interrupt"] = {}
        client.close()
        env = config.env or {}
        return lines, replies, {
            thread_id: "THREAD",
            turn_id: "TURN",
            str(config.cwd): "/project",
            env["CODEX_HOME"]: "/home/user/.codex",
            env["HOME"]: "/home/user",
        }  # fmt: skip


def write(name: str, rows: list[str], replace: dict[str, str]) -> None:
    """Write one file, with every word replaced."""
    text = "".join(row + "\n" for row in rows)
    for word, other in replace.items():
        text = text.replace(word, other)
    text = re.sub(r"\(([^()]*;[^()]*)\)", "(some machine)", text)  # of the user agent
    (LINES / name).write_text(text)
    print(f"{name}: {len(rows)} lines, {len(text)} bytes")


def main() -> None:
    """Record and write both files."""
    LINES.mkdir(exist_ok=True)
    lines, replies, replace = record()
    notifications = [line.decode().rstrip("\n") for line in lines if b'"method":' in line]
    write("turn.jsonl", notifications, replace)
    rows = [json.dumps({"method": name, "result": reply}) for name, reply in replies.items()]
    write("replies.jsonl", rows, replace)


if __name__ == "__main__":
    main()
