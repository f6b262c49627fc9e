"""Questions that no handler takes: read anywhere, answered from anywhere, once."""

from __future__ import annotations

import asyncio  # async only
import gc
import logging
import threading

import pytest

from openai_codex import (
    AlreadySettledError,
    AppServerConfig,
    AsyncCodex,
    AsyncThread,
    CommandApproval,
    Handlers,
    InvalidAnswerError,
    Question,
)
from openai_codex._async.inbox import AsyncInbox
from openai_codex._drivers.aio import Mailbox
from openai_codex.testing import offline_config, run_command, say
from openai_codex.testing.fake import FakeAppServer, ask, deltas, faults, pause, turn
from tests.asks._async.apart import Running, happened
from tests.asks.loops import accept_on_a_new_loop, wait_and_tell
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only

COMMAND = "item/commandExecution/requestApproval"


async def first(codex: AsyncCodex) -> Question:
    """Return the next question."""
    questions = codex.questions()
    return await questions.__anext__()


async def asking(codex: AsyncCodex, model: SharedModel) -> AsyncThread:
    """Start a thread whose next turn asks for a command."""
    thread = await codex.thread_start()
    model.script(run_command("echo hi", escalate=True, call_id="c"), say("Done"), thread=thread.id)
    return thread


async def test_a_question_is_read_and_accepted(codex: AsyncCodex, model: SharedModel) -> None:
    async with codex.questions() as questions:
        turn = await (await asking(codex, model)).turn("hi")
        async for question in questions:
            assert isinstance(question, CommandApproval)
            assert question.turn_id == turn.id
            question.accept()
            break
        assert (await turn.run()).final_response == "Done"
    assert "hi" in model.requests[-1].function_outputs["c"]


async def test_a_question_is_declined_from_another_thread(
    codex: AsyncCodex, model: SharedModel
) -> None:
    async with codex.questions() as questions:
        turn = await (await asking(codex, model)).turn("hi")
        question = await questions.__anext__()
        web = threading.Thread(target=question.decline)
        web.start()
        assert (await turn.run()).final_response == "Done"
        web.join()
    assert "rejected" in model.requests[-1].function_outputs["c"]


async def test_a_question_is_answered_from_another_loop(
    codex: AsyncCodex, model: SharedModel
) -> None:
    told: list[str] = []
    async with codex.questions() as questions:
        turn = await (await asking(codex, model)).turn("hi")
        web = threading.Thread(
            target=accept_on_a_new_loop, args=[await questions.__anext__(), told]
        )
        web.start()
        assert (await turn.run()).final_response == "Done"
        web.join()
    assert told == ["answered"]


async def test_a_second_answer_raises(codex: AsyncCodex, model: SharedModel) -> None:
    async with codex.questions() as questions:
        turn = await (await asking(codex, model)).turn("hi")
        question = await questions.__anext__()
        question.answer(True)
        with pytest.raises(AlreadySettledError) as raised:
            question.decline()
        assert raised.value.reason == "answered"
        await turn.run()
        with pytest.raises(AlreadySettledError):
            question.answer(True)


async def test_what_is_no_answer_leaves_the_question_open(
    codex: AsyncCodex, model: SharedModel
) -> None:
    async with codex.questions() as questions:
        turn = await (await asking(codex, model)).turn("hi")
        question = await questions.__anext__()
        with pytest.raises(InvalidAnswerError, match=r"a Decision or a bool.* got str: 'yes'"):
            question.answer("yes")
        assert not question.settled
        question.answer(True)
        assert (await turn.run()).final_response == "Done"


async def test_an_interrupt_settles_the_question_and_wakes_its_waiters(
    codex: AsyncCodex, model: SharedModel
) -> None:
    async with codex.questions() as questions:
        thread = await codex.thread_start()
        model.script(run_command("echo hi", escalate=True))
        turn = await thread.turn("hi")
        question = await questions.__anext__()
        woken = threading.Event()
        waiter = threading.Thread(target=wait_and_tell, args=[question, woken])
        waiter.start()
        await turn.interrupt()
        await happened(woken)
        with pytest.raises(AlreadySettledError, match=r"turn over|resolved elsewhere"):
            question.answer(True)
        waiter.join()


async def test_closing_the_client_settles_the_question_and_ends_the_reading(
    shared_model: SharedModel,
) -> None:
    shared_model.renew()
    codex = AsyncCodex(offline_config(shared_model))
    questions = codex.questions()
    thread = await codex.thread_start()
    shared_model.script(run_command("echo hi", escalate=True))
    await thread.turn("hi")
    question = await questions.__anext__()
    rest = Running(collect, questions)
    await codex.close()
    assert await rest.result() == []
    assert question.settled.reason == "closed"
    with pytest.raises(AlreadySettledError, match="closed"):
        question.answer(True)


