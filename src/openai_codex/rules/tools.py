"""Rules for the tools of MCP servers, and how an MCP tool question is judged by them."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from .questions import ToolSubject
from .verdict import Rule, Verdict, allowed_by, denied_by, unsettled


@dataclass(frozen=True, slots=True)
class McpRule(Rule):
    """A glob over a server's name and one over its tools' names. Make it with `mcp()`."""

    server: str
    tool: str = "*"

    def __post_init__(self) -> None:
        if not self.server or not self.tool:
            raise ValueError(
                "an MCP rule needs a server and a tool, such as mcp('tracker', 'read_*')"
            )
        if not isinstance(self.server, str) or not isinstance(self.tool, str):
            raise TypeError(f"the names of an MCP rule are strings, not {self}")

    def __str__(self) -> str:
        return f"mcp({self.server!r}, {self.tool!r})"

    def allows(self, subject: ToolSubject) -> bool:
        """Say whether both names are known and match, letter by letter."""
        if subject.server is None or subject.tool is None:
            return False
        return fnmatchcase(subject.server, self.server) and fnmatchcase(subject.tool, self.tool)

    def denies(self, subject: ToolSubject) -> bool:
        """Say whether both names match in any case. An unknown name counts as empty."""
        server, tool = (subject.server or "").casefold(), (subject.tool or "").casefold()
        return fnmatchcase(server, self.server.casefold()) and fnmatchcase(
            tool, self.tool.casefold()
        )


def mcp(server: str, tool: str = "*") -> McpRule:
    """Make a rule for tools of an MCP server; both names may be globs of `fnmatch`.

    Raises TypeError for what is not text, ValueError for an empty name.

    >>> mcp("tracker", "read_*").allows(ToolSubject("tracker", "read_issue"))
    True
    """
    return McpRule(server, tool)


@dataclass(frozen=True, slots=True)
class ToolPolicy:
    """The MCP rules of one `Rules`."""

    allow: tuple[McpRule, ...]
    deny: tuple[McpRule, ...]

    def judge(self, subject: ToolSubject) -> Verdict:
        """Return the verdict on a tool call. Deny wins."""
        for rule in self.deny:
            if rule.denies(subject):
                return denied_by(rule)
        for rule in self.allow:
            if rule.allows(subject):
                return allowed_by(rule)
        return unsettled("no allow rule matches")
