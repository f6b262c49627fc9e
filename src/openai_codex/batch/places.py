"""The environment that a task works in: its form in files, and what keeps tasks apart. Pure."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .. import Environment
from .errors import TaskError

__all__ = ["environment_of", "own_environment", "told"]

FIELDS = ("url", "cwd", "name", "connect_timeout", "token_env", "token_file")


@dataclass(frozen=True, slots=True)
class _Token:
    """Reads a token where it is kept: tasks travel to workers, and their files are no safe."""

    variable: str | None
    file: str | None

    def __call__(self) -> str:
        if self.variable is not None:
            return os.environ[self.variable]
        return Path(self.file or "").expanduser().read_text(encoding="utf-8").strip()


def environment_of(given: Any) -> Environment | None:
    """Read an `Environment`, or a mapping with its fields; raises TaskError."""
    if given is None or isinstance(given, Environment):
        return given
    if not isinstance(given, Mapping):
        kind = type(given).__name__
        raise TaskError(
            f"environment must be an Environment or a mapping, got {kind}", field="environment"
        )
    if "token" in given:
        raise TaskError(
            "environment: a file of tasks is no place for a token: name token_env, a variable, or "
            "token_file",
            field="environment",
        )
    unknown = [str(name) for name in given if name not in FIELDS]
    if unknown:
        raise TaskError(f"environment has no {unknown[0]!r}; it has {FIELDS}", field="environment")
    return _made(dict(given))


def _made(fields: dict[str, Any]) -> Environment:
    variable, file = fields.pop("token_env", None), fields.pop("token_file", None)
    token = None if variable is None and file is None else _Token(variable, file)
    try:
        return Environment(token=token, **fields)
    except (TypeError, ValueError) as error:
        raise TaskError(f"environment: {error}", field="environment") from error


def own_environment(environment: Environment, task_id: str) -> Environment:
    """The environment under a name of the task's own.

    Tasks share runtimes, and one environment would take the place of another of the same name.
    """
    digest = hashlib.sha256(task_id.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return replace(environment, name=f"{environment.name}-{digest}")


def told(environment: Environment) -> dict[str, Any]:
    """What of an environment counts for a task: where, not how to get in."""
    return {"url": environment.url, "cwd": environment.cwd, "name": environment.name}