async def collect(questions: object) -> list[Question]:
    return [question async for question in questions]  # type: ignore[attr-defined]


async def test_reading_a_closed_client_ends_at_once(shared_model: SharedModel) -> None:
    started = AsyncCodex(offline_config(shared_model))
    await started.models()
    await started.close()
    assert await collect(started.questions()) == []


async def test_reading_a_client_that_was_closed_before_it_started_ends_at_once(
    shared_model: SharedModel,
) -> None:
    codex = AsyncCodex(offline_config(shared_model))
    await codex.close()
    assert await collect(codex.questions()) == []


async def test_closing_the_reader_declines_what_was_not_read(
    codex: AsyncCodex, model: SharedModel, caplog: pytest.LogCaptureFixture
) -> None:
    questions = codex.questions()
    turn = await (await asking(codex, model)).turn("hi")
    async for event in turn.stream():
        if event.method == "item/started" and event.params["item"]["type"] == "commandExecution":
            break
    questions.close()
    assert (await turn.run()).final_response == "Done"
    assert "rejected" in model.requests[-1].function_outputs["c"]
    (warning,) = [r.getMessage() for r in caplog.records if r.name.endswith("approvals")]
    assert warning.startswith("declined approve_command") or "decline" in warning


async def test_a_reader_that_is_let_go_of_declines_what_was_not_read(
    shared_model: SharedModel,
) -> None:
    shared_model.renew()
    async with AsyncCodex(offline_config(shared_model)) as codex:
        questions = codex.questions()
        thread = await codex.thread_start()
        shared_model.script(run_command("echo hi", escalate=True), say("Done"))
        turn = await thread.turn("hi")
        del questions
        assert (await turn.run()).final_response == "Done"


async def test_several_readers_see_each_question_and_the_first_answer_counts(
    codex: AsyncCodex, model: SharedModel
) -> None:
    async with codex.questions() as one, codex.questions() as other:
        turn = await (await asking(codex, model)).turn("hi")
        question = await one.__anext__()
        assert await other.__anext__() is question
        question.answer(True)
        assert (await turn.run()).final_response == "Done"


async def test_a_question_that_is_replayed_is_delivered_once() -> None:
    params = {"itemId": "c", "command": "ls", "cwd": "/"}
    script = [
        turn(
            ask(COMMAND, params, wait=False, question_id=7),
            ask(COMMAND, params, wait=False, question_id=7),
            deltas(1, 5),
            pause("answered"),
        )
    ]
    with FakeAppServer(script) as server:
        async with AsyncCodex(server.config()) as codex:
            questions = codex.questions()
            thread = await codex.thread_start()
            running = await thread.turn("hi")
            async for text in running.stream_text():
                assert text  # what follows the second asking is here: so was it
                break
            question = await questions.__anext__()
            question.answer(True)
            server.wait_for(kind="answered")
            server.release("answered")
            assert (await running.run()).status == "completed"
            questions.close()
            assert await collect(questions) == []
            assert [answer["result"] for answer in server.answers] == [{"decision": "accept"}]


async def test_a_question_settled_by_another_client_wakes_its_waiter() -> None:
    params = {"itemId": "c", "command": "ls", "cwd": "/"}
    script = [turn(ask(COMMAND, params, question_id=7, until="other client"))]
    with FakeAppServer(script) as server:
        async with AsyncCodex(server.config()) as codex:
            questions = codex.questions()
            running = await (await codex.thread_start()).turn("hi")
            question = await questions.__anext__()
            server.release("other client")
            reason = await asyncio.wait_for(question.settled, 30)  # async only
            # sync: reason = question.settled.wait(30) and question.settled.reason
            assert reason == "resolved elsewhere"
            await running.run()
            assert server.answers == []


async def test_a_question_settled_before_it_is_read_is_not_shown() -> None:
    params = {"itemId": "c", "command": "ls", "cwd": "/"}
    script = [
        turn(
            ask(COMMAND, params, question_id=7, until="other client"),
            ask(COMMAND, {**params, "command": "pwd"}, question_id=8),
        )
    ]
    with FakeAppServer(script) as server:
        async with AsyncCodex(server.config()) as codex:
            questions = codex.questions()
            server.release("other client")
            running = await (await codex.thread_start()).turn("hi")
            shown = [await questions.__anext__()]
            while shown[-1].summary != "pwd":
                shown.append(await questions.__anext__())
            shown[-1].answer(True)
            await running.run()
            assert all(question.settled for question in shown)


async def test_the_death_of_the_runtime_settles_the_question() -> None:
    params = {"itemId": "c", "command": "ls", "cwd": "/"}
    script = [turn(ask(COMMAND, params, wait=False), pause("read"), faults.die(exit_code=3))]
    with FakeAppServer(script) as server:
        async with AsyncCodex(server.config()) as codex:
            questions = codex.questions()
            await (await codex.thread_start()).turn("hi")
            question = await questions.__anext__()
            server.release("read")
            assert await collect(questions) == []
            assert question.settled.reason == "closed"


