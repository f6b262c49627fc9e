"""A short, seeded run of `bench/cuts.py`: every turn is accounted for."""

from __future__ import annotations

import pytest

from bench import cuts


@pytest.mark.parametrize(("way", "count"), [("unix", 20), ("websocket", 10), ("proxy", 8)])
def test_every_turn_is_accounted_for_after_random_cuts(way: str, count: int) -> None:
    assert cuts.main(["--cuts", str(count), "--way", way, "--seed", "7"]) == 0


def test_every_turn_is_accounted_for_after_random_kills() -> None:
    assert cuts.main(["--kills", "5", "--seed", "7"]) == 0
