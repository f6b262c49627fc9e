"""`openai-codex account`: who is logged in, and what is left of the limits."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from typing import Any

from ..._safe_text import one_line
from .. import exits
from ..runtime import add_json_option, add_runtime_options, client
from ..tables import when
from ..terminal import Terminal

DESCRIPTION = "Show who is logged in and, for a ChatGPT account, what is left of its limits."
EXAMPLES = (
    ("openai-codex account", "who is logged in; exit code 1 where nobody is"),
    ("openai-codex account --json", "the same as JSON"),
)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of `account`."""
    add_json_option(parser)
    add_runtime_options(parser)


def execute(options: Namespace, terminal: Terminal) -> int:
    """Show the account; returns the exit code: 1 where a login is needed and nobody is in."""
    with client(options) as codex:
        known = codex.account()
        limits = _limits(codex) if known.account is not None else None
    if options.json:
        shown = known.model_dump(mode="json", by_alias=True)
        terminal.json({**shown, "rateLimits": limits})
    else:
        _print(known, limits, terminal)
    return exits.FAILED if known.account is None and known.requires_openai_auth else exits.DONE


def _limits(codex: Any) -> dict[str, Any] | None:
    from ... import methods
    from ...errors import JsonRpcError

    try:
        reply = codex.call(methods.account.RATE_LIMITS_READ)
    except JsonRpcError:  # an API key has none, and some services do not tell
        return None
    limits: dict[str, Any] = reply.rate_limits.model_dump(mode="json", by_alias=True)
    return limits


def _print(known: Any, limits: dict[str, Any] | None, terminal: Terminal) -> None:
    if known.account is None:
        needs = "needs a login: run `openai-codex login`"
        terminal.say(
            f"nobody is logged in; the model provider "
            f"{needs if known.requires_openai_auth else 'needs no login'}"
        )
        return
    account = known.account.model_dump(mode="json", by_alias=True, exclude_none=True)
    for name, value in account.items():
        terminal.say(f"{name:<10}{one_line(str(value))}")
    for line in _limit_lines(limits or {}):
        terminal.say(one_line(line))


def _limit_lines(limits: dict[str, Any]) -> Iterator[str]:
    for name in ("primary", "secondary"):
        window = limits.get(name) or {}
        used, minutes = window.get("usedPercent"), window.get("windowDurationMins")
        if used is not None:
            span = f" of {minutes / 60:g} hours" if minutes else ""
            reset = f", reset {when(window.get('resetsAt'))}" if window.get("resetsAt") else ""
            yield f"{name:<10}{used}% used{span}{reset}"
