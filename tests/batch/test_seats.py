"""Workers get attempts evenly; one that runs alone gets a worker of its own, in the end."""

from __future__ import annotations

from openai_codex.batch.engines.seats import Seats


def seats_of(**offers: int) -> Seats:
    seats = Seats()
    seats.update(offers)
    return seats


def test_the_least_busy_worker_is_next_until_none_is_free() -> None:
    seats = seats_of(a=2, b=1)
    assert sorted(filter(None, (seats.take(alone=False) for _ in range(3)))) == ["a", "a", "b"]
    assert seats.take(alone=False) is None
    seats.leave("b")
    assert seats.take(alone=False) == "b"


def test_an_attempt_that_runs_alone_shares_its_worker_with_nobody() -> None:
    seats = seats_of(a=4)
    assert seats.take(alone=True) == "a"
    assert seats.take(alone=False) is None
    seats.leave("a")
    assert seats.take(alone=False) == "a"


def test_a_worker_is_closed_to_others_until_it_is_idle() -> None:
    seats = seats_of(a=2, b=2)
    busy = [seats.take(alone=False) for _ in range(2)]
    assert seats.take(alone=True) is None
    assert seats.take(alone=False) == "b", "the one that is not being emptied"
    seats.leave("a")
    assert sorted(filter(None, busy)) == ["a", "b"]
    assert seats.take(alone=True) == "a"


def test_a_worker_that_leaves_takes_its_seats_along() -> None:
    seats = seats_of(a=1, b=1)
    assert seats.total == 2
    assert seats.take(alone=False) == "a"
    seats.update({"b": 1})
    assert (seats.has("a"), seats.total) == (False, 1)
    seats.leave("a")
    assert seats.take(alone=True) == "b"


def test_a_worker_that_leaves_while_it_is_emptied_blocks_nobody() -> None:
    seats = seats_of(a=1)
    seats.take(alone=False)
    assert seats.take(alone=True) is None
    seats.update({"b": 1})
    assert seats.take(alone=True) == "b"
