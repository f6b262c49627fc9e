"""Work for which no thread can be started fails with an error of ours, and its cause."""

from __future__ import annotations

import asyncio
import threading

import pytest

from openai_codex._drivers.aio.handlers import run_handler
from openai_codex._drivers.aio.off_loop import off_loop
from openai_codex._drivers.new_thread import start_thread
from openai_codex.errors import CodexError


@pytest.fixture
def no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_thread(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_thread)


def test_a_thread_runs_its_work_and_the_program_does_not_wait_for_it() -> None:
    done: list[str] = []
    thread = start_thread(lambda: done.append(threading.current_thread().name), name="codex-x")
    thread.join()
    assert done == ["codex-x"]
    assert thread.daemon


@pytest.mark.usefixtures("no_threads")
def test_work_without_a_thread_is_an_error_with_its_cause() -> None:
    with pytest.raises(CodexError, match="can't start new thread") as caught:
        start_thread(print, name="codex-x")
    assert isinstance(caught.value.__cause__, RuntimeError)


@pytest.mark.usefixtures("no_threads")
def test_blocking_work_beside_the_loop_fails_in_the_same_way() -> None:
    async def both() -> None:
        with pytest.raises(CodexError, match="can't start new thread"):
            await off_loop(int)
        with pytest.raises(CodexError, match="can't start new thread"):
            await run_handler(int, 3, seconds=None, settled=None)

    asyncio.run(both())
