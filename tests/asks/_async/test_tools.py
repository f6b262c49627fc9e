"""Python functions that the model calls: what they get, and what becomes of their results."""

from __future__ import annotations

import asyncio  # async only
import base64
import threading
from typing import Any

import pytest

from openai_codex import AsyncCodex, ToolContext, ToolDefinitionError, ToolImage, tool
from openai_codex.testing import call_tool, offline_config, parallel, say
from openai_codex.testing.fake import FakeAppServer
from openai_codex.tools import Namespace
from openai_codex.types import DynamicToolCallThreadItem
from tests.asks._async.apart import Running, happened
from tests.asks.loops import fetch
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9Q"
    "DwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


async def test_a_tool_is_called_twice_in_one_response(
    codex: AsyncCodex, model: SharedModel
) -> None:
    def double(number: int) -> int:
        """Double a number."""
        return 2 * number

    calls = parallel(
        call_tool("double", {"number": 2}, call_id="a"),
        call_tool("double", {"number": 21}, call_id="b"),
    )
    model.script(calls, say("Done"))
    thread = await codex.thread_start(tools=[double])
    result = await thread.run("hi")
    assert model.requests[-1].function_outputs == {"a": "4", "b": "42"}
    called = [item for item in result.items if isinstance(item, DynamicToolCallThreadItem)]
    assert [(item.tool, item.success) for item in called] == [("double", True), ("double", True)]


async def test_what_a_tool_raises_and_what_it_should_not_get_is_told_to_the_model(
    codex: AsyncCodex, model: SharedModel
) -> None:
    @tool
    def broken(number: int) -> None:
        """Fail."""
        raise KeyError("T-1")

    @tool
    def leaves() -> None:
        """Call sys.exit."""
        raise SystemExit(2)

    calls = parallel(
        call_tool("broken", {"number": 1}, call_id="raises"),
        call_tool("broken", {"number": "one"}, call_id="wrong"),
        call_tool("leaves", {}, call_id="leaves"),
    )
    model.script(calls, say("Sorry"))
    thread = await codex.thread_start(tools=[broken, leaves])
    result = await thread.run("hi")
    outputs = model.requests[-1].function_outputs
    assert outputs["raises"] == "KeyError: 'T-1'"
    assert "- number: Input should be a valid integer" in outputs["wrong"]
    assert outputs["leaves"] == "SystemExit: 2"
    assert result.final_response == "Sorry"
    called = [item for item in result.items if isinstance(item, DynamicToolCallThreadItem)]
    assert [item.success for item in called] == [False, False, False]


async def test_a_tool_that_hangs_is_given_up_after_its_timeout(
    codex: AsyncCodex, model: SharedModel
) -> None:
    never = threading.Event()

    @tool(timeout=0.05)
    def hangs() -> str:
        """Hang."""
        never.wait(30)
        return "too late"

    @tool(timeout=0.05)
    async def hangs_too() -> str:
        """Hang in its own way."""
        await asyncio.Event().wait()  # async only
        # sync: never.wait(30)
        return "too late"

    calls = parallel(call_tool("hangs", {}, call_id="a"), call_tool("hangs_too", {}, call_id="b"))
    model.script(calls, say("Done"))
    thread = await codex.thread_start(tools=[hangs, hangs_too])
    assert (await thread.run("hi")).final_response == "Done"
    never.set()
    outputs = model.requests[-1].function_outputs
    assert outputs["a"] == "TimeoutError: the tool 'hangs' did not finish within 0.05 seconds"
    assert "'hangs_too' did not finish" in outputs["b"]


async def test_five_megabytes_and_an_image_arrive(codex: AsyncCodex, model: SharedModel) -> None:
    @tool
    def huge() -> str:
        """Say much."""
        return "x" * 5_000_000

    @tool
    def picture() -> list[object]:
        """Show a pixel."""
        return ["A pixel:", ToolImage(PIXEL)]

    calls = parallel(call_tool("huge", {}, call_id="h"), call_tool("picture", {}, call_id="p"))
    model.script(calls, say("Done"))
    thread = await codex.thread_start(tools=[huge, picture])
    assert (await thread.run("hi")).final_response == "Done"
    request = model.requests[-1]
    assert str(request.function_outputs["h"]).count("x") > 10_000
    assert [part["type"] for part in request.function_outputs["p"]] == ["input_text", "input_image"]
    assert request.images == [ToolImage(PIXEL).url]


