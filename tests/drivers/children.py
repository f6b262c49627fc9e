"""A tiny child process that does what it is told, line by line, and the platforms it is run on."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openai_codex._core.session import Session
from openai_codex._drivers.process.launch import Launch
from openai_codex._drivers.process.platform import Platform, Posix
from openai_codex._turns.notification import Notification

__all__ = [
    "CAT",
    "CHILD",
    "DEATH_BOUND",
    "PLATFORMS",
    "SOON",
    "NoPidfd",
    "Posix",
    "ThreadsOnly",
    "end",
    "launch",
    "on_every_platform",
    "open_descriptors",
    "polls_pipes",
    "session",
]

SOON = 20.0
"""Seconds after which a test gives up waiting for something that must come."""

DEATH_BOUND = 1.0
"""Seconds within which the death of a process must be told."""

CHILD = r"""
import json, os, signal, subprocess, sys, time

def say(**message):
    os.write(1, json.dumps(message).encode() + b"\n")

def reply(ask, result=None):
    say(id=ask["id"], result=result)

def wait_for_ever():
    while True:
        signal.pause()

def do_echo(ask, params):
    reply(ask, params)

def do_turn(ask, params):
    reply(ask, {"turn": {"id": "t1"}})
    for number in range(params["deltas"]):
        params = {"threadId": "th", "turnId": "t1", "delta": str(number)}
        say(method="item/agentMessage/delta", params=params)
    say(method="turn/completed", params={"threadId": "th", "turn": {"id": "t1"}})

def do_ask(ask, params):
    say(method="attestation/generate", id=7, params={})
    answer = sys.stdin.readline()
    if answer:
        reply(ask, json.loads(answer))

def do_long(ask, params):
    text = json.dumps({"id": ask["id"], "result": "x" * params["bytes"]}) + "\n"
    sys.stdout.write(text)
    sys.stdout.flush()

def do_silence(ask, params):
    pass

def do_pieces(ask, params):
    whole = json.dumps({"id": ask["id"], "result": params["text"]}).encode() + b"\n"
    for at in range(0, len(whole), params["size"]):
        os.write(1, whole[at : at + params["size"]])

def do_exit(ask, params):
    os.write(2, params.get("words", "").encode())
    if params.get("reply_first"):
        reply(ask, "last")
    os._exit(params["code"])

def do_die(ask, params):
    os.kill(os.getpid(), params["signal"])

def do_close_stdout(ask, params):
    os.close(1)
    wait_for_ever()

def do_close_stdin(ask, params):
    os.close(0)
    reply(ask)
    wait_for_ever()

def do_stop_reading(ask, params):
    reply(ask)
    signal.sigwait([signal.SIGUSR1])
    say(method="skills/changed", params={})
    signal.sigwait([signal.SIGUSR2])

def do_ignore_eof(ask, params):
    reply(ask)
    while sys.stdin.readline():
        pass
    wait_for_ever()

def do_ignore_term(ask, params):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    do_ignore_eof(ask, params)

def do_end_slowly(ask, params):
    reply(ask)
    while sys.stdin.readline():
        pass
    end = time.monotonic() + params["seconds"]  # of work
    while time.monotonic() < end:
        pass
    os._exit(0)

def do_spawn(ask, params):
    with open(params["fifo"], "wb") as fifo:
        child = subprocess.Popen(
            ["sleep", "600"], stderr=fifo, start_new_session=params["stray"], close_fds=True
        )
    reply(ask, child.pid)

signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGUSR2])
for line in iter(sys.stdin.readline, ""):
    ask = json.loads(line)
    name = {"turn/start": "turn"}.get(ask["method"], ask["method"])
    globals()["do_" + name](ask, ask.get("params") or {})
"""


def launch(script: str = CHILD, *arguments: str) -> Launch:
    """Return how to run a script in a bare interpreter."""
    argv = (sys.executable, "-I", "-S", "-c", script, *arguments)
    return Launch(argv, dict(os.environ), None)


CAT = Launch(("cat",), dict(os.environ), None)
"""A child that starts at once and ends with its stdin."""


class NoPidfd(Posix):
    """A POSIX system without pidfds, like macOS."""

    def open_pidfd(self, pid: int) -> int | None:
        return None


class ThreadsOnly(NoPidfd):
    """A system where pipes cannot be polled, like Windows, but for how processes are ended."""


def polls_pipes(platform: Callable[[], Platform]) -> bool:
    """Return whether pipes can be polled on this platform."""
    return platform is not ThreadsOnly


PLATFORMS: dict[str, Callable[[], Platform]] = {
    "pidfd": Posix,
    "no-pidfd": NoPidfd,
    "threads-only": ThreadsOnly,
}

on_every_platform = pytest.mark.parametrize("platform", PLATFORMS.values(), ids=PLATFORMS.keys())


def session(questions: Any) -> Session:
    """Return a session whose questions go to the box."""
    return Session(
        questions=questions,
        make_notification=Notification.from_wire,
        max_message_bytes=64 << 20,
        max_in_flight=256,
        max_turn_starts=6,
    )


def open_descriptors() -> set[str]:
    """Return what this process has open, by number and what it leads to."""
    links = list(Path("/proc/self/fd").iterdir())
    return {f"{link.name} {link.readlink()}" for link in links if link.is_symlink()}


def end(pid: int) -> None:
    """End a stray that a test left on purpose."""
    os.kill(pid, signal.SIGKILL)
