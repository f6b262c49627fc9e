"""The driver for asyncio.

Same words as `threads`: Driver, Mailbox, Latch, Lock, CANCELLED, call_on_event, check_on_event,
run_handler, run_in_background, sleep, wait_settled.
"""

from __future__ import annotations

from .callbacks import call_on_event, check_on_event
from .driver import Driver
from .handlers import run_handler, run_in_background, wait_settled
from .waiting import CANCELLED, Latch, Lock, Mailbox, sleep

__all__ = [
    "CANCELLED",
    "Driver",
    "Latch",
    "Lock",
    "Mailbox",
    "call_on_event",
    "check_on_event",
    "run_handler",
    "run_in_background",
    "sleep",
    "wait_settled",
]
