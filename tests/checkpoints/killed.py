"""Rewind or redo, and be killed at the n-th step that changes the disk: for broken rewinds.

python -m tests.checkpoints.killed PLACE CHECKPOINT STEP, or with the word redo for CHECKPOINT
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
    record = None if mark == "redo" else ground.keeper.find(mark)
    done = count()

    def killing(real: Callable[..., Any]) -> Callable[..., Any]:
        def stepping(*arguments: Any, **options: Any) -> Any:
            if next(done) == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **options)

        return stepping

    for name in STEPS:
        setattr(os, name, killing(getattr(os, name)))
    moment = ground.moment("turn")
    if record is None:
        ground.keeper.redo(moment, force=False)
    else:
        ground.keeper.rewind(record, moment, files=True, left="turn", force=False)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
