"""Rewind, and be killed at the n-th step that changes the disk: for the test of broken rewinds.

python -m tests.checkpoints.killed PLACE CHECKPOINT STEP
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from tests.checkpoints.conftest import Ground

STEPS = ("replace", "rename", "unlink", "mkdir", "rmdir", "chmod", "symlink")


def main(place: str, mark: str, step: int) -> None:
    ground = Ground(Path(place))
    record = ground.keeper.find(mark)
    done = count()

    def killing(real: Callable[..., Any]) -> Callable[..., Any]:
        def stepping(*arguments: Any, **options: Any) -> Any:
            if next(done) == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **options)

        return stepping

    for name in STEPS:
        setattr(os, name, killing(getattr(os, name)))
    ground.keeper.rewind(record, ground.moment("turn"), files=True, left="turn", force=False)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
