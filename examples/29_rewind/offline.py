"""Two turns: a file by a patch, then the same file by a shell command, which leaves another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from openai_codex import AppServerConfig
from openai_codex.testing import ScriptedModel, add_file, offline_config, run_command, say

FLOATS = "def with_tax(price):\n    return price * 1.2\n"
DECIMALS = "sed -i.old 's/1.2/Decimal(12) \\/ 10/' prices.py"


@contextmanager
def offline() -> Iterator[AppServerConfig]:
    with ScriptedModel() as model:
        model.script(add_file("prices.py", FLOATS), say("Written."))
        model.script(run_command(DECIMALS), say("Decimals."))
        yield offline_config(model)
