"""What is not ours fails alone: log handlers, a wire_tap, memory, threads that do not start."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from openai_codex import (
    AsyncCodex,
    CodexError,
    Handlers,
    TransportClosedError,
    TurnNews,
    TurnTimeoutError,
)
from openai_codex._core import messages
from openai_codex.testing.fake import ask, begin, complete, faults, on, pause, reply, say, turn
from tests.faults.aio import assert_idle, saw, start, until
from tests.faults.play import Play
from tests.no_threads import no_threads

WIRE, RUNTIME = "openai_codex.wire", "openai_codex.runtime"


class Broken(logging.Handler):
    """A log handler that raises, and not only in `emit`, where logging itself would catch it."""

    def handle(self, record: logging.LogRecord) -> bool:
        raise ValueError("the handler of the program is broken")


@pytest.fixture
def broken_logs() -> Iterator[None]:
    handler, loggers = Broken(), [logging.getLogger(name) for name in (WIRE, RUNTIME)]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.removeHandler(handler)
        logger.setLevel(level)


@pytest.fixture
def every_log_broken() -> Iterator[None]:
    handler, logger = Broken(), logging.getLogger("openai_codex")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


@pytest.mark.usefixtures("every_log_broken")
async def test_an_answer_a_hook_and_a_limit_do_not_depend_on_the_log(play: Play) -> None:
    begun: list[str] = []

    def note(news: TurnNews) -> None:
        begun.append(news.turn_id)
        raise RuntimeError("a hook with a bug of its own, which is logged")

    question = ask("item/commandExecution/requestApproval", {"command": "ls"})
    server = play(turn(question, say("one")), turn(question, say("two")), turn(say("Hel"), pause()))
    handlers = Handlers(approve_command=lambda question: True, turn_started=note)
    async with AsyncCodex(server.config(), handlers=handlers) as codex:
        thread = await codex.thread_start()
        for answer in ("one", "two"):
            assert (await thread.run("hi")).final_response == answer
        await until(lambda: len(begun) == 2)
        with pytest.raises(TurnTimeoutError):
            await thread.run("hi", timeout=0.1)
        await saw(server, kind="interrupted")
        await assert_idle(codex)
    answers = [record for record in server.records if record.kind == "answered"]
    assert ["accept" in str(record) for record in answers] == [True, True]


@pytest.mark.usefixtures("broken_logs")
async def test_a_log_handler_that_raises_loses_its_record_alone(play: Play) -> None:
    noise = faults.garbage(), faults.stderr("a warning\n"), faults.stray_reply()
    server = play(
        on("model/list", *noise, reply(), *noise), turn(*noise, say("Hello"), complete(), *noise)
    )
    async with AsyncCodex(server.config()) as codex:
        assert (await codex.models()).data
        assert (await (await codex.thread_start()).run("hi")).final_response == "Hello"
        assert (await codex.models()).data
        await assert_idle(codex)


@pytest.mark.parametrize("error", [ValueError("broken"), MemoryError(), SystemExit(1)], ids=repr)
async def test_a_wire_tap_that_raises_fails_alone_and_is_logged_once(
    play: Play, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    def tap(way: str, data: bytes) -> None:
        raise error

    caplog.set_level(logging.INFO, logger=WIRE)
    async with AsyncCodex(play().config(wire_tap=tap)) as codex:
        assert (await codex.models()).data
        assert (await (await codex.thread_start()).run("hi")).final_response == "ok"
        await assert_idle(codex)
    assert [record.getMessage() for record in caplog.records] == ["wire_tap failed"]


async def test_a_message_that_memory_does_not_suffice_for_fails_alone(
    play: Play, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    parse = messages._from_json

    def from_json(line: Any) -> Any:
        if b"too much" in line:
            raise MemoryError
        return parse(line)

    line = b'{"method":"too much","params":{}}\n'
    server = play(on("model/list", faults.raw(line), reply()))
    async with AsyncCodex(server.config()) as codex:
        messages.load_parser()
        monkeypatch.setattr(messages, "_from_json", from_json)
        assert (await codex.models()).data
        assert (await (await codex.thread_start()).run("hi")).final_response == "ok"
    assert "skipped a line from the runtime (MemoryError)" in caplog.text


async def test_a_reader_that_fails_ends_every_wait(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    def receive(data: bytes) -> Any:
        raise MemoryError

    server = play(on("model/list", faults.die(3)))
    async with AsyncCodex(server.config()) as codex:
        thread = await codex.thread_start()
        assert codex._rpc is not None
        monkeypatch.setattr(codex._rpc.driver.session, "receive_data", receive)
        with pytest.raises(TransportClosedError, match=r"failed while it read .*MemoryError"):
            await thread.run("hi")
        with pytest.raises(TransportClosedError, match="MemoryError"):
            await codex.models()


async def test_a_question_is_declined_when_no_thread_can_be_started(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = ask("item/commandExecution/requestApproval", {"command": "ls"})
    server = play(turn(reply(), begin(), question, say("done"), complete()))
    handlers = Handlers(approve_command=lambda question: True)
    async with AsyncCodex(server.config(), handlers=handlers) as codex:
        thread = await codex.thread_start()
        running = start(thread.run, "hi")
        no_threads(monkeypatch, "codex-answer")
        await saw(server, kind="answered")
        monkeypatch.undo()
        assert (await running.result()).final_response == "done"
        await assert_idle(codex)
    (answered,) = [record for record in server.records if record.kind == "answered"]
    assert "accept" not in str(answered)


async def test_a_hook_is_called_again_once_there_are_threads(
    play: Play, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ended: list[str] = []
    server = play(turn(say("one")), turn(say("two")))
    hooks = Handlers(turn_ended=lambda news: ended.append(news.turn_id))
    async with AsyncCodex(server.config(), handlers=hooks) as codex:
        thread = await codex.thread_start()
        no_threads(monkeypatch, "codex-answer")
        assert (await thread.run("hi")).final_response == "one"
        await until(lambda: "no thread could be started" in caplog.text)
        monkeypatch.undo()
        result = await thread.run("hi")
        await until(lambda: ended == [result.id])


async def test_a_turn_is_stopped_in_time_though_no_thread_watches_the_clock(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = play(turn(say("Hel", finish=False), pause()))
    async with AsyncCodex(server.config()) as codex:
        thread = await codex.thread_start()
        no_threads(monkeypatch, "codex-clock")
        turn_ = await thread.turn("hi", timeout=0.1)
        with pytest.raises(TurnTimeoutError):
            await turn_.run()
        await saw(server, turn_.id, kind="interrupted")


async def test_a_start_that_fails_says_why(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*args: Any, **kwargs: Any) -> Any:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("subprocess.Popen", refused)
    with pytest.raises(CodexError, match="Too many open files") as caught:
        async with AsyncCodex(play().config()):
            pass
    assert isinstance(caught.value.__cause__, OSError)
