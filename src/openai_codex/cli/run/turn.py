"""One turn from the command line: who answers its questions, what shows it, how it ends."""

from __future__ import annotations

import contextlib
from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...errors import CodexError, MissingExtraError
from ...questions import Decision
from .. import exits
from ..money import known_prices
from ..problems import UsageError, was_interrupted
from ..runtime import client
from ..terminal import Terminal
from ..thread_ids import newest_thread, thread_id_of
from .asking import Asking
from .decisions import Decisions
from .keyboard import Keyboard
from .prompt import answer_options, check_json, directory, effort_of, prompt_of
from .rules_file import read_rules
from .shown import JsonLines, Shown, View

if TYPE_CHECKING:
    from ..._turns.result import TurnResult
    from ...questions.handlers import Handlers

__all__ = ["run_turn"]


def run_turn(options: Namespace, terminal: Terminal) -> int:
    """Run one turn as the options say; returns the exit code."""
    given = prompt_of(options)
    shape = answer_options(options)
    options.effort = effort_of(options)
    where = directory(options)
    shown: Shown = JsonLines(terminal) if options.json else View(terminal, options, root=where)
    decisions = Decisions(shown.decided)
    prices = known_prices()
    if prices is None and options.budget_usd is not None:
        raise MissingExtraError("cost", "--budget-usd")
    with (
        _answerer(options, terminal, shown, decisions, root=where) as handlers,
        client(options, handlers=handlers, prices=prices) as codex,
    ):
        thread = _thread(codex, options, where)
        shown.codex = codex
        shown.thread(thread.id)
        with shown:
            result = _result(thread, given, shape, options, shown)
    shown.result(result, decisions)
    return _exit_code(result, decisions)


def _thread(codex: Any, options: Namespace, where: str) -> Any:
    from ..._turns.presets import ApprovalMode, Sandbox

    choices = {
        "approval_mode": ApprovalMode.ask,
        "model": options.model,
        "sandbox": Sandbox(options.sandbox) if options.sandbox else None,
    }
    if options.resume is not None or options.last:
        resumed = options.resume
        found = newest_thread(codex, where) if resumed is None else thread_id_of(codex, resumed)
        moved = {"cwd": where} if options.cd else {}
        return codex.thread_resume(found, include_turns=False, **choices, **moved)
    return codex.thread_start(cwd=where, ephemeral=options.ephemeral or None, **choices)


def _result(
    thread: Any, given: list[Any], shape: dict[str, Any], options: Namespace, shown: Shown
) -> TurnResult[Any]:
    more = {"effort": options.effort} if options.effort else {}
    budget = _budget(options)
    try:
        result: TurnResult[Any] = thread.run(
            given, **shape, **more, **budget, timeout=options.timeout, on_event=shown.event
        )
        if options.schema is not None and result.completed:
            check_json(result)
    except CodexError as error:
        shown.failed(error)
        raise
    except BaseException as error:
        if was_interrupted(error):
            shown.interrupted()
        raise
    return result


def _budget(options: Namespace) -> dict[str, Any]:
    if options.budget_tokens is None and options.budget_usd is None:
        return {}
    from ..._turns.budget import Budget

    return {"budget": Budget(tokens=options.budget_tokens, usd=options.budget_usd)}


def _exit_code(result: TurnResult[Any], decisions: Decisions) -> int:
    if decisions.declined:
        return exits.DECLINED
    return exits.DONE if result.completed else exits.INTERRUPTED


# --- who answers ---------------------------------------------------------------------------------


@contextlib.contextmanager
def _answerer(
    options: Namespace, terminal: Terminal, shown: Shown, decisions: Decisions, *, root: str
) -> Iterator[Handlers]:
    """Give the handlers that `--approve` means."""
    mode = options.approve or ("deny" if options.json else "ask")
    keyboard = None if mode == "deny" else Keyboard.find()
    if mode == "ask" and keyboard is None and options.approve == "ask":
        raise UsageError("--approve ask needs a terminal", advice="use deny, or rules FILE")
    asking = Asking(terminal, keyboard, shown.paused) if keyboard is not None else None
    try:
        yield _handlers(mode, asking, decisions, root)
    finally:
        if keyboard is not None:
            keyboard.close()


def _handlers(mode: str, asking: Asking | None, decisions: Decisions, root: str) -> Handlers:
    approve = asking.approve if asking is not None else _declined
    ask_user = asking.ask_user if asking is not None else None
    if mode.startswith("rules:"):
        rules = read_rules(mode.removeprefix("rules:"), root=root)
        rules.ask = approve
        return decisions.handlers(rules, ask_user)
    return decisions.handlers(approve, ask_user)


def _declined(question: object) -> Decision:
    return Decision.decline
