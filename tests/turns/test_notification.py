"""An event keeps its payload, however it is copied, and shows it safely."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from openai_codex._turns.notification import Notification
from tests.attacks import ATTACKS, is_safe

METHOD = "item/agentMessage/delta"


def delta(text: str) -> Notification:
    params = {"threadId": "t", "turnId": "u", "itemId": "i", "delta": text}
    return Notification.from_wire(METHOD, params, 90)


def pickled(note: Notification) -> Any:
    return pickle.loads(pickle.dumps(note))


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickled])
@pytest.mark.parametrize("is_read", [False, True])
def test_a_copy_keeps_the_payload(copied: Callable[[Notification], Any], is_read: bool) -> None:
    note = delta("Hello")
    if is_read:
        assert note.payload
    again = copied(note)
    assert again.payload.delta == "Hello"
    assert again == note
    assert (again.params, again.size) == (note.params, 90)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickled])
def test_a_copy_of_an_event_that_nobody_knows_keeps_its_params(
    copied: Callable[[Notification], Any],
) -> None:
    again = copied(Notification.from_wire("brand/new", {"a": 1}, 9))
    assert again.payload.params == {"a": 1}


def test_an_event_that_was_made_by_hand_can_be_copied() -> None:
    note = Notification("brand/new", "payload")
    assert pickled(note).payload == "payload"


@pytest.mark.parametrize("attack", ATTACKS, ids=ascii)
def test_no_attack_leaves_the_line_of_a_repr(attack: str) -> None:
    for note in (delta(attack), Notification.from_wire(attack, {"a": attack}, 1)):
        for shown in (repr(note), repr(note.payload), str(note.payload)):
            assert is_safe(shown.replace(" ", "")), shown


def test_a_repr_shows_no_secret() -> None:
    assert "opaque" not in repr(delta("token: opaque")) + repr(delta("token: opaque").payload)
