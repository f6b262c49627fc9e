"""A turn, watched and awaited: what it says, what it did, what it came to."""

from __future__ import annotations

import json

import pytest
from pydantic import BaseModel

from openai_codex import AsyncThread, TurnFailedError, TurnResult
from openai_codex.errors import ContextWindowExceededError
from openai_codex.testing import (
    Gate,
    add_file,
    fail,
    hold,
    run_command,
    say,
    think,
    usage,
)
from openai_codex.types import (
    AgentMessageDeltaNotification,
    AgentMessageThreadItem,
    CommandExecutionThreadItem,
    FileChangeThreadItem,
    ItemCompletedNotification,
    MessagePhase,
    ThreadItem,
    TurnCompletedNotification,
    TurnStatus,
)
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only


async def test_run_returns_the_whole_result(thread: AsyncThread, model: SharedModel) -> None:
    model.script(
        think("Look first"),
        say("I look", phase="commentary"),
        run_command("echo hi", call_id="look"),
        usage(input=70, output=3, cached=20, reasoning=1),
        say("Done", phase="final_answer"),
    )
    result = await thread.run("hi")
    assert result.status is TurnStatus.completed
    assert result.error is None
    assert result.final_response == "Done"
    kinds = ["userMessage", "reasoning", "agentMessage", "commandExecution", "agentMessage"]
    assert [item.type for item in result.items] == kinds
    assert result.started_at is not None
    assert result.completed_at is not None
    assert result.completed_at >= result.started_at > 1_600_000_000  # unix seconds
    assert result.duration_ms is not None
    assert result.usage is not None
    assert result.usage.last.input_tokens == 70
    assert result.usage.last.cached_input_tokens == 20
    assert result.usage.total.input_tokens == 170
    assert result.turn_usage is not None
    assert (result.turn_usage.input_tokens, result.turn_usage.output_tokens) == (170, 13)
    model.script(say("Again"))
    again = await thread.run("once more")
    assert again.turn_usage is not None
    assert again.turn_usage.input_tokens == 100  # what the scripted model says unless told


async def test_run_of_a_handle_returns_the_same_result(
    thread: AsyncThread, model: SharedModel
) -> None:
    model.script(say("Hello"))
    turn = await thread.turn("hi")
    result = await turn.run()
    assert (result.id, turn.thread_id) == (turn.id, thread.id)
    assert (result.final_response, result.status) == ("Hello", "completed")
    assert (await turn.run()).items == result.items


async def test_stream_yields_every_event_up_to_the_last(
    thread: AsyncThread, model: SharedModel
) -> None:
    model.script(say("Hello, brave new world"))
    turn = await thread.turn("hi")
    events = [event async for event in turn.stream()]
    methods = [event.method for event in events if event.method != "thread/tokenUsage/updated"]
    assert methods == [
        "turn/started",
        "item/started",
        "item/completed",
        "item/started",
        *["item/agentMessage/delta"] * 4,
        "item/completed",
        "turn/completed",
    ]
    last = events[-1].payload
    assert isinstance(last, TurnCompletedNotification)
    assert (last.turn.id, last.turn.status) == (turn.id, TurnStatus.completed)


async def test_events_have_typed_payloads_and_keep_their_raw_params(
    thread: AsyncThread, model: SharedModel
) -> None:
    model.script(say("Hello, world"))
    texts = []
    items: list[ThreadItem] = []
    async for event in (await thread.turn("hi")).stream():
        if isinstance(event.payload, AgentMessageDeltaNotification):
            texts.append(event.payload.delta)
            assert event.params["delta"] == event.payload.delta
        if isinstance(event.payload, ItemCompletedNotification):
            items.append(event.payload.item)
    assert texts == ["Hello, ", "world"]
    assert isinstance(items[-1], AgentMessageThreadItem)
    assert items[-1].root is items[-1]


async def test_run_after_stream_has_what_was_streamed(
    thread: AsyncThread, model: SharedModel
) -> None:
    model.script(run_command("true"), say("Done"))
    turn = await thread.turn("hi")
    async for event in turn.stream():
        if event.method == "item/started":
            break
    result = await turn.run()
    assert [item.type for item in result.items][-2:] == ["commandExecution", "agentMessage"]
    assert result.final_response == "Done"


async def test_stream_text_yields_only_what_the_agent_says(
    thread: AsyncThread, model: SharedModel
) -> None:
    model.script(think("hm"), run_command("echo no"), say("Hello, brave new world"))
    turn = await thread.turn("hi")
    assert [text async for text in turn.stream_text()] == ["Hello, ", "brave ", "new ", "world"]


