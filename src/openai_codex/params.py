"""Keyword options to the protocol's params. Pure; what is omitted is not sent."""

from __future__ import annotations

import os
from enum import Enum
from typing import Any

from .inputs import RunInput, run_input
from .presets import ApprovalMode, Sandbox, approval_params, sandbox_mode, sandbox_policy

__all__ = [
    "check_constant",
    "check_count",
    "check_kind",
    "options",
    "resume_params",
    "thread_params",
    "turn_params",
]

# Options whose wire name is not their own name in camelCase.
_WIRE_NAMES = {"source": "turnTrigger", "turn_service_tier": "serviceTierForTurn"}


def options(**given: Any) -> dict[str, Any]:
    """Return the options that are not None, under their wire names and in their wire form."""
    return {_wire_name(name): _plain(value) for name, value in given.items() if value is not None}


def thread_params(
    *, approval_mode: ApprovalMode | None, sandbox: Sandbox | None, **given: Any
) -> dict[str, Any]:
    """Return the params of thread/start."""
    return options(**given, sandbox=sandbox_mode(sandbox)) | approval_params(approval_mode)


def resume_params(
    *,
    include_turns: bool | None,
    approval_mode: ApprovalMode | None,
    asks_us: bool = False,
    **given: Any,
) -> dict[str, Any]:
    """Return the params of thread/resume or thread/fork; `include_turns` goes out inverted.

    `asks_us` tells that somebody here answers approvals: they are asked, whatever was stored.
    """
    excluded = None if include_turns is None else not include_turns
    params = thread_params(approval_mode=approval_mode, **given, exclude_turns=excluded)
    reviewed = approval_mode in (None, ApprovalMode.auto_review)
    return params | ({"approvalsReviewer": "user"} if asks_us and reviewed else {})


def turn_params(
    thread_id: str,
    given: RunInput,
    *,
    approval_mode: ApprovalMode | None = None,
    sandbox: Sandbox | None = None,
    **overrides: Any,
) -> dict[str, Any]:
    """Return the params of turn/start."""
    params = {"threadId": thread_id} | run_input(given) | approval_params(approval_mode)
    return params | options(**overrides, sandbox_policy=sandbox_policy(sandbox))


def check_kind(name: str, value: object, kind: type[Any]) -> None:
    """Raise a TypeError where an option is given and is of another type."""
    if value is not None and not isinstance(value, kind):
        raise TypeError(f"{name} must be {_article(kind.__name__)}, got {type(value).__name__}")


def check_count(name: str, value: object) -> None:
    """Raise a TypeError or ValueError where an option is not a whole number from 0 on."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be a whole number, got {type(value).__name__}")
    if value < 0:
        raise ValueError(f"{name} must be at least 0, got {value}")


def check_constant(method: object) -> None:
    """Raise a TypeError for what is no constant of `methods`; says which one a name means."""
    from ._wire.method import Method

    if isinstance(method, Method):
        return
    hint = f": methods.find({method!r}) returns it" if isinstance(method, str) else ""
    kind = type(method).__name__
    raise TypeError(f"call() takes a constant of openai_codex.methods, got a {kind}{hint}")


def _article(noun: str) -> str:
    return f"{'an' if noun[0] in 'AEIOU' else 'a'} {noun}"


def _wire_name(name: str) -> str:
    head, *rest = name.split("_")
    return _WIRE_NAMES.get(name) or head + "".join(word.capitalize() for word in rest)


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if hasattr(value, "model_dump"):
        return value.model_dump(by_alias=True, exclude_unset=True)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return value
