"""Which task is next, and when. Pure: the caller says what time it is.

Rule 1: what was begun goes before what was not, so that few tasks are half done at any time.
Rule 2: while the pool is paused nothing starts; afterwards one task alone tries, and the others
        follow when it gets through. A limit that is still there costs one attempt so, not hundreds.
Rule 3: the source is read only when nothing else is ready, one task at a time. It gives None while
        it has nothing yet.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from .spent import Spent
from .task import Task

__all__ = ["Candidate", "Queue"]


@dataclass(slots=True)
class Candidate:
    """A task that may start, with what its earlier attempts left."""

    task: Task
    digest: str
    attempt: int = 0
    failures: int = 0
    deaths: int = 0
    thread: str | None = None
    spent: Spent = field(default_factory=Spent)


class Queue:
    """The tasks that wait, in order."""

    def __init__(self, source: Iterator[Candidate | None]) -> None:
        self._source: Iterator[Candidate | None] | None = source
        self._is_reading = False  # the source has nothing yet, and will say when
        self._ready: deque[Candidate] = deque()
        self._later: list[tuple[float, int, Candidate]] = []
        self._number = 0
        self.paused_until = 0.0
        self._is_probing = False
        self._probe: str | None = None

    def take(self, now: float) -> Candidate | None:
        """The task to start now; None when there is none, or none may start yet."""
        if now < self.paused_until or (self._is_probing and self._probe is not None):
            return None
        while self._later and self._later[0][0] <= now:
            self._ready.append(heapq.heappop(self._later)[2])
        candidate = self._ready.popleft() if self._ready else self._from_source()
        if candidate is not None and self._is_probing:
            self._probe = candidate.task.id
        return candidate

    def _from_source(self) -> Candidate | None:
        if self._source is None:
            return None
        try:
            candidate = next(self._source)
        except StopIteration:
            self._source = candidate = None
        self._is_reading = self._source is not None and candidate is None
        return candidate

    def again(self, candidate: Candidate, at: float) -> None:
        """Have a task start once more, not before `at`."""
        self._number += 1
        heapq.heappush(self._later, (at, self._number, candidate))

    def pause(self, until: float) -> None:
        """Start nothing before `until`, and then one task first."""
        self.paused_until = max(self.paused_until, until)
        self._is_probing, self._probe = True, None

    def clear(self) -> None:
        """Take note that the service answers: the others may follow the one that tried."""
        self._is_probing, self._probe = False, None

    def release(self, task_id: str) -> None:
        """Let another task try, when it was this one that tried."""
        if self._probe == task_id:
            self._probe = None

    def wake_at(self) -> float | None:
        """When `take` may give something that it does not give now; None: only after an event."""
        if self._is_probing and self._probe is not None:
            return None
        if self._ready or (self._source is not None and not self._is_reading):
            return self.paused_until
        return max(self._later[0][0], self.paused_until) if self._later else None

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing waits and the source is used up."""
        return not self._ready and not self._later and self._source is None

    @property
    def is_read(self) -> bool:
        """Tell whether the source is used up."""
        return self._source is None

    @property
    def waiting(self) -> int:
        """How many tasks wait that were begun or read already."""
        return len(self._ready) + len(self._later)
