"""A model that sees whether it was shown an image."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from openai_codex import AppServerConfig
from openai_codex.testing import ModelRequest, ScriptedModel, Step, offline_config, say


def answer(request: ModelRequest) -> Step:
    return say("The button is red." if len(request.images) == 1 else "I was shown no image.")


@contextmanager
def offline() -> Iterator[AppServerConfig]:
    with ScriptedModel() as model:
        model.script(answer)
        yield offline_config(model)
