"""Which worker gets the next attempt. Pure; workers come and go.

An attempt that is to run alone gets a worker that has nothing else. When none is idle, one is
closed to others until it is, so that such an attempt does not wait for ever.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["Seats"]


class Seats:
    """The turns that each worker offers, and those that are taken."""

    def __init__(self) -> None:
        self._offers: dict[str, int] = {}
        self._taken: dict[str, int] = {}
        self._alone: set[str] = set()
        self._closing: str | None = None

    def update(self, offers: Mapping[str, int]) -> None:
        """Take note of the workers that are there now, and how many turns each offers."""
        self._offers = dict(offers)
        if self._closing not in self._offers:
            self._closing = None

    @property
    def total(self) -> int:
        """The turns that all workers of this moment offer together."""
        return sum(self._offers.values())

    def has(self, worker: str) -> bool:
        """Tell whether a worker is still there."""
        return worker in self._offers

    def take(self, *, alone: bool) -> str | None:
        """Take a seat; return its worker, None when nothing is free now."""
        worker = self._idle() if alone else self._least_busy()
        if worker is not None:
            self._taken[worker] = self._taken.get(worker, 0) + 1
            if alone:
                self._alone.add(worker)
        return worker

    def leave(self, worker: str) -> None:
        """Give a seat back."""
        self._alone.discard(worker)
        left = self._taken.pop(worker) - 1
        if left:
            self._taken[worker] = left

    def _least_busy(self) -> str | None:
        shut = {*self._alone, self._closing}
        free = [
            (self._taken.get(worker, 0) / turns, worker)
            for worker, turns in self._offers.items()
            if worker not in shut and self._taken.get(worker, 0) < turns
        ]
        return min(free)[1] if free else None

    def _idle(self) -> str | None:
        counts = [(self._taken.get(worker, 0), worker) for worker in self._offers]
        if self._closing is not None:
            counts = [(self._taken.get(self._closing, 0), self._closing)]
        if not counts:
            return None
        count, worker = min(counts)
        self._closing = None if count == 0 else worker
        return worker if count == 0 else None
