"""The messages of the protocol, as data. Loaded on first touch; `models/` and `calls/` are generated.

    models/    pydantic models, each in the smallest module that its users share
    calls/     one module per method family: a `Method` constant for every request we may send
    index.py   wire name -> module of models
    tables.py  method -> class names, for what the server sends

Importing this package must load neither pydantic nor a model. The names below are all that others use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from openai_codex._wire.base import WireModel, decode
    from openai_codex._wire.decoding import (
        UnknownNotification,
        UnknownQuestion,
        decode_notification,
        decode_question,
        question_response,
    )
    from openai_codex._wire.lookup import model_class
    from openai_codex._wire.method import Method

__all__ = [
    "Method",
    "UnknownNotification",
    "UnknownQuestion",
    "WireModel",
    "decode",
    "decode_notification",
    "decode_question",
    "model_class",
    "question_response",
]

_MODULES: Final = {
    "Method": "method",
    "WireModel": "base",
    "decode": "base",
    "model_class": "lookup",
}


if not TYPE_CHECKING:  # a type checker knows the names, and must see a wrong one

    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from openai_codex._wire.loading import load_module

        module = load_module(f"{__name__}.{_MODULES.get(name, 'decoding')}")
        found = globals()[name] = getattr(module, name)
        return found
