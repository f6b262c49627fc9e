"""The grammar of a script: steps, and the rules that say where steps are taken.

Both are plain JSON objects, so a script travels to the fake process as it is. Nothing here acts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..._checks import check_least, check_text

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Rule", "Step", "at_byte", "at_eof", "at_sigterm", "at_start", "on", "turn"]


class Step(dict[str, Any]):
    """One thing that the fake does, such as saying a text or dying; `do` names it."""


class Rule(dict[str, Any]):
    """One place of a script with the steps to take there; `at` names it."""

    def in_spawns(self, *numbers: int) -> Rule:
        """Keep the rule to some processes of this server, counted from 1 as they are spawned."""
        if not numbers:
            raise ValueError("in_spawns() takes the numbers of processes, such as in_spawns(1)")
        for number in numbers:
            check_least(1, **{"the number of a spawn": number})
        return Rule(self, spawns=list(numbers))


def step(do: str, **details: object) -> Step:
    """Make a step by the name that the process knows it by."""
    return Step(details, do=do)


def check_steps(place: str, steps: Iterable[object]) -> None:
    """Raise `TypeError` that names the place, unless all of them are steps."""
    for candidate in steps:
        if not isinstance(candidate, Step):
            raise TypeError(
                f"{place}(...) is made of steps of openai_codex.testing.fake, such as say(...); "
                f"got {candidate!r}"
            )


def _rule(at: str, steps: tuple[Step, ...], **details: object) -> Rule:
    check_steps(at, steps)
    return Rule(details, at=at, steps=list(steps))


def turn(*steps: Step, when: str | None = None, times: int | None = 1) -> Rule:
    """Play these steps for the next turns that start; a turn without a script says "ok".

    Steps that are not named are added: `reply()` and `begin()` first, `complete()` last.
    when: only for turns whose user text contains this. times: how many turns; None is all.
    """
    check_least(1, times=times)
    return _rule("turn", steps, when=when, times=times)


def on(method: str, *steps: Step, nth: int | None = None, times: int | None = None) -> Rule:
    """Take these steps instead of the normal answer to a request; `reply()` gives that answer.

    method: "*" is any request. nth: only the nth such request of a process, counted from 1.
    times: only the first so many. Of several rules that fit, the first is taken.
    Notifications of the client, such as `initialized`, can be named too.
    """
    check_text(method=method)
    check_least(1, nth=nth, times=times)
    return _rule("request", steps, method=method, nth=nth, times=times)


def at_start(*steps: Step) -> Rule:
    """Take these steps before the first line of stdin is read."""
    return _rule("start", steps)


def at_byte(count: int, *steps: Step) -> Rule:
    """Take these steps when exactly so many bytes of stdout are written, be it inside a line."""
    check_least(0, count=count)
    return _rule("byte", steps, count=count)


def at_eof(*steps: Step) -> Rule:
    """Take these steps at the end of stdin, instead of exiting with 0; without steps: live on."""
    return _rule("eof", steps)


def at_sigterm(*steps: Step) -> Rule:
    """Take these steps on SIGTERM, instead of exiting with 0; without steps: live on."""
    return _rule("sigterm", steps)
