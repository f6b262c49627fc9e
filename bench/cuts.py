"""Random cuts of the link, and random kills of the runtime: every turn is accounted for.

    python -m bench.cuts [--cuts 1000] [--kills 1000] [--way unix|websocket|proxy] [--seed 1]

Prints the seed, one line for each kind of fault, and exits with 1 where a turn is not accounted
for: a turn ends with its result, as interrupted, or with an error that names its thread.
"""

from __future__ import annotations

import argparse
import collections
import functools
import itertools
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from openai_codex import Codex, ConnectionLostError, Restart, Thread
from openai_codex.testing import ScriptedModel, offline_config, say
from tests.returns.cutting import Link, Server

__all__ = ["cuts", "kills"]

_PIECES = [f"piece {number} " for number in range(20)]


def cuts(count: int, seed: int, way: str) -> dict[str, int]:
    """Cut the link of an attached client `count` times; returns how its turns ended.

    Of a proxy, every second time the program is killed that carries the bytes.
    """
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder, _model() as model:
        server = Server(model, Path(folder), way)
        link = Link(server, Path(folder))
        try:
            with Codex(connect=link.connect()) as codex:
                faults = itertools.cycle([link.cut, lambda: _kill(codex)])
                cut = link.cut if way != "proxy" else lambda: next(faults)()
                return _turns(codex, count, chance, cut)
        finally:
            link.close()
            server.kill()


def kills(count: int, seed: int) -> dict[str, int]:
    """Kill the runtime of a client with `restart=` `count` times; returns how its turns ended."""
    chance = random.Random(seed)
    # A short span: the wait before a restart grows with the restarts that are in it.
    restart = Restart(limit=20, within=0.5)
    with _model() as model, Codex(offline_config(model), restart=restart) as codex:
        return _turns(codex, count, chance, lambda: _kill(codex))


def _kill(codex: Codex) -> None:
    process = codex.process
    if process is not None and process.is_alive:
        os.kill(process.pid, signal.SIGKILL)


def _model() -> ScriptedModel:
    model = ScriptedModel(strict=False)
    model.default(say(deltas=_PIECES))
    return model


def _turns(
    codex: Codex, count: int, chance: random.Random, fault: Callable[[], None]
) -> dict[str, int]:
    ends: collections.Counter[str] = collections.Counter()
    thread = codex.thread_start()
    thread.run("the first, which stores the thread")
    for number in range(count):
        try:
            turn = thread.turn(f"turn {number}")
            time.sleep(chance.random() * 0.15)  # a random moment is the point of it
            fault()
            result = turn.run(timeout=60)
        except ConnectionLostError as error:
            named = error.thread_id in (thread.id, None)
            ends["lost, by name" if named else "lost"] += 1
            continue
        items = [item.id for item in result.items]
        once = len(items) == len(set(items))
        ends[str(result.status.value) if once else "an item twice"] += 1
    ends["at the end"] = int(_last(thread))
    return dict(ends)


def _last(thread: Thread) -> bool:
    """Run a last turn; the loss that came after the turn before may show only now."""
    try:
        return thread.run("the last").completed
    except ConnectionLostError:
        return thread.run("the last").completed


_FINE = {"completed", "interrupted", "lost, by name", "at the end"}


def main(words: list[str] | None = None) -> int:
    """Run what was asked for; returns 1 where a turn is not accounted for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cuts", type=int, default=0)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--way", choices=["unix", "websocket", "proxy"], default="unix")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    given = parser.parse_args(words)
    print(f"seed {given.seed}")
    is_fine = True
    cut = functools.partial(cuts, way=given.way)
    for name, run, count in (("cuts", cut, given.cuts), ("kills", kills, given.kills)):
        if count:
            began = time.monotonic()
            ends = run(count, given.seed)
            total = sum(ends.values()) - 1
            is_fine = is_fine and total == count and set(ends) <= _FINE and ends["at the end"] == 1
            print(f"{count} {name}: {ends} in {time.monotonic() - began:.1f} s")
    return 0 if is_fine else 1


if __name__ == "__main__":
    sys.exit(main())
