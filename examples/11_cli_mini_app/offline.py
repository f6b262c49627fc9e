"""As many questions as you like: the first one needs a command, the others do not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from openai_codex import AppServerConfig
from openai_codex.testing import ScriptedModel, offline_config, run_command, say


@contextmanager
def offline() -> Iterator[AppServerConfig]:
    with ScriptedModel(strict=False) as model:  # who types nothing leaves the script unused
        model.script(run_command("ls"), say("It is empty."))
        model.default(say("You are welcome."))
        yield offline_config(model)
