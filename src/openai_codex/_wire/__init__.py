"""The messages of the protocol, as data. Generated but for the files that say otherwise; loaded on first touch.

    models/    pydantic models, each in the smallest module that its users share
    calls/     one module per method family: a `Method` constant for every request we may send
    index.py   wire name -> module of models
    tables.py  method -> class names, for what the server sends

Importing this package loads neither pydantic nor a model.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from openai_codex._wire.index import ALIASES, MODULES


def model_class(name: str) -> Any:
    """Return the wire class of this name, loading what it needs; raises `KeyError` for a name that there is not."""
    name = ALIASES.get(name, name)
    return getattr(import_module(f"openai_codex._wire.models.{MODULES[name]}"), name)
