"""Keyword options to the protocol's params. Pure; what is omitted is not sent."""

from __future__ import annotations

import os
from enum import Enum
from typing import Any

from .._checks import camel_case
from .inputs import RunInput, run_input
from .options import check_folder, check_option
from .presets import ApprovalMode, Sandbox, approval_params, sandbox_mode, sandbox_policy

__all__ = [
    "check_constant",
    "options",
    "resume_params",
    "settings_params",
    "thread_params",
    "turn_params",
]

# Options whose wire name is not their own name in camelCase.
_WIRE_NAMES = {"source": "turnTrigger", "turn_service_tier": "serviceTierForTurn"}


def options(**given: Any) -> dict[str, Any]:
    """Return the options that are not None, checked, under their wire names and in wire form."""
    # None is "not said", and leaves what the thread, or the user's configuration, has.
    taken = {name: value for name, value in given.items() if value is not None}
    for name, value in taken.items():
        check_option(name, value)
    return {_wire_name(name): _plain(value) for name, value in taken.items()}


def thread_params(
    *,
    approval_mode: ApprovalMode | None,
    sandbox: Sandbox | None,
    folder: str | None = None,
    **given: Any,
) -> dict[str, Any]:
    """Return the params of thread/start; `folder` is where the runtime runs, None if elsewhere."""
    check_folder("cwd", given.get("cwd"), base=folder)
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
    # The store keeps a thread's reviewer: left out, the service would go on answering for us.
    return params | ({"approvalsReviewer": "user"} if asks_us and reviewed else {})


def turn_params(
    thread_id: str,
    given: RunInput,
    *,
    approval_mode: ApprovalMode | None = None,
    sandbox: Sandbox | None = None,
    folder: str | None = None,
    is_far: bool = False,
    **overrides: Any,
) -> dict[str, Any]:
    """Return the params of turn/start; `folder` is as for `thread_params`.

    `is_far` says that `cwd` is a folder of another place, though images are files of this one.
    """
    check_folder("cwd", overrides.get("cwd"), base=None if is_far else folder)
    given_input = run_input(given, folder=folder)
    params = {"threadId": thread_id} | given_input | approval_params(approval_mode)
    return params | options(**overrides, sandbox_policy=sandbox_policy(sandbox))


def settings_params(
    thread_id: str,
    *,
    approval_mode: ApprovalMode | None,
    sandbox: Sandbox | None,
    **given: Any,
) -> dict[str, Any]:
    """Return the params of thread/settings/update."""
    check_folder("cwd", given.get("cwd"), base=None)
    given = options(**given, sandbox_policy=sandbox_policy(sandbox))
    return {"threadId": thread_id} | given | approval_params(approval_mode)


def check_constant(method: object) -> None:
    """Raise a TypeError for what is no constant of `methods`; says which one a name means."""
    from .._wire.method import Method

    if isinstance(method, Method):
        return
    hint = f": methods.find({method!r}) returns it" if isinstance(method, str) else ""
    kind = type(method).__name__
    raise TypeError(f"call() takes a constant of openai_codex.methods, got a {kind}{hint}")


def _wire_name(name: str) -> str:
    return _WIRE_NAMES.get(name) or camel_case(name)


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if hasattr(value, "model_dump"):
        # What was not set is not sent: a null may mean "take it away" to the runtime.
        return value.model_dump(by_alias=True, exclude_unset=True)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return value
