"""The text of a turn: its messages in pieces, and what goes between two of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_codex._turns.notification import Notification
from openai_codex._turns.text import SpokenText


def delta(item: str, text: Any) -> Notification:
    return Notification.from_wire("item/agentMessage/delta", {"itemId": item, "delta": text}, 0)


def done(item: str, text: str, kind: str = "agentMessage") -> Notification:
    params = {"item": {"type": kind, "id": item, "text": text}}
    return Notification.from_wire("item/completed", params, 0)


def started(item: str, kind: str = "agentMessage") -> Notification:
    return Notification.from_wire("item/started", {"item": {"type": kind, "id": item}}, 0)


GAP = Notification.from_wire("connection/reconnected", {"missed": "deltas"}, 0)


def text_of(*events: Notification, separator: str = "\n\n") -> str:
    spoken = SpokenText(separator=separator)
    return "".join(map(spoken.feed, events))


FIRST = [delta("a", "I run "), delta("a", "the tests."), done("a", "I run the tests.")]
SECOND = [delta("b", "They "), delta("b", "pass."), done("b", "They pass.")]


def test_a_blank_line_goes_between_two_messages() -> None:
    assert text_of(*FIRST, *SECOND) == "I run the tests.\n\nThey pass."


def test_the_separator_is_the_callers_choice() -> None:
    assert text_of(*FIRST, *SECOND, separator="") == "I run the tests.They pass."
    assert text_of(*FIRST, *SECOND, separator=" | ") == "I run the tests. | They pass."


def test_nothing_is_added_before_the_first_message_and_after_the_last() -> None:
    assert text_of(*FIRST, done("x", "think", kind="reasoning")) == "I run the tests."
    assert text_of(delta("empty", ""), *FIRST) == "I run the tests."


@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_a_message_that_ends_with_line_feeds_is_not_parted_twice(end: str) -> None:
    assert text_of(delta("a", f"One.{end}"), delta("b", "Two.")) == "One.\n\nTwo."


def test_a_message_without_pieces_is_told_whole() -> None:
    assert text_of(done("a", "One."), done("b", "Two.")) == "One.\n\nTwo."


@pytest.mark.parametrize("missed", [0, 1, 2, 3])
def test_a_message_of_which_pieces_were_missed_is_told_whole(missed: int) -> None:
    pieces = [delta("a", part) for part in ("I ", "run ", "the tests.")]
    after = [*pieces[missed:], done("a", "I run the tests."), started("b"), *SECOND]
    for before in range(missed + 1):
        assert text_of(*pieces[:before], GAP, *after) == "I run the tests.\n\nThey pass."


def test_a_message_that_began_in_the_gap_is_told_whole() -> None:
    events = [started("a"), delta("a", "I run "), GAP, FIRST[-1], started("x", "reasoning")]
    assert text_of(*events, *SECOND[1:]) == "I run the tests.\n\nThey pass."


def test_of_a_turn_that_was_joined_no_half_message_is_told() -> None:
    spoken = SpokenText(separator=" ", is_joined=True)
    events = [delta("a", "the tests."), FIRST[-1], started("b"), SECOND[0]]
    assert [spoken.feed(event) for event in events] == ["", "I run the tests.", "", " They "]


def test_what_is_no_text_is_left_out() -> None:
    assert text_of(delta("a", None), delta("a", 5), delta("a", "x")) == "x"
    broken = Notification.from_wire("item/completed", {"item": None}, 0)
    untold = Notification.from_wire("item/completed", {"item": {"type": "agentMessage"}}, 0)
    assert text_of(GAP, broken, untold) == ""


@given(
    messages=st.lists(st.lists(st.text(min_size=1), min_size=1), max_size=4),
    separator=st.sampled_from(["", "\n\n", " | ", "aa"]),
)
def test_pieces_and_whole_messages_make_the_same_text(
    messages: list[list[str]], separator: str
) -> None:
    pieces = [delta(str(n), part) for n, parts in enumerate(messages) for part in parts]
    whole = [done(str(n), "".join(parts)) for n, parts in enumerate(messages)]
    assert text_of(*pieces, separator=separator) == text_of(*whole, separator=separator)
