"""A model that sees whether it was shown an image."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from openai_codex import AppServerConfig
from openai_codex.testing import ModelRequest, ScriptedModel, Step, offline_config, say


def answer(request: ModelRequest) -> Step:
    seen = len(request.images) == 1
    return say("Between 12:00 and 16:00." if seen else "I was shown no image.")


@contextmanager
def offline() -> Iterator[AppServerConfig]:
    with ScriptedModel() as model:
        model.script(answer)
        yield offline_config(model)
