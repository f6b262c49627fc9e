"""Row 4: CPU of a process that imports `Codex, AsyncCodex, CodexConfig` and ends."""

from __future__ import annotations

import os
import subprocess
import sys

from row import Figures, Goal, Row, Side, main, ratio

IMPORTS = "from openai_codex import Codex, AsyncCodex, CodexConfig"


def cpu_of(code: str) -> Figures:
    """Return the milliseconds of CPU that an interpreter needs for the code, the best of five."""
    subprocess.run([sys.executable, "-c", code], check=True)  # writes .pyc files, fills caches
    times = []
    for _ in range(5):
        process = subprocess.Popen([sys.executable, "-c", code])
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
        times.append(usage.ru_utime + usage.ru_stime)
    return {"cpu": min(times) * 1e3}


ROW = Row(
    number=4,
    title="import of Codex, AsyncCodex, CodexConfig: CPU of the process",
    how="no runtime; the least of several interpreters in each process",
    sides={
        "ours": Side(lambda: cpu_of(IMPORTS)),
        "peer": Side(lambda: cpu_of(IMPORTS), "peer"),
        "floor": Side(lambda: cpu_of("pass")),
        "stdlib": Side(lambda: cpu_of("import asyncio, json, subprocess, threading")),
    },
    goals=[Goal("of the official", ratio("ours.cpu", "peer.cpu"), 0.2, 0.08)],
    units={"cpu": "ms"},
)

if __name__ == "__main__":
    main(ROW)
