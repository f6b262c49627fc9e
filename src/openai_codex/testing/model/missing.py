"""The words for a request that no script answers: what happened, and what to add. Pure text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .request import ModelRequest
    from .script import Script

SHOWN_CHARACTERS = 80


def unanswered(request: ModelRequest, ended: Script | None, waiting: Sequence[Script]) -> str:
    """Say what is missing, then show both sides; `ended` is the used-up script of this turn."""
    if ended is not None:
        told, left = _used_up(request, ended), f"its turn has used up: {ended}"
    elif waiting:
        told = f"no script fits {_turn(request)}: those that are left are for others"
        left = "\n  ".join(f"waiting for others: {script}" for script in waiting)
    else:
        told, left = f"the script ran out: nothing is scripted for {_turn(request)}", ""
    shown = f"no scripted answer for {request!r}\n  {left or 'no script is left'}"
    return f"{told}.\n{_advice(request, ended)}\n{shown}"


def _used_up(request: ModelRequest, ended: Script) -> str:
    number = len(ended.requests) + 1
    return f"the script ran out: request {number} of {_turn(request)} has no answer in it"


def _turn(request: ModelRequest) -> str:
    said = request.user_text
    shown = said if len(said) <= SHOWN_CHARACTERS else f"{said[: SHOWN_CHARACTERS - 1]}…"
    agent = "" if request.agent == "/root" else f" of {request.agent}"
    return f"the turn{agent} that was told {shown!r}"


def _advice(request: ModelRequest, ended: Script | None) -> str:
    if ended is not None:
        return 'Add to the end of its script what the model answers next, such as say("Done").'
    if request.kind == "subagent":
        return f'Add model.script(say("..."), agent={request.agent!r}).'
    return (
        'Add a turn: model.script(say("...")), or in pytest one more mark '
        '@pytest.mark.codex_script(say("...")); model.default(...) answers every other turn.'
    )
