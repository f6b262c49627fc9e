"""Two turns of one conversation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from openai_codex import AppServerConfig
from openai_codex.testing import ScriptedModel, offline_config, say


@contextmanager
def offline() -> Iterator[AppServerConfig]:
    with ScriptedModel() as model:
        model.script(say("Noted."))
        model.script(say("The next release is called Heron."))
        yield offline_config(model)
