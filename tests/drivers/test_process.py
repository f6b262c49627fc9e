"""One process and the facts about it: how it ended, what it ran, who may touch it."""

from __future__ import annotations

import os
import signal

import pytest

from openai_codex._drivers.launch import Launch
from openai_codex._drivers.platform import Platform
from openai_codex._drivers.process import LADDER, Process
from tests.drivers import children
from tests.drivers.children import on_every_platform


def sleeper(platform: Platform) -> Process:
    return Process(Launch(("sleep", "600"), dict(os.environ), None), platform=platform)


def test_the_ladders_shares_make_the_whole_time() -> None:
    assert sum(rung.share for rung in LADDER) == pytest.approx(1.0)
    assert [rung.name for rung in LADDER][1:] == ["terminate the group", "kill the group"]


@on_every_platform
def test_waiting_ends_with_its_time_or_with_the_process(platform: type[Platform]) -> None:
    process = sleeper(platform())
    assert (process.is_alive, process.returncode) == (True, None)
    assert not process.wait(0.02)
    process.kill()
    assert process.wait(children.SOON)
    assert process.returncode == -signal.SIGKILL
    process.close_pipes()
    process.close_pipes()
    process.close_stdin()


@on_every_platform
def test_the_error_tells_how_it_ended(platform: type[Platform]) -> None:
    process = sleeper(platform())
    alive = process.closed_error("still there")
    assert (alive.exit_code, alive.signal) == (None, None)
    process.terminate()
    assert process.wait(children.SOON)
    error = process.closed_error("the codex runtime exited")
    assert (error.exit_code, error.signal) == (None, signal.SIGTERM)
    assert str(error) == "the codex runtime exited; ended by signal 15"
    process.close_pipes()


@on_every_platform
def test_who_is_gone_is_not_signalled_again(
    platform: type[Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    process = sleeper(platform())
    process.kill()
    assert process.wait(children.SOON)
    sent: list[int] = []
    monkeypatch.setattr(os, "killpg", lambda pid, number: sent.append(number))
    process.terminate()
    process.kill()
    process.end_now(1.0)
    process.close_pipes()
    assert sent == []


def test_a_pidfd_is_watched_even_when_its_number_is_high() -> None:
    spare = [os.dup(0) for _ in range(1100)]
    try:
        process = sleeper(children.Posix())
        process.kill()
        assert process.wait(children.SOON)
        process.close_pipes()
    finally:
        for fd in spare:
            os.close(fd)
