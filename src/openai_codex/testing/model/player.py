"""Send one response over one connection: the only place where steps meet bytes and waiting.

It decides nothing: what to send is made in `events.py`, which response it is in `routes.py`.
"""

from __future__ import annotations

import threading
from typing import NoReturn

from ..loopback import Dropped, Exchange
from .events import Action, Ids, error_body, render, sse
from .gate import Gate
from .script import Response
from .steps import Cut, Delay, Fail, Headers, Malformed, Silence


class Player:
    """Plays responses, and releases what is held when the model closes."""

    def __init__(self) -> None:
        self._ids = Ids()
        self._holding = threading.Lock()  # guards _held and _closed
        self._held: set[Gate] = set()
        self._closed = False

    def play(self, response: Response, exchange: Exchange) -> None:
        """Send the whole response; raises `Dropped` when it ends without its end."""
        first = response[0] if response else None
        if isinstance(first, Fail) and first.status is not None:
            body = {"error": error_body(first)}
            exchange.respond(first.status, body, headers=dict(first.headers))
            return
        extra = {
            name: value
            for step in response
            if isinstance(step, Headers)
            for name, value in step.fields
        }
        exchange.open(headers={"content-type": "text/event-stream", **extra})
        for part in render(response, self._ids):
            if isinstance(part, dict):
                exchange.write(sse(part))
            else:
                self._act(part, exchange)
        exchange.end()

    def close(self) -> None:
        """Release everything held; from now on nothing is held any more."""
        with self._holding:
            self._closed = True
            gates = list(self._held)
        for gate in gates:
            gate.abandon()

    def _act(self, action: Action, exchange: Exchange) -> None:
        if isinstance(action, Delay):
            exchange.pause(action.seconds)
        elif isinstance(action, Malformed):
            exchange.write(f"{action.block}\n\n".encode())
        elif isinstance(action, Cut):
            _cut(action, exchange)
        elif isinstance(action, Silence):
            self._hold(Gate(), exchange)
        else:
            self._hold(action.gate, exchange)

    def _hold(self, gate: Gate, exchange: Exchange) -> None:
        exchange.flush()
        with self._holding:
            if self._closed:
                raise Dropped
            self._held.add(gate)
        if not gate.hold():
            raise Dropped


def _cut(step: Cut, exchange: Exchange) -> NoReturn:
    if step.clean:
        exchange.end()
    else:
        exchange.flush()
    raise Dropped
