"""Where the random tests get their chance from, and how long they go on: two variables to set.

CODEX_CHAOS_KILLS=2000    kills of the real runtime in all (200 by default)
CODEX_SOAK_SECONDS=60     go on for so long, instead of a fixed number of steps
CODEX_TEST_SEED=1234      do it again as it was
"""

from __future__ import annotations

import os
import random
import time

KILLS = int(os.environ.get("CODEX_CHAOS_KILLS", "200"))
SOAK_SECONDS = float(os.environ.get("CODEX_SOAK_SECONDS", "0"))


def new_chance(what: str) -> random.Random:
    """Return a source of chance, and print the seed that makes it again."""
    seed = int(os.environ.get("CODEX_TEST_SEED") or int.from_bytes(os.urandom(4), "big"))
    print(f"{what}: CODEX_TEST_SEED={seed}")  # noqa: T201
    return random.Random(f"{seed} {what}")


class Course:
    """Count the steps of one actor: so many, or as long as the soak goes on."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._end = time.monotonic() + SOAK_SECONDS

    def goes_on(self, done: int) -> bool:
        """Tell whether there is another step to take."""
        return done < self._steps or time.monotonic() < self._end
