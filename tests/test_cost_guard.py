"""What an event costs, counted and not timed: byte codes from the driver's bytes to the payload.

The count is the same on every machine and differs between minor versions of Python, so each has its
committed figure. More than 15 % above it is a slower path; more than 15 % below it is a new figure
to commit here. Nothing of pydantic's own work is in it: that is compiled.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from types import FrameType
from typing import Any, cast

import pytest

from openai_codex._async.live_threads import AsyncLiveThreads
from openai_codex._async.rpc import AsyncRpc
from openai_codex._async.stopping import AsyncStopping, AsyncWatch
from openai_codex._async.turn import AsyncTurnHandle
from openai_codex._core.session import Session
from openai_codex._core.turnbox import TurnBox
from openai_codex._drivers import aio, threads
from openai_codex._sync.rpc import Rpc
from openai_codex._sync.stopping import Stopping, Watch
from openai_codex._sync.turn import TurnHandle
from openai_codex._turns.budget import Allowance, Budget
from openai_codex._turns.budget_limit import BudgetLimit
from openai_codex._turns.limits import Limit
from openai_codex._turns.notification import Notification
from tests.drivers.memory import MemoryTransport

DELTA = (
    '{"method":"item/agentMessage/delta","params":{"threadId":"th","turnId":"t1",'
    '"itemId":"msg_8","delta":"iece "},"emittedAtMs":1795339193939}\n'
)
END = (
    '{"method":"turn/completed","params":{"threadId":"th","turn":{"id":"t1","items":[],'
    '"status":"completed","error":null}}}\n'
)
REPLY = '{"id":0,"result":{"turn":{"id":"t1"}}}\n'

# From 3.12 on: tracing passes over the loops of a function in which it has just begun.
MONITORING: Any = getattr(sys, "monitoring", None)
TOOL = 4  # one that no tool of Python's own has

FEW, MANY = 100, 600
SLACK = 0.15
COMMITTED = {
    "async": {(3, 10): 145, (3, 11): 147, (3, 12): 141, (3, 13): 141},
    "sync": {(3, 10): 141, (3, 11): 144, (3, 12): 137, (3, 13): 137},
}


class Nobody:
    """A box for what these events never are."""

    def put(self, item: object) -> None:
        raise AssertionError(f"nobody expected {item!r}")


class Replies:
    """A box that the reply to turn/start goes to."""

    def put(self, item: object) -> None:
        pass


class NoRpc:
    """Stands for the connection: these turns need none."""

    usage_before = folder_of = serve = served = staticmethod(lambda *given: None)
    threads = AsyncLiveThreads()


class OpcodeCount:
    """Count every byte code that Python runs inside the `with` block."""

    def __init__(self) -> None:
        self.total = 0
        self._before = sys.gettrace()

    def __enter__(self) -> OpcodeCount:
        gc.collect()
        gc.disable()  # what others left to be finalized is not ours to count
        if MONITORING is not None:
            event = MONITORING.events.INSTRUCTION
            MONITORING.use_tool_id(TOOL, "cost guard")
            MONITORING.register_callback(TOOL, event, self._count)
            MONITORING.set_events(TOOL, event)
        else:
            sys.settrace(self._enter_frame)
        return self

    def __exit__(self, *exc_info: object) -> None:
        if MONITORING is not None:
            MONITORING.set_events(TOOL, MONITORING.events.NO_EVENTS)
            MONITORING.free_tool_id(TOOL)
        else:
            sys.settrace(self._before)
        gc.enable()

    def _count(self, *where: object) -> None:
        self.total += 1

    def _enter_frame(self, frame: FrameType, event: str, argument: object) -> Any:
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        return self._in_frame

    def _in_frame(self, frame: FrameType, event: str, argument: object) -> Any:
        self.total += event == "opcode"
        return self._in_frame


def open_turn(driver_kind: Any) -> tuple[Any, TurnBox[Any, Any]]:
    """Give a driver without a process, and the box of a turn that its session knows."""
    session = Session(
        questions=Nobody(),
        make_notification=Notification.from_wire,
        max_message_bytes=1 << 20,
        max_in_flight=1,
        max_turn_starts=1,
    )
    driver = driver_kind.Driver(session, MemoryTransport(lambda line: ()))
    box = TurnBox(
        queue=driver_kind.Mailbox(),
        started=driver_kind.Latch(),
        over=driver_kind.Latch(),
        limit=1 << 20,
    )
    session.call("turn/start", {"threadId": "th"}, Replies(), events=box)
    driver.on_data(REPLY.encode())
    return driver, box


async def async_cost(events: int) -> int:
    driver, box = open_turn(aio)
    rpc = cast(AsyncRpc, NoRpc())
    stopping = AsyncStopping(rpc, "th", box)
    turn = AsyncTurnHandle(rpc, "th", "t1", box, stopping, AsyncWatch(rpc, "th", box, stopping, ()))
    data = (DELTA * events).encode()

    async def stream() -> None:
        driver.on_data(data)
        driver.on_data(END.encode())
        async for event in turn.stream():
            assert event.payload is not None

    with OpcodeCount() as count:
        await stream()
    return count.total


def sync_cost(events: int) -> int:
    driver, box = open_turn(threads)
    rpc = cast(Rpc, NoRpc())
    stopping = Stopping(rpc, "th", box)
    turn = TurnHandle(rpc, "th", "t1", box, stopping, Watch(rpc, "th", box, stopping, ()))
    data = (DELTA * events).encode()

    def stream() -> None:
        driver.on_data(data)
        driver.on_data(END.encode())
        for event in turn.stream():
            assert event.payload is not None

    with OpcodeCount() as count:
        stream()
    return count.total


COSTS: dict[str, Callable[[int], int]] = {
    "async": lambda events: asyncio.run(async_cost(events)),
    "sync": sync_cost,
}
REPEATS = 5


def usual_cost(face: str, events: int) -> int:
    """Give what most runs count: one in which the interpreter did other things counts more."""
    return statistics.mode(COSTS[face](events) for _ in range(REPEATS))


@pytest.mark.parametrize("face", COSTS)
def test_an_event_costs_what_is_committed(face: str) -> None:
    per_event = (usual_cost(face, MANY) - usual_cost(face, FEW)) / (MANY - FEW)
    committed = COMMITTED[face][sys.version_info[:2]]
    assert abs(per_event - committed) <= SLACK * committed, (
        f"an event costs {per_event:.1f} byte codes; committed are {committed}"
    )


def test_a_longer_stream_costs_no_more_per_event() -> None:
    few, many, more = (usual_cost("sync", FEW + lot) for lot in (0, MANY, 2 * MANY))
    assert abs((more - many) - (many - few)) <= MANY  # a byte code per event, for cached ones


def one_by_one(events: int, limits: Callable[[Session], Sequence[Limit]]) -> int:
    """Count a stream whose events come in a read each, which is what limits cost most with."""
    driver, box = open_turn(threads)
    rpc = cast(Rpc, NoRpc())
    stopping = Stopping(rpc, "th", box)
    watch = Watch(rpc, "th", box, stopping, limits(driver.session))
    turn = TurnHandle(rpc, "th", "t1", box, stopping, watch)
    with OpcodeCount() as count:
        for _ in range(events):
            driver.on_data(DELTA.encode())
        driver.on_data(END.encode())
        for event in turn.stream():
            assert event.payload is not None
    return count.total


def with_budget(session: Session) -> list[Limit]:
    allowance = Allowance(Budget(tokens=1_000_000, usd=Decimal(1)), scope="turn")
    return [BudgetLimit(allowance, account_of=session.ledger.of_turn, thread_id="th")]


def test_a_budget_costs_an_event_at_most_a_twentieth() -> None:
    def per_event(limits: Callable[[Session], Sequence[Limit]]) -> float:
        few, many = (
            statistics.mode(one_by_one(events, limits) for _ in range(REPEATS))
            for events in (FEW, MANY)
        )
        return (many - few) / (MANY - FEW)

    assert per_event(with_budget) <= 1.05 * per_event(lambda session: [])


def test_importing_the_clients_loads_no_model_and_nothing_optional() -> None:
    names = "Codex, AsyncCodex, AppServerConfig"
    code = f"import sys; from openai_codex import {names}; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True)
    heavy = ("pydantic", "asyncio", "pytest", "IPython", "mcp")
    ours = ("openai_codex._wire", "openai_codex.testing", "openai_codex.cli", "openai_codex.types")
    found = [name for name in loaded.stdout.split() if name.startswith((*heavy, *ours))]
    assert found == []
