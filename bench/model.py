"""Serve a scripted model for the real runtime, for programs of either interpreter.

Run by `subject.real_runtime()`: prints one JSON line of config fields, serves until stdin closes.
Every turn is answered with as many deltas as the first argument says, after as many commands as
the second says.
"""

from __future__ import annotations

import json
import sys

from openai_codex.testing import ScriptedModel, offline_config, run_command, say


def main() -> None:
    """Print the fields, and serve."""
    with ScriptedModel() as model:
        deltas, commands = map(int, sys.argv[1:])
        work = [run_command("true")] * commands
        model.default(*work, say("word " * deltas, chunks=deltas))
        config = offline_config(model)
        fields = {
            "config_overrides": config.config_overrides,
            "env": config.env,
            "cwd": config.cwd,
        }
        print(json.dumps(fields), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
