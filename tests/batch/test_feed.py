"""An input that blocks is read beside the loop, and only when asked."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from openai_codex.batch.feed import NOT_YET, Feed


def nothing() -> None:
    pass


def drawn(feed: Feed) -> Any:
    """The next member, however long it takes."""
    while (member := next(feed)) is NOT_YET:
        pass
    return member


def test_members_come_one_at_a_time_in_order() -> None:
    read: list[int] = []

    def members() -> Iterator[int]:
        for number in range(3):
            read.append(number)
            yield number

    feed = Feed(members(), nothing)
    assert drawn(feed) == 0
    assert read == [0], "nothing is read that nobody asked for"
    assert [drawn(feed), drawn(feed)] == [1, 2]
    with pytest.raises(StopIteration):
        drawn(feed)


def test_what_is_not_there_yet_is_announced_when_it_is() -> None:
    gate, ready = threading.Event(), threading.Event()

    def members() -> Iterator[str]:
        gate.wait()
        yield "late"

    feed = Feed(members(), ready.set)
    assert next(feed) is NOT_YET
    assert next(feed) is NOT_YET
    assert not ready.is_set()
    gate.set()
    assert ready.wait(60)
    assert next(feed) == "late"


def test_an_error_of_the_input_comes_out_where_it_is_read() -> None:
    def members() -> Iterator[str]:
        yield "one"
        raise LookupError("of the input")

    feed = Feed(members(), nothing)
    assert drawn(feed) == "one"
    with pytest.raises(LookupError, match="of the input"):
        drawn(feed)


def test_the_input_sees_the_context_of_its_reader() -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")
    variable.set("mine")
    feed = Feed((variable.get() for _ in range(1)), nothing)
    assert drawn(feed) == "mine"


def test_a_closed_feed_reads_nothing_more() -> None:
    before = threading.active_count()
    feed = Feed(iter(range(3)), nothing)
    assert drawn(feed) == 0
    feed.close()
    while threading.active_count() > before:
        pass
