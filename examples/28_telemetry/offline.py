"""What the scripted model says in this example."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from openai_codex import AppServerConfig
from openai_codex.testing import ScriptedModel, call_tool, offline_config, run_command, say, usage


@contextmanager
def offline() -> Iterator[AppServerConfig]:
    with ScriptedModel() as model:
        model.script(
            usage(input=2100, output=25),
            call_tool("stock", {"item": "teapot"}),
            usage(input=2200, output=30),
            run_command("true"),
            usage(input=2300, output=20),
            say("Three teapots are left."),
        )
        yield offline_config(model)
