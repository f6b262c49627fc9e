"""An answer to every question, by what is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from openai_codex import AppServerConfig
from openai_codex.testing import ModelRequest, ScriptedModel, Step, fail, offline_config, say


def answer(request: ModelRequest) -> Step:
    if "prices" in request.user_text:
        return say("Rounds down; round to the nearest cent.")
    if "tax" in request.user_text:
        return fail(status=400, message="the model refuses this one")
    return say("No findings.")


@contextmanager
def offline() -> Iterator[AppServerConfig]:
    with ScriptedModel() as model:
        model.default(answer)
        yield offline_config(model)
