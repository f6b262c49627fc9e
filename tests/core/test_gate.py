"""A bounded number passes, the rest in the order they came, and no place is lost or made up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from openai_codex._core.gate import Gate
from tests.core.boxes import Latch


def test_who_finds_room_passes_at_once() -> None:
    gate, first, second = Gate(limit=2), Latch(), Latch()
    gate.enter(first)
    gate.enter(second)
    assert first.is_set()
    assert second.is_set()


def test_the_rest_pass_in_the_order_they_came() -> None:
    gate, tickets = Gate(limit=1), [Latch() for _ in range(4)]
    for ticket in tickets:
        gate.enter(ticket)
    for count, ticket in enumerate(tickets, start=1):
        assert [t.is_set() for t in tickets] == [True] * count + [False] * (4 - count)
        gate.leave(ticket)


def test_who_leaves_the_queue_takes_no_place() -> None:
    gate, inside, gone, last = Gate(limit=1), Latch(), Latch(), Latch()
    for ticket in (inside, gone, last):
        gate.enter(ticket)
    gate.leave(gone)
    gate.leave(inside)
    assert not gone.is_set()
    assert last.is_set()


def test_leaving_twice_or_without_entering_makes_no_room() -> None:
    gate, inside, waiting = Gate(limit=1), Latch(), Latch()
    gate.enter(inside)
    gate.enter(waiting)
    gate.leave(Latch())
    assert not waiting.is_set()
    gate.leave(inside)
    gate.leave(inside)
    late = Latch()
    gate.enter(late)
    assert waiting.is_set()
    assert not late.is_set()


@given(limit=st.integers(1, 4), steps=st.lists(st.tuples(st.booleans(), st.integers(0, 9))))
def test_never_more_than_the_limit_inside_and_nobody_waits_for_nothing(
    limit: int, steps: list[tuple[bool, int]]
) -> None:
    gate, tickets = Gate(limit=limit), [Latch() for _ in range(10)]
    order: list[Latch] = []
    for enters, index in steps:
        ticket = tickets[index]
        if enters and ticket not in order:
            order.append(ticket)
            gate.enter(ticket)
        elif not enters:
            gate.leave(ticket)
            order = [other for other in order if other is not ticket]
            tickets[index] = Latch()
        assert [t.is_set() for t in order] == [i < limit for i in range(len(order))]
