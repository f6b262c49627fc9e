"""Python functions as tools of the model: declaring them, checking calls, wording results.

Nothing here runs a tool; the clients do. Importing this package does not import pydantic.
"""

from __future__ import annotations

from ..errors import ToolArgumentsError, ToolDefinitionError, ToolResultError
from .context import ToolContext
from .function import BoundCall, Tool, tool
from .media import ToolAudio, ToolImage
from .result import MAX_RESULT_CHARS, ToolResult
from .toolset import AnyTool, Namespace, ToolSet

__all__ = [
    "MAX_RESULT_CHARS",
    "AnyTool",
    "BoundCall",
    "Namespace",
    "Tool",
    "ToolArgumentsError",
    "ToolAudio",
    "ToolContext",
    "ToolDefinitionError",
    "ToolImage",
    "ToolResult",
    "ToolResultError",
    "ToolSet",
    "tool",
]
