"""How the open turns of a thread are brought up to date after a gap in the connection."""

from __future__ import annotations

from collections.abc import Callable

from .messages import Closed, MakeNotification, MayBeOver, NotificationLike, Params, Run
from .parts import Parts
from .replays import RECONNECTED
from .routes import Delivery, turn_key

__all__ = ["CatchingUp"]


class CatchingUp:
    """Tells open turns what the runtime has stored of them, before what comes of them from now on.

    `see` takes an event or a run of events that the runtime sent, or would have sent.
    """

    def __init__(
        self,
        parts: Parts,
        make_notification: MakeNotification,
        see: Callable[[NotificationLike | Run, list[Delivery]], None],
    ) -> None:
        self._parts = parts
        self._make_notification = make_notification
        self._see = see
        # By thread, what came since it was subscribed to again: it is later than what is stored.
        self.held: dict[str, list[NotificationLike | Run]] = {}

    def begin(self, thread_id: str) -> None:
        """Hold what comes for a thread until `thread`, `lost_thread` or `let_go`."""
        self.held.setdefault(thread_id, [])

    def is_holding(self, came: NotificationLike | Run) -> bool:
        """Take an event, or a run of them, of a thread that is being caught up; else False."""
        params = (came[0] if isinstance(came, list) else came).params
        thread_id = params.get("threadId")
        held = self.held.get(thread_id) if type(thread_id) is str else None
        if held is None:
            return False
        held.append(came)
        return True

    def let_go(self, thread_id: str) -> list[Delivery]:
        """Deliver what was held for a thread, if anything still is."""
        out: list[Delivery] = []
        for came in self.held.pop(thread_id, ()):
            self._see(came, out)
        return out

    def is_open(self, thread_id: str) -> bool:
        """Tell whether a turn of a thread is open here, its own or one of a sub-agent's."""
        running = {thread for thread, _ in self._parts.ledger.running_turns()}
        return thread_id in running or bool(self._parts.routes.open_turns(thread_id))

    def has_news(self, thread_id: str, turns: list[Params]) -> bool:
        """Tell whether a sub-agent works, or worked, for an open turn, which does not know it."""
        return bool(self._agent_turns(thread_id, turns))

    def thread(self, thread_id: str, turns: list[Params]) -> list[Delivery]:
        """Bring the open turns of a thread up to date, from what the runtime has stored of them.

        `turns` are the newest, the last one first. Each open one gets one event that says that
        there was a gap, the items that were completed in it, and its end, if it came in the gap as
        well. A turn that works for an open one of another thread is begun first, if it began in
        the gap.
        """
        out: list[Delivery] = []
        held = self.held.pop(thread_id, [])  # first: `see` is not to hold what we show it
        stored = {str(turn.get("id")): turn for turn in turns}
        for _, turn_id in self._parts.routes.open_turns(thread_id):
            ids = {"threadId": thread_id, "turnId": turn_id}
            if turn_id in stored:
                self._replay(RECONNECTED, {**ids, "missed": "deltas"}, out)
                self._complete(ids, stored[turn_id], out)
            else:  # its reader looks whether there is such a turn at all
                out += self._parts.routes.tell_turn(ids, MayBeOver("its connection was lost"))
        for turn in reversed(self._agent_turns(thread_id, turns)):
            self._agent_turn(thread_id, turn, out)
        for came in held:
            self._see(came, out)
        self._end_turns(thread_id, turns, out)
        return out

    def lost_thread(self, thread_id: str, end: Closed) -> list[Delivery]:
        """End the open turns of a thread that could not be taken up again."""
        self.held.pop(thread_id, None)
        out: list[Delivery] = []
        for key in self._parts.routes.open_turns(thread_id):
            out += self._parts.routes.end(turn_key(*key), end)
        self._parts.questions.settle_unconfirmed(thread_id, out)
        return out

    def _agent_turns(self, thread_id: str, turns: list[Params]) -> list[Params]:
        """Return those that work for an open turn of another thread, and are not over here."""
        found: list[Params] = []
        running = self._parts.ledger.running_turns()
        for turn in turns:
            turn_id, root = str(turn.get("id")), turn.get("rootTurnId")
            is_running = (thread_id, turn_id) in running
            if not is_running and self._parts.ledger.has_begun(thread_id, turn_id):
                break  # it is over, and so is what came before it
            if root != turn_id and self._parts.routes.is_open(root):
                found.append(turn)
        return found

    def _agent_turn(self, thread_id: str, turn: Params, out: list[Delivery]) -> None:
        turn_id = str(turn.get("id"))
        if (thread_id, turn_id) not in self._parts.ledger.running_turns():
            begun = {**turn, "status": "inProgress", "items": []}
            params = {"threadId": thread_id, "turn": begun}
            self._see(self._make_notification("turn/started", params, 0), out)
        self._complete({"threadId": thread_id, "turnId": turn_id}, turn, out)

    def _complete(self, ids: Params, turn: Params, out: list[Delivery]) -> None:
        """Replay what a turn has completed that nobody saw."""
        replays = self._parts.notices.replays
        for item in replays.missing(ids["turnId"], turn) if replays is not None else ():
            params = {**ids, "item": item}
            self._parts.ledger.item_started(params)
            self._parts.questions.drop_item(params, out)
            self._parts.notices.agents.item(params)
            self._replay("item/completed", params, out)

    def _end_turns(self, thread_id: str, turns: list[Params], out: list[Delivery]) -> None:
        """End those that ended in the gap, after all that came of them."""
        running = {turn for thread, turn in self._parts.ledger.running_turns()}
        running |= {turn for _, turn in self._parts.routes.open_turns(thread_id)}
        for turn in reversed(turns):
            if turn.get("status") != "inProgress" and str(turn.get("id")) in running:
                end: Params = {"threadId": thread_id, "turn": turn}
                self._see(self._make_notification("turn/completed", end, 0), out)

    def _replay(self, method: str, params: Params, out: list[Delivery]) -> None:
        self._parts.routes.deliver(self._make_notification(method, params, 0), out)
