"""A scripted model whose turns may be stopped early, and a client's configuration for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from openai_codex import AppServerConfig
from openai_codex.testing import ScriptedModel, offline_config

AGENTS = "gpt-6.1-sol"  # a model that may start sub-agents


class HalfHeard(ScriptedModel):
    """A scripted model whose turns may be stopped before they have asked for everything."""

    def check(self) -> None:
        """Raise where a request had no answer; what was not asked for is what budgets are for."""
        assert self.problems == []


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with HalfHeard() as scripted:
        yield scripted


@pytest.fixture
def config(model: ScriptedModel) -> AppServerConfig:
    return offline_config(model, model_name=AGENTS)
