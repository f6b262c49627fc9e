"""The driver for blocking callers: threads wait, one pump thread reads.

Same names as `aio`: Driver, Mailbox, Latch, Lock, CANCELLED, call_in, call_on_event,
check_on_event, off_loop, run_handler, run_in_background, sleep, to_the_end, wait_settled,
wait_told.
"""

from __future__ import annotations

from .clock import call_in
from .driver import Driver
from .handlers import (
    HandlerLoop,
    call_on_event,
    check_on_event,
    run_handler,
    run_in_background,
    to_the_end,
    wait_settled,
    wait_told,
)
from .off_loop import off_loop
from .waiting import CANCELLED, Latch, Lock, Mailbox, sleep

__all__ = [
    "CANCELLED",
    "Driver",
    "HandlerLoop",
    "Latch",
    "Lock",
    "Mailbox",
    "call_in",
    "call_on_event",
    "check_on_event",
    "off_loop",
    "run_handler",
    "run_in_background",
    "sleep",
    "to_the_end",
    "wait_settled",
    "wait_told",
]
