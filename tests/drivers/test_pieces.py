"""The small pieces of a pump: what is unsent, when it is over, what was printed."""

from __future__ import annotations

import logging
import os
import weakref

import pytest

from openai_codex._drivers.pipes import Outbox
from openai_codex._drivers.process.ending import Ending
from openai_codex._drivers.process.stderr import StderrTail
from openai_codex._drivers.weakbox import WeakBox


def test_what_a_pipe_takes_is_written_at_once_and_the_rest_is_kept_in_order() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    out, whole = Outbox(writer), bytes(range(256)) * 2000
    out.send(whole[:400_000])
    assert out.pending
    out.send(whole[400_000:])
    got = b""
    while out.pending:
        got += os.read(reader, 1 << 20)
        out.flush()
    os.close(writer)
    while data := os.read(reader, 1 << 20):
        got += data
    os.close(reader)
    assert got == whole


def test_a_pipe_that_nobody_reads_is_an_error() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    out = Outbox(writer)
    out.send(b"x" * 1_000_000)
    os.close(reader)
    with pytest.raises(BrokenPipeError):
        out.flush()
    os.close(writer)


def test_an_exit_is_the_end_and_told_once() -> None:
    ending = Ending()
    assert ending.verdict() is None
    ending.exited = True
    assert ending.verdict() == "the codex runtime exited"
    assert ending.verdict() is None


def test_a_pipe_that_is_gone_is_the_end_after_its_grace() -> None:
    ending = Ending()
    ending.pipe_gone = "stdout"
    assert ending.verdict() is None
    ending.grace_over = True
    assert ending.verdict() == "the codex runtime closed its stdout"


def test_an_exit_within_the_grace_is_told_as_an_exit() -> None:
    ending = Ending()
    ending.pipe_gone = "stdout"
    ending.exited = True
    assert ending.verdict() == "the codex runtime exited"


def test_the_last_lines_are_kept_without_colours_and_the_first_forgotten() -> None:
    tail = StderrTail()
    for number in range(100):
        tail.feed(f"\x1b[31mline {number}\x1b[0m  \n".encode())
    assert tail.text.split("\n") == [f"line {number}" for number in range(60, 100)]


def test_a_last_line_without_a_newline_counts_at_the_end() -> None:
    tail = StderrTail()
    tail.feed(b"Error: no such")
    assert tail.text == ""
    tail.end()
    assert tail.text == "Error: no such"


def test_bytes_that_are_no_text_and_lines_without_end_are_survived() -> None:
    tail = StderrTail()
    tail.feed(b"\xff\xfe bad\n")
    tail.feed(b"x" * 200_000 + b"\nfine\n")
    bad, long, fine = tail.text.split("\n")
    assert bad.endswith(" bad")
    assert long == "x" * 200
    assert fine == "fine"


@pytest.mark.parametrize(
    ("line", "level"),
    [
        (b"2026-01-01T00:00:00Z ERROR codex_core: failed", logging.ERROR),
        (b"Error: invalid value", logging.ERROR),
        (b"2026-01-01T00:00:00Z  WARN codex_core: odd", logging.WARNING),
        (b"listening", logging.INFO),
    ],
)
def test_each_line_is_logged_at_its_level(
    line: bytes, level: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="openai_codex.runtime")
    StderrTail().feed(line + b"\n")
    assert [(r.name, r.levelno) for r in caplog.records] == [("openai_codex.runtime", level)]


def test_what_is_sent_does_not_overtake_what_is_pending() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    out = Outbox(writer)
    out.send(b"a" * 1_000_000)
    got = os.read(reader, 1 << 20)  # the pipe would take more now
    out.send(b"b")
    while out.pending:
        out.flush()
        got += os.read(reader, 1 << 20)
    os.close(writer)
    assert got == b"a" * 1_000_000 + b"b"
    os.close(reader)


class Box:
    def __init__(self) -> None:
        self.items: list[object] = []

    def put(self, item: object) -> None:
        self.items.append(item)


def test_a_weak_box_passes_on_while_its_owner_lives_and_does_not_keep_it() -> None:
    owner = Box()
    box, alive = WeakBox(owner), weakref.ref(owner)
    box.put(1)
    assert owner.items == [1]
    del owner
    assert alive() is None
    box.put(2)
