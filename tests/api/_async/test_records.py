"""What is stored of a thread: read item by item, searched, cut, deleted, changed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from openai_codex import (
    AsyncCodex,
    AsyncThread,
    InvalidRequestError,
    JsonRpcError,
    Sandbox,
    methods,
)
from openai_codex.testing import run_command, say
from openai_codex.types import ThreadResumeParams
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only


async def spoken(codex: AsyncCodex, model: SharedModel, *texts: str) -> AsyncThread:
    thread = await codex.thread_start()
    for text in texts:
        model.script(say(f"answer to {text}"), thread=thread.id)
        await thread.run(text)
    return thread


async def listed(found: AsyncIterator[Any]) -> list[Any]:
    return [each async for each in found]


async def test_items_come_in_order_of_all_turns_or_of_one(
    codex: AsyncCodex, model: SharedModel
) -> None:
    thread = await spoken(codex, model, "one", "two")
    entries = await listed(thread.items(page_size=1))
    assert [entry.item.type for entry in entries] == ["userMessage", "agentMessage"] * 2
    last = entries[-1].turn_id
    assert [e.turn_id for e in await listed(thread.items(turn_id=last))] == [last] * 2
    newest = await listed(thread.items(newest_first=True))
    assert newest[0].item.text == "answer to two"


async def test_history_has_an_older_name_that_warns(codex: AsyncCodex, model: SharedModel) -> None:
    thread = await spoken(codex, model, "one")
    with pytest.warns(DeprecationWarning, match=r"history\(\)"):
        found = thread.turns()
    assert [turn.id for turn in await listed(found)] == [
        turn.id for turn in await listed(thread.history())
    ]
    with pytest.raises(ValueError, match="page_size"):
        thread.history(page_size=0)
    with pytest.raises(TypeError, match="newest_first"):
        thread.history(newest_first="yes")  # type: ignore[arg-type]


async def test_a_text_is_found_in_a_thread_and_among_threads(
    codex: AsyncCodex, model: SharedModel
) -> None:
    thread = await spoken(codex, model, "the zebra crossing", "nothing")
    (mine, answer) = await listed(thread.search_occurrences("ZEBRA", page_size=1))
    assert "zebra" in mine.snippet
    assert mine.turn_id == answer.turn_id
    found = await listed(codex.thread_search("zebra crossing", page_size=1))
    assert [each.thread.id for each in found] == [thread.id]
    with pytest.raises(TypeError, match="term must be a string"):
        thread.search_occurrences(1)  # type: ignore[arg-type]


async def test_a_conversation_is_cut_before_a_turn(codex: AsyncCodex, model: SharedModel) -> None:
    thread = await spoken(codex, model, "one", "two", "three")
    kept, cut, _ = await listed(thread.history(newest_first=False))
    await thread.revert(cut.id)
    assert [turn.id for turn in await listed(thread.history())] == [kept.id]


async def test_a_deleted_thread_is_gone(codex: AsyncCodex, model: SharedModel) -> None:
    thread = await spoken(codex, model, "one")
    fork = await codex.thread_fork(thread.id)
    with pytest.raises(InvalidRequestError, match="forked history"):
        await thread.delete()
    await fork.delete()
    await thread.delete()
    with pytest.raises(JsonRpcError):
        await codex.thread_resume(thread.id)


async def test_injected_items_are_what_the_model_sees_next(
    codex: AsyncCodex, model: SharedModel
) -> None:
    thread = await spoken(codex, model, "one")
    content = [{"type": "input_text", "text": "by the way"}]
    await thread.inject_items([{"type": "message", "role": "user", "content": content}])
    assert len(await listed(thread.history())) == 1
    model.script(say("noted"), thread=thread.id)
    await thread.run("go on")
    assert "by the way" in str(model.requests[-1].body["input"])


async def test_settings_change_for_later_turns(codex: AsyncCodex, model: SharedModel) -> None:
    thread = await spoken(codex, model, "one")
    await thread.update_settings(sandbox=Sandbox.full_access, effort="high")
    params = ThreadResumeParams(thread_id=thread.id, exclude_turns=True)
    now = await codex.call(methods.thread.RESUME, params)
    assert now.sandbox.type == "dangerFullAccess"
    assert now.reasoning_effort == "high"


async def test_a_thread_is_left_and_taken_up_again(codex: AsyncCodex, model: SharedModel) -> None:
    thread = await spoken(codex, model, "one")
    assert (await thread.unsubscribe()).status == "unsubscribed"
    assert (await thread.unsubscribe()).status == "notSubscribed"
    again = await codex.thread_resume(thread.id)
    model.script(say("here"), thread=thread.id)
    assert (await again.run("there?")).final_response == "here"


async def test_commands_that_run_on_are_listed_and_ended(
    codex: AsyncCodex, thread: AsyncThread, model: SharedModel
) -> None:
    model.script(run_command("sleep 600", yield_time_ms=250), say("started"), thread=thread.id)
    await thread.run("start it")
    (terminal,) = await listed(thread.background_terminals())
    assert "sleep 600" in terminal.command
    assert await thread.terminate_terminal(terminal.process_id)
    assert not await thread.terminate_terminal(terminal.process_id)
    await thread.clean_terminals()
    assert await listed(thread.background_terminals()) == []
