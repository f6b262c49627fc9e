"""A draft and its shorter form."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from openai_codex import AppServerConfig
from openai_codex.testing import ScriptedModel, offline_config, say


@contextmanager
def offline() -> Iterator[AppServerConfig]:
    with ScriptedModel() as model:
        model.script(say("Round prices to the nearest cent instead of dropping the fraction"))
        model.script(say("Round prices to the nearest cent"))
        yield offline_config(model)
