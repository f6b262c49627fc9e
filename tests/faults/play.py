"""How a test names the fixture that makes fake servers. Types only."""

from __future__ import annotations

from typing import Protocol

from openai_codex.testing.fake import FakeAppServer, Rule


class Play(Protocol):
    """Make a fake server with these rules."""

    def __call__(self, *rules: Rule, **settings: str | int) -> FakeAppServer: ...
