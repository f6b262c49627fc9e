"""Copies spans that still grow into data that does not."""

from __future__ import annotations

from .nodes import Node
from .trace import TraceSpan

__all__ = ["snapshot"]


def snapshot(node: Node) -> TraceSpan:
    """Return a span and all below it as they are now, in the order in which they began."""
    children = sorted(node.children, key=lambda child: child.start)
    return TraceSpan(
        name=node.name,
        kind=node.kind,
        start=node.start / 1e9,
        end=None if node.end is None else node.end / 1e9,
        error=node.error,
        attributes=dict(node.attributes),
        children=tuple(map(snapshot, children)),
        dropped=node.dropped,
    )