async def test_text_streams_while_the_turn_runs(thread: AsyncThread, model: SharedModel) -> None:
    gate = Gate()
    model.script(say(deltas=["early ", hold(gate), "late"]))
    texts = []
    async for text in (await thread.turn("hi")).stream_text():
        texts.append(text)
        gate.open()  # only the first text, come before the last was sent, opens it
    assert texts == ["early ", "late"]


async def test_a_message_of_the_final_phase_is_the_final_response(
    thread: AsyncThread, model: SharedModel
) -> None:
    model.script(
        [say("Answer", phase="final_answer"), say("Later", phase="commentary"), say("P.S.")]
    )
    assert (await thread.run("hi")).final_response == "Answer"


async def test_without_a_final_phase_the_last_phaseless_message_is_the_final_response(
    thread: AsyncThread, model: SharedModel
) -> None:
    model.script([say("One"), say("Two"), say("Aside", phase="commentary")])
    assert (await thread.run("hi")).final_response == "Two"


async def test_a_turn_of_mere_commentary_has_no_final_response(
    thread: AsyncThread, model: SharedModel
) -> None:
    model.script(say("Aside", phase="commentary"))
    result = await thread.run("hi")
    assert result.final_response is None
    assert isinstance(result.items[-1], AgentMessageThreadItem)
    assert result.items[-1].phase is MessagePhase.commentary


async def test_items_are_typed_and_answer_to_root(thread: AsyncThread, model: SharedModel) -> None:
    model.script(run_command("echo hi; exit 3"), add_file("new.txt", "one\n"), say("Done"))
    result = await thread.run("hi")
    command = next(item for item in result.items if isinstance(item, CommandExecutionThreadItem))
    assert (command.exit_code, command.aggregated_output) == (3, "hi\n")
    assert command.status == "failed"
    assert command.root is command
    (change,) = [item for item in result.items if isinstance(item, FileChangeThreadItem)]
    assert change.changes[0].diff == "one\n"


async def test_a_failed_turn_raises_with_its_partial_result(
    thread: AsyncThread, model: SharedModel
) -> None:
    model.script(run_command("echo hi"), fail(code="context_length_exceeded", message="Too long"))
    with pytest.raises(ContextWindowExceededError) as raised:
        await thread.run("hi")
    failed = raised.value
    assert isinstance(failed, TurnFailedError)
    assert isinstance(failed, RuntimeError)
    assert failed.result.status is TurnStatus.failed
    assert failed.error is not None
    assert failed.error.message in str(failed)
    assert failed.info == "contextWindowExceeded"
    assert [item.type for item in failed.result.items] == ["userMessage", "commandExecution"]
    assert failed.result.usage is not None


async def test_a_failed_turn_streams_to_its_end_without_raising(
    thread: AsyncThread, model: SharedModel
) -> None:
    model.script(fail(status=400, message="no"))
    events = [event async for event in (await thread.turn("hi")).stream()]
    assert [event.method for event in events][-2:] == ["error", "turn/completed"]
    assert events[-1].params["turn"]["status"] == "failed"


async def test_a_thread_goes_on_after_a_failed_turn(
    thread: AsyncThread, model: SharedModel
) -> None:
    model.script(fail(status=500, message="boom"))
    model.script(say("Better"))
    with pytest.raises(TurnFailedError) as raised:
        await thread.run("one")
    assert raised.value.info == "internalServerError"
    assert (await thread.run("two")).final_response == "Better"


class Job(BaseModel):
    """What a web back end might answer with."""

    result: TurnResult  # type: ignore[type-arg]  # pydantic passes hooks of aliases over


async def test_a_result_can_be_a_field_of_somebodys_model(
    thread: AsyncThread, model: SharedModel
) -> None:
    model.script(run_command("echo hi"), say("Done"), thread=thread.id)
    job = Job(result=await thread.run("hi"))
    told = job.model_dump(mode="json")
    assert told["result"]["final_response"] == "Done"
    assert Job.model_validate(told) == job
    assert "commandExecution" in {item["type"] for item in told["result"]["items"]}
    assert Job.model_json_schema()["properties"]["result"]


async def test_a_turn_its_events_and_its_items_are_data(
    thread: AsyncThread, model: SharedModel
) -> None:
    model.script(run_command("echo hi"), say("Done"))
    turn = await thread.turn("hi")
    events = [event async for event in turn.stream()]
    result = await turn.run()
    data = json.loads(json.dumps(result.to_dict()))
    assert data == json.loads(result.to_json())
    assert (data["status"], data["final_response"]) == ("completed", "Done")
    assert [item["type"] for item in data["items"]] == [item.type for item in result.items]
    assert data["items"][1]["aggregated_output"] == "hi\n"
    for event in events:
        told = json.loads(event.to_json())
        assert told["method"] == event.method
        assert told["payload"] == event.payload.to_dict()
