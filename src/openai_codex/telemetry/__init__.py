"""See what happens: what turns did as trees of spans, and as OpenTelemetry has it.

    with Codex() as codex:
        codex.thread_start().run("Run the tests")
        print(codex.trace())

This door only says where each name lives, and loads it on first touch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .settings import Telemetry as Telemetry
    from .trace import Trace as Trace
    from .trace import TraceSpan as TraceSpan
    from .wire_file import WireLog as WireLog
    from .wire_file import wire_log as wire_log

__all__ = ["Telemetry", "Trace", "TraceSpan", "WireLog", "wire_log"]


_HOMES = {
    "Telemetry": ".settings",
    "Trace": ".trace",
    "TraceSpan": ".trace",
    "WireLog": ".wire_file",
    "wire_log": ".wire_file",
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
