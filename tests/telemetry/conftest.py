"""A scripted model for turns of which some are broken off."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from openai_codex.testing import ScriptedModel
from tests.budgets.conftest import HalfHeard


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with HalfHeard() as scripted:
        yield scripted
