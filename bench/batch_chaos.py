"""A batch whose driver, workers and runtimes are killed at random moments, beside one that is not.

    python -m bench.batch_chaos --tasks 1000 --kills 50 --engine local
    python -m bench.batch_chaos --tasks 200 --kills 20 --engine dask

The runtime is the real one, its model is scripted. Checks that each task is settled once, that
answers and patches are byte for byte those of the undisturbed run, that no more model calls were
made than the attempts that kills ended can have cost, and that no process and no folder is left.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pickle
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openai_codex import AppServerConfig
from openai_codex.batch.ledger import entries
from openai_codex.testing import ModelRequest, ScriptedModel, offline_config, run_command, say

__all__ = ["Chaos", "Found", "main"]

PROGRAM = """
import pickle, sys
from openai_codex.batch import Task, run_batch
out, count, engine, config = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
if __name__ == "__main__":
    summary = run_batch(
        (Task(f"task-{n}", f"job {n}") for n in range(count)),
        out, config=pickle.loads(bytes.fromhex(config)), engine=engine, concurrency=12,
        runtimes=2, max_deaths=50,
    ).wait()
    print(summary)
    sys.exit(summary.exit_code)
"""


def answer(request: ModelRequest) -> Any:
    """Make two files, then say a sentence; each depends on the task, and may be asked again."""
    number = next(text.split()[1] for text in request.texts if text.startswith("job "))
    outputs = request.function_outputs.values()
    if not any("exited with code 0" in str(output) for output in outputs):
        make = f"printf 'made by {number}' > {number}.txt; printf '\\377\\000{number}' > b.bin"
        return run_command(make)
    return say(f"Task {number} is done.")


@dataclass
class Found:
    """What a run came to."""

    seconds: float = 0.0
    kills: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    attempts: int = 0
    answers: dict[str, bytes] = field(default_factory=dict)
    patches: dict[str, bytes] = field(default_factory=dict)


class Chaos:
    """One batch, disturbed or not."""

    def __init__(self, folder: Path, *, tasks: int, engine: str = "local", seed: int = 1) -> None:
        self.out = folder / "out"
        self._tasks = tasks
        self._engine = engine
        self._chance = random.Random(seed)
        self._program = folder / "program.py"
        self._program.write_text(PROGRAM, encoding="utf-8")

    def run(self, *, kills: int) -> Found:
        """Run it to its end through so many kills; raises AssertionError for what does not hold."""
        found = Found()
        start = time.monotonic()
        with ScriptedModel(strict=False) as model:
            model.default(answer)
            config = offline_config(model, shutdown_timeout=2.0)
            self._to_the_end(config, kills, found)
            found.calls = len(model.requests)
            found.seconds = time.monotonic() - start
            self._check(found)
        return found

    def _to_the_end(self, config: AppServerConfig, kills: int, found: Found) -> None:
        while True:
            driver = self._driver(config)
            while driver.poll() is None:
                time.sleep(self._chance.uniform(0.05, 1.0))
                if sum(found.kills.values()) < kills and any(self._runtimes()):
                    self._kill(driver, found)
            printed = driver.communicate()[0]
            if driver.returncode == 0:
                return
            assert driver.returncode == -signal.SIGKILL, printed[-3000:]

    def _driver(self, config: AppServerConfig) -> subprocess.Popen[str]:
        given = (str(self.out), str(self._tasks), self._engine, pickle.dumps(config).hex())
        return subprocess.Popen(
            [sys.executable, str(self._program), *given],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "XDG_CACHE_HOME": str(self.out.parent / "cache")},
        )

    def _kill(self, driver: subprocess.Popen[str], found: Found) -> None:
        victims = [("driver", driver.pid), *(("runtime", pid) for pid in self._runtimes())]
        victims += [("worker", pid) for pid in _children(driver.pid) if _is_worker(pid)]
        kind = self._chance.choice(sorted({kind for kind, _ in victims}))
        pid = self._chance.choice([pid for name, pid in victims if name == kind])
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            found.kills[kind] += 1

    def _runtimes(self) -> Iterator[int]:
        for folder, _, files in os.walk(self.out / "work" / "homes"):
            if "batch-runtime.json" not in files:
                continue
            with contextlib.suppress(OSError, ValueError, KeyError):
                pid = json.loads(Path(folder, "batch-runtime.json").read_text())["pid"]
                os.kill(pid, 0)  # one that is gone is nobody's victim
                yield pid

    # --- what has to hold --------------------------------------------------------------------

    def _check(self, found: Found) -> None:
        finished = Counter(entry["id"] for entry in self._entries() if entry["event"] == "finished")
        assert len(finished) == self._tasks, f"{len(finished)} of {self._tasks} settled"
        assert set(finished.values()) == {1}, "a task was settled twice"
        found.attempts = sum(entry["event"] == "started" for entry in self._entries())
        extra = found.attempts - self._tasks
        assert found.calls <= 2 * self._tasks + 2 * extra, "calls that no kill explains"
        for task_id in finished:
            folder = self.out / "tasks" / task_id
            found.answers[task_id] = (folder / "answer.md").read_bytes()
            found.patches[task_id] = (folder / "patch.diff").read_bytes()
        assert not (self.out / "work").exists(), "a folder is left"
        assert list(self._left()) == [], "a process is left"

    def _entries(self) -> Iterator[dict[str, Any]]:
        return entries(self.out / "ledger.jsonl")

    def _left(self) -> Iterator[str]:
        """Yield the processes that have to do with the batch and are still there."""
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                told = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
                if str(self.out).encode() in told and process.name != str(os.getpid()):
                    yield process.name


def _children(pid: int) -> list[int]:
    """The processes below one, at any depth."""
    done = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    direct = [int(word) for word in done.stdout.split()]
    return [*direct, *(below for child in direct for below in _children(child))]


def _is_worker(pid: int) -> bool:
    """Tell whether it is a process of multiprocessing: a worker of the local cluster."""
    with contextlib.suppress(OSError):
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def main(words: list[str] | None = None) -> None:
    """Run both, compare them, and print what it cost."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", default="local", choices=("local", "dask"))
    given = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        calm = Chaos(Path(one), tasks=given.tasks).run(kills=0)
        wild = Chaos(Path(other), tasks=given.tasks, engine=given.engine, seed=given.seed)
        found = wild.run(kills=given.kills)
    assert found.answers == calm.answers, "answers differ"
    assert found.patches == calm.patches, "patches differ"
    for name, run in (("undisturbed", calm), ("disturbed", found)):
        print(
            f"{name}: {run.seconds:.1f} s, {run.calls} model calls, {run.attempts} attempts, "
            f"kills {dict(run.kills)}"
        )


if __name__ == "__main__":
    main()
