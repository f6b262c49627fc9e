"""What every test here gets: a model that answers anything, and a look around afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from openai_codex.testing import ScriptedModel, say
from tests.faults.leftovers import Belongings
from tests.returns.cutting import Link, Server


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """Fail a test that leaves a thread, a descriptor or a process behind."""
    before = Belongings.now()
    yield
    before.assert_nothing_came()


@pytest.fixture
def model(nothing_is_left: None) -> Iterator[ScriptedModel]:
    """A model whose turns may be cut off in the middle."""
    with ScriptedModel(strict=False) as model:
        model.default(say("Done"))
        yield model


@pytest.fixture
def way() -> str:
    """How the server listens; a test names others by a parameter of that name."""
    return "unix"


@pytest.fixture
def server(model: ScriptedModel, tmp_path: Path, way: str) -> Iterator[Server]:
    server = Server(model, tmp_path, way)
    yield server
    server.kill()


@pytest.fixture
def link(server: Server, tmp_path: Path) -> Iterator[Link]:
    link = Link(server, tmp_path)
    yield link
    link.close()
