"""An answer that must be repaired, one of another type, and one that is not JSON at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from openai_codex import AppServerConfig
from openai_codex.testing import ScriptedModel, offline_config, say

INVOICE = '{"number": "A-1", "lines": [{"text": "Tea", "price": PRICE}], "currency": null}'


@contextmanager
def offline() -> Iterator[AppServerConfig]:
    with ScriptedModel() as model:
        for price in ("0", "3.5"):
            model.script(say(INVOICE.replace("PRICE", price)))
        model.script(say('{"value": {"reason": "It is a letter."}}'))
        model.script(say("about ten"))
        yield offline_config(model)
