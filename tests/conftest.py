"""What tests of every room share: one model per session that each test finds empty."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from openai_codex.testing import ScriptedModel
from openai_codex.testing.model.routes import Router


class SharedModel(ScriptedModel):
    """A scripted model that outlives its tests, because the runtime that it serves does."""

    def renew(self) -> None:
        """Forget every script, request and problem."""
        self._router = Router()
        with self._recorded:
            self._requests.clear()


@pytest.fixture(scope="session")
def shared_model() -> Iterator[SharedModel]:
    with SharedModel(strict=False) as model:
        yield model


@pytest.fixture
def model(shared_model: SharedModel) -> Iterator[SharedModel]:
    """The shared model, empty; fails a test that leaves a script unused or a request unanswered."""
    shared_model.renew()
    yield shared_model
    shared_model.check()
