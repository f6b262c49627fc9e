"""What hooks are called with: a tool to be used, a command that ended, a turn. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .._safe_text import shown_safely

__all__ = ["CommandEnd", "ToolUse", "TurnNews"]

Json = dict[str, Any]


@shown_safely
@dataclass(frozen=True)
class ToolUse:
    """A tool that the model wants to use: a Python function, or that of an MCP `server`.

    `arguments` are as the model wrote them: they may be anything.
    """

    thread_id: str
    turn_id: str
    server: str | None
    tool: str
    arguments: Any


@shown_safely
@dataclass(frozen=True)
class CommandEnd:
    """A command that has ended, asked about or not.

    `status` is "completed", "failed" or "declined"; `exit_code` is None where it never ran.
    `output` is what the runtime kept of what it printed: escape it before it reaches a page or a
    terminal.
    """

    thread_id: str
    turn_id: str
    item_id: str
    command: str
    cwd: str | None
    status: str
    exit_code: int | None
    output: str

    @classmethod
    def from_wire(cls, params: Json) -> CommandEnd:
        """Make it of an `item/completed`."""
        item = params["item"]
        return cls(
            thread_id=str(params.get("threadId")),
            turn_id=str(params.get("turnId")),
            item_id=str(item.get("id")),
            command=str(item.get("command")),
            cwd=item.get("cwd"),
            status=str(item.get("status")),
            exit_code=item.get("exitCode"),
            output=str(item.get("aggregatedOutput") or ""),
        )


@shown_safely
@dataclass(frozen=True)
class TurnNews:
    """A turn that has begun or ended, whoever started it.

    `root_turn_id` is the turn that a sub-agent's turn works for, else its own id. `status` is
    "inProgress", "completed", "interrupted" or "failed", and `error` what the runtime said then.
    """

    thread_id: str
    turn_id: str
    root_turn_id: str
    status: str
    error: str | None = None

    @property
    def is_agents(self) -> bool:
        """Whether it is the turn of a sub-agent."""
        return self.root_turn_id != self.turn_id

    @classmethod
    def from_wire(cls, params: Json) -> TurnNews:
        """Make it of a `turn/started` or a `turn/completed`."""
        turn = params["turn"]
        error = turn.get("error")
        turn_id = str(turn.get("id"))
        return cls(
            thread_id=str(params.get("threadId")),
            turn_id=turn_id,
            root_turn_id=str(turn.get("rootTurnId") or turn_id),
            status=str(turn.get("status")),
            error=str(error.get("message")) if isinstance(error, dict) else None,
        )
