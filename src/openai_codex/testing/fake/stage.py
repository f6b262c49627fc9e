"""The turns that play on each thread: starts turns, joins, steers and interrupts them.

It knows the rules of 0.163.0 for these four requests; a turn's own order is in `playing`.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .behaviour import refusal, result
from .playing import Turn, TurnOverError, too_early
from .turn_actions import play
from .turns import begin, item, say
from .world import turn_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .scene import Process, Request

DEFAULT_SCRIPTS = {
    "turn/start": [say("ok")],
    "thread/compact/start": [item({"type": "contextCompaction"})],
    "review/start": [
        item({"type": "enteredReviewMode", "review": "current changes"}),
        begin(started_id="00000000-0000-7000-8000-00000000beef"),
        item({"type": "exitedReviewMode", "review": "No findings."}),
        say("No findings."),
    ],
}


class Stage:
    """The turn that plays on each thread, at most one."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._changing = threading.Lock()  # guards the four maps below
        self._playing: dict[str, Turn] = {}
        self._interrupted: dict[str, str] = {}
        self._late_interrupts: dict[str, list[Request]] = {}
        self._usage: dict[str, dict[str, int]] = {}

    def start(self, request: Request) -> None:
        """Start a turn on an idle thread, or join the one that plays."""
        params = request.params or {}
        thread = self._process.world.threads.get(params.get("threadId", ""))
        if thread is None or thread["id"] in self._process.world.archived:
            missing = refusal(f"thread not found: {params.get('threadId')}")
            self._process.reply(request, missing)
            return
        with self._changing:
            running = self._playing.get(thread["id"])
            turn = running or Turn(self._process, request, thread)
            self._playing[thread["id"]] = turn
            thread["preview"] = thread["preview"] or _user_text(request)
            script = [] if running else self._script(request)
        if running:
            self._join(running, request)
        else:
            self._process.start_thread(play, turn, script)

    def steer(self, request: Request) -> None:
        """Add input to the turn that plays."""
        params = request.params or {}
        turn = self._playing.get(params.get("threadId", ""))
        if turn is None:
            self._process.reply(request, refusal("no active turn to steer"))
        elif turn.started_id != params.get("expectedTurnId"):
            self._process.reply(request, _other_turn(params.get("expectedTurnId"), turn))
        else:
            self._process.reply(request, result({"turnId": turn.started_id}))
            with suppress(TurnOverError):
                turn.take_input(params.get("input"), params.get("clientUserMessageId"))

    def interrupt(self, request: Request) -> None:
        """End the turn that plays; a second interrupt of a turn waits for the next turn."""
        params = request.params or {}
        thread_id, turn_id = params.get("threadId", ""), params.get("turnId", "")
        turn = self._playing.get(thread_id)
        if turn is None and self._interrupted.get(thread_id) == turn_id:
            self._late_interrupts.setdefault(thread_id, []).append(request)
        elif turn is None or not turn.has_begun:
            self._process.reply(request, too_early())
        elif turn.started_id != turn_id:
            self._process.reply(request, _other_turn(turn_id, turn))
        elif not turn.is_silent:
            turn.interrupt(request)

    def leave(self, turn: Turn, *, was_interrupted: bool) -> None:
        """Free the thread for its next turn."""
        with self._changing:
            self._playing.pop(turn.thread_id, None)
            if was_interrupted:
                self._interrupted[turn.thread_id] = turn.started_id

    def answer_late_interrupts(self, thread_id: str) -> None:
        """Answer what was asked of a turn that was already interrupted."""
        for request in self._late_interrupts.pop(thread_id, []):
            self._process.reply(request, result({}))

    def add_usage(self, thread_id: str, last: dict[str, int]) -> dict[str, int]:
        """Return the thread's total with this model call."""
        before = self._usage.get(thread_id, {})
        total = {name: before.get(name, 0) + tokens for name, tokens in last.items()}
        self._usage[thread_id] = total
        return total

    def _join(self, turn: Turn, request: Request) -> None:
        joined = {"turn": turn_value(turn.id, "inProgress")}
        self._process.reply(request, result(joined))
        with suppress(TurnOverError):
            turn.take_input((request.params or {}).get("input"), None)

    def _script(self, request: Request) -> Sequence[dict[str, Any]]:
        scripted: Sequence[dict[str, Any]] | None = None
        if request.method == "turn/start":
            scripted = self._process.plan.for_turn(_user_text(request))
        return DEFAULT_SCRIPTS[request.method] if scripted is None else scripted


def _user_text(request: Request) -> str:
    content = (request.params or {}).get("input") or []
    return " ".join(str(part.get("text", "")) for part in content)


def _other_turn(wanted: str | None, turn: Turn) -> dict[str, Any]:
    return refusal(f"expected active turn id {wanted} but found {turn.started_id}")
