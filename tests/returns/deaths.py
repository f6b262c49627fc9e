"""Runtimes that end at the wrong moment: killed from outside, or written to fail."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from openai_codex import AppServerConfig
from openai_codex._drivers.process.launch import plan
from openai_codex.testing import ScriptedModel, offline_config

__all__ = ["is_gone", "kill", "only_once"]

# Runs the real runtime the first time. Later it says so, and then does what the test wants.
_SCRIPT = """\
import os, sys, time
log, argv = {log!r}, {argv!r}
first = not os.path.exists(log)
with open(log, "a") as file:
    file.write(f"{{os.getpid()}}\\n")
if first:
    os.execv(argv[0], argv)
{then}
"""


def kill(codex: Any) -> int:
    """End a client's runtime with SIGKILL; returns its number."""
    pid: int = codex.process.pid
    os.kill(pid, signal.SIGKILL)
    return pid


def only_once(model: ScriptedModel, folder: Path, then: str) -> tuple[AppServerConfig, Path]:
    """Return settings whose runtime is real when it is first started, and runs `then` later.

    The file that is returned beside them gets the number of each process.
    """
    config = offline_config(model)
    log, program = folder / "starts", folder / "runtime.py"
    program.write_text(_SCRIPT.format(log=str(log), argv=list(plan(config).argv), then=then))
    return replace(config, launch_args_override=(sys.executable, str(program))), log


def is_gone(pid: int) -> bool:
    """Tell whether no process has this number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False
