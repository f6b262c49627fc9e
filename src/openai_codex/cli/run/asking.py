"""Asking the person at the terminal: what the agent wants, shown so that it can forge nothing.

Rule 1: every line that holds text of the agent begins with a bar, however long the text is.
Rule 2: what is asked is shown whole; nothing of it is cut.
Rule 3: an answer is typed after the question was shown; all but a clear yes is a no.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from ..._safe_text import one_line
from ...display.columns import quoted_lines
from ...display.progress import command_shown
from ...questions import (
    Approval,
    CommandApproval,
    Decision,
    Elicitation,
    FileChangeApproval,
    McpToolApproval,
    PermissionsApproval,
    UserInputRequest,
)
from ..terminal import Terminal
from .keyboard import Keyboard

__all__ = ["Asking"]

CHOICES = "[y]es once, [a]lways in this session, [n]o, [s]top the turn"
ANSWERS = {
    "y": Decision.accept,
    "yes": Decision.accept,
    "a": Decision.accept_for_session,
    "always": Decision.accept_for_session,
    "s": Decision.cancel,
    "stop": Decision.cancel,
}
Shown = tuple[str, str]  # our words, and the agent's


class Asking:
    """Asks one question at a time; others wait until it is answered."""

    def __init__(
        self,
        terminal: Terminal,
        keyboard: Keyboard,
        paused: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._terminal = terminal
        self._keyboard = keyboard
        self._paused = paused
        self._lock = threading.Lock()  # guards the terminal while a question stands on it

    def approve(self, question: Approval) -> Any:
        """Return what the person decides about an approval."""
        with self._lock, self._paused():
            if question.settled:
                return Decision.decline
            self._show(title_of(question), parts_of(question))
            if isinstance(question, Elicitation) and question.mode == "form":
                return self._form(question)
            return self._decision(question)

    def ask_user(self, question: UserInputRequest) -> dict[str, str]:
        """Return what the person answers to questions of the agent."""
        with self._lock, self._paused():
            answers = {}
            for asked in question.questions:
                options = [option.label for option in asked.options or []]
                shown = [("", asked.question)]
                shown += [(f"{number}.", label) for number, label in enumerate(options, 1)]
                self._show("The agent asks:", shown)
                typed = self._typed("Answer: ", question, secret=bool(asked.is_secret))
                answers[asked.id] = _chosen(typed or "", options)
            return answers

    def _decision(self, question: Approval) -> Decision:
        typed = self._typed(f"{CHOICES}: ", question)
        decision = ANSWERS.get((typed or "").strip().lower(), Decision.decline)
        reason = question.settled.reason
        self._terminal.note(f"  {_WORDS[decision]}" if reason is None else f"  {reason}")
        return decision

    def _form(self, question: Elicitation) -> Any:
        fields = ((question.schema or {}).get("properties") or {}).items()
        answers = {}
        for name, schema in fields:
            self._show("Field:", [("", f"{name} {schema.get('description') or ''}")])
            typed = self._typed("Value, or nothing to decline: ", question)
            if not typed:
                return Decision.decline
            answers[name] = _value(typed, schema)
        return answers or self._decision(question)

    def _show(self, title: str, parts: list[Shown]) -> None:
        width = self._terminal.width
        self._terminal.note(self._terminal.styled(title, "bold", self._terminal.err))
        for label, text in parts:
            prefix = f"  | {label} " if label else "  | "
            # A secret that a shell would run part of must be seen by the one who decides.
            lines = [one_line(line, code=True) for line in text.split("\n")]
            self._terminal.note(quoted_lines(lines, width, prefix=prefix))

    def _typed(self, prompt: str, question: Any, *, secret: bool = False) -> str | None:
        self._keyboard.forget_typed()
        self._terminal.err.write(prompt)
        self._terminal.err.flush()
        typed = self._keyboard.line(question.settled, secret=secret)
        if typed is None or secret:
            self._terminal.note("")
        return typed


_WORDS = {
    Decision.accept: "allowed once",
    Decision.accept_for_session: "allowed in this session",
    Decision.decline: "declined",
    Decision.cancel: "declined; the turn is stopped",
}


def title_of(question: Approval) -> str:
    """Return our line above a question."""
    kinds = {
        CommandApproval: "The agent asks to run a command:",
        FileChangeApproval: "The agent asks to change files:",
        PermissionsApproval: "The agent asks for permissions:",
        McpToolApproval: "The agent asks to call a tool:",
        Elicitation: "A tool server asks:",
    }
    return next((title for kind, title in kinds.items() if isinstance(question, kind)), "Asked:")


def parts_of(question: Approval) -> list[Shown]:
    """Return what a question is about, whole, each part with our word for it."""
    parts = list(_subject(question))
    for word, label in (("environment", "on"), ("cwd", "in"), ("reason", "because")):
        value = getattr(question, word, None)
        if value:
            parts.append((label, str(value)))
    return parts


def _subject(question: Approval) -> Iterator[Shown]:
    match question:
        case CommandApproval():
            yield from _command(question)
        case FileChangeApproval():
            yield "", str(question.diff) or question.summary
            if question.grant_root:
                yield "also opens for writing", question.grant_root
        case PermissionsApproval():
            yield "", json.dumps(question.permissions, ensure_ascii=True, indent=2)
        case McpToolApproval():
            yield "", question.summary
            yield "with", json.dumps(question.arguments, ensure_ascii=True, indent=2)
        case Elicitation():
            yield "", question.summary
            if question.url:
                yield "visit", question.url
        case _:
            yield "", question.summary


def _command(question: CommandApproval) -> Iterator[Shown]:
    yield "", command_shown(question.command or question.method)
    if question.additional_permissions:
        yield "with", json.dumps(question.additional_permissions, ensure_ascii=True)
    if question.network_approval_context:
        yield "network", json.dumps(question.network_approval_context, ensure_ascii=True)


def _chosen(typed: str, options: list[str]) -> str:
    number = int(typed) if typed.isascii() and typed.isdigit() else 0
    return options[number - 1] if 0 < number <= len(options) else typed


def _value(typed: str, schema: dict[str, Any]) -> Any:
    kind = schema.get("type")
    if kind == "boolean":
        return typed.strip().lower() in ("y", "yes", "true", "1")
    if kind in ("integer", "number"):
        try:
            return int(typed) if kind == "integer" else float(typed)
        except ValueError:
            return typed  # the server says what is wrong with it
    return typed
