"""What every fault test gets: fake servers on demand, and a look around when it is over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from openai_codex.testing.fake import FakeAppServer, Rule
from tests.faults.leftovers import Belongings
from tests.faults.play import Play


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """Fail a test that leaves a thread, a descriptor or a process behind."""
    before = Belongings.now()
    yield
    before.assert_nothing_came()


@pytest.fixture
def play(nothing_is_left: None) -> Iterator[Play]:
    """Make fake servers with these rules; each ends with the test."""
    servers: list[FakeAppServer] = []

    def start(*rules: Rule, **settings: str | int) -> FakeAppServer:
        servers.append(FakeAppServer(rules, **settings))  # type: ignore[arg-type]
        return servers[-1]

    yield start
    for server in servers:
        server.close()