async def test_a_tool_in_a_namespace_is_found_and_called(
    codex: AsyncCodex, model: SharedModel
) -> None:
    @tool(defer_loading=True)
    def refund(order: str) -> str:
        """Refund an order."""
        return f"refunded {order}"

    model.script(call_tool("refund", {"order": "A"}, namespace="billing", call_id="r"), say("Done"))
    thread = await codex.thread_start(tools=[Namespace("billing", "Orders.", [refund])])
    await thread.run("hi")
    assert model.requests[-1].function_outputs["r"] == "refunded A"


async def test_the_context_names_the_caller(codex: AsyncCodex, model: SharedModel) -> None:
    seen: list[ToolContext] = []

    @tool
    async def look(context: ToolContext) -> int:
        """Use the client inside of a call."""
        seen.append(context)
        return len((await context.client.models()).data)

    model.script(call_tool("look", {}, call_id="call-7"), say("Done"))
    thread = await codex.thread_start(tools=[look])
    result = await thread.run("hi")
    (context,) = seen
    assert context.client is codex
    assert (context.thread_id, context.turn_id) == (thread.id, result.id)
    assert (context.call_id, context.tool, context.namespace) == ("call-7", "look", None)
    assert int(model.requests[-1].function_outputs["call-7"]) > 0


async def test_tools_of_two_threads_run_at_once(codex: AsyncCodex, model: SharedModel) -> None:
    both = threading.Barrier(2, timeout=30)

    @tool
    def meet() -> str:
        """Wait for the other thread's call."""
        both.wait()
        return "met"

    threads = [await codex.thread_start(tools=[meet]) for _ in range(2)]
    for thread in threads:
        model.script(call_tool("meet", {}), say(thread.id), thread=thread.id)
    running = [Running(thread.run, "hi") for thread in threads]
    told = [(await call.result()).final_response for call in running]
    assert told == [thread.id for thread in threads]


async def test_a_plain_tool_that_blocks_does_not_stop_other_streams(
    codex: AsyncCodex, model: SharedModel
) -> None:
    called, done = threading.Event(), threading.Event()

    @tool
    def work() -> str:
        """Work for hours."""
        called.set()
        done.wait(30)
        return "worked"

    slow = await codex.thread_start(tools=[work])
    model.script(call_tool("work", {}, call_id="w"), say("At last"), thread=slow.id)
    turn = await slow.turn("hi")
    await happened(called)
    fast = await codex.thread_start()
    model.script(say("Quick"), thread=fast.id)
    assert (await fast.run("hi")).final_response == "Quick"
    done.set()
    assert (await turn.run()).final_response == "At last"


async def test_an_async_tool_runs_in_either_api(codex: AsyncCodex, model: SharedModel) -> None:
    model.script(call_tool("fetch", {"name": "A"}, call_id="f"), say("Done"))
    thread = await codex.thread_start(tools=[fetch])
    await thread.run("hi")
    assert model.requests[-1].function_outputs["f"] == "fetched A"


async def test_an_interrupt_stops_a_tool_and_the_thread_goes_on(
    codex: AsyncCodex, model: SharedModel
) -> None:
    called, stopped = threading.Event(), threading.Event()

    @tool
    async def work() -> str:
        """Work until told otherwise."""
        called.set()
        try:
            await asyncio.Event().wait()  # async only
            # sync: called.wait()
        finally:
            stopped.set()
        return "done"

    model.script(call_tool("work", {}))
    thread = await codex.thread_start(tools=[work])
    turn = await thread.turn("hi")
    await happened(called)
    await turn.interrupt()
    await turn.run()
    await happened(stopped)
    model.script(say("Still here"))
    assert (await thread.run("hi")).final_response == "Still here"


