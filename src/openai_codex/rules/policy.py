"""`Rules`: approval questions judged by lists of rules. Deny wins; what no rule settles is asked.

Rule 1: a deny rule that may match settles the question, whatever else matches.
Rule 2: an allow rule settles it only when everything that would happen is known and allowed.
Rule 3: everything else goes to `ask`, and is denied where there is no `ask`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable, Iterable
from inspect import isawaitable
from typing import Any, TypeVar

from .._checks import check_callable, check_count, check_flag
from .audit import AuditLog, AuditRecord
from .commands import CommandPolicy, CommandRule, command
from .ground import Ground, root_of
from .paths import PathPolicy, PathRule
from .questions import (
    Change,
    CommandSubject,
    FileSubject,
    Question,
    ToolSubject,
    command_subject,
    file_subject,
    tool_subject,
)
from .shell import SHELLS, shells_of
from .tools import McpRule, ToolPolicy
from .verdict import Rule, Verdict, unsettled
from .wording import never_allows

_R = TypeVar("_R", CommandRule, PathRule, McpRule)
_Subject = CommandSubject | FileSubject | ToolSubject | None
_READERS: dict[str, Callable[[object], _Subject]] = {
    "command": command_subject,
    "file_change": file_subject,
    "mcp_tool": tool_subject,
}


class Rules:
    """A policy of allow and deny rules; a handler for any approval slot.

    A plain string is a command rule: `"git status"` is `command("git", "status")`. What no rule
    settles is returned by `ask(question)`, plain or async; without `ask` it is denied. `root` is
    the folder that path rules start from and that allowed commands must run below. `compound=True`
    allows `a && b`, `a; b` and `a | b` when each part is allowed. `resolve` follows symlinks.
    `shells` are the shells whose `-c` script is judged instead of themselves. `on_audit` is called
    with each AuditRecord; when it raises, the decision does not happen. `audit_size` is how many
    records `audit` keeps.

    Raises TypeError for what is not a rule or not an option's type, ValueError for a rule or an
    option that could not work.

    >>> rules = Rules(allow=["git status", "git diff"], deny=["rm"])
    >>> rules.explain("git status --short").outcome
    'allow'
    >>> rules.explain("git status; rm -rf /").reason
    "denied by command('rm')"
    >>> rules.explain("git push").outcome
    'deny'
    """

    def __init__(
        self,
        *,
        allow: Iterable[Rule | str] = (),
        deny: Iterable[Rule | str] = (),
        ask: Callable[[Any], object] | None = None,
        root: str | os.PathLike[str] | None = None,
        compound: bool = False,
        resolve: Callable[[str], str] = os.path.realpath,
        shells: Iterable[str] = SHELLS,
        on_audit: Callable[[AuditRecord], object] | None = None,
        audit_size: int = 1000,
    ) -> None:
        allowed, denied = _rules("allow", allow), _rules("deny", deny)
        check_flag("compound", compound)
        check_count("audit_size", audit_size, most=sys.maxsize)
        for name, value in (("ask", ask), ("on_audit", on_audit), ("resolve", resolve)):
            check_callable(name, value)
        if resolve is None:
            raise TypeError("resolve must be callable, got None")
        ground = Ground(root_of(root), resolve)
        _check_allowed(allowed, ground)
        self.ask = ask
        self._log = AuditLog(size=audit_size, on_audit=on_audit)
        self._commands = CommandPolicy(
            _only(CommandRule, allowed),
            _only(CommandRule, denied),
            ground,
            compound,
            shells_of(shells),
        )
        self._paths = PathPolicy(_only(PathRule, allowed), _only(PathRule, denied), ground)
        self._tools = ToolPolicy(_only(McpRule, allowed), _only(McpRule, denied))

    @property
    def audit(self) -> tuple[AuditRecord, ...]:
        """The last decisions, oldest first."""
        return self._log.records()

    def judge(self, question: Question) -> Verdict:
        """Return the verdict on a question, and keep it in the audit. Never calls `ask`.

        The outcome is `ask` only where there is an `ask` handler to call.
        """
        subject = _subject_of(question)
        verdict = self._settled(self._verdict(subject))
        self._log.judged(question, subject=_shown(subject), verdict=verdict)
        return verdict

    def answered(self, question: Question, answer: object) -> None:
        """Keep in the audit what the `ask` handler said to a question."""
        self._log.answered(question, subject=_shown(_subject_of(question)), answer=answer)

    def __call__(self, question: Question) -> Any:
        """Answer a question: True, False, or what `ask` returns (awaitable where `ask` is)."""
        verdict = self.judge(question)
        if verdict.outcome != "ask" or self.ask is None:
            return verdict.outcome == "allow"
        answer = self.ask(question)
        if isawaitable(answer):
            return self._awaited(question, answer)
        self.answered(question, answer)
        return answer

    def explain(self, command: str, *, cwd: str | None = None) -> Verdict:
        """Return the verdict on a command without keeping it. `cwd` defaults to the root."""
        cwd = self._commands.ground.root if cwd is None else cwd
        return self._settled(self._verdict(CommandSubject(command, cwd=cwd)))

    def explain_change(self, path: str, *, kind: str = "update") -> Verdict:
        """Return the verdict on a change to a file. A relative path starts from the root."""
        path = os.path.join(self._paths.ground.root or "", path)  # noqa: PTH118 - text only
        return self._settled(self._verdict(FileSubject((Change(path, kind),))))

    def explain_tool(self, server: str, tool: str) -> Verdict:
        """Return the verdict on a tool of an MCP server."""
        return self._settled(self._verdict(ToolSubject(server, tool)))

    async def _awaited(self, question: Question, answer: Awaitable[object]) -> object:
        said = await answer
        self.answered(question, said)
        return said

    def _verdict(self, subject: _Subject) -> Verdict:
        match subject:
            case CommandSubject():
                return self._commands.judge(subject)
            case FileSubject():
                return self._paths.judge(subject)
            case ToolSubject():
                return self._tools.judge(subject)
            case _:
                return unsettled("no rule covers this kind of question")

    def _settled(self, verdict: Verdict) -> Verdict:
        if verdict.outcome != "ask" or self.ask is not None:
            return verdict
        return Verdict("deny", None, f"{verdict.reason}, and there is nobody to ask")


def _subject_of(question: Question) -> _Subject:
    reader = _READERS.get(question.kind)
    return None if reader is None else reader(question)


def _shown(subject: _Subject) -> str:
    return "" if subject is None else str(subject)


def _rules(name: str, rules: Iterable[Rule | str]) -> tuple[Rule, ...]:
    if isinstance(rules, str):  # else every letter would be a rule
        raise TypeError(f"{name} takes a list of rules: {name}=[{rules!r}]")
    return tuple(map(_rule, rules))


def _rule(rule: Rule | str) -> Rule:
    if isinstance(rule, str):
        return command(rule)
    if isinstance(rule, (CommandRule, PathRule, McpRule)):
        return rule
    raise TypeError(f"a rule is a string, command(), path() or mcp(), not {rule!r}")


def _only(kind: type[_R], rules: Iterable[Rule]) -> tuple[_R, ...]:
    return tuple(rule for rule in rules if isinstance(rule, kind))


def _check_allowed(allow: Iterable[Rule], ground: Ground) -> None:
    for rule in _only(CommandRule, allow):
        trouble = never_allows(rule.words)
        if trouble is not None:
            raise ValueError(f"{rule} can never allow a command: {trouble}")
        if rule.is_local and ground.root is None:
            raise ValueError(f"{rule} depends on the working folder: give Rules a root=")
