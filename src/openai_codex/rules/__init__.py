"""Rules that settle approval questions: what the agent may do without asking a person.

This package decides and keeps the record. It never answers on the wire, starts nothing, waits for
nothing, and knows nothing of clients or threads.
"""

from __future__ import annotations

from .audit import AuditRecord
from .commands import CommandRule, command
from .paths import PathRule, path
from .policy import Rules
from .questions import Question
from .shell import SHELLS
from .tools import McpRule, mcp
from .verdict import Outcome, Rule, Verdict

__all__ = [
    "SHELLS",
    "AuditRecord",
    "CommandRule",
    "McpRule",
    "Outcome",
    "PathRule",
    "Question",
    "Rule",
    "Rules",
    "Verdict",
    "command",
    "mcp",
    "path",
]
