"""Runtimes that listen, for each test that wants them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from openai_codex.testing import ScriptedModel
from tests.connect.everywhere import Everywhere
from tests.connect.listening import Listening


@pytest.fixture
def listening(model: ScriptedModel) -> Iterator[Listening]:
    runtimes = Listening(model)
    try:
        yield runtimes
    finally:
        runtimes.close()


@pytest.fixture
def everywhere(model: ScriptedModel, listening: Listening) -> Everywhere:
    return Everywhere(model, listening)
