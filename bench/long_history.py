"""Row 16: a conversation of 1 GB resumed without its turns: the runtime reads it, we do not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from row import Figures, Goal, Row, Side, main, plain
from subject import Stopwatch, peak_bytes, real_runtime, resident_bytes

MEGABYTE = 1_000_000
LONG_TEXT = "y" * 200_000


def _turn_lines(stored: Path) -> str:
    """Return the stored lines of the last turn."""
    lines = stored.read_text().splitlines(keepends=True)
    payloads = [json.loads(line)["payload"] for line in lines]
    starts = [i for i, payload in enumerate(payloads) if payload.get("type") == "task_started"]
    return "".join(lines[starts[-1] :])


def _lengthen(stored: Path, text: str, size: int) -> None:
    """Repeat the last turn, with a long answer, until the conversation is so large."""
    turn = _turn_lines(stored).replace(text, LONG_TEXT)
    with stored.open("a") as file:
        for _ in range(size // len(turn)):
            file.write(turn)


def _converse(config: Any) -> tuple[str, str]:
    from openai_codex import Codex

    with Codex(config) as codex:
        thread = codex.thread_start()
        return thread.id, thread.run("hi").final_response or ""


def resume(megabytes: int) -> Figures:
    """Resume a conversation of this size, and measure the client alone."""
    from openai_codex import AppServerConfig, Codex

    with real_runtime() as fields:
        config = AppServerConfig(**fields, request_timeout=600.0)
        thread_id, text = _converse(config)
        (stored,) = Path(fields["env"]["CODEX_HOME"]).glob("sessions/**/*.jsonl")
        _lengthen(stored, text, megabytes * MEGABYTE)
        with Codex(config) as codex:
            watch, before = Stopwatch(), resident_bytes()
            codex.thread_resume(thread_id, include_turns=False)
            return {
                "wall": watch.wall,
                "cpu": watch.cpu * 1e3,
                "growth": (resident_bytes() - before) / MEGABYTE,
                "peak": peak_bytes() / MEGABYTE,
            }


ROW = Row(
    number=16,
    title="a conversation of 1 GB resumed without its turns, real runtime",
    how="real runtime; one resume in each process",
    sides={"ours_100": Side(lambda: resume(100)), "ours_1000": Side(lambda: resume(1000))},
    goals=[
        Goal("the client's memory, MB more", plain("ours_1000.growth"), 5),
        Goal(
            "the client's CPU, ms more than with 100 MB",
            lambda m: m["ours_1000.cpu"] - m["ours_100.cpu"],
            5,
        ),
    ],
    units={"wall": "s", "cpu": "ms", "growth": "MB", "peak": "MB"},
    repetitions=3,
)

if __name__ == "__main__":
    main(ROW)
