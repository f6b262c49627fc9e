"""Row 6: a script that runs one turn on the real runtime, from its start to its exit: wall time.

The floor is the same script over a raw client: nothing but the interpreter, the runtime, the turn.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from row import Figures, Goal, Row, Side, main, ratio
from subject import real_runtime

TYPED = """
import json, sys
from openai_codex import Codex, CodexConfig
with Codex(CodexConfig(**json.loads(sys.argv[1]))) as codex:
    assert codex.thread_start().run("Go").final_response
"""
RAW = """
import json, sys
sys.path.insert(0, sys.argv[2])
from subject import raw_client
client = raw_client(json.loads(sys.argv[1]))
client.turn(client.call("thread/start")["thread"]["id"], "Go")
client.close()
"""
TIMES = 4


def script(code: str) -> Figures:
    """Run the script once to fill caches, then a few times more."""
    here = str(Path(__file__).parent)
    with real_runtime() as fields:
        command = [sys.executable, "-c", code, json.dumps(fields), here]
        times = []
        for _ in range(TIMES + 1):
            began = time.monotonic()
            subprocess.run(command, check=True)
            times.append(time.monotonic() - began)
    return {"wall": statistics.median(times[1:]) * 1e3}


ROW = Row(
    number=6,
    title="a script's start, one turn on the real runtime, its exit",
    how="real runtime; one script in each process",
    sides={
        "ours": Side(lambda: script(TYPED)),
        "peer": Side(lambda: script(TYPED), "peer"),
        "floor": Side(lambda: script(RAW)),
    },
    goals=[Goal("of the official", ratio("ours.wall", "peer.wall"), 0.36, 0.3)],
    units={"wall": "ms"},
)

if __name__ == "__main__":
    main(ROW)
