"""Who is asked, on what, and for how long: handlers beside the streams."""

from __future__ import annotations

import asyncio  # async only
import threading

import pytest

from openai_codex import (
    ApprovalMode,
    AsyncCodex,
    CommandApproval,
    Decision,
    Handlers,
    Question,
)
from openai_codex.testing import (
    offline_config,
    run_command,
    say,
    spawn_agent,
    wait_agent,
)
from tests.asks._async.apart import Running, happened
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only


async def test_a_handler_of_its_own_api_is_awaited(codex: AsyncCodex, model: SharedModel) -> None:
    async def approve(question: CommandApproval) -> bool:
        await codex.models()  # a handler may call the client
        return True

    model.script(run_command("echo hi", escalate=True, call_id="c"), say("Done"))
    thread = await codex.thread_start(handlers=Handlers(approve_command=approve))
    await thread.run("hi")
    assert "hi" in model.requests[-1].function_outputs["c"]


async def test_a_handler_may_block_for_hours_while_streams_go_on(
    codex: AsyncCodex, model: SharedModel
) -> None:
    asked, hours = threading.Event(), threading.Event()

    def approve(question: CommandApproval) -> bool:
        asked.set()
        return hours.wait(30)

    slow = await codex.thread_start(handlers=Handlers(approve_command=approve))
    model.script(run_command("echo hi", escalate=True), say("At last"), thread=slow.id)
    turn = await slow.turn("hi")
    await happened(asked)
    fast = await codex.thread_start()
    for number in range(3):
        model.script(say(f"Quick {number}"), thread=fast.id)
        assert (await fast.run("hi")).final_response == f"Quick {number}"
    hours.set()
    assert (await turn.run()).final_response == "At last"


async def test_a_threads_own_handlers_come_before_the_clients(shared_model: SharedModel) -> None:
    asked: list[str] = []

    def noting(name: str, answer: bool) -> Handlers:
        def approve(question: Question) -> bool:
            asked.append(name)
            return answer

        return Handlers(approve=approve)

    shared_model.renew()
    async with AsyncCodex(offline_config(shared_model), handlers=noting("client", True)) as codex:
        for handlers in (noting("thread", True), Handlers(elicit=lambda _: False), None):
            shared_model.script(run_command("echo hi", escalate=True), say("Done"))
            await (await codex.thread_start(handlers=handlers)).run("hi")
    assert asked == ["thread", "client", "client"]


async def test_the_slot_of_a_kind_comes_before_the_catch_all(
    codex: AsyncCodex, model: SharedModel
) -> None:
    model.script(run_command("echo hi", escalate=True, call_id="c"), say("Done"))
    handlers = Handlers(approve_command=lambda _: True, approve=lambda _: False)
    await (await codex.thread_start(handlers=handlers)).run("hi")
    assert "hi" in model.requests[-1].function_outputs["c"]


async def test_a_sub_agents_questions_reach_the_handlers_of_the_thread_that_started_it(
    shared_model: SharedModel,
) -> None:
    asked: list[CommandApproval] = []

    def approve(question: CommandApproval) -> bool:
        asked.append(question)
        return True

    shared_model.renew()
    shared_model.script(spawn_agent("sub", "do it"), wait_agent(), say("Both done"))
    shared_model.script(
        run_command("echo from below", escalate=True, call_id="c"),
        say("Sub done"),
        agent="/root/sub",
    )
    config = offline_config(shared_model, model_name="gpt-6.1-sol")
    async with AsyncCodex(config) as codex:
        thread = await codex.thread_start(handlers=Handlers(approve_command=approve))
        assert (await thread.run("hi")).final_response == "Both done"
    (question,) = asked
    assert question.thread_id != thread.id
    assert "echo from below" in question.summary
    shared_model.check()


async def test_a_handler_that_answers_by_itself_goes_on_to_its_end(
    codex: AsyncCodex, model: SharedModel
) -> None:
    over = threading.Event()

    async def approve(question: CommandApproval) -> None:
        question.accept()
        await codex.models()
        over.set()

    model.script(run_command("echo hi", escalate=True, call_id="c"), say("Done"))
    handlers = Handlers(approve_command=approve)  # type: ignore[arg-type]
    await (await codex.thread_start(handlers=handlers)).run("hi")
    await happened(over)
    assert "hi" in model.requests[-1].function_outputs["c"]


async def test_an_interrupt_settles_the_question_and_stops_its_handler(
    codex: AsyncCodex, model: SharedModel
) -> None:
    asked, stopped = threading.Event(), threading.Event()
    questions: list[CommandApproval] = []

    async def approve(question: CommandApproval) -> bool:
        questions.append(question)
        asked.set()
        try:
            await asyncio.Event().wait()  # async only
            # sync: question.settled.wait()
            return True
        finally:
            stopped.set()

    model.script(run_command("echo hi", escalate=True))
    thread = await codex.thread_start(handlers=Handlers(approve_command=approve))
    turn = await thread.turn("hi")
    await happened(asked)
    await turn.interrupt()
    assert (await turn.run()).status == "interrupted"
    await happened(stopped)
    assert questions[0].settled.is_foreign


async def test_closing_settles_the_question_and_stops_its_handler(
    shared_model: SharedModel,
) -> None:
    asked, stopped = threading.Event(), threading.Event()
    questions: list[CommandApproval] = []

    async def approve(question: CommandApproval) -> bool:
        questions.append(question)
        asked.set()
        try:
            await asyncio.Event().wait()  # async only
            # sync: question.settled.wait()
            return True
        finally:
            stopped.set()

    shared_model.renew()
    shared_model.script(run_command("echo hi", escalate=True))
    async with AsyncCodex(offline_config(shared_model)) as codex:
        thread = await codex.thread_start(handlers=Handlers(approve_command=approve))
        await thread.turn("hi")
        await happened(asked)
    await happened(stopped)
    assert questions[0].settled.reason == "closed"


async def test_two_threads_ask_at_once(codex: AsyncCodex, model: SharedModel) -> None:
    both = threading.Barrier(2, timeout=30)

    def approve(question: CommandApproval) -> Decision:
        both.wait()
        return Decision.accept

    handlers = Handlers(approve_command=approve)
    threads = [await codex.thread_start(handlers=handlers) for _ in range(2)]
    for thread in threads:
        model.script(run_command("echo hi", escalate=True), say(thread.id), thread=thread.id)
    running = [Running(thread.run, "hi") for thread in threads]
    told = [(await call.result()).final_response for call in running]
    assert told == [thread.id for thread in threads]


async def test_handlers_given_at_resume_are_asked(shared_model: SharedModel) -> None:
    asked: list[str] = []

    def approve(question: CommandApproval) -> bool:
        asked.append(question.summary)
        return True

    shared_model.renew()
    home = shared_model.temporary_folder("codex-home")
    shared_model.script(say("Hello"))
    async with AsyncCodex(offline_config(shared_model, home=home)) as codex:
        thread = await codex.thread_start(approval_mode=ApprovalMode.auto_review)
        await thread.run("hi")
    shared_model.script(run_command("echo hi", escalate=True), say("Done"))
    async with AsyncCodex(offline_config(shared_model, home=home)) as codex:
        handlers = Handlers(approve_command=approve)
        thread = await codex.thread_resume(thread.id, handlers=handlers)
        await thread.run("hi")
    assert asked == ["/bin/bash -c 'echo hi'"]


async def test_a_handler_that_cannot_be_called_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Handlers\.approve must be callable"):
        Handlers(approve=True)  # type: ignore[arg-type]
