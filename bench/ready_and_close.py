"""Row 7: `Codex()` until it is ready, and `close()`, on the real runtime, imports done before."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from row import Figures, Goal, Row, Side, beyond, main
from subject import raw_client, real_runtime

TIMES = 10


def often(make: Callable[[], Any]) -> Figures:
    """Open and close clients, the first one unseen."""
    opened, closed = [], []
    for _ in range(TIMES + 1):
        began = time.monotonic()
        client = make()
        ready = time.monotonic()
        client.close()
        opened.append(ready - began)
        closed.append(time.monotonic() - ready)
    return {
        "ready": statistics.median(opened[1:]) * 1e3,
        "close": statistics.median(closed[1:]) * 1e3,
    }


def package() -> Figures:
    """Open and close `Codex`."""
    from openai_codex import Codex, CodexConfig

    with real_runtime() as fields:
        return often(lambda: Codex(CodexConfig(**fields)))


def raw() -> Figures:
    """Open and close a raw client."""
    with real_runtime() as fields:
        return often(lambda: raw_client(fields))


ROW = Row(
    number=7,
    title="Codex() ready and close(), real runtime",
    how="real runtime; one start and close in each process",
    sides={"ours": Side(package), "peer": Side(package, "peer"), "floor": Side(raw)},
    goals=[
        Goal("ready, ms beyond a raw client", beyond("ours.ready", "floor.ready"), 3),
        Goal("close, ms beyond a raw client", beyond("ours.close", "floor.close"), 2),
    ],
    units={"ready": "ms", "close": "ms"},
)

if __name__ == "__main__":
    main(ROW)
