"""A shell command whose caller leaves does not go on in a server that outlives the client."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from openai_codex import AsyncCodex, Codex
from tests.connect.listening import Listening, until


def running(told: Path) -> bool:
    """Tell whether the command that wrote its process id here is still there."""
    try:
        os.kill(int(told.read_text()), 0)
    except (FileNotFoundError, ProcessLookupError):
        return False
    except ValueError:  # it is being written
        return True
    return True


def command(told: Path) -> str:
    """Return a command that writes its process id and goes on for long."""
    return f"echo $$ > {told}; exec sleep 300"


def is_sent(log: pytest.LogCaptureFixture) -> bool:
    """Tell whether the runtime was asked for the command."""
    return any("thread/shellCommand: sent" in record.getMessage() for record in log.records)


WHEN = pytest.mark.parametrize("seen", [False, True], ids=["when it was sent", "when it runs"])


@WHEN
async def test_a_cancelled_shell_command_is_stopped_though_the_client_closes(
    listening: Listening, tmp_path: Path, caplog: pytest.LogCaptureFixture, seen: bool
) -> None:
    told = tmp_path / "pid"
    caplog.set_level(logging.DEBUG, "openai_codex.requests")
    async with AsyncCodex(connect=listening.by("unix")) as codex:
        thread = await codex.thread_start(cwd=str(tmp_path))
        task = asyncio.create_task(thread.shell_command(command(told)))
        while not (told.exists() if seen else is_sent(caplog)):  # noqa: ASYNC110  # by others
            await asyncio.sleep(0.01 if seen else 0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    async with AsyncCodex(connect=listening.by("unix")) as codex:
        assert await (await codex.thread_attach(thread.id)).current_turn() is None
    until(lambda: not running(told))


class Struck(BaseException):
    """What the handler of a signal raises."""


@pytest.fixture
def struck() -> Iterator[None]:
    """Let SIGUSR1 raise in the main thread."""

    def strike(*_: object) -> None:
        raise Struck

    before = signal.signal(signal.SIGUSR1, strike)
    yield
    signal.signal(signal.SIGUSR1, before)


@WHEN
@pytest.mark.usefixtures("struck")
def test_a_shell_command_that_a_signal_breaks_off_is_stopped_though_the_client_closes(
    listening: Listening, tmp_path: Path, caplog: pytest.LogCaptureFixture, seen: bool
) -> None:
    told = tmp_path / "pid"
    caplog.set_level(logging.DEBUG, "openai_codex.requests")

    def strike() -> None:
        until(lambda: told.exists() if seen else is_sent(caplog))
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)

    with Codex(connect=listening.by("unix")) as codex:
        thread = codex.thread_start(cwd=str(tmp_path))
        beside = threading.Thread(target=strike)
        beside.start()
        with pytest.raises(Struck):
            thread.shell_command(command(told))
        beside.join()
    with Codex(connect=listening.by("unix")) as codex:
        assert codex.thread_attach(thread.id).current_turn() is None
    until(lambda: not running(told))
