"""A model that answers only if the options reached it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from openai_codex import AppServerConfig
from openai_codex.testing import ModelRequest, ScriptedModel, Step, offline_config, say, usage


def answer(request: ModelRequest) -> list[Step]:
    assert request.output_schema is not None
    assert request.body["reasoning"] == {"effort": "high", "summary": "concise"}
    assert request.body["text"]["verbosity"] == "low"
    assert "Answer in plain English" in request.instructions
    return [
        usage(input=2150, output=64),
        say('{"risks": ["src/prices.py rounds differently now"]}'),
    ]


@contextmanager
def offline() -> Iterator[AppServerConfig]:
    with ScriptedModel() as model:
        model.script(answer)
        yield offline_config(model)
