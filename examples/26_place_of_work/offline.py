"""Two turns: a command that writes down where it ran, then an answer alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from openai_codex import AppServerConfig
from openai_codex.testing import ScriptedModel, offline_config, run_command, say


@contextmanager
def offline() -> Iterator[AppServerConfig]:
    with ScriptedModel() as model:
        model.script(run_command('echo "I was $WHERE" > note.txt'), say("I left a note."))
        model.script(say("Yes."))
        config = offline_config(model)
        # The exec-server inherits it: offline, nothing of yours is touched.
        os.environ["CODEX_HOME"] = (config.env or {})["CODEX_HOME"]
        yield config
