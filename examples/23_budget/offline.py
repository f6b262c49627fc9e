"""What the scripted model says in this example."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from openai_codex import AppServerConfig
from openai_codex.testing import (
    ModelRequest,
    ScriptedModel,
    Step,
    offline_config,
    run_command,
    say,
    usage,
)


def answers(request: ModelRequest) -> list[Step]:
    """Look on and on when told to check; else answer after one command."""
    if "Check every file" in request.user_text or not request.function_outputs:
        return [usage(input=900, output=100), run_command("true")]
    return [usage(input=900, output=100), say("Nothing to worry about.")]


@contextmanager
def offline() -> Iterator[AppServerConfig]:
    with ScriptedModel() as model:
        model.default(answers)
        yield offline_config(model)
