"""A descriptor on which much comes in small pieces is looked at less often, and loses nothing."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from openai_codex._drivers.aio.pump import LoopPump
from openai_codex._drivers.bursts import Bursts
from openai_codex._drivers.threads.pump import PollPump

REST = 0.002
SOON = 0.0005
PIECES = [b"%d\n" % number for number in range(100)]


def rests(times: list[float], *, size: int = 100) -> list[float]:
    bursts = Bursts()
    return [bursts.rest_after(size, now) for now in times]


class TestWhatIsABurst:
    def test_a_row_of_small_reads_is_one_from_the_fifth_on(self) -> None:
        assert rests([1 + number * SOON for number in range(7)]) == [0, 0, 0, 0, REST, REST, REST]

    def test_a_rest_does_not_end_it(self) -> None:
        times = [1 + number * 2 * REST for number in range(6)]
        assert rests(times)[-1] == REST

    def test_what_comes_at_a_persons_pace_is_none(self) -> None:
        assert not any(rests([1 + number * 0.01 for number in range(50)]))

    def test_a_pause_ends_it(self) -> None:
        before, after = [1 + number * SOON for number in range(6)], [2 + SOON, 2 + 2 * SOON]
        assert rests(before + after)[-2:] == [0, 0]

    def test_a_large_read_needs_no_rest(self) -> None:
        assert not any(rests([1 + number * SOON for number in range(9)], size=16 * 1024))

    def test_what_is_sent_ends_it(self) -> None:
        bursts = Bursts()
        for number in range(9):
            assert bursts.rest_after(100, 1 + number * SOON) == 0
            bursts.end()


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Make every read one of a burst; returns the sizes of them."""
    sizes: list[int] = []

    def rest_after(bursts: Bursts, size: int, now: float) -> float:
        sizes.append(size)
        return REST

    monkeypatch.setattr(Bursts, "rest_after", rest_after)
    return sizes


def test_a_thread_that_rests_reads_everything_to_the_end(always: list[int]) -> None:
    ours, theirs = socket.socketpair()
    got, seen, ended = bytearray(), threading.Condition(), threading.Event()
    pump = PollPump()

    def take(data: bytes) -> None:
        with seen:
            got.extend(data)
            seen.notify()

    pump.read(ours.fileno(), take, ended.set, gathers=True)
    pump.start(close=ours.close, failed=ended.set)
    for piece in PIECES:
        theirs.send(piece)
        with seen:
            assert seen.wait_for(lambda piece=piece: got.endswith(piece), 30)  # type: ignore[misc]
    theirs.close()
    assert ended.wait(30)
    pump.stop()
    assert bytes(got) == b"".join(PIECES)
    assert always == list(map(len, PIECES))


async def test_a_loop_that_rests_reads_everything_to_the_end(always: list[int]) -> None:
    ours, theirs = socket.socketpair()
    got, seen, ended = bytearray(), asyncio.Event(), asyncio.Event()
    pump = LoopPump(asyncio.get_running_loop())

    def take(data: bytes) -> None:
        got.extend(data)
        seen.set()

    pump.read(ours.fileno(), take, ended.set, gathers=True)
    pump.start(close=ours.close, failed=ended.set)
    for piece in PIECES:
        seen.clear()
        theirs.send(piece)
        await asyncio.wait_for(seen.wait(), 30)
    theirs.close()
    await asyncio.wait_for(ended.wait(), 30)
    pump.stop()
    assert bytes(got) == b"".join(PIECES)
    assert always == list(map(len, PIECES))


@pytest.mark.usefixtures("always")
async def test_what_is_let_go_of_during_a_rest_is_not_read_again() -> None:
    ours, theirs = socket.socketpair()
    took = asyncio.Event()
    pump = LoopPump(asyncio.get_running_loop())
    pump.read(ours.fileno(), lambda data: took.set(), took.set, gathers=True)
    pump.start(close=took.clear, failed=took.set)
    theirs.send(b"{}\n")
    await asyncio.wait_for(took.wait(), 30)
    pump.stop()
    over = asyncio.Event()
    asyncio.get_running_loop().call_later(2 * REST, over.set)  # the rest's own call comes before it
    await over.wait()
    assert not asyncio.get_running_loop().remove_reader(ours.fileno())
    ours.close()
    theirs.close()


@pytest.mark.usefixtures("always")
async def test_what_ends_while_it_is_taken_is_not_left_alone() -> None:
    ours, theirs = socket.socketpair()
    ended = asyncio.Event()
    pump = LoopPump(asyncio.get_running_loop())

    def stop(data: bytes) -> None:
        pump.stop()
        ended.set()

    pump.read(ours.fileno(), stop, ended.set, gathers=True)
    pump.start(close=ours.close, failed=ended.set)
    theirs.send(b"{}\n")
    await asyncio.wait_for(ended.wait(), 30)
    theirs.close()
