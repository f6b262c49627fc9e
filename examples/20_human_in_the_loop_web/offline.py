"""Every turn wants to run a command, then to write a file; both need a yes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from openai_codex import AppServerConfig
from openai_codex.testing import (
    ScriptedModel,
    add_file,
    offline_config,
    run_command,
    say,
)

COMMAND = "date +'It is <b>%Y</b>'"


@contextmanager
def offline() -> Iterator[AppServerConfig]:
    with ScriptedModel(strict=False) as model:
        model.default(
            run_command(COMMAND, escalate=True, justification="To know the year."),
            add_file("notes.md", "# Notes\n"),
            say("Done, as far as you let me."),
        )
        yield offline_config(model)
