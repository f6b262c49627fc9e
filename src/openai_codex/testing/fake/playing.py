"""One turn as it plays: its ids, what it has sent, and how it ends.

It knows the shapes and the order of a turn's notifications, and none of the steps.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from .actions import perform
from .behaviour import notification, refusal, result, thread_status
from .scene import Scene
from .world import turn_value

if TYPE_CHECKING:
    from .scene import Process, Request

    Step = dict[str, Any]

FLAGS = {
    "item/commandExecution/requestApproval": "waitingOnApproval",
    "item/fileChange/requestApproval": "waitingOnApproval",
    "item/permissions/requestApproval": "waitingOnApproval",
    "mcpServer/elicitation/request": "waitingOnApproval",
    "item/tool/requestUserInput": "waitingOnUserInput",
}
UNRESOLVED = {"item/tool/call"}  # the runtime sends no serverRequest/resolved for it


class TurnOverError(Exception):
    """Raised inside a turn that was interrupted, to end its playing."""


class Turn:
    """A turn being played: sends its notifications unless it was interrupted."""

    def __init__(self, process: Process, request: Request, thread: dict[str, Any]) -> None:
        self.process = process
        self.scene = Scene(process, request, self)
        self.thread = thread
        self.thread_id: str = thread["id"]
        self.id = process.world.new_id()
        self.started_id = self.id
        self.has_begun = False
        self.has_ended = False
        self.is_interrupted = False
        self.is_silent = False
        self.usage_sent = False
        self.items: list[dict[str, Any]] = []
        self.questions: dict[int | str, str] = {}
        self._marks: dict[int, list[Step]] = {}
        self._sent = 0
        self._sending = threading.RLock()  # nothing of the turn goes out after its interruption
        self._began = time.time()

    def opening(self) -> dict[str, Any]:
        """Return the reply to the request that started this turn."""
        turn = {"turn": turn_value(self.id, "inProgress")}
        bodies = {
            "thread/compact/start": {},
            "review/start": {**turn, "reviewThreadId": self.thread_id},
        }
        asked = self.scene.asked("reply").method
        return result(bodies.get(asked, turn))

    def at_event(self, count: int, steps: list[Step]) -> None:
        """Take the steps when so many notifications are out."""
        self._marks[count] = steps

    def send(self, body: dict[str, Any], *, times: int = 1) -> None:
        """Send a notification so many times, stopping where something is to happen."""
        line = self.process.encode_notification(body["method"], body["params"])
        while times:
            with self._sending:
                self.leave_if_interrupted()
                batch = self._until_mark(times)
                self.process.output.repeat(line, batch)
                self._sent += batch
            times -= batch
            perform(self.scene, self._marks.pop(self._sent, []))

    def event(self, method: str, **params: Any) -> None:
        """Send a notification of this turn, with its ids."""
        self.send(notification(method, **self.scene.identified(params)))

    def status(self, kind: str, **details: Any) -> None:
        """Send `thread/status/changed`."""
        self.thread["status"] = {"type": kind, **details}
        self.send(thread_status(self.thread_id, kind, **details))

    def start_item(self, item: dict[str, Any]) -> None:
        """Send `item/started`."""
        self.event("item/started", item=item, startedAtMs=int(time.time() * 1000))

    def finish_item(self, item: dict[str, Any]) -> None:
        """Send `item/completed`."""
        self.items.append(item)
        self.event("item/completed", item=item, completedAtMs=int(time.time() * 1000))

    def begin(self, started_id: str) -> None:
        """Send the status, `turn/started` and the user's message."""
        self.status("active", activeFlags=[])
        self.started_id = started_id
        self.process.stage.answer_late_interrupts(self.thread_id)
        shown = turn_value(started_id, "inProgress", startedAt=int(self._began))
        turn = {**shown, "rootTurnId": self.id}
        self.has_begun = True
        self.send(notification("turn/started", threadId=self.thread_id, turn=turn))
        self.take_input((self.scene.asked("begin").params or {}).get("input"), None)

    def take_input(self, content: list[Any] | None, client_id: str | None) -> None:
        """Show what the user said as an item."""
        if content is not None:
            shown = [{"text_elements": [], **c} if c.get("type") == "text" else c for c in content]
            item = {
                "type": "userMessage",
                "id": self.process.world.new_id(),
                "clientId": client_id,
                "content": shown,
            }
            self.start_item(item)
            self.finish_item(item)

    def end(self, status: str, error: dict[str, Any] | None = None) -> None:
        """Send the idle status and `turn/completed`; the thread is free before the client knows."""
        summary = [item for item in self.items if item["type"] == "agentMessage"][-1:]
        closing = turn_value(
            self.id,
            status,
            items=summary,
            itemsView="summary",
            error=error,
            startedAt=int(self._began),
            completedAt=int(time.time()),
            durationMs=int((time.time() - self._began) * 1000),
        )
        self.thread["turns"].append({**closing, "items": self.items, "itemsView": "full"})
        with self._sending:
            self.has_ended = True
        self.process.stage.leave(self, was_interrupted=status == "interrupted")
        if status != "failed":
            self.status("idle")
        self.send(notification("turn/completed", threadId=self.thread_id, turn=closing))

    def interrupt(self, request: Request) -> None:
        """Answer `turn/interrupt` and end at once; open items stay open, questions are settled."""
        with self._sending:
            if self.has_ended:
                self.process.reply(request, too_early())
                return
            self.process.reply(request, result({}))
            self._marks.clear()
            self.end("interrupted")
            for question in list(self.questions):
                self._resolve(question)
            self.is_interrupted = True
        self.process.waiting.tell()

    def show_waiting(self, method: str) -> None:
        """Show that the thread waits for an answer."""
        if method in FLAGS:
            self.status("active", activeFlags=[FLAGS[method]])

    def settle(self, question: int | str) -> None:
        """Show that a question is settled."""
        self.leave_if_interrupted()
        if self._resolve(question) in FLAGS:
            self.status("active", activeFlags=[])

    def leave_if_interrupted(self) -> None:
        """Stop playing when the turn is over."""
        if self.is_interrupted:
            raise TurnOverError

    def _resolve(self, question: int | str) -> str:
        method = self.questions.pop(question, "")
        if method and method not in UNRESOLVED:
            params = {"threadId": self.thread_id, "requestId": question}
            self.send(notification("serverRequest/resolved", **params))
        return method

    def _until_mark(self, count: int) -> int:
        ahead = [mark - self._sent for mark in self._marks if mark > self._sent]
        return min([count, *ahead])


def too_early() -> dict[str, Any]:
    """Return the reply to an interrupt of a turn that is not active."""
    return refusal("no active turn to interrupt")
