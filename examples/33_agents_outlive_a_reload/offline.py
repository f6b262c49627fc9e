"""The web server without an account: each task notes the time, and needs a yes for that.

    python examples/33_agents_outlive_a_reload/offline.py [--port 8000]

It is reloaded when `app.py` changes. The runtime, which stays, ends with this program.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from openai_codex import RuntimeServer
from openai_codex.testing import ScriptedModel, offline_config, run_command, say

HERE = str(Path(__file__).parent)
WEB = ("uvicorn", "--app-dir", HERE, "app:app", "--reload", "--reload-dir", HERE)


def main() -> None:
    with ScriptedModel(strict=False) as model:
        for _ in range(20):
            model.script(run_command("date > now.txt", escalate=True), say("It is noted."))
        config = offline_config(model)
        env = config.env or {}
        home = Path(env["CODEX_HOME"])
        (home / "config.toml").write_text("\n".join(config.config_overrides), encoding="utf-8")
        argv = [sys.executable, "-m", *WEB, "--timeout-graceful-shutdown", "1", *sys.argv[1:]]
        try:
            env = {**os.environ, **env}
            with (
                subprocess.Popen(argv, env=env, cwd=config.cwd) as web,
                suppress(KeyboardInterrupt),
            ):
                web.wait()
        finally:
            server = RuntimeServer.find(home)
            if server is not None:
                server.stop()


if __name__ == "__main__":
    main()