async def test_a_new_process_serves_the_tools_of_a_resumed_thread(
    shared_model: SharedModel,
) -> None:
    @tool
    def version() -> str:
        """Tell the version."""
        return "two"

    shared_model.renew()
    home = shared_model.temporary_folder("codex-home")
    shared_model.script(say("Hello"))
    async with AsyncCodex(offline_config(shared_model, home=home)) as codex:
        thread = await codex.thread_start(tools=[version])
        await thread.run("hi")
    shared_model.script(call_tool("version", {}, call_id="v"), say("Done"))
    async with AsyncCodex(offline_config(shared_model, home=home)) as codex:
        thread = await codex.thread_resume(thread.id, tools=[version])
        await thread.run("hi")
    assert shared_model.requests[-1].function_outputs["v"] == "two"


async def test_a_tool_without_a_function_here_fails_in_words(
    shared_model: SharedModel, caplog: pytest.LogCaptureFixture
) -> None:
    @tool
    def version() -> str:
        """Tell the version."""
        return "one"

    shared_model.renew()
    home = shared_model.temporary_folder("codex-home")
    shared_model.script(say("Hello"))
    async with AsyncCodex(offline_config(shared_model, home=home)) as codex:
        thread = await codex.thread_start(tools=[version])
        await thread.run("hi")
    shared_model.script(call_tool("version", {}, call_id="v"), say("Done"))
    async with AsyncCodex(offline_config(shared_model, home=home)) as codex:
        await (await codex.thread_resume(thread.id)).run("hi")
    told = shared_model.requests[-1].function_outputs["v"]
    assert told == "this client offers no tool of that name"
    assert "'version'" in caplog.text


async def test_a_name_that_the_runtime_has_is_refused_before_anything_is_sent() -> None:
    with FakeAppServer([]) as server:
        async with AsyncCodex(server.config()) as codex:

            def exec_command(cmd: str) -> str:
                """Shadow a built-in tool."""
                return cmd

            with pytest.raises(ToolDefinitionError, match="name of a built-in tool"):
                await codex.thread_start(tools=[exec_command])
            await codex.models()
        assert server.requests("thread/start") == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_a_tool_that_is_stopped_from_within_leaves_no_dead_turn(
    codex: AsyncCodex, model: SharedModel
) -> None:
    def stop() -> str:
        raise GeneratorExit

    model.script(call_tool("stop", {}, call_id="a"), say("Done"))
    thread = await codex.thread_start(tools=[stop])
    assert (await thread.run("hi", timeout=30)).final_response == "Done"
    assert "the tool was stopped: " in model.requests[-1].function_outputs["a"]


@pytest.mark.parametrize(
    ("tools", "reason"),
    [
        (print, r"tools must be a list: write \[print\]"),
        ([print], "'print': it .*: write a function with type hints that calls it"),
        ([3], "a tool is a function, not 3"),
        ("x", "tools must be a list of functions or tools, got str"),
    ],
)
async def test_what_is_no_list_of_tools_is_refused_before_anything_is_sent(
    tools: Any, reason: str
) -> None:
    with FakeAppServer([]) as server:
        async with AsyncCodex(server.config()) as codex:
            with pytest.raises(ToolDefinitionError, match=reason):
                await codex.thread_start(tools=tools)
            await codex.models()
        assert server.requests("thread/start") == []


async def test_null_for_a_parameter_whose_default_is_none_arrives(
    codex: AsyncCodex, model: SharedModel
) -> None:
    @tool
    def show(limit: int = None) -> str:  # type: ignore[assignment]  # noqa: RUF013
        """Show."""
        return f"limit {limit}"

    calls = parallel(
        call_tool("show", {"limit": None}, call_id="null"),
        call_tool("show", {}, call_id="none"),
        call_tool("show", {"limit": 3}, call_id="three"),
    )
    model.script(calls, say("Done"))
    thread = await codex.thread_start(tools=[show])
    await thread.run("hi")
    outputs = model.requests[-1].function_outputs
    assert outputs == {"null": "limit None", "none": "limit None", "three": "limit 3"}


async def test_an_image_in_a_dictionary_is_an_error_that_the_model_reads(
    codex: AsyncCodex, model: SharedModel
) -> None:
    @tool
    def picture() -> dict[str, object]:
        """Show a pixel."""
        return {"pixel": ToolImage(PIXEL)}

    model.script(call_tool("picture", {}, call_id="p"), say("Done"))
    thread = await codex.thread_start(tools=[picture])
    await thread.run("hi")
    assert "with ToolImage inside" in str(model.requests[-1].function_outputs["p"])
