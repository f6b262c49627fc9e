"""Ctrl-C, or a signal handler, at a place of our choice: where the interpreter looks for it."""

from __future__ import annotations

import dis
import sys
import threading
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

__all__ = ["CtrlC"]

# From 3.12 on: tracing passes over functions in which it has just begun.
MONITORING: Any = getattr(sys, "monitoring", None)
TOOL = 3  # one that no tool of Python's own has


class CtrlC:
    """Raises KeyboardInterrupt at the nth place in the files below a path; `came` says if it did.

    With `do` it calls that in place of raising, as a signal handler is called.

    The interpreter looks when a function begins and when a call has returned; it does not look
    between what `with` enters and its body. Only the thread that enters this block is hit.
    """

    def __init__(self, nth: int, *, below: str, do: Callable[[], object] | None = None) -> None:
        self.came = False
        self._do = do
        self._left = nth
        self._below = below
        self._was_call = False

    def __enter__(self) -> CtrlC:
        self._thread = threading.get_ident()
        self._before = sys.gettrace()
        if MONITORING is None:
            sys.settrace(self._enter)
        else:
            events = MONITORING.events
            MONITORING.use_tool_id(TOOL, "ctrl-c")
            MONITORING.register_callback(TOOL, events.PY_START, self._monitored)
            MONITORING.register_callback(TOOL, events.C_RETURN, self._monitored)
            MONITORING.set_events(TOOL, events.PY_START | events.CALL)  # which brings C_RETURN
        return self

    def __exit__(self, *exc_info: object) -> None:
        if MONITORING is None:
            sys.settrace(self._before)
        else:
            MONITORING.set_events(TOOL, MONITORING.events.NO_EVENTS)
            MONITORING.free_tool_id(TOOL)

    def _monitored(self, code: CodeType, *where: object) -> None:
        is_ours = threading.get_ident() == self._thread
        if is_ours and code.co_filename.startswith(self._below):
            self._pass_a_place()

    def _enter(self, frame: FrameType, event: str, arg: object) -> Any:
        if not frame.f_code.co_filename.startswith(self._below):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        self._was_call = True
        return self._step

    def _step(self, frame: FrameType, event: str, arg: object) -> Any:
        if event == "opcode":
            was_call, self._was_call = self._was_call, _is_call(frame)
            if was_call:
                self._pass_a_place()
        return self._step

    def _pass_a_place(self) -> None:
        self._left -= 1
        if self._left == 0:
            self.came = True
            if self._do is None:
                raise KeyboardInterrupt
            self._do()


def _is_call(frame: FrameType) -> bool:
    name = dis.opname[frame.f_code.co_code[frame.f_lasti]]
    return name.startswith("CALL")
