"""Programs that a test starts: however its block ends, the program does not outlive it."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator, Sequence
from typing import Any

SECONDS = 60


@contextlib.contextmanager
def child_process(argv: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """Run a program; it must end with the block. `options` are those of `subprocess.Popen`.

    `Popen` alone waits for ever for a program that the test's own failure, or its time-out, left
    running: the test would neither fail nor end.
    """
    with subprocess.Popen(argv, **options) as process:
        try:
            yield process
            process.wait(SECONDS)
        finally:
            process.kill()
