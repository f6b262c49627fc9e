"""Notifications that mean something to the connection: what each of them changes here. Pure.

Other notifications only go on to the boxes that want them. These tell of turns and threads that
begin and end, of usage, and of questions that need no answer any more.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from .._safe_text import one_line, runtime_line
from .agents import Agents
from .careful_log import CarefulLog
from .harmless import why_harmless
from .ledger import COUNTED, NAME_AGENTS, Ledger
from .messages import MayBeOver, NotificationLike, Params, item_kind
from .open_questions import ASKED_ABOUT, OpenQuestions
from .replays import Replays
from .routes import Box, Delivery, Routes
from .thread_settings import ThreadSettings

__all__ = ["NOTICES", "Notices"]

_log = CarefulLog("openai_codex.turns")
_runtime = CarefulLog("openai_codex.runtime")
_reviews = CarefulLog("openai_codex.approvals")

_SHOWN = 300  # of a command, in a warning

# Most items only tell what was said or thought: it is looked at once, here, whose they are.
_HEEDED = ASKED_ABOUT | COUNTED | NAME_AGENTS

# The states of a thread in which no turn of it is running.
_AT_REST = {"idle": "idle", "notLoaded": "not loaded", "systemError": "in an error state"}


class Notices:
    """What notifications told that outlives them; each method takes one kind of notification."""

    def __init__(
        self,
        *,
        routes: Routes,
        questions: OpenQuestions,
        ledger: Ledger,
        before: Notices | None = None,
        replays: Replays | None = None,
    ) -> None:
        # What is kept of running turns goes over to the next connection, as they do.
        is_kept = before is not None and before.replays is not None
        self.replays: Replays | None = before.replays if before and is_kept else replays
        self._repeated: list[NotificationLike] = []
        self.settings: ThreadSettings = ThreadSettings() if before is None else before.settings
        # Of the threads of running sub-agents.
        self.parents: dict[str, str] = before.parents if before and is_kept else {}
        self.latest: dict[str, NotificationLike] = {} if before is None else before.latest
        self.agents: Agents = before.agents if before and is_kept else Agents()
        self.hooks: Box | None = None if before is None else before.hooks
        """Gets the beginnings and ends of turns and the ends of items, if somebody wants them."""
        self._has_warned: bool = before is not None and before._has_warned  # once for a client
        self._routes = routes
        self._questions = questions
        self._ledger = ledger

    def settle_question(self, note: NotificationLike, out: list[Delivery]) -> None:
        """Take a `serverRequest/resolved`: another client answered, or nobody needs the answer."""
        self._questions.settle(note.params.get("requestId"), "resolved elsewhere", out)

    def keep_item(self, note: NotificationLike, out: list[Delivery]) -> None:
        """Take an `item/started`: a question about it will want to show it."""
        if item_kind(note.params) in _HEEDED:
            self._questions.keep_item(note.params)
            self._ledger.item_started(note.params)
            self.agents.item(note.params)

    def drop_item(self, note: NotificationLike, out: list[Delivery]) -> None:
        """Take an `item/completed`."""
        if self.replays is not None and not self.replays.is_new(note.params):
            self._repeated.append(note)
            return
        self._questions.drop_item(note.params, out)
        if item_kind(note.params) in _HEEDED:
            self._ledger.item_completed(note.params)
            self.agents.item(note.params)
        self._tell_hooks(note, out)

    def note_parent(self, note: NotificationLike, out: list[Delivery]) -> None:
        """Remember whose sub-agent a thread is: its turns have a turn of another thread as root."""
        self._tell_hooks(note, out)
        self._ledger.turn_started(note)
        thread_id, turn = note.params.get("threadId"), note.params.get("turn")
        if type(thread_id) is not str or type(turn) is not dict:
            return
        _tell_turn("began", thread_id, turn)
        root_id = turn.get("rootTurnId")
        if root_id is None or root_id == turn.get("id"):  # its own root, as nearly all are
            return
        parent = self._routes.adopt(thread_id, root_id)
        if parent is not None:
            self.parents[thread_id] = parent

    def end_turn(self, note: NotificationLike, out: list[Delivery]) -> None:
        """Take a `turn/completed`: its questions are settled."""
        self._tell_hooks(note, out)
        self._ledger.turn_completed(note)
        thread_id, turn = note.params.get("threadId"), note.params.get("turn")
        self.parents.pop(str(thread_id), None)  # the next turn of a sub-agent names its root again
        turn_id = turn.get("id") if type(turn) is dict else None
        if type(turn) is dict:
            _tell_turn("ended (%s)", thread_id, turn, turn.get("status"))
        self._questions.end_turn(thread_id, turn_id, out)
        if self.replays is not None:
            self.replays.forget(str(turn_id))

    def take_repeated(self) -> list[NotificationLike]:
        """Return what came now though it was replayed before: nobody is to see it twice."""
        if not self._repeated:  # nearly always
            return self._repeated
        repeated, self._repeated = self._repeated, []
        return repeated

    def note_settings(self, note: NotificationLike, out: list[Delivery]) -> None:
        """Take a `thread/settings/updated`: the model, and so the price, may be another."""
        self._ledger.settings_updated(note)
        self.settings.note(note.params)

    def note_reroute(self, note: NotificationLike, out: list[Delivery]) -> None:
        """Take a `model/rerouted`: another model answers, at its own price."""
        self._ledger.rerouted(note)

    def forget_thread(self, note: NotificationLike, out: list[Delivery]) -> None:
        """Take a `thread/deleted`."""
        self._ledger.thread_deleted(note)
        self.settings.forget(note.params)
        self.end_thread(note, out)

    def note_status(self, note: NotificationLike, out: list[Delivery]) -> None:
        """Take a `thread/status/changed`: a turn of a thread at rest may be over unsaid."""
        status = note.params.get("status")
        kind = str(status.get("type")) if type(status) is dict else ""
        if kind in _AT_REST:  # before the end of a turn, which follows at once where it does
            reason = f"its thread is {_AT_REST[kind]}"
            out += self._routes.tell_thread(note.params.get("threadId"), MayBeOver(reason))

    def end_thread(self, note: NotificationLike, out: list[Delivery]) -> None:
        """Make the turns of a closed or deleted thread look whether they are over."""
        reason = f"its thread was {note.method.rpartition('/')[2]}"
        out += self._routes.tell_thread(note.params.get("threadId"), MayBeOver(reason))

    def warn_of_config(self, note: NotificationLike, out: list[Delivery]) -> None:
        """Log a `configWarning`, which belongs to no turn and so may be read by nobody."""
        params = note.params
        told = [params.get(name) for name in ("summary", "details", "path")]
        text = runtime_line("; ".join(str(one) for one in told if one))
        why = why_harmless(text)
        if why is None:
            _runtime.log(logging.WARNING, "config: %s", text)
        else:
            _runtime.log(logging.DEBUG, "config: %s (%s)", text, why)

    def warn_of_review(self, note: NotificationLike, out: list[Delivery]) -> None:
        """Log the first time that a reviewer let something out of the sandbox.

        It is what `ApprovalMode.auto_review` does where no handler answers, and few expect it.
        """
        review, action = note.params.get("review"), note.params.get("action")
        if type(review) is not dict or review.get("status") != "approved":
            return
        level = logging.DEBUG if self._has_warned else logging.WARNING
        self._has_warned = True
        what = _reviewed(action) if type(action) is dict else None
        _reviews.log(
            level,
            "the service's reviewer, and nobody here, let this out of the sandbox: %s. Handlers "
            "or approval_mode=ApprovalMode.deny_all decide otherwise (said once for this client)",
            one_line(what or "it does not say what", most=_SHOWN),
        )

    def warn_of_mcp(self, note: NotificationLike, out: list[Delivery]) -> None:
        """Log that an MCP server did not start (mcpServer/startupStatus/updated)."""
        params = note.params
        if params.get("status") == "failed":
            why = params.get("error") or params.get("failureReason") or "it does not say why"
            text = f"the MCP server {params.get('name')!r} did not start: {why}"
            _runtime.log(logging.WARNING, "%s", runtime_line(text))

    def remember(self, note: NotificationLike, out: list[Delivery]) -> None:
        """Keep the last notification of a kind, for callers that ask later."""
        self.latest[note.method] = note

    def note_usage(self, note: NotificationLike, out: list[Delivery]) -> None:
        """Take a `thread/tokenUsage/updated`."""
        self._ledger.usage_updated(note)

    def show(self, note: NotificationLike, out: list[Delivery]) -> None:
        """Do nothing here: this one is for the witness."""

    def _tell_hooks(self, note: NotificationLike, out: list[Delivery]) -> None:
        if self.hooks is not None:
            out.append((self.hooks, note))


def _reviewed(action: Params) -> str | None:
    """Return what a reviewer decided about: a command as it is, else its kind and its object."""
    kind = action.get("type")
    about = [action.get(field) for field in _OBJECTS if action.get(field)]
    words = " ".join(str(word) for one in about for word in (one if type(one) is list else [one]))
    return f"{kind} {words}" if words and kind not in _COMMANDS else words or kind


# What the actions of a review are about, whatever their kind.
_OBJECTS = ("command", "argv", "stdin", "files", "target", "server", "toolName", "reason")
_COMMANDS = ("command", "execve", None)


def _tell_turn(what: str, thread_id: object, turn: Params, *facts: object) -> None:
    if _log.is_enabled_for(logging.DEBUG):  # to make it safe costs more than all else of a turn
        ids = {"thread_id": thread_id, "turn_id": turn.get("id")}
        shown = map(one_line, (turn.get("id"), thread_id, *facts))
        _log.log(logging.DEBUG, f"turn %s of thread %s {what}", *shown, extra=ids)


NOTICES: dict[str, Callable[[Notices, NotificationLike, list[Delivery]], None]] = {
    "serverRequest/resolved": Notices.settle_question,
    "turn/started": Notices.note_parent,
    "turn/completed": Notices.end_turn,
    "item/started": Notices.keep_item,
    "item/completed": Notices.drop_item,
    "account/rateLimits/updated": Notices.remember,
    "thread/tokenUsage/updated": Notices.note_usage,
    "thread/closed": Notices.end_thread,
    "thread/settings/updated": Notices.note_settings,
    "model/rerouted": Notices.note_reroute,
    "thread/deleted": Notices.forget_thread,
    "thread/status/changed": Notices.note_status,
    "thread/name/updated": Notices.show,
    "item/autoApprovalReview/completed": Notices.warn_of_review,
    "configWarning": Notices.warn_of_config,
    "mcpServer/startupStatus/updated": Notices.warn_of_mcp,
}
