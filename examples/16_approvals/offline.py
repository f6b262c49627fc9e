"""Two turns that want to leave the sandbox, in a folder that has something to remove."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from openai_codex import AppServerConfig
from openai_codex.testing import ScriptedModel, add_file, offline_config, run_command, say


@contextmanager
def offline() -> Iterator[AppServerConfig]:
    with ScriptedModel() as model:
        model.script(
            run_command("ls", escalate=True),
            run_command("rm -rf build", escalate=True, justification="It is in the way."),
            run_command("date +%Y", escalate=True, justification="To note the date."),
            add_file("CHANGES.md", "Built anew.\n"),
            add_file("setup.py", "import os\n"),
            say("I noted it; the build folder is still there."),
        )
        model.script(
            run_command("pip install -r requirements.txt", escalate=True),
            say("Then I work without them."),
        )
        yield offline_config(model)
