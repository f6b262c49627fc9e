"""Faults that concern the runtime, and not its process, look the same over every transport."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator

import pytest

from openai_codex import (
    Approval,
    ApprovalMode,
    AsyncCodex,
    AsyncThread,
    ClientClosedError,
    Connect,
    Handlers,
    InvalidRequestError,
    ThreadNotFoundError,
    TransportClosedError,
    TurnFailedError,
    TurnTimeoutError,
    methods,
)
from openai_codex.testing import Gate, ScriptedModel, fail, hold, run_command, say
from tests.connect.everywhere import EVERY_WAY, Everywhere
from tests.drivers import listeners
from tests.faults.aio import each, give_up, start
from tests.returns.aio import a_moment, reached

EVERYWHERE = pytest.mark.parametrize("way", EVERY_WAY)
NO_THREAD = "01a22afe-3eda-72e2-ae14-b50cbfb81a28"


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    """A model whose turns may be cut off in the middle."""
    with ScriptedModel(strict=False) as model:
        model.default(say("Done"))
        yield model


async def statuses(thread: AsyncThread) -> list[str]:
    """Return how the turns of a thread ended, the first one first, once all have."""
    while True:
        found = [turn.status.value async for turn in thread.history(newest_first=False)]
        if "inProgress" not in found:
            return found
        await a_moment()


@EVERYWHERE
async def test_a_turn_that_its_caller_leaves_is_stopped_and_the_thread_goes_on(
    way: str, everywhere: Everywhere, model: ScriptedModel
) -> None:
    async with AsyncCodex(**everywhere.options(way)) as codex:
        thread = await codex.thread_start()
        first = await thread.turn("the first")
        await first.run()
        await first.interrupt()  # it is over: nothing happens
        gate = Gate()
        model.script(hold(gate), say("never"))
        async with await thread.turn("leave the block"):
            await reached(gate)
        gate.open()
        model.script(say(deltas=["be", hold(Gate()), "fore"]))
        with pytest.raises(TurnTimeoutError):
            await thread.run("be too slow", timeout=0.3)
        model.script(say(deltas=["ne", hold(Gate()), "ver"]))
        await give_up(thread, "be struck from outside", after=0.3)
        assert (await thread.run("go on")).final_response == "Done"
        ended = ["completed", "interrupted", "interrupted", "interrupted", "completed"]
        assert await statuses(thread) == ended


@EVERYWHERE
async def test_what_nobody_answers_is_declined_and_what_fails_says_so(
    way: str, everywhere: Everywhere, model: ScriptedModel
) -> None:
    def broken(question: Approval) -> bool:
        raise ZeroDivisionError

    async with AsyncCodex(**everywhere.options(way)) as codex:
        for handlers in (None, Handlers(approve=broken)):
            model.script(run_command("date", escalate=True), say("I could not"))
            thread = await codex.thread_start(approval_mode=ApprovalMode.ask, handlers=handlers)
            assert (await thread.run("Go")).final_response == "I could not"
            (output,) = model.requests[-1].function_outputs.values()
            assert "rejected by user" in output
        model.script(fail(status=400, message="no such thing"))
        with pytest.raises(TurnFailedError, match="no such thing") as failed:
            await thread.run("Go")
        assert failed.value.result.status == "failed"
        with pytest.raises(ThreadNotFoundError) as gone:
            await codex.thread_resume(NO_THREAD)
        assert gone.value.thread_id == NO_THREAD
        with pytest.raises(InvalidRequestError):
            await codex.call(methods.thread.READ, {"threadId": "no id"})
        assert (await thread.run("Go on")).final_response == "Done"


@EVERYWHERE
async def test_closing_in_the_middle_ends_every_wait_and_the_turn(
    way: str, everywhere: Everywhere, model: ScriptedModel
) -> None:
    gate = Gate()
    model.script(hold(gate), say("never"))
    options = everywhere.options(way)
    async with AsyncCodex(**options) as codex:
        thread = await codex.thread_start()
        running = start(thread.run, "Go")
        await reached(gate)
        await codex.close()
        (end,) = await each([running])  # of an attached one, the turn is interrupted before
        assert isinstance(end, ClientClosedError) or end.status == "interrupted"
        with pytest.raises(ClientClosedError):
            await codex.models()
    gate.open()
    if way in ("unix", "websocket", "proxy"):  # that runtime lives on
        async with AsyncCodex(**options) as other:
            assert await statuses(await other.thread_attach(thread.id)) == ["interrupted"]


@EVERYWHERE
async def test_the_death_of_the_runtime_ends_every_wait(
    way: str, everywhere: Everywhere, model: ScriptedModel
) -> None:
    gate = Gate()
    model.script(hold(gate), say("never"))
    async with AsyncCodex(**everywhere.options(way), reconnect_timeout=0) as codex:
        thread = await codex.thread_start()
        running = start(thread.run, "Go")
        await reached(gate)
        everywhere.kill(codex)
        assert isinstance(await running.error(), TransportClosedError)
        with pytest.raises(TransportClosedError):
            await thread.run("Go on")
    gate.open()


# --- garbage: a runtime that never sends any is not the real one --------------------------------

GARBAGE = [b"not json", b'{"id":', b"[1, 2]", b"17", b'{"id":99,"result":{}}', b'{"method":7}', b""]
INFO = {"userAgent": "x/0.163.0 (y) z", "codexHome": "/h"}


def obey(line: bytes | None) -> Iterator[bytes]:
    """Answer the handshake and one call, with garbage before and after each answer."""
    call = json.loads(line) if line else {}
    if "id" in call:
        models: dict[str, object] = {"data": [], "nextCursor": None}
        result = INFO if call["method"] == "initialize" else models
        answer = json.dumps({"id": call["id"], "result": result}).encode()
        yield from (each + b"\n" for each in (*GARBAGE, answer, *GARBAGE))


@pytest.mark.parametrize("over", [listeners.over_unix, listeners.over_websocket])
async def test_garbage_between_messages_changes_nothing(
    over: Callable[..., Connect], caplog: pytest.LogCaptureFixture
) -> None:
    async with AsyncCodex(connect=over(functools.partial(obey))) as codex:
        assert (await codex.models()).data == []
    skipped = [record for record in caplog.records if record.name == "openai_codex.wire"]
    assert skipped
