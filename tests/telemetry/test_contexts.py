"""Two hundred turns, however they are run: each hangs below its own caller, with its tool."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

import anyio
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from openai_codex import AppServerConfig, AsyncCodex, Codex, Telemetry, tool
from openai_codex.testing.fake import FakeAppServer, call_tool, say, turn

TURNS = 50
CALLER = contextvars.ContextVar("CALLER", default=-1)


class Traced:
    """A provider in memory, and a tool that opens a span."""

    def __init__(self) -> None:
        self.kept = InMemorySpanExporter()
        self.provider = TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self.kept))
        self.tracer = self.provider.get_tracer("tests")
        self.telemetry = Telemetry(tracer_provider=self.provider)
        tracer = self.tracer

        @tool
        def mark() -> str:
            """Leave a mark that names the caller."""
            with tracer.start_as_current_span(f"tool {CALLER.get()}"):
                return "done"

        self.mark = mark

    def check(self) -> None:
        """Fail unless each turn is a trace of its own, whole."""
        traces: dict[int, set[str]] = {}
        for span in self.kept.get_finished_spans():
            assert span.context is not None
            traces.setdefault(span.context.trace_id, set()).add(span.name)
        wanted = [
            {f"caller {n}", "invoke_agent codex", "execute_tool mark", f"tool {n}"}
            for n in range(TURNS)
        ]
        assert sorted(map(sorted, traces.values())) == sorted(map(sorted, wanted))


@pytest.fixture
def config() -> Iterator[AppServerConfig]:
    """Give a scripted runtime, which is cheap: what is tried here is on our side."""
    rules = [turn(call_tool("mark", {}), say("done"), times=TURNS)]
    with FakeAppServer(rules) as server:
        yield server.config()


async def run_async(codex: AsyncCodex, traced: Traced, number: int) -> None:
    CALLER.set(number)
    with traced.tracer.start_as_current_span(f"caller {number}"):
        thread = await codex.thread_start(tools=[traced.mark])
        await thread.run("go")


def run_sync(codex: Codex, traced: Traced, number: int) -> None:
    CALLER.set(number)
    with traced.tracer.start_as_current_span(f"caller {number}"):
        thread = codex.thread_start(tools=[traced.mark])
        thread.run("go")


async def with_tasks(run: Callable[[int], Any]) -> None:
    await asyncio.gather(*map(run, range(TURNS)))


async def with_anyio(run: Callable[[int], Any]) -> None:
    async with anyio.create_task_group() as group:
        for number in range(TURNS):
            group.start_soon(run, number)


@pytest.mark.parametrize("way", [with_tasks, with_anyio])
async def test_turns_in_tasks_keep_their_contexts_apart(config: AppServerConfig, way: Any) -> None:
    traced = Traced()
    async with AsyncCodex(config, telemetry=traced.telemetry) as codex:
        await way(lambda number: run_async(codex, traced, number))
    traced.check()


class InContext(ThreadPoolExecutor):
    """An executor that runs each call in a copy of its caller's context."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        return super().submit(contextvars.copy_context().run, fn, *args, **kwargs)


@pytest.mark.parametrize("pool", [ThreadPoolExecutor, InContext])
def test_turns_in_threads_keep_their_contexts_apart(
    config: AppServerConfig, pool: Callable[..., Executor]
) -> None:
    traced = Traced()
    with Codex(config, telemetry=traced.telemetry) as codex, pool(25) as threads:
        list(threads.map(lambda number: run_sync(codex, traced, number), range(TURNS)))
    traced.check()
