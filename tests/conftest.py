"""What tests of every room share: one model per session that each test finds empty."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from openai_codex.testing import ScriptedModel
from openai_codex.testing.model.routes import Router

# A test run that a shell started in the background ignores Ctrl-C, and so would every program that
# a test starts and stops with it.
signal.signal(signal.SIGINT, signal.default_int_handler)


class SharedModel(ScriptedModel):
    """A scripted model that outlives its tests, because the runtime that it serves does."""

    def renew(self) -> None:
        """Forget every script, request and problem."""
        self._router = Router()
        with self._recorded:
            self._requests.clear()


@pytest.fixture(scope="session", autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what a test starts, a proxy or an exec-server too, out of the home of who runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CODEX_HOME", str(tmp_path_factory.mktemp("home-of-tests")))
        yield


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
