"""ApprovalMode and Sandbox: the two choices most callers make, and their wire form."""

from __future__ import annotations

from enum import Enum, EnumMeta
from typing import Any, TypeVar

__all__ = ["ApprovalMode", "Sandbox", "approval_params", "sandbox_mode", "sandbox_policy"]

_Choice = TypeVar("_Choice", bound=Enum)


class ApprovalMode(str, Enum):
    """Who decides when the agent wants to leave its sandbox.

    deny_all     nobody: whatever would need an approval is refused
    auto_review  a model of the service, which may allow it; your handlers, where there are any
    ask          your handlers, or whoever reads `codex.questions()`
    ask_always   the same, and for every command that is not known to be harmless
    """

    deny_all = "deny_all"
    auto_review = "auto_review"
    ask = "ask"
    ask_always = "ask_always"


class _SandboxType(EnumMeta):
    """The type of `Sandbox`, with the name that a choice had in an older release."""

    @property
    def workspace(cls) -> Sandbox:
        """Return `workspace_write`, by the name it had."""
        from .._renames import warn_of

        warn_of("Sandbox.workspace", "Sandbox.workspace_write")
        return Sandbox.workspace_write


class Sandbox(str, Enum, metaclass=_SandboxType):
    """What commands may touch.

    read_only        read files, write nothing
    workspace_write  write below the working directory and the temporary directory, no network
    full_access      everything that this user may
    """

    read_only = "read-only"
    workspace_write = "workspace-write"
    full_access = "full-access"


_APPROVALS = {
    ApprovalMode.deny_all: {"approvalPolicy": "never"},
    ApprovalMode.auto_review: {
        "approvalPolicy": "on-request",
        "approvalsReviewer": "auto_review",
    },
    ApprovalMode.ask: {"approvalPolicy": "on-request", "approvalsReviewer": "user"},
    ApprovalMode.ask_always: {"approvalPolicy": "untrusted", "approvalsReviewer": "user"},
}

_MODES = {
    Sandbox.read_only: "read-only",
    Sandbox.workspace_write: "workspace-write",
    Sandbox.full_access: "danger-full-access",
}

# Two tables: the protocol has a word for a thread's sandbox, and an object for a turn's.
_POLICIES = {
    Sandbox.read_only: {"type": "readOnly"},
    Sandbox.workspace_write: {"type": "workspaceWrite"},
    Sandbox.full_access: {"type": "dangerFullAccess"},
}


def approval_params(mode: ApprovalMode | None) -> dict[str, str]:
    """Return the members that ask for `mode`, none for None; raises ValueError for others."""
    return {} if mode is None else dict(_APPROVALS[_checked(mode, ApprovalMode)])


def sandbox_mode(sandbox: Sandbox | None) -> str | None:
    """Return what thread/start, resume and fork call the sandbox."""
    return None if sandbox is None else _MODES[_checked(sandbox, Sandbox)]


def sandbox_policy(sandbox: Sandbox | None) -> dict[str, Any] | None:
    """Return what turn/start calls the sandbox."""
    return None if sandbox is None else dict(_POLICIES[_checked(sandbox, Sandbox)])


def _checked(value: object, choices: type[_Choice]) -> _Choice:
    if isinstance(value, choices):
        return value
    names = ", ".join(f"{choices.__name__}.{choice.name}" for choice in choices)
    raise ValueError(f"expected one of {names}, got {value!r}")