async def test_a_question_that_is_read_and_dropped_is_declined(
    codex: AsyncCodex, model: SharedModel
) -> None:
    async with codex.questions() as questions:
        turn = await (await asking(codex, model)).turn("hi")
        question = await questions.__anext__()
        del question
        gc.collect()
        assert (await turn.run(timeout=30)).final_response == "Done"


async def test_a_question_that_is_dropped_is_declined_though_there_is_time_to_answer() -> None:
    with FakeAppServer([turn(ask(COMMAND, {"itemId": "c"}))]) as server:
        async with AsyncCodex(server.config(answer_timeout=600)) as codex:
            questions = codex.questions()
            running = await (await codex.thread_start()).turn("hi")
            question = await questions.__anext__()
            del question
            gc.collect()
            assert (await running.run(timeout=30)).status == "completed"


async def test_closing_one_of_two_readers_leaves_the_question_to_the_other() -> None:
    with FakeAppServer([turn(ask(COMMAND, {"itemId": "c"}))]) as server:
        async with AsyncCodex(server.config()) as codex:
            one, other = codex.questions(), codex.questions()
            running = await (await codex.thread_start()).turn("hi")
            question = await one.__anext__()
            assert await other.__anext__() is question
            one.close()
            question.answer(True)
            assert (await running.run(timeout=30)).status == "completed"
        assert server.answers[0]["result"] == {"decision": "accept"}


async def test_a_question_that_was_read_stays_open_when_others_that_did_not_read_it_close() -> None:
    with FakeAppServer([turn(ask(COMMAND, {"itemId": "c"}))]) as server:
        async with AsyncCodex(server.config()) as codex:
            one, other = codex.questions(), codex.questions()
            running = await (await codex.thread_start()).turn("hi")
            question = await one.__anext__()
            one.close()
            other.close()
            question.answer(True)
            assert (await running.run(timeout=30)).status == "completed"
        assert server.answers[0]["result"] == {"decision": "accept"}


async def test_what_was_not_read_is_declined_though_a_later_reader_is_open() -> None:
    """The later one never gets it."""
    script = [turn(ask(COMMAND, {"itemId": "c"}, wait=False), deltas(1, 5), pause("closed"))]
    with FakeAppServer(script) as server:
        async with AsyncCodex(server.config()) as codex:
            early = codex.questions()
            running = await (await codex.thread_start()).turn("hi")
            async for _ in running.stream_text():
                break
            await early._box.wait(30)
            async with codex.questions():
                early.close()
                server.wait_for(kind="answered")
                server.release("closed")
                assert (await running.run(timeout=30)).status == "completed"
        assert server.answers[0]["result"] == {"decision": "decline"}


async def test_a_reader_let_go_of_before_the_client_starts_is_forgotten(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with FakeAppServer([turn(ask(COMMAND, {"itemId": "c"}))]) as server:
        codex = AsyncCodex(server.config())
        codex.questions()
        gc.collect()
        thread = await codex.thread_start()
        assert (await thread.run("hi", timeout=30)).status == "completed"
        await codex.close()
    assert "nobody is there to answer" in caplog.text


async def test_all_readers_learn_of_the_end_though_some_leave_at_once() -> None:
    config = AppServerConfig()
    inbox = AsyncInbox(config, Handlers(), config)
    boxes = [Leaving(inbox) for _ in range(4)]
    for box in boxes:
        inbox.readers.add(box)
    inbox.close()
    assert [box.is_told for box in boxes] == [True] * 4


class Leaving(Mailbox):
    """A reader that goes away as soon as it is told anything."""

    def __init__(self, inbox: AsyncInbox) -> None:
        super().__init__()
        self._inbox = inbox
        self.is_told = False

    def put(self, item: object) -> None:
        self.is_told = True
        self._inbox.readers.remove(self)


async def test_a_log_that_raises_keeps_neither_the_caller_nor_the_runtime_from_the_answer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log, full = logging.getLogger("openai_codex.approvals"), DiskFull()
    with FakeAppServer([turn(ask(COMMAND, {"itemId": "c"}))]) as server:
        async with AsyncCodex(server.config()) as codex:
            questions = codex.questions()
            running = await (await codex.thread_start()).turn("hi")
            question = await questions.__anext__()
            log.addHandler(full)
            caplog.set_level("INFO", logger=log.name)
            try:
                question.decline()
            finally:
                log.removeHandler(full)
            assert (await running.run(timeout=30)).status == "completed"


class DiskFull(logging.Handler):
    """A log that cannot be written, and says so by raising."""

    def emit(self, record: logging.LogRecord) -> None:
        raise OSError("disk full")
