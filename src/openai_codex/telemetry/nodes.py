"""A span as it grows: what it is, when it began and ended, and what hangs below it. Pure."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

__all__ = ["MOST_CHILDREN", "Node", "now"]

MOST_CHILDREN = 10_000
"""How many spans of one turn are kept for `trace`; a turn may run for days."""

now = time.time_ns


class Node:
    """One span: `kind`, `name`, `start` and `end` in unix nanoseconds, and its `attributes`.

    `error` is its error.type. A parent knows its children, and a child its parent. What sends it on
    has `handle`, `scope`, `sent`, and whether it is sent, final and told.
    """

    __slots__ = (
        "attributes",
        "begins_here",
        "children",
        "context",
        "dropped",
        "end",
        "error",
        "handle",
        "is_final",
        "is_sent",
        "is_told",
        "kind",
        "message",
        "name",
        "parent",
        "scope",
        "sent",
        "start",
        "thread_id",
        "tool_calls",
        "turn_id",
        "usage",
    )

    def __init__(
        self, kind: str, name: str, *, start: int | None = None, parent: Node | None = None
    ) -> None:
        self.kind = kind
        self.name = name
        self.start = now() if start is None else start
        self.end: int | None = None
        self.error: str | None = None
        self.message: str | None = None
        self.attributes: dict[str, Any] = {}
        self.children: list[Node] = []
        self.parent = parent
        self.dropped = 0
        self.thread_id: str = parent.thread_id if parent is not None else ""
        self.turn_id: str | None = parent.turn_id if parent is not None else None
        self.usage = [0, 0, 0, 0, 0, 0]  # input, cached, cache_write, output, reasoning, responses
        self.tool_calls = 0
        self.context: Any = None  # of its caller, until it is begun
        self.begins_here = False  # its caller begins it, and not what finds it
        self.handle: Any = None
        self.scope: Any = None  # OpenTelemetry's context of what hangs below it
        self.is_sent = False  # OpenTelemetry has it, or is about to
        self.is_final = False  # it is over, and what it says does not change any more
        self.is_told = False  # OpenTelemetry has its end, too
        self.sent: dict[str, Any] | None = None  # the attributes that its handle has
        if parent is not None:
            parent.adopt(self)

    def adopt(self, child: Node) -> None:
        """Take a child, while there is room; one for which there is none is counted."""
        if len(self.children) < MOST_CHILDREN:
            self.children.append(child)
        else:
            self.dropped += 1

    def close(self, *, end: int | None = None, error: str | None = None) -> None:
        """End it, not before it began."""
        self.end = max(self.start, now() if end is None else end)
        self.error = error if error is not None else self.error

    def walk(self) -> Iterator[Node]:
        """Yield it and all that hangs below it."""
        yield self
        for child in self.children:
            yield from child.walk()
