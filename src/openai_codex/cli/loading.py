"""The module of a command, loaded when the command is wanted."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from .catalogue import Entry

__all__ = ["module_of"]


def module_of(entry: Entry) -> ModuleType:
    """Return the module that does a command."""
    return import_module(f"openai_codex.{entry.module}")
