"""Importing the modules that load late, where no signal handler can find one half made."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

from .._uninterrupted import uninterrupted

__all__ = ["load_module"]


def load_module(name: str) -> ModuleType:
    """Return a module, imported on a thread beside this one if this is the main thread.

    A signal handler runs on the main thread, above what it interrupts. Were that an import, the
    handler would get the module as far as it is. From another thread's import it is kept waiting.
    """
    if name in sys.modules:
        return import_module(name)
    found: list[ModuleType] = []
    uninterrupted(lambda: found.append(import_module(name)))
    return found[0]
