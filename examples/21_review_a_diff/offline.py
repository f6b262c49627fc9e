"""A reviewer who has read the diff."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from openai_codex import AppServerConfig
from openai_codex.testing import ModelRequest, ScriptedModel, Step, offline_config, say

REVIEW = {
    "summary": "The rounding is right; the tax is not.",
    "findings": [
        {"file": "prices.py", "line": 6, "severity": "remark", "what": "rounds halves up"},
        {"file": "tax.py", "line": 2, "severity": "must fix", "what": "adds the rate twice"},
    ],
}


def review(request: ModelRequest) -> Step:
    assert "rate + rate" in request.user_text
    return say(json.dumps(REVIEW))


@contextmanager
def offline() -> Iterator[AppServerConfig]:
    with ScriptedModel() as model:
        model.script(review)
        yield offline_config(model)
