"""The desk sorts events by turn and login, keeps them for later readers, and stays small."""

from __future__ import annotations

from typing import Any

import pytest

from openai_codex._core import desk as desks
from openai_codex._core.desk import Desk, Shelf
from openai_codex._core.messages import Closed
from openai_codex.errors import StreamOverflowError, TransportClosedError
from tests.core.boxes import Note, Queue

GONE = Closed(TransportClosedError("gone"))


def desk(limit: int = 100) -> Desk[Queue]:
    return Desk(Queue, limit=limit)


def methods(shelf: Shelf[Queue]) -> list[str]:
    return [item.method for item in shelf.queue.items if not isinstance(item, Closed)]


def put(one: Desk[Queue], method: str, size: int = 1, **params: Any) -> None:
    one.put(Note(method, params, size))


def test_events_of_a_turn_wait_for_its_reader() -> None:
    one = desk()
    put(one, "turn/started", threadId="th", turn={"id": "t1"})
    put(one, "item/started", threadId="th", turnId="t1")
    put(one, "item/started", threadId="th", turnId="t2")
    assert methods(one.turn("t1")) == ["turn/started", "item/started"]
    assert methods(one.turn("t2")) == ["item/started"]
    assert one.rest.take() is None


def test_what_names_no_turn_is_among_the_rest() -> None:
    one = desk()
    put(one, "thread/started", threadId="th", turn="odd")
    put(one, "odd", turn={"id": 7})
    put(one, "account/login/completed", loginId=None)
    assert methods(one.rest) == ["thread/started", "odd", "account/login/completed"]


def test_the_end_of_a_login_is_kept_for_its_reader_and_among_the_rest() -> None:
    one = desk()
    put(one, "account/login/completed", loginId="l1")
    assert methods(one.login("l1")) == methods(one.rest) == ["account/login/completed"]


def test_what_is_forgotten_begins_empty_again() -> None:
    one = desk()
    put(one, "item/started", turnId="t1")
    put(one, "account/login/completed", loginId="l1")
    one.forget_turn("t1")
    one.forget_login("l1")
    one.forget_turn("never")
    assert not one.knows_login("l1")
    assert methods(one.turn("t1")) == methods(one.login("l1")) == []


def test_the_end_of_the_connection_reaches_every_reader_after_what_came_before() -> None:
    one = desk()
    put(one, "item/started", turnId="t1")
    before = [one.rest, one.turn("t1"), one.login("l1")]
    one.put(GONE)
    assert before[1].take().method == "item/started"
    for shelf in (*before, one.turn("t2"), one.login("l2")):
        assert shelf.take() is GONE
        assert shelf.take() is GONE
    put(one, "item/started", turnId="t1")
    put(one, "thread/started")
    assert methods(one.turn("t1")) == methods(one.rest) == []


def test_a_turn_past_its_bound_ends_with_an_error() -> None:
    one = desk(limit=100)
    put(one, "item/started", size=60, turnId="t1")
    put(one, "item/started", size=60, turnId="t1")
    put(one, "item/started", size=1, turnId="t1")
    lost = one.turn("t1").take()
    assert isinstance(lost, Closed)
    assert isinstance(lost.cause, StreamOverflowError)


def test_a_reader_that_keeps_up_loses_nothing() -> None:
    one = desk(limit=100)
    for _ in range(10):
        put(one, "item/started", size=60, turnId="t1")
        assert one.turn("t1").take().size == 60
    assert one.turn("t1").unread == 0


def test_the_rest_loses_its_oldest() -> None:
    one = desk(limit=100)
    for name in ("a", "b", "c"):
        put(one, name, size=40)
    assert methods(one.rest) == ["b", "c"]


def test_of_turns_that_nobody_reads_the_oldest_lose_their_events() -> None:
    one = desk(limit=100)
    for turn_id in ("t1", "t2", "t3"):
        put(one, "turn/completed", size=40, turn={"id": turn_id})
    assert isinstance(one.turn("t1").take(), Closed)
    assert methods(one.turn("t2")) == methods(one.turn("t3")) == ["turn/completed"]


def test_what_just_fits_is_not_lost() -> None:
    one = desk(limit=100)
    for turn_id in ("t1", "t2"):
        put(one, "turn/completed", size=50, turn={"id": turn_id})
    for _ in range(2):
        put(one, "item/started", size=50, turnId="t3")
    put(one, "a", size=60)
    put(one, "b", size=40)
    assert methods(one.turn("t1")) == methods(one.turn("t2")) == ["turn/completed"]
    assert methods(one.turn("t3")) == ["item/started"] * 2
    assert methods(one.rest) == ["a", "b"]


def test_a_turn_that_was_lost_and_then_cut_off_has_one_reason() -> None:
    one = desk(limit=100)
    one.put(GONE)
    shelf = one.turn("t1")
    shelf.lose()
    assert list(shelf.queue.items) == [GONE]


def test_the_number_of_turns_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desks, "MAX_TURNS", 2)
    one = desk()
    for turn_id in ("t1", "t2", "t3"):
        put(one, "turn/completed", turn={"id": turn_id})
    assert [methods(one.turn(turn_id)) for turn_id in ("t1", "t3")] == [[], ["turn/completed"]]
