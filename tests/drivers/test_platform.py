"""Each system's way to spawn and to end, tested on any: values and recorded commands."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

from openai_codex._drivers.process.platform import POSIX, WINDOWS, Posix, Windows, current


def test_windows_opens_no_console_and_makes_a_group() -> None:
    assert WINDOWS.spawn_options() == {"creationflags": 0x08000000 | 0x00000200}
    assert WINDOWS.open_pidfd(1) is None


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], dict[str, Any]]]:
    ran: list[tuple[list[str], dict[str, Any]]] = []
    monkeypatch.setattr(subprocess, "run", lambda argv, **kw: ran.append((argv, kw)))
    return ran


def test_windows_ends_the_whole_tree_within_a_bound(
    commands: list[tuple[list[str], dict[str, Any]]],
) -> None:
    Windows().terminate_tree(42)
    Windows().kill_tree(42)
    assert [argv for argv, _ in commands] == [
        ["taskkill", "/T", "/PID", "42"],
        ["taskkill", "/T", "/F", "/PID", "42"],
    ]
    assert all(options["timeout"] == 5 for _, options in commands)


def test_on_windows_taskkill_opens_no_console_either(
    commands: list[tuple[list[str], dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    Windows().kill_tree(42)
    assert commands[0][1]["creationflags"] == Windows.CREATE_NO_WINDOW
    assert current() is WINDOWS


@pytest.mark.parametrize(
    "error", [FileNotFoundError("taskkill"), subprocess.TimeoutExpired("t", 5)]
)
def test_a_taskkill_that_fails_is_no_error(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*args: object, **options: object) -> None:
        raise error

    monkeypatch.setattr(subprocess, "run", fail)
    Windows().kill_tree(42)


def test_posix_starts_a_session_of_its_own() -> None:
    assert POSIX.spawn_options() == {"start_new_session": True}
    assert current() is POSIX


def test_posix_ends_nobody_when_nobody_is_left() -> None:
    gone = subprocess.Popen(["true"], start_new_session=True)
    gone.wait()
    POSIX.terminate_tree(gone.pid)
    POSIX.kill_tree(gone.pid)
    assert POSIX.open_pidfd(gone.pid) is None


def test_posix_does_without_pidfds_where_python_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "pidfd_open", raising=False)
    assert Posix().open_pidfd(os.getpid()) is None
