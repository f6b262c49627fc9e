"""One process and the facts about it: how it ended, what it ran, who may touch it."""

from __future__ import annotations

import os
import signal

import pytest

from openai_codex._drivers.process.launch import Launch
from openai_codex._drivers.process.platform import Platform, Posix
from openai_codex._drivers.process.process import LADDER, Process, _why
from openai_codex._drivers.process.transport import ProcessTransport
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
def test_a_process_that_is_gone_is_not_signalled_again(
    platform: type[Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    process = sleeper(platform())
    process.kill()
    assert process.wait(children.SOON)
    sent: list[int] = []
    monkeypatch.setattr(os, "killpg", lambda pid, number: sent.append(number))
    process.terminate()
    process.kill()
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


def test_the_facts_show_the_command_without_its_secrets() -> None:
    secret = "sk-0123456789abcdef"
    argv = ("sh", "-c", "sleep 600", f"--api-key={secret}")
    launch = Launch(argv, dict(os.environ), None)
    transport = ProcessTransport(launch)
    transport.process = Process(launch, platform=Posix())
    facts = transport.facts()
    transport.process.discard()
    assert facts is not None
    assert facts.command == (*argv[:-1], "--api-key=[redacted]")
    assert secret not in repr(facts)


def test_a_folder_that_may_not_be_entered_is_not_said_to_be_missing() -> None:
    denied, missing = PermissionError(13, "Permission denied"), FileNotFoundError(2, "No such file")
    launch = Launch(("cat",), {}, "/nonexistent")
    assert _why(denied, launch) == str(denied)
    assert _why(missing, launch) == "cwd names no folder: '/nonexistent'"
