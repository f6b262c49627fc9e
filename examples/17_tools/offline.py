"""A turn that calls every tool, one of them with an id that is not there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from openai_codex import AppServerConfig
from openai_codex.testing import ScriptedModel, call_tool, offline_config, parallel, say


@contextmanager
def offline() -> Iterator[AppServerConfig]:
    with ScriptedModel() as model:
        model.script(
            parallel(
                call_tool("find_tickets", {"words": "login"}),
                call_tool("forecast", {"city": "Ulm"}, namespace="weather"),
            ),
            parallel(
                call_tool("close_ticket", {"id": "T-1"}, call_id="call-1"),
                call_tool("close_ticket", {"id": "T-9"}, call_id="call-2"),
            ),
            say("T-1 is closed. There is no T-9."),
        )
        yield offline_config(model)
