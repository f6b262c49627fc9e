"""A runtime without an account; no turn is run, so the model has nothing to say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from openai_codex import AppServerConfig
from openai_codex.testing import ScriptedModel, offline_config


@contextmanager
def offline() -> Iterator[AppServerConfig]:
    with ScriptedModel() as model:
        yield offline_config(model)
