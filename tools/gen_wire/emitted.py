"""Ask the pinned runtime for its schema. Starts the binary, and nothing else does."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from codex_cli_bin import bundled_codex_path  # type: ignore[import-untyped]

COMMAND = ("app-server", "generate-json-schema", "--experimental", "--out")
# The bundle; the `.v2.` file beside it is a subset that leaves out what the server asks of us.
FILE = "codex_app_server_protocol.schemas.json"


def runtime_version() -> str:
    """The version of the installed runtime package."""
    return version("openai-codex-cli-bin")


def emitted_schema() -> dict[str, Any]:
    """Run the binary in a home of its own and read the bundle that it writes."""
    with tempfile.TemporaryDirectory(prefix="gen-wire-") as home:
        env = {**os.environ, "HOME": home, "CODEX_HOME": home}
        command = [str(bundled_codex_path()), *COMMAND, home]
        subprocess.run(command, env=env, check=True, capture_output=True, timeout=60)
        schema: dict[str, Any] = json.loads((Path(home) / FILE).read_text(encoding="utf-8"))
    return schema


def merged_definitions(schema: dict[str, Any]) -> dict[str, Any]:
    """Lay the `v2` namespace of the bundle over its root, as the runtime's flat files do."""
    definitions = dict(schema["definitions"])
    v2: dict[str, Any] = definitions.pop("v2")
    return {**definitions, **v2}
