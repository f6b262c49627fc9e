"""Spans around many turns, such as a batch and its tasks; nothing where nobody listens."""

from __future__ import annotations

import contextlib
import platform
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .emitter import Emitter
    from .settings import Telemetry

__all__ = ["Workflow", "count_restart", "trace_context", "workflow"]

MACHINE = "machine"
"""The name under which a trace context that is sent along says where it comes from."""


class Workflow:
    """What goes on within the span; `error` is its error.type, if it fails."""

    error: str | None = None


@contextlib.contextmanager
def workflow(
    title: str,
    *,
    attributes: Mapping[str, str],
    settings: Telemetry,
    origin: Mapping[str, str] | None = None,
) -> Iterator[Workflow]:
    """Let what runs within the block run within a span named `invoke_workflow TITLE`.

    `origin` is the trace context of where the work was given out. That is the parent in another
    process of this machine, and a link on another machine, whose clock is its own.
    """
    emitter, work = _emitter(settings), Workflow()
    if emitter is None:
        yield work
        return
    is_near = (origin or {}).get(MACHINE) == platform.node()
    with emitter.within(title, attributes=attributes, origin=origin, is_near=is_near) as end:
        try:
            yield work
        except BaseException as error:
            work.error = type(error).__name__
            raise
        finally:
            end(work.error)


def trace_context(settings: Telemetry) -> dict[str, str] | None:
    """Return the trace context of the caller and its machine, to be sent along with work."""
    emitter = _emitter(settings)
    carrier = emitter.carrier(None) if emitter is not None else None
    return {**carrier, MACHINE: platform.node()} if carrier is not None else None


def count_restart(settings: Telemetry) -> None:
    """Count a runtime that died, in whose place another is started."""
    emitter = _emitter(settings)
    if emitter is not None and emitter.meters is not None:
        emitter.meters.restarted()


def _emitter(settings: Telemetry) -> Emitter | None:
    if not settings._is_asked:
        return None
    from .emitter import Emitter

    emitter = Emitter(settings)
    emitter.look()
    return emitter
