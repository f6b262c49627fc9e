"""Errors about a tool: how it is declared, what it was called with, what it returned."""

from __future__ import annotations

from .._schema.problems import Problem, listed
from ..errors import CodexError

__all__ = ["ToolArgumentsError", "ToolDefinitionError", "ToolResultError"]


class ToolDefinitionError(CodexError, TypeError):
    """Say why a function cannot be offered as a tool, and what to change; nothing was sent."""


class ToolArgumentsError(CodexError, ValueError):
    """Say what is wrong with the arguments of a call, in words that the model can act on.

    `tool` is the tool's name; `problems` has one entry for each argument that is wrong.
    """

    def __init__(self, tool: str, problems: tuple[Problem, ...]) -> None:
        super().__init__(tool, problems)
        self.tool = tool
        self.problems = problems

    def __str__(self) -> str:
        return (
            f"The arguments of the tool {self.tool!r} are not valid:\n{listed(self.problems)}\n"
            "Correct them and call the tool again."
        )


class ToolResultError(CodexError, TypeError):
    """Say that what a tool returned cannot be sent to the model, and which type it was."""
