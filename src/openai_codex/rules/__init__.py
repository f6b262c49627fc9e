"""Rules that settle approval questions: what the agent may do without asking a person.

This package decides and keeps the record. It never answers on the wire, starts nothing, waits for
nothing, and knows nothing of clients or threads.
"""

from __future__ import annotations

from openai_codex.rules.audit import AuditRecord
from openai_codex.rules.commands import CommandRule, command
from openai_codex.rules.paths import PathRule, path
from openai_codex.rules.policy import Rules
from openai_codex.rules.questions import Question
from openai_codex.rules.shell import SHELLS
from openai_codex.rules.tools import McpRule, mcp
from openai_codex.rules.verdict import Outcome, Rule, Verdict

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
