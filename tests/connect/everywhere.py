"""A real runtime, reached in every way there is: the same faults must look the same over each."""

from __future__ import annotations

import os
import signal
from typing import Any

from openai_codex import AppServerConfig, Connect
from openai_codex._drivers.process.launch import plan
from openai_codex.testing import ScriptedModel, offline_config
from tests.connect.listening import Listening

__all__ = ["EVERY_WAY", "Everywhere"]

EVERY_WAY = ["stdio", "unix", "websocket", "command", "proxy"]


class Everywhere:
    """Makes what a client of a way is made with, and ends what it led to."""

    def __init__(self, model: ScriptedModel, listening: Listening) -> None:
        self._model = model
        self._listening = listening

    def options(self, way: str) -> dict[str, Any]:
        """Return the options of a client: a config, or a connect."""
        if way == "stdio":
            return {"config": offline_config(self._model)}
        return {"connect": self._connect(way), "config": AppServerConfig()}

    def kill(self, codex: Any) -> None:
        """End the runtime of a client."""
        if self._listening.is_any:
            self._listening.kill()
        else:
            os.kill(codex.process.pid, signal.SIGKILL)

    def _connect(self, way: str) -> Connect:
        if way != "command":
            return self._listening.by(way, ping=0.5 if way == "proxy" else 20.0)
        launch = plan(offline_config(self._model))
        variables = [f"{name}={value}" for name, value in launch.env.items()]
        return Connect.command(["env", "-C", str(launch.cwd), *variables, *launch.argv])
