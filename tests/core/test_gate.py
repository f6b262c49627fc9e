"""A bounded number passes, the rest in the order they came, and no place is lost or made up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_codex._core.gate import Gate


def gate(limit: int) -> tuple[Gate[object], list[object]]:
    """Return a gate, and the list of whom it told to pass."""
    told: list[object] = []
    return Gate(limit=limit, tell=told.append), told


def test_a_call_that_finds_room_passes_at_once() -> None:
    one, told = gate(2)
    assert [one.enter(who) for who in "abc"] == [True, True, False]
    assert told == []


def test_a_call_inside_stays_inside() -> None:
    one, _ = gate(1)
    assert [one.enter("a"), one.enter("a"), one.enter("b"), one.enter("b")] == [
        True,
        True,
        False,
        False,
    ]


def test_the_rest_pass_in_the_order_they_came() -> None:
    one, told = gate(1)
    for who in "abcd":
        one.enter(who)
    for count, who in enumerate("abcd"):
        assert told == list("bcd"[:count])
        assert one.enter(who)
        one.leave(who)


def test_a_later_call_overtakes_none() -> None:
    one, _ = gate(1)
    one.enter("inside")
    one.enter("waiting")
    one.leave("inside")
    assert not one.enter("late")
    assert one.enter("waiting")


def test_leaving_the_queue_takes_no_place() -> None:
    one, told = gate(1)
    for who in ("inside", "gone", "last"):
        one.enter(who)
    one.leave("gone")
    one.leave("inside")
    assert told == ["last"]


def test_leaving_twice_or_without_entering_makes_no_room() -> None:
    one, told = gate(1)
    one.enter("inside")
    one.enter("waiting")
    one.leave("stranger")
    assert told == []
    one.leave("inside")
    one.leave("inside")
    one.enter("late")
    assert told == ["waiting"]


def test_what_ctrl_c_broke_off_is_done_the_next_time() -> None:
    told: list[object] = []

    def tell(who: object) -> None:
        told.append(who)
        if told == ["first"]:
            raise KeyboardInterrupt

    one: Gate[object] = Gate(limit=2, tell=tell)
    for who in ("a", "b", "first", "second"):
        one.enter(who)
    with pytest.raises(KeyboardInterrupt):
        one.leave("a")
    one.leave("b")
    assert told == ["first", "first", "second"]
    assert not one.enter("third")


def test_a_cleared_gate_is_empty_and_tells_nobody() -> None:
    one, told = gate(1)
    one.enter("inside")
    one.enter("waiting")
    one.clear()
    one.leave("inside")
    assert told == []
    assert one.enter("another")


@given(limit=st.integers(1, 4), steps=st.lists(st.tuples(st.booleans(), st.integers(0, 9))))
def test_never_more_than_the_limit_inside_and_nobody_waits_for_nothing(
    limit: int, steps: list[tuple[bool, int]]
) -> None:
    one, told = gate(limit)
    order: list[int] = []
    inside: set[object] = set()
    for enters, who in steps:
        if enters and who not in order:
            order.append(who)
            if one.enter(who):
                inside.add(who)
        elif not enters:
            one.leave(who)
            order = [other for other in order if other != who]
            inside.discard(who)
        inside |= set(told)
        told.clear()
        assert inside == set(order[:limit])
