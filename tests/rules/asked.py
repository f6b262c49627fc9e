"""Questions as the client hands them to a rule."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True)
class CommandQuestion:
    """The question of `item/commandExecution/requestApproval`."""

    command: str | None = None
    argv: list[str] | None = None
    cwd: str | None = "/repo"
    action: str = "command"
    additional_permissions: object = None
    network_approval_context: object = None
    environment: str | None = None
    kind: str = "command"
    thread_id: str = "th"
    turn_id: str = "t1"
    item_id: str = "call-1"


@dataclass(frozen=True)
class UpdateKind:
    """The `kind` of a changed file on the wire."""

    type: str = "update"
    move_path: str | None = None


@dataclass(frozen=True)
class FileUpdate:
    """One entry of a fileChange item's `changes`."""

    path: str | None
    kind: object = "update"


@dataclass(frozen=True)
class FileQuestion:
    """The question of `item/fileChange/requestApproval`, with the item's changes."""

    changes: object
    cwd: str | None = None
    grant_root: str | None = None
    environment: str | None = None
    kind: str = "file_change"


@dataclass(frozen=True)
class ToolQuestion:
    """The question of `mcpServer/elicitation/request` for a tool call."""

    server: str | None
    tool: str | None
    kind: str = "mcp_tool"


@dataclass(frozen=True)
class OtherQuestion:
    """A question that no rule covers."""

    kind: str = "permissions"


def identity(path: str) -> str:
    """Resolve a path on a disk without symlinks."""
    return str(PurePosixPath(path))
