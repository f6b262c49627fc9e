"""A turn that is cut off in the middle of its answer, and one that goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from openai_codex import AppServerConfig
from openai_codex.testing import Gate, ScriptedModel, hold, offline_config, run_command, say


@contextmanager
def offline() -> Iterator[AppServerConfig]:
    with ScriptedModel() as model:
        model.script(run_command("echo migrated: a.py"), say(deltas=["Now b", hold(Gate()), ".py"]))
        model.script(say("b.py is migrated, too."))
        yield offline_config(model)
