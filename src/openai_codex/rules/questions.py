"""What a rule reads of a question: small protocols, and the plain subjects taken from them.

Nothing here trusts a question: a field that is missing or of the wrong type counts as unknown, and
what is unknown is never allowed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import NoneType
from typing import Protocol


class Question(Protocol):
    """Anything with a `kind`: `command`, `file_change`, `permissions` or `mcp_tool`.

    The other fields are read by name and may be absent:

    - every kind: `thread_id`, `turn_id`, `item_id`, for the audit record alone.
    - `command` and `file_change`: `environment`, where it would happen if not on this machine.
    - `command`: `command`, the text sent by the runtime; `argv`, a list of words that is run as it
      is; `cwd`; `action`, the protocol's own kind, `command` or `writeStdin`;
      `additional_permissions`; `network_approval_context`.
    - `file_change`: `changes`, each with `path` and `kind` (a word, or an object with `type` and
      `move_path`); `cwd`; `grant_root`.
    - `mcp_tool`: `server`, `tool`.
    """

    @property
    def kind(self) -> str:
        """Name the slot this question belongs to."""
        ...


@dataclass(frozen=True, slots=True)
class CommandSubject:
    """A command that the agent wants to run. `extra` names what is asked beyond running it."""

    text: str | None
    argv: tuple[str, ...] | None = None
    cwd: str | None = None
    extra: str | None = None

    def __str__(self) -> str:
        return self.text if self.text is not None else " ".join(self.argv or ())


@dataclass(frozen=True, slots=True)
class Change:
    """One file that is added, deleted or updated. A move is a delete and an add."""

    path: str
    kind: str | None

    def __str__(self) -> str:
        return f"{self.kind or 'change'} {self.path}"


@dataclass(frozen=True, slots=True)
class FileSubject:
    """The files of one patch. `extra` names what is asked beyond writing them."""

    changes: tuple[Change, ...]
    cwd: str | None = None
    extra: str | None = None

    def __str__(self) -> str:
        return ", ".join(map(str, self.changes))


@dataclass(frozen=True, slots=True)
class ToolSubject:
    """A tool of an MCP server."""

    server: str | None
    tool: str | None

    def __str__(self) -> str:
        return f"{self.server or '?'}/{self.tool or '?'}"


def text_of(question: object, name: str) -> str | None:
    """Return the field `name` where it is a string, else None."""
    value = getattr(question, name, None)
    return value if isinstance(value, str) else None


def command_subject(question: object) -> CommandSubject:
    """Read a command question."""
    return CommandSubject(
        text=text_of(question, "command"),
        argv=_words(getattr(question, "argv", None)),
        cwd=text_of(question, "cwd"),
        extra=_command_extra(question),
    )


def file_subject(question: object) -> FileSubject:
    """Read a file change question."""
    changes = getattr(question, "changes", None)
    known = changes if isinstance(changes, Iterable) else ()
    return FileSubject(
        changes=tuple(part for change in known for part in _change_parts(change)),
        cwd=text_of(question, "cwd"),
        extra=_present(question, grant_root="writing below a whole folder", environment=_ELSEWHERE),
    )


def tool_subject(question: object) -> ToolSubject:
    """Read an MCP tool question."""
    return ToolSubject(text_of(question, "server") or None, text_of(question, "tool") or None)


def _words(argv: object) -> tuple[str, ...] | None:
    if isinstance(argv, (list, tuple)) and all(isinstance(word, str) for word in argv):
        return tuple(argv)
    return None


_ELSEWHERE = "work in an environment, whose disk cannot be looked at"


def _command_extra(question: object) -> str | None:
    if getattr(question, "action", "command") != "command":
        return "typing into a running program"
    command, argv = getattr(question, "command", None), getattr(question, "argv", None)
    if not isinstance(command, (str, NoneType)) or (argv is not None and _words(argv) is None):
        return "words that are not text"
    return _present(
        question,
        environment=_ELSEWHERE,
        additional_permissions="additional permissions",
        network_approval_context="network access",
    )


def _present(question: object, **extras: str) -> str | None:
    for name, meaning in extras.items():
        if getattr(question, name, None) is not None:
            return meaning
    return None


def _change_parts(change: object) -> Iterable[Change]:
    kind = getattr(change, "kind", None)
    word = kind if isinstance(kind, str) else text_of(kind, "type")
    path = text_of(change, "path") or ""
    moves = (getattr(change, "move_path", None), getattr(kind, "move_path", None))
    targets = [target for target in moves if target is not None]
    if not targets:
        return (Change(path, word),)
    added = (target if isinstance(target, str) else "" for target in targets)
    return (Change(path, "delete"), *(Change(target, "add") for target in added))
