"""Ctrl-C at a place of our choice: where the interpreter itself would look for it."""

from __future__ import annotations

import dis
import sys
from types import FrameType
from typing import Any

__all__ = ["CtrlC"]


class CtrlC:
    """Raise KeyboardInterrupt at the nth place in the files below a path; `came` tells if it did.

    The interpreter looks when a function begins and when a call has returned; it does not look
    between what `with` enters and its body.
    """

    def __init__(self, nth: int, *, below: str) -> None:
        self.came = False
        self._left = nth
        self._below = below
        self._is_place = False

    def __enter__(self) -> CtrlC:
        self._before = sys.gettrace()
        sys.settrace(self._enter)
        return self

    def __exit__(self, *exc_info: object) -> None:
        sys.settrace(self._before)

    def _enter(self, frame: FrameType, event: str, arg: object) -> Any:
        if not frame.f_code.co_filename.startswith(self._below):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        self._is_place = True
        return self._step

    def _step(self, frame: FrameType, event: str, arg: object) -> Any:
        if event == "opcode":
            is_place, self._is_place = self._is_place, _is_call(frame)
            self._left -= is_place
            if is_place and self._left == 0:
                self.came = True
                raise KeyboardInterrupt
        return self._step


def _is_call(frame: FrameType) -> bool:
    name = dis.opname[frame.f_code.co_code[frame.f_lasti]]
    return name.startswith("CALL")
