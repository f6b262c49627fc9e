"""One task: what to ask, where to work, with which options and limits. Pure."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import Enum
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from .. import Environment
from .._checks import LONGEST, checked_bound
from .._safe_text import shown_safely
from .._turns.presets import ApprovalMode, Sandbox
from .errors import TaskError
from .places import environment_of, told
from .spent import Limits

if TYPE_CHECKING:
    from datetime import timedelta

__all__ = ["Task"]

LONGEST_ID = 1000

E = TypeVar("E", bound=Enum)


@shown_safely
@dataclass(frozen=True)
class Task:
    """One piece of work for the agent.

    `id` is any text and names the task's folder; `prompt` is the turn's input.

    Where it works, one of four; the originals are never touched:
      repo, ref        a git worktree of this repository (path or URL) at this commit, branch or tag
      cwd              a copy of this folder
      files            a new folder with these files, name to text; without any, an empty folder
      environment      another place: an `Environment`, or a mapping with its fields, where a token
                       is named by `token_env` or `token_file`. Its folder is used as it is

    Shell commands in the working directory, each a text or a sequence of texts. They run as you,
    outside the agent's sandbox, and are stopped after `command_timeout` seconds. For a task in an
    environment they run here, in an empty folder: they may start and end its container.
      setup            before the turn; one that fails makes the attempt `infrastructure`
      check            after the turn; one that fails makes the task `task_failed`
      teardown         at the end of each attempt, whatever came before

    What the agent gets: `model`, `effort`, `tools` (functions, or `"module:name"` in files),
    `output_type` (a Python type, or `"module:name"`) or `output_schema` (a JSON Schema), `sandbox`,
    `approval` (by default nobody is asked and nothing outside the sandbox is allowed).

    Limits: `budget` (a `Budget`, or a mapping with its limits) over all attempts together;
    `timeout` of the turn in seconds.
    `meta` is carried into the result as it is.
    """

    id: str
    prompt: str
    repo: str | None = None
    ref: str | None = None
    cwd: str | None = None
    files: Mapping[str, str] | None = None
    environment: Any = None
    setup: Sequence[str] = ()
    check: Sequence[str] = ()
    teardown: Sequence[str] = ()
    command_timeout: float | timedelta = 600.0
    model: str | None = None
    effort: str | None = None
    output_type: Any = None
    output_schema: Mapping[str, Any] | None = None
    tools: Sequence[Any] = ()
    approval: ApprovalMode = ApprovalMode.deny_all
    sandbox: Sandbox = Sandbox.workspace_write
    budget: Any = None
    timeout: float | timedelta | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_text("id", self.id, longest=LONGEST_ID)
        _check_text("prompt", self.prompt)
        for name in ("repo", "ref", "cwd", "model", "effort"):
            if getattr(self, name) is not None:
                _check_word(name, getattr(self, name))
        for name in ("setup", "check", "teardown", "tools"):
            object.__setattr__(self, name, _sequence(name, getattr(self, name)))
        object.__setattr__(self, "approval", _choice("approval", self.approval, ApprovalMode))
        object.__setattr__(self, "sandbox", _choice("sandbox", self.sandbox, Sandbox))
        object.__setattr__(self, "budget", Limits.of(self.budget))
        object.__setattr__(self, "environment", environment_of(self.environment))
        self._check_place()
        self._check_output()
        for name in ("timeout", "command_timeout"):
            object.__setattr__(self, name, _seconds(name, getattr(self, name)))

    def _check_place(self) -> None:
        places = ("repo", "cwd", "files", "environment")
        given = [name for name in places if getattr(self, name) is not None]
        if len(given) > 1:
            raise TaskError(
                f"give one of repo, cwd, files and environment, got {' and '.join(given)}"
            )
        if self.ref is not None and self.repo is None:
            raise TaskError("ref needs repo, the repository that it is in", field="ref")
        if self.ref is not None and self.ref.startswith("-"):
            raise TaskError(f"ref must name a commit, got {self.ref!r}", field="ref")
        _check_files(self.files)

    def _check_output(self) -> None:
        if self.output_type is not None and self.output_schema is not None:
            raise TaskError("give output_type or output_schema, not both", field="output_type")
        if self.output_schema is not None and not isinstance(self.output_schema, Mapping):
            raise TaskError("output_schema must be a JSON object", field="output_schema")
        if not isinstance(self.meta, Mapping):
            raise TaskError(f"meta must be a mapping, got {self.meta!r}", field="meta")
        try:
            json.dumps(dict(self.meta))
        except (TypeError, ValueError, RecursionError) as error:  # seen at the end, it costs all
            raise TaskError(f"meta must be what JSON can hold: {error}", field="meta") from error

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Task:
        """Make a task of a JSON object; raises TaskError for unknown or missing fields."""
        if not isinstance(record, Mapping):
            raise TaskError(f"a task is a JSON object, got {type(record).__name__}")
        unknown = [name for name in record if name not in FIELDS]
        if unknown:
            raise TaskError(_unknown(unknown[0]), field=str(unknown[0]))
        missing = [name for name in ("id", "prompt") if name not in record]
        if missing:
            raise TaskError(f"{missing[0]} is missing", field=missing[0])
        return cls(**record)

    def digest(self) -> str:
        """Sixteen hex digits that differ when what is asked differs; `meta` does not count."""
        return self._digest

    @cached_property  # asked for twice for every task
    def _digest(self) -> str:
        facts = {name: _plain(getattr(self, name)) for name in FIELDS if name != "meta"}
        if facts["environment"] is None:  # a batch that was begun without it goes on
            del facts["environment"]
        text = json.dumps(facts, sort_keys=True, default=str)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def with_defaults(self, **defaults: Any) -> Task:
        """The task with these values for the fields that it leaves at their own defaults."""
        unknown = [name for name in defaults if name not in FIELDS or name in ("id", "prompt")]
        if unknown:
            raise TaskError(_unknown(unknown[0]), field=unknown[0])
        missing = {
            name: value for name, value in defaults.items() if getattr(self, name) == DEFAULTS[name]
        }
        return replace(self, **missing) if missing else self


FIELDS = tuple(each.name for each in fields(Task))
DEFAULTS: dict[str, Any] = {
    **{each.name: each.default for each in fields(Task)},
    "meta": {},
    "budget": Limits(),
}


def loaded(value: Any) -> Any:
    """What `"module:name"` names, else the value itself; raises TaskError when it is not there."""
    if not isinstance(value, str):
        return value
    module, _, path = value.partition(":")
    try:
        found = import_module(module)
        for name in path.split("."):
            found = getattr(found, name)
    except (ImportError, AttributeError, ValueError) as error:
        raise TaskError(
            f'{value!r} must be "module:name" of something that is there: {error}'
        ) from (error)
    except (Exception, SystemExit) as error:  # of the module's own code, which may even exit
        raise TaskError(f"{value!r} cannot be loaded: {type(error).__name__}: {error}") from error
    return found


def _unknown(name: Any) -> str:
    near = difflib.get_close_matches(str(name), FIELDS, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"unknown field {name!r}; {hint}put what is yours into 'meta'"


def _check_text(name: str, value: Any, *, longest: int | None = None) -> None:
    if not isinstance(value, str):
        raise TaskError(f"{name} must be text, got {type(value).__name__}", field=name)
    if not value.strip():
        raise TaskError(f"{name} is empty", field=name)
    if longest is not None and len(value) > longest:
        raise TaskError(f"{name} is longer than {longest} characters", field=name)
    _check_characters(name, value, field=name)


def _check_characters(what: str, text: str, *, field: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise TaskError(f"{what} holds half a character (a lone surrogate)", field=field) from None


def _check_word(name: str, value: Any) -> None:
    """Check a text that programs and file systems are given."""
    _check_text(name, value)
    if "\0" in value:
        raise TaskError(f"{name} holds a NUL, which ends a text elsewhere", field=name)


def _check_files(files: Any) -> None:
    if files is None:
        return
    if not isinstance(files, Mapping):
        raise TaskError("files must be a mapping of names to texts", field="files")
    for name, text in files.items():
        _check_word("a name in files", name)
        parts = name.replace("\\", "/").split("/")
        if name[0] in "/\\" or ".." in parts or ":" in parts[0]:
            raise TaskError(f"files: {name!r} leads out of the folder", field="files")
        if parts[-1] in ("", "."):
            raise TaskError(f"files: {name!r} names a folder", field="files")
        _check_content(name, text)
    names = {Path(name) for name in files}
    for folder in {folder for name in names for folder in name.parents} & names:
        raise TaskError(f"files: {str(folder)!r} is a file and a folder", field="files")


def _check_content(name: str, text: Any) -> None:
    if not isinstance(text, str):
        raise TaskError(f"files: {name!r} must be text, got {type(text).__name__}")
    _check_characters(f"files: {name!r}", text, field="files")


def _sequence(name: str, value: Any) -> tuple[Any, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        value = (value,) if value.strip() else ()
    if not isinstance(value, Sequence):
        raise TaskError(f"{name} must be a text or a list, got {value!r}", field=name)
    for entry in value if name != "tools" else ():
        _check_word(name, entry)
    return tuple(value)


def _choice(name: str, value: Any, kind: type[E]) -> E:
    if isinstance(value, kind):
        return value
    for choice in kind:
        if value in (choice.name, choice.value):
            return choice
    names = ", ".join(choice.name for choice in kind)
    raise TaskError(f"{name} must be one of {names}, got {value!r}", field=name)


def _seconds(name: str, value: Any) -> float | None:
    if value is None and name == "timeout":
        return None
    try:
        seconds = checked_bound(name, value)
    except (TypeError, ValueError) as error:
        raise TaskError(str(error), field=name) from None
    if not seconds:
        raise TaskError(f"{name} must be a number of seconds above 0, got {value!r}", field=name)
    if seconds == LONGEST:
        return None if name == "timeout" else seconds
    # As it was given where that is a number: the digest of a task that has run depends on it.
    return value if isinstance(value, (int, float)) else seconds


def _plain(value: Any) -> Any:
    """A value as JSON can say it: enums by value, types and functions by name."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Limits):
        return value.to_json()
    if isinstance(value, Environment):
        return told(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(entry) for name, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    name = getattr(value, "__qualname__", None) or getattr(value, "name", type(value).__qualname__)
    return f"{getattr(value, '__module__', '')}:{name}"
