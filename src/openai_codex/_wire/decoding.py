"""From a method and its raw params to a model: the hot path of every event.

Must not import pydantic before a known method arrives, nor load more modules than that method needs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from openai_codex._wire.lookup import model_class, validator
from openai_codex._wire.tables import NOTIFICATIONS, QUESTIONS

if TYPE_CHECKING:
    from openai_codex._wire.base import WireModel


class _Raw:
    """What has no model; its repr is safe to show, as a model's is."""

    __slots__ = ()

    params: dict[str, Any]

    def __repr__(self) -> str:
        from openai_codex._safe_text import safe_repr

        return f"{type(self).__name__}(params={safe_repr(self.params)})"


@dataclass(frozen=True, slots=True, repr=False)
class UnknownNotification(_Raw):
    """The params of a notification whose method is not in the schema of the pinned runtime."""

    params: dict[str, Any]

    def model_dump(self, **_: Any) -> dict[str, Any]:
        """Return the params; there for code that dumps every payload alike."""
        return self.params

    def to_dict(self) -> dict[str, Any]:
        """Return the params, as they came."""
        return self.params


@dataclass(frozen=True, slots=True, repr=False)
class UnknownQuestion(_Raw):
    """The params of a server request whose method is not in the schema of the pinned runtime."""

    params: dict[str, Any]


validators: dict[str, Callable[[Any], Any]] = {}
"""What builds the payload, by method: filled at the first event of its kind."""


def decode_notification(method: str, params: Any) -> WireModel | UnknownNotification:
    """Build the payload of a notification; never raises for an object."""
    validate = validators.get(method)
    if validate is None:
        if method not in NOTIFICATIONS:
            return UnknownNotification(_as_object(params))
        validate = validators[method] = validator(NOTIFICATIONS[method])
    try:
        return validate(params)  # type: ignore[no-any-return]
    except ValueError:
        return _decoded(NOTIFICATIONS[method], params)


def decode_question(method: str, params: Any) -> WireModel | UnknownQuestion:
    """Build the params of a server request; never raises for an object."""
    if method not in QUESTIONS:
        return UnknownQuestion(_as_object(params))
    return _decoded(QUESTIONS[method][0], params)


def question_response(method: str) -> Any:
    """Return the class of the answer to a server request, or None for an unknown method."""
    return model_class(QUESTIONS[method][1]) if method in QUESTIONS else None


def _decoded(name: str, params: Any) -> WireModel:
    from openai_codex._wire.base import decode

    built: WireModel = decode(model_class(name), _as_object(params))
    return built


def _as_object(params: Any) -> dict[str, Any]:
    """Params are objects; a peer that sends something else is told apart by the key."""
    if params is None:
        return {}
    return params if isinstance(params, dict) else {"params": params}
