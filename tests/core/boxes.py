"""What the core's tests put in the place of the API and the drivers: plain notes and boxes."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from openai_codex._core.messages import Params, Run
from openai_codex._core.routes import Delivery
from openai_codex._core.session import Session
from openai_codex._core.turnbox import hand_over


@dataclass
class Note:
    """A notification as the core needs it."""

    method: str
    params: Params
    size: int = 0


@dataclass(eq=False)
class Box:
    """A box that keeps what is put into it."""

    name: str = "box"
    items: list[Any] = field(default_factory=list)

    def put(self, item: Any) -> None:
        self.items.append(item)

    def put_run(self, run: Run) -> None:
        self.items.extend(run)

    @property
    def methods(self) -> list[str]:
        return [getattr(item, "method", type(item).__name__) for item in self.items]


class Queue:
    """The driver's queue, without waiting."""

    def __init__(self) -> None:
        self.items: deque[Any] = deque()

    def put(self, item: Any) -> None:
        self.items.append(item)

    def pop(self) -> Any:
        return self.items.popleft() if self.items else None


class Latch:
    """The driver's latch, without waiting."""

    def __init__(self) -> None:
        self._open = False

    def set(self) -> None:
        self._open = True

    def is_set(self) -> bool:
        return self._open


def session(
    *,
    questions: Box | None = None,
    max_message_bytes: int = 1 << 20,
    max_in_flight: int = 4,
    now: float = 0.0,
) -> Session:
    """Return a session of small bounds, whose clock stands still."""
    return Session(
        questions=questions or Box("questions"),
        make_notification=Note,
        max_message_bytes=max_message_bytes,
        max_in_flight=max_in_flight,
        max_turn_starts=2,
        clock=lambda: now,
    )


def hear(one: Session, *lines: str) -> list[Delivery]:
    """Let the session receive whole lines, and put what it delivers where it belongs."""
    deliveries = one.receive_data("".join(line + "\n" for line in lines).encode())
    hand_over(deliveries)
    return deliveries


def sent(line: bytes) -> Any:
    """Return the message of one outgoing line."""
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    return json.loads(line)
