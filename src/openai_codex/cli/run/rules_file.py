"""The file of `--approve rules FILE`: one rule on each line.

allow git status           a command that begins with these words
allow path src/**          changes of these files
allow mcp tracker read_*   tools of an MCP server
deny rm
# a comment
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from ..problems import UsageError

if TYPE_CHECKING:
    from ...rules import Rule, Rules

__all__ = ["read_rules"]


def read_rules(file: str, *, root: str) -> Rules:
    """Return the rules of a file; raises UsageError that names the line that is wrong."""
    from ...rules import Rules

    allow: list[Rule] = []
    deny: list[Rule] = []
    try:
        lines = Path(file).read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeError) as error:
        raise UsageError(f"cannot read the rules of {file}: {error}") from error
    for number, line in enumerate(lines, 1):
        words = _words(line, file, number)
        if words:
            kinds = {"allow": allow, "deny": deny}
            if words[0] not in kinds or len(words) < 2:
                raise _wrong(file, number, "a rule begins with `allow` or `deny`")
            kinds[words[0]].append(_rule(words[1:], file, number))
    try:
        return Rules(allow=allow, deny=deny, root=root)
    except (TypeError, ValueError) as error:
        raise UsageError(f"{file}: {error}") from error


def _words(line: str, file: str, number: int) -> list[str]:
    try:
        return shlex.split(line, comments=True)
    except ValueError as error:
        raise _wrong(file, number, str(error)) from error


def _rule(words: list[str], file: str, number: int) -> Rule:
    from ...rules import command, mcp, path

    try:
        if words[0] == "path":
            (glob,) = words[1:]
            return path(glob)
        if words[0] == "mcp":
            server, *tools = words[1:]
            return mcp(server, *tools)
        return command(*(words[1:] if words[0] == "command" else words))
    except (TypeError, ValueError) as error:
        raise _wrong(file, number, str(error)) from error


def _wrong(file: str, number: int, what: str) -> UsageError:
    return UsageError(f"{file}, line {number}: {what}")
