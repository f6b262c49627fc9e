"""A pipe that is lent: who reads what, who is told, and that Ctrl-C anywhere loses nothing."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from openai_codex._drivers import lendable_pipe
from tests.ctrl_c import CtrlC
from tests.drivers import children

pytestmark = pytest.mark.skipif(not hasattr(select, "epoll"), reason="needs epoll")

OURS, OTHER = 7, 8


class Lender:
    """A lendable pipe, with what its owner was given and how often it was woken."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()
        self._bells = os.pipe()
        os.set_blocking(self.reader, False)
        self.woken = threading.Semaphore(0)
        self.pipe = lendable_pipe.LendablePipe(
            self.reader, wake=self.woken.release, writable=self._bells[1]
        )
        self.delivered: list[bytes] = []

    def owner_sees(self) -> bool:
        """Tell whether the owner, who polls, would wake up."""
        poll = select.poll()
        poll.register(self.pipe.fileno(), select.POLLIN)
        return bool(poll.poll(0))

    def owner_reads(self) -> bytes | None:
        return self.pipe.read(self.delivered.append)

    def write(self, data: bytes) -> None:
        os.write(self.writer, data)

    def end(self) -> None:
        self.pipe.close()
        for fd in (self.reader, self.writer, *self._bells):
            os.close(fd)


@pytest.fixture
def lender() -> Iterator[Lender]:
    one = Lender()
    yield one
    one.end()


def take_all(taken: list[bytes]) -> Callable[[bytes], bool]:
    """Return a `take` that takes whatever comes."""

    def take(data: bytes) -> bool:
        taken.append(data)
        return True

    return take


def take_nothing(data: bytes) -> bool:
    return False


def test_a_borrower_reads_while_the_owner_sleeps(lender: Lender) -> None:
    taken: list[bytes] = []
    lender.pipe.lend(OURS)
    lender.write(b"reply\n")
    assert not lender.owner_sees()
    lender.pipe.borrow(OURS, take_all(taken), children.SOON)
    assert (taken, lender.pipe.loan) == ([b"reply\n"], lendable_pipe.NOBODY)
    assert not lender.owner_sees()
    lender.write(b"event\n")
    assert lender.owner_sees()
    assert lender.owner_reads() == b"event\n"


def test_what_is_not_the_borrowers_is_delivered_by_the_owner(lender: Lender) -> None:
    lender.pipe.lend(OURS)
    lender.write(b"event\n")
    lender.pipe.borrow(OURS, take_nothing, children.SOON)
    assert lender.woken.acquire(timeout=children.SOON)
    lender.pipe.lend(OURS)  # not before the owner has delivered it
    assert lender.pipe.loan == lendable_pipe.NOBODY
    lender.write(b"later\n")
    assert lender.pipe.has_unread
    assert [lender.owner_reads(), lender.owner_reads(), lender.owner_reads()] == [
        b"event\n",
        b"later\n",
        None,
    ]
    assert lender.delivered == [b"event\n", b"later\n"]


def test_a_borrower_to_whom_nothing_comes_gives_the_pipe_back(lender: Lender) -> None:
    lender.pipe.lend(OURS)
    lender.pipe.borrow(OURS, take_nothing, 0.0)
    assert not lender.pipe.has_unread
    lender.write(b"event\n")
    assert lender.owner_sees()


@pytest.mark.parametrize("way", ["recall", "owner_reads", "close"])
def test_a_borrower_is_woken_when_the_pipe_is_taken_back(lender: Lender, way: str) -> None:
    taken: list[bytes] = []
    lender.pipe.lend(OURS)
    with ThreadPoolExecutor(1) as pool:
        borrowed = pool.submit(lender.pipe.borrow, OURS, take_all(taken), 600.0)
        {
            "recall": lender.pipe.recall,
            "owner_reads": lender.owner_reads,
            "close": lender.pipe.close,
        }[way]()
        borrowed.result(children.SOON)
    assert (taken, lender.pipe.loan) == ([], lendable_pipe.NOBODY)


def test_the_bell_rings_once(lender: Lender) -> None:
    taken: list[bytes] = []
    lender.pipe.lend(OURS)
    lender.pipe.recall()
    lender.pipe.borrow(OURS, take_all(taken), children.SOON)
    lender.pipe.lend(OTHER)
    with ThreadPoolExecutor(1) as pool:
        borrowed = pool.submit(lender.pipe.borrow, OTHER, take_all(taken), 600.0)
        lender.write(b"reply\n")
        borrowed.result(children.SOON)
    assert taken == [b"reply\n"]


def test_who_has_lost_the_pipe_reads_nothing(lender: Lender) -> None:
    lender.pipe.lend(OURS)
    lender.pipe.lend(OTHER)
    lender.write(b"reply\n")
    lender.pipe.borrow(OURS, take_nothing, children.SOON)
    assert lender.pipe.loan == OTHER
    assert not lender.pipe.has_unread


def test_the_owner_is_told_of_the_end_while_the_pipe_is_lent(lender: Lender) -> None:
    lender.pipe.lend(OURS)
    os.close(lender.writer)
    lender.writer = os.dup(lender.reader)  # something to close
    assert lender.owner_sees()
    lender.pipe.borrow(OURS, take_nothing, children.SOON)
    assert [lender.owner_reads(), lender.owner_reads()] == [b"", b""]


def test_a_closed_pipe_is_not_lent(lender: Lender) -> None:
    lender.pipe.lend(OURS)
    lender.pipe.close()
    lender.pipe.lend(OURS)
    lender.pipe.borrow(OURS, take_nothing, children.SOON)
    lender.pipe.recall()
    lender.pipe.close()
    assert lender.pipe.loan == lendable_pipe.NOBODY


@pytest.mark.parametrize("is_ours", [True, False], ids=["its-reply", "an-event"])
def test_ctrl_c_anywhere_in_a_borrower_loses_nothing(is_ours: bool) -> None:
    came = 0
    for place in range(1, 40):
        lender, taken = Lender(), list[bytes]()
        take = take_all(taken) if is_ours else take_nothing
        lender.write(b"first\n")
        ctrl_c = CtrlC(place, below=lendable_pipe.__file__)
        try:
            with ctrl_c:
                lender.pipe.lend(OURS)
                lender.pipe.borrow(OURS, take, children.SOON)
        except KeyboardInterrupt:
            lender.pipe.recall()  # as who forgets the call does
        came += ctrl_c.came
        assert lender.pipe.loan == lendable_pipe.NOBODY
        lender.write(b"second\n")
        assert lender.owner_sees() or lender.woken.acquire(blocking=False)
        while lender.owner_reads():
            pass
        everything = b"".join(lender.delivered)
        # Twice is possible, and harmless: nobody waits for a reply that was taken before.
        assert everything in ([b"first\nsecond\n", b"second\n"] if taken else [b"first\nsecond\n"])
        lender.end()
    assert came > 5
