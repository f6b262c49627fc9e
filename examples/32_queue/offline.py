"""A model that works until it is told of the subtitle, and then answers what it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from openai_codex import AppServerConfig
from openai_codex.testing import Gate, ModelRequest, ScriptedModel, Step, hold, offline_config, say

ANSWERS = {
    "In the subtitle, too": "Title and subtitle are fixed.",
    "Run the tests": "All green.",
    "Write the release notes": "Written.",
}


@contextmanager
def offline() -> Iterator[AppServerConfig]:
    busy = Gate()

    def answers(request: ModelRequest) -> list[Step]:
        told = ANSWERS.get(request.user_text)
        return [hold(busy), say("never said")] if told is None else [say(told)]

    with ScriptedModel() as model:
        model.default(answers)
        try:
            yield offline_config(model)
        finally:
            busy.open()
