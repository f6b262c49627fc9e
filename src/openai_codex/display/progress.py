"""`TurnProgress`: what a running turn has done so far, as a person wants to see it.

A pure fold: events in, finished lines out. Keeps a bounded part of what is still under way.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from .._runtime_words import in_our_words
from .diff_lines import line_kinds
from .shapes import dict_of, list_of

__all__ = ["Line", "Running", "TurnProgress", "command_shown"]

Json = Mapping[str, Any]


class Event(Protocol):
    """What an event must have."""

    @property
    def method(self) -> str: ...
    @property
    def params(self) -> Json: ...


_MOST_MS = 10**12  # more is no time that a command took
TAIL = 4000  # characters kept of a running command's output, or of a message being written


class Line(NamedTuple):
    """One thing that was done: a word for it, what it was about, facts, and how it ended.

    `outcome` is `ok`, `failed` or `declined`. All texts are untrusted.
    """

    verb: str
    text: str
    facts: str = ""
    outcome: str = "ok"


@dataclass
class Running:
    """One item under way, with the last part of its output or text."""

    verb: str
    text: str
    tail: str = ""


@dataclass
class TurnProgress:
    """A turn so far: its plan, what runs, how many tokens it took, and how it ended.

    Paths below `root` are shown from there.
    """

    root: str = ""
    facts: Callable[[], str] | None = None
    plan: list[tuple[str, str]] = field(default_factory=list)
    """The steps: status (`pending`, `inProgress`, `completed`) and text."""
    running: dict[str, Running] = field(default_factory=dict)
    tokens_in: int = 0
    tokens_out: int = 0
    status: str = "inProgress"
    answer: str | None = None
    """The last message; what is before it has been given out as lines."""
    _usage: Any = None

    def feed(self, note: Event) -> list[Line]:
        """Take one event; returns what is finished with it."""
        handler = _HANDLERS.get(note.method)
        return handler(self, note.params) if handler is not None else []

    def _start(self, params: Json) -> list[Line]:
        item = dict_of(params.get("item"))
        verb, shown = _shown(item)
        if verb:
            self.running[str(item.get("id"))] = Running(verb, shown(item).text)
        return []

    def take_item(self, item: Json) -> list[Line]:
        """Take one item that is finished; returns what is known to be no answer by now."""
        return self._complete({"item": item})

    def _complete(self, params: Json) -> list[Line]:
        item = dict_of(params.get("item"))
        self.running.pop(str(item.get("id")), None)
        verb, shown = _shown(item)
        if not verb:
            return []
        before = self._let_go_of_answer()
        if item.get("type") == "agentMessage":
            self.answer = str(item.get("text") or "")
            return before
        return [*before, self._placed(shown(item))]

    def _placed(self, line: Line) -> Line:
        if line.verb != "edited" or not self.root:
            return line
        return line._replace(text=line.text.replace(f"{self.root.rstrip('/')}/", ""))

    def _let_go_of_answer(self) -> list[Line]:
        answer, self.answer = self.answer, None
        return [Line("said", answer)] if answer else []

    def _extend(self, params: Json) -> list[Line]:
        item = self.running.get(str(params.get("itemId")))
        if item is not None:
            item.tail = (item.tail + str(params.get("delta") or ""))[-TAIL:]
        return []

    def _plan(self, params: Json) -> list[Line]:
        steps = [dict_of(step) for step in list_of(params.get("plan"))]
        self.plan = [(str(step.get("status")), str(step.get("step") or "")) for step in steps]
        done = sum(status == "completed" for status, _ in self.plan)
        now = next((text for status, text in self.plan if status == "inProgress"), "")
        return [Line("plan", now, f"{done}/{len(self.plan)} done")]

    def _count(self, params: Json) -> list[Line]:
        usage = params.get("tokenUsage")
        if usage != self._usage:
            self._usage, last = usage, dict_of(dict_of(usage).get("last"))
            self.tokens_in += _number(last.get("inputTokens"))
            self.tokens_out += _number(last.get("outputTokens"))
        return []

    def _error(self, params: Json) -> list[Line]:
        error = dict_of(params.get("error"))
        text = str(error.get("message") or "")
        if not params.get("willRetry"):
            return []  # it is told when the turn ends
        details = str(error.get("additionalDetails") or "")
        return [Line("waiting", in_our_words(text), in_our_words(details))]

    def _warn(self, params: Json) -> list[Line]:
        text = str(params.get("message") or params.get("summary") or "")
        return [Line("warning", in_our_words(text))]

    def _end(self, params: Json) -> list[Line]:
        turn = dict_of(params.get("turn"))
        self.status = str(turn.get("status"))
        self.running.clear()
        error = dict_of(turn.get("error")).get("message")
        return [Line("failed", in_our_words(str(error)), outcome="failed")] if error else []


_HANDLERS: dict[str, Callable[[TurnProgress, Json], list[Line]]] = {
    "item/started": TurnProgress._start,
    "item/completed": TurnProgress._complete,
    "item/agentMessage/delta": TurnProgress._extend,
    "item/commandExecution/outputDelta": TurnProgress._extend,
    "item/reasoning/summaryTextDelta": TurnProgress._extend,
    "item/plan/delta": TurnProgress._extend,
    "turn/plan/updated": TurnProgress._plan,
    "thread/tokenUsage/updated": TurnProgress._count,
    "error": TurnProgress._error,
    "warning": TurnProgress._warn,
    "turn/completed": TurnProgress._end,
}


# --- items ---------------------------------------------------------------------------------------


def command_shown(command: str) -> str:
    """Return a command line without the shell that runs it, where it is one of the usual kind."""
    try:
        words = shlex.split(command)
    except ValueError:
        return command
    is_shell = len(words) == 3 and words[0].endswith("sh") and words[1] in ("-c", "-lc")
    return words[2] if is_shell else command


def _message(item: Json) -> Line:
    return Line("said", str(item.get("text") or ""))


def _thought(item: Json) -> Line:
    parts = list_of(item.get("summary") or item.get("content"))
    return Line("thought", "\n".join(map(str, parts)))


def _command(item: Json) -> Line:
    code, ms = item.get("exitCode"), item.get("durationMs")
    facts = [f"exit {code}"] if code is not None else []
    facts += [f"{ms / 1000:.1f} s"] if isinstance(ms, int) and ms < _MOST_MS else []
    text = command_shown(str(item.get("command") or ""))
    return Line("ran", text, ", ".join(facts), _outcome(item, failed=code not in (0, None)))


def _files(item: Json) -> Line:
    changes = list_of(item.get("changes"))
    added, removed = 0, 0
    for change in changes:
        more, less = _line_counts(dict_of(change))
        added, removed = added + more, removed + less
    paths = ", ".join(str(dict_of(change).get("path", change)) for change in changes)
    return Line("edited", paths, f"+{added} -{removed}", _outcome(item))


def _line_counts(change: Json) -> tuple[int, int]:
    lines = str(change.get("diff") or "").removesuffix("\n").split("\n")
    kind = change.get("kind")
    kind = kind.get("type") if isinstance(kind, dict) else kind
    if kind in ("add", "delete"):
        count = len(lines) if change.get("diff") else 0
        return (count, 0) if kind == "add" else (0, count)
    kinds = list(line_kinds(lines))
    return kinds.count("add"), kinds.count("cut")


def _call(item: Json) -> Line:
    names = [item.get("server") or item.get("namespace"), item.get("tool")]
    return Line("called", ".".join(str(name) for name in names if name), "", _outcome(item))


def _search(item: Json) -> Line:
    return Line("searched", str(item.get("query") or ""))


def _agent(item: Json) -> Line:
    about = item.get("prompt") or item.get("agentPath") or item.get("agentThreadId") or ""
    what = item.get("tool") or item.get("kind") or ""
    return Line("agent", str(about), str(what), _outcome(item))


def _other(item: Json) -> Line:
    telling = ("text", "path", "query", "tool", "prompt", "name", "review")
    about = next((str(item[name]) for name in telling if item.get(name)), "")
    return Line("did", str(item.get("type") or "something"), about, _outcome(item))


def _silent(item: Json) -> Line:
    return Line("", "")


_SHOWN: dict[str, tuple[str, Callable[[Json], Line]]] = {
    "userMessage": ("", _silent),
    "agentMessage": ("writing", _message),
    "reasoning": ("thinking", _thought),
    "commandExecution": ("running", _command),
    "fileChange": ("editing", _files),
    "mcpToolCall": ("calling", _call),
    "dynamicToolCall": ("calling", _call),
    "webSearch": ("searching", _search),
    "collabAgentToolCall": ("agent", _agent),
    "subAgentActivity": ("agent", _agent),
}


def _shown(item: Json) -> tuple[str, Callable[[Json], Line]]:
    return _SHOWN.get(str(item.get("type")), ("doing", _other))


def _outcome(item: Json, *, failed: bool = False) -> str:
    status = item.get("status")
    if status in ("declined", "failed"):
        return str(status)
    return "failed" if failed else "ok"


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0
