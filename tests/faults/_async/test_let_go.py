"""Threads that live in memory alone, and whose handles the program dropped, leave the runtime."""

from __future__ import annotations

import gc
from dataclasses import replace

from openai_codex import AppServerConfig, AsyncCodex, Handlers, methods
from openai_codex.testing import offline_config, say
from openai_codex.testing.fake import ask_command, pause, turn
from tests.conftest import SharedModel
from tests.faults.aio import nap, saw
from tests.faults.play import Play

UNSUBSCRIBE = "thread/unsubscribe"


def unloading(model: SharedModel) -> AppServerConfig:
    """Return the config of a runtime that unloads at once what nobody is subscribed to."""
    config = offline_config(model)
    soon = "thread_unload_delay_secs=0"  # half an hour unless given
    return replace(config, config_overrides=(*config.config_overrides, soon))


async def few_are_loaded(codex: AsyncCodex, most: int) -> list[str]:
    """Wait until the runtime holds few threads, and return which."""
    while True:
        loaded = (await codex.call(methods.thread.LOADED_LIST, {})).data
        if len(loaded) <= most:
            return loaded
        await nap(0.02)


async def test_threads_in_memory_that_are_dropped_leave_the_runtime(model: SharedModel) -> None:
    async with AsyncCodex(unloading(model)) as codex:
        kept = await codex.thread_start(ephemeral=True)
        for _ in range(30):
            await codex.thread_start(ephemeral=True)
        gc.collect()
        last = await codex.thread_start(ephemeral=True)
        assert set(await few_are_loaded(codex, 2)) == {kept.id, last.id}
        model.script(say("still here"))
        assert (await kept.run("hi")).final_response == "still here"


async def test_a_dropped_thread_is_let_go_once_its_turn_is_over(play: Play) -> None:
    server = play(turn(pause("go"), ask_command("ls")))
    async with AsyncCodex(server.config(), handlers=Handlers(approve=lambda _: True)) as codex:
        turn_ = await (await codex.thread_start(ephemeral=True)).turn("hi")
        gc.collect()
        await codex.thread_start()
        await codex.models()
        assert server.requests(UNSUBSCRIBE) == []
        server.release("go")
        assert (await turn_.run()).status == "completed"
        assert [answer["result"] for answer in server.answers] == [{"decision": "accept"}]
        await codex.thread_start()
        await saw(server, UNSUBSCRIBE)
        assert server.requests(UNSUBSCRIBE) == [{"threadId": turn_.thread_id}]


async def test_a_thread_is_kept_while_another_handle_of_it_lives(play: Play) -> None:
    server = play()
    async with AsyncCodex(server.config()) as codex:
        thread = await codex.thread_start(ephemeral=True)
        again = await codex.thread_resume(thread.id)
        del thread
        gc.collect()
        await codex.thread_start()
        await codex.models()
        assert server.requests(UNSUBSCRIBE) == []
        del again
        gc.collect()
        await codex.thread_start()
        await saw(server, UNSUBSCRIBE)


async def test_threads_are_kept_that_are_stored_or_may_ask_a_reader(play: Play) -> None:
    server = play()
    async with AsyncCodex(server.config()) as codex:
        await codex.thread_start()
        await codex.thread_start()
        questions = codex.questions()
        await codex.thread_start(ephemeral=True)
        gc.collect()
        await codex.thread_start()
        await codex.models()
        assert server.requests(UNSUBSCRIBE) == []
        del questions
