"""Three turns; the summary for compacting is the scripted model's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from openai_codex import AppServerConfig
from openai_codex.testing import ScriptedModel, offline_config, say


@contextmanager
def offline() -> Iterator[AppServerConfig]:
    with ScriptedModel() as model:
        model.script(say("1. Dump. 2. Convert. 3. Load. 4. Switch over."))
        model.script(say("Replicate first, then switch over."))
        model.script(say("Switching over."))
        yield offline_config(model)
