"""Git at work stops nobody else on the event loop, and no default executor is used."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
from pathlib import Path

import pytest

from openai_codex import AsyncCodex
from openai_codex.testing import ScriptedModel, offline_config

SLOW_GIT = """#!/bin/sh
read line < {gate}
exec {git} "$@"
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes")
async def test_other_calls_go_on_while_git_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git, gate, bin_ = shutil.which("git"), tmp_path / "gate", tmp_path / "bin"
    assert git is not None
    bin_.mkdir()
    os.mkfifo(gate)
    with ScriptedModel() as model:
        async with AsyncCodex(offline_config(model)) as codex:
            thread = await codex.thread_start(cwd=str(model.temporary_folder("project")))
            slow = bin_ / "git"
            slow.write_text(SLOW_GIT.format(gate=gate, git=git))
            slow.chmod(0o755)
            monkeypatch.setenv("PATH", f"{bin_}:{os.environ['PATH']}")
            making = asyncio.create_task(thread.checkpoint())
            writer = await _opened(gate)
            assert (await codex.models()).data
            assert not making.done()
            slow.unlink()  # from here on it is the real one
            os.write(writer, b"\n" * 100)
            os.close(writer)
            assert (await making).coverage.left_out == ()
            loop = asyncio.get_running_loop()
            assert getattr(loop, "_default_executor", None) is None


async def _opened(gate: Path) -> int:
    """Return the writing end of a pipe, once a reader waits at the other."""
    writer = None
    while writer is None:
        with contextlib.suppress(OSError):
            writer = os.open(gate, os.O_WRONLY | os.O_NONBLOCK)
        await asyncio.sleep(0.01)
    return writer
