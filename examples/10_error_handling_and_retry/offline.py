"""A service that is overloaded at first, then at its limit, then silent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from openai_codex import AppServerConfig
from openai_codex.testing import ScriptedModel, fail, offline_config, say, silence


@contextmanager
def offline() -> Iterator[AppServerConfig]:
    with ScriptedModel() as model:
        model.script(fail(code="server_is_overloaded"))
        model.script(say("None."))
        model.script(
            fail(
                status=429,
                code="usage_limit_reached",
                headers={
                    "x-codex-primary-used-percent": "100",
                    "x-codex-primary-window-minutes": "300",
                    "x-codex-primary-reset-at": "1800000000",
                },
            )
        )
        model.script(silence())
        yield offline_config(model)
