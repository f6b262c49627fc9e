"""A model whose second answer depends on how hard it was told to think."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from openai_codex import AppServerConfig
from openai_codex.testing import ModelRequest, ScriptedModel, Step, offline_config, say


def second(request: ModelRequest) -> Step:
    assert request.model == "gpt-5.5"
    return say("`total`: it shares a cache." if effort(request) == "xhigh" else "None.")


def effort(request: ModelRequest) -> str:
    return str(request.body["reasoning"]["effort"])


@contextmanager
def offline() -> Iterator[AppServerConfig]:
    with ScriptedModel() as model:
        model.script(say("`total` and `discount`."))
        model.script(second)
        yield offline_config(model)
