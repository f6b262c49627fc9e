"""A fake app-server that can saturate the pipe. Not for tests: it checks nothing that it is told.

    python bench/server.py BODY [BODY ...]        the n-th turn gets the n-th body, or the last
    python bench/server.py --paced COUNT SECONDS  every turn gets COUNT deltas, SECONDS apart

Bodies are rendered before the first reply and written in blocks of 64 KB. The delta of a paced turn
is the clock (monotonic, in nanoseconds) at which it was written.
"""

from __future__ import annotations

import heapq
import json
import os
import select
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import render

BLOCK = 64 * 1024
Message = dict[str, Any]


class Server:
    """Answer calls from recordings; `begin_turn` says what a started turn sends."""

    def __init__(self, begin_turn: Callable[[Server, str, str], None]) -> None:
        self.timers: list[tuple[float, int, Iterator[float]]] = []
        self._begin_turn = begin_turn
        self._replies = {
            method: json.dumps(result, separators=(",", ":")).encode()
            for method, result in render.replies().items()
        }
        self._ends = b"".join(render.recorded("turn/completed")).replace(
            b'"completed"', b'"interrupted"'
        )
        self._threads = self._turns = 0
        self._input = b""

    def run(self) -> NoReturn:
        """Serve until stdin is closed."""
        poll = select.poll()
        poll.register(0, select.POLLIN)
        while True:
            if poll.poll(self._pause()):
                data = os.read(0, BLOCK)
                if not data:
                    os._exit(0)  # as fast as the runtime's own end
                self._take(data)
            self._ring()

    def write(self, data: bytes) -> None:
        """Write all of it, a block at a time."""
        view = memoryview(data)
        while view:
            view = view[os.write(1, view[:BLOCK]) :]

    def every(self, times: Iterator[float]) -> None:
        """Advance the iterator, now and then whenever the clock passes what it yielded."""
        self._wind(times)

    def _wind(self, times: Iterator[float]) -> None:
        due = next(times, None)
        if due is not None:
            heapq.heappush(self.timers, (due, id(times), times))

    def _ring(self) -> None:
        while self.timers and self.timers[0][0] <= time.monotonic():
            self._wind(heapq.heappop(self.timers)[2])

    def _pause(self) -> float | None:
        if not self.timers:
            return None
        return max(0.0, self.timers[0][0] - time.monotonic()) * 1000

    def _take(self, data: bytes) -> None:
        *lines, self._input = (self._input + data).split(b"\n")
        for message in map(json.loads, lines):
            if "id" in message:
                self._serve(message["id"], message["method"], message.get("params") or {})

    def _serve(self, ident: int | str, method: str, params: Message) -> None:
        thread_id, turn_id = params.get("threadId", ""), ""
        if method == "thread/start":
            self._threads += 1
            thread_id = render.THREAD % self._threads
        if method == "turn/start":
            self._turns += 1
            turn_id = render.TURN % self._turns
        result = render.name_turn(self._replies[method], thread_id, turn_id)
        self.write(b'{"id":%b,"result":%b}\n' % (json.dumps(ident).encode(), result))
        if method == "turn/start":
            self._begin_turn(self, thread_id, turn_id)
        if method == "turn/interrupt":
            self.write(render.name_turn(self._ends, thread_id, params["turnId"]))


def replayer(bodies: list[str]) -> Callable[[Server, str, str], None]:
    """Return a turn that writes the next body as fast as the pipe takes it."""
    templates = {body: render.turn(body) for body in set(bodies)}
    order = iter(bodies)
    last = bodies[-1]

    def begin(server: Server, thread_id: str, turn_id: str) -> None:
        server.write(render.name_turn(templates[next(order, last)], thread_id, turn_id))

    return begin


def pacer(count: int, seconds: float) -> Callable[[Server, str, str], None]:
    """Return a turn that writes a delta at every tick."""
    delta = render.recorded("item/agentMessage/delta")[0]
    message = json.loads(delta)
    message["params"]["delta"] = "CLOCK"
    template = json.dumps(message, separators=(",", ":")).encode() + b"\n"
    beginning, end = render.recorded("turn/started")[0], render.recorded("turn/completed")[0]

    def ticks(server: Server, thread_id: str, turn_id: str) -> Iterator[float]:
        line = render.name_turn(template, thread_id, turn_id)
        server.write(render.name_turn(beginning, thread_id, turn_id))
        began = time.monotonic()
        for number in range(count):
            yield began + seconds * (number + 1)
            server.write(line.replace(b"CLOCK", b"%d" % time.monotonic_ns()))
        server.write(render.name_turn(end, thread_id, turn_id))

    def begin(server: Server, thread_id: str, turn_id: str) -> None:
        server.every(ticks(server, thread_id, turn_id))

    return begin


def main() -> None:
    """Serve what the arguments ask for."""
    if sys.argv[1] == "--paced":
        turn = pacer(int(sys.argv[2]), float(sys.argv[3]))
    else:
        turn = replayer(sys.argv[1:])
    Server(turn).run()


if __name__ == "__main__":
    main()
