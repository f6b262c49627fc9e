"""One turn: a command, then an answer that waits until somebody has joined."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from openai_codex import AppServerConfig
from openai_codex.testing import Gate, ScriptedModel, hold, offline_config, run_command, say

GATE = Gate()


@contextmanager
def offline() -> Iterator[AppServerConfig]:
    with ScriptedModel() as model:
        model.script(run_command("echo counting"), hold(GATE), say("There are 12 files."))
        yield offline_config(model)
