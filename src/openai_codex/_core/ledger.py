"""What turns spend: tokens, money, model calls, commands and tool calls, folded by root turn. Pure.

Rule 1. A response counts once. Usage arrives once per response, with the thread's new total; the
same total again is a replay (a resume, a reconnect), and the first one after a resume or a fork is
where the thread stands, not what it spends now.
Rule 2. What a sub-agent spends counts for the turn that it works for, however deep it is nested and
though that turn may be over: its `turn/started` names the root.
Rule 3. A turn that no caller of ours started (a goal's, the queue's) counts like any other.
Rule 4. Only what runs is kept turn by turn; a finished turn lives on in the sums of its thread.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from .account import Account, Counts, Price, Usage, price_of
from .careful_log import CarefulLog
from .messages import NotificationLike, Params, item_kind

__all__ = ["COUNTED", "NAME_AGENTS", "Ledger"]

_log = CarefulLog("openai_codex.budgets")

# How many finished turns can still be asked for: their handles may come a little late.
_RECENT = 64


@dataclass(slots=True)
class _ThreadFacts:
    """What the ledger knows of a thread, to price its responses and to tell replays apart."""

    model: str | None = None
    tier: str | None = None
    report: Any = None
    """Its last usage report, and which turn that was of."""
    turn_id: Any = None
    before: Any = None
    """The last report before that turn, which the first one of the turn may repeat."""
    is_resumed: bool = False
    """The next total tells where the thread stands, unless a turn begins before it."""
    carries_over: bool = False
    """That total was spent by this thread itself; a fork begins with a copy of its source's."""
    begun: tuple[str, str] = ("", "")
    """Its last turn that began, and the root of that turn."""

    is_ours: bool = False
    """It was started here: whatever it spent, it spent since then."""
    has_gap: bool = False
    """It was resumed after reports of it had come: more may have been spent in between."""
    is_cut: bool = False
    """Turns were taken out of it, so another turn may come to the total that is known already."""
    recalled: Any = None
    """The total that its file told, until the next report: what was spent before is counted."""

    @property
    def total(self) -> Any:
        """The total up to which its spending is counted."""
        return self.recalled or (self.report or {}).get("total")

    def note(self, turn_id: Any, report: dict[str, Any]) -> None:
        """Take a usage report."""
        self.recalled, self.is_cut = None, False
        if turn_id != self.turn_id:
            self.turn_id, self.before = turn_id, self.report
        self.report = report


@dataclass(frozen=True, slots=True)
class _Root:
    """The root of a turn that runs: its id and its thread."""

    turn_id: str
    thread_id: str


class Ledger:
    """The sums of one connection. The session shows it what it needs to see, under its lock."""

    def __init__(
        self, *, price: Price | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.price = price
        self.clock = clock
        self.total = Account(clock)
        self.on_spent: Callable[[str, str], object] | None = None
        """Called with the thread and the root turn that something was counted for."""
        self.on_response: Callable[[str, Usage, Decimal | None, str | None], object] | None = None
        """Called with the turn, the usage, the price and the model of each response that counts."""
        self._threads: dict[str, _ThreadFacts] = {}
        self._thread_accounts: dict[str, Account] = {}
        self._turns: dict[str, Account] = {}
        self._recent: OrderedDict[str, Account] = OrderedDict()
        self._roots: dict[str, _Root] = {}
        self._has_warned = False

    # --- what it is asked ------------------------------------------------------------------------

    def of_turn(self, turn_id: str) -> Account:
        """Return the account of a root turn, which runs, is about to, or has just ended."""
        return self._turns.get(turn_id) or self._recent.get(turn_id) or self._open(turn_id)

    def of_thread(self, thread_id: str) -> Account:
        """Return the account of a thread."""
        account = self._thread_accounts.get(thread_id)
        return account or self._thread_accounts.setdefault(thread_id, Account(self.clock))

    def running_turns(self, thread_id: str | None = None) -> list[tuple[str, str]]:
        """Return the (thread, turn) of all that runs, or of what works for one thread's turns."""
        account = self.total if thread_id is None else self.of_thread(thread_id)
        return [(thread, turn) for turn, (thread, _, _) in account.running.items()]

    def turn_in(self, thread_id: str) -> str | None:
        """Return the turn that runs in a thread itself, or None."""
        running = self.running_turns(thread_id)
        return next((turn for thread, turn in running if thread == thread_id), None)

    def has_begun(self, thread_id: str, turn_id: str) -> bool:
        """Tell whether a turn is the last one that began in its thread."""
        return turn_id in self._facts(thread_id).begun

    def agents_of(self, turn_id: str) -> list[tuple[str, str]]:
        """Return the (thread, turn) of the sub-agents that work for a root turn now."""
        running = self.of_turn(turn_id).running
        return [(thread, turn) for turn, (thread, _, is_root) in running.items() if not is_root]

    def model_of(self, thread_id: str) -> tuple[str | None, str | None]:
        """Return the model and the service tier of a thread, None where they are not known."""
        facts = self._facts(thread_id)
        return facts.model, facts.tier

    def usage_before(self, thread_id: str, turn_id: str) -> Any:
        """Return the usage report that came last before this turn's first, or None."""
        facts = self._facts(thread_id)
        return facts.before if facts.turn_id == turn_id else facts.report

    def priced(self, model: str | None, tier: str | None, usage: Usage) -> Decimal | None:
        """Return what a response costs, None where that is unknown."""
        if self.price is None:
            return None
        try:
            return price_of(self.price, model, tier, usage)
        except Exception as error:  # a fault in the program's own function: the tokens count still
            if not self._has_warned:  # of the first, for each response would repeat it
                self._has_warned = True
                text = "prices= failed, so what %s spends in money is unknown: %r"
                _log.warning(text, model, error)
            return None

    # --- what it is shown ------------------------------------------------------------------------

    def thread_opened(self, method: str, result: Any) -> None:
        """Take the reply to thread/start, thread/resume or thread/fork."""
        thread = result.get("thread") if type(result) is dict else None
        if type(thread) is not dict or type(thread.get("id")) is not str:
            return
        facts = self._facts(thread["id"])
        facts.model = result.get("model") or thread.get("model") or facts.model
        facts.tier = result.get("serviceTier") or facts.tier
        facts.is_resumed = method != "thread/start"
        facts.carries_over = method == "thread/resume"
        facts.is_ours = facts.is_ours or method == "thread/start"
        is_counted = facts.is_ours or facts.total is not None
        facts.has_gap = facts.carries_over and is_counted

    def thread_cut(self, thread_id: Any) -> None:
        """Take that a thread lost its last turns (thread/revert), and its total what they used."""
        facts = self._threads.get(str(thread_id))
        if facts is not None:
            facts.is_cut = True

    def hand_over(self, thread_id: str, heir_id: str) -> None:
        """Go on counting in a copy of a thread that takes its place; of no effect a second time."""
        account = self.of_thread(thread_id)
        if self._thread_accounts.get(heir_id) is account:
            return
        # What the runtime then reports of the copy is known, and counts as a replay.
        self._threads[heir_id] = replace(self._facts(thread_id))
        self._thread_accounts[heir_id] = account
        account.by_agent[heir_id] = account.agent(thread_id)
        del account.by_agent[thread_id]

    def thread_deleted(self, note: NotificationLike) -> None:
        """Forget a thread that is no more; the client's sums keep what it spent.

        One that the runtime unloads is kept: its budget would begin again when it is resumed.
        """
        thread_id = note.params.get("threadId")
        self._threads.pop(str(thread_id), None)
        self._thread_accounts.pop(str(thread_id), None)
        self.total.by_agent.pop(str(thread_id), None)

    def settings_updated(self, note: NotificationLike) -> None:
        """Take a thread's new model and service tier (thread/settings/updated)."""
        settings = note.params.get("threadSettings")
        if type(settings) is dict:
            facts = self._facts(note.params.get("threadId"))
            facts.model = settings.get("model") or facts.model
            facts.tier = settings.get("serviceTier")

    def rerouted(self, note: NotificationLike) -> None:
        """Take the model that answers in place of the one that was asked (model/rerouted)."""
        self._facts(note.params.get("threadId")).model = note.params.get("toModel")

    def turn_started(self, note: NotificationLike) -> None:
        """Open the account of a root turn, or find the one that a sub-agent's turn works for."""
        thread_id, turn = note.params.get("threadId"), note.params.get("turn")
        if type(thread_id) is not str or type(turn) is not dict or type(turn.get("id")) is not str:
            return
        turn_id, named = turn["id"], turn.get("rootTurnId")
        facts, root = self._facts(thread_id), self._root_for(turn_id, named, thread_id)
        if root.thread_id != thread_id and not facts.begun[0]:  # a sub-agent, as new as its turn
            facts.is_ours, facts.has_gap = True, facts.is_resumed
        facts.is_resumed = False  # what comes now is spent now
        facts.begun = (turn_id, root.turn_id)
        # A review begins under an id of its own and ends under its root's.
        key = root.turn_id if root.thread_id == thread_id else turn_id
        self._roots[key] = root
        began = (thread_id, self.clock(), key == root.turn_id)
        for account in self._accounts(root):
            account.running.setdefault(key, began)
        self._tell(root)

    def turn_completed(self, note: NotificationLike) -> None:
        """Close a turn; its account closes with the last turn that works for it."""
        thread_id, turn = note.params.get("threadId"), note.params.get("turn")
        if type(thread_id) is not str or type(turn) is not dict:
            return
        root = self._roots.pop(str(turn.get("id")), None)
        if root is None:
            return
        for account in self._accounts(root):
            self._stop_clock(account, thread_id, turn)
        if not self._turns[root.turn_id].running:
            self._close(root.turn_id)

    def usage_updated(self, note: NotificationLike) -> None:
        """Count one model response (thread/tokenUsage/updated)."""
        params = note.params
        thread_id, turn_id = params.get("threadId"), params.get("turnId")
        usage = params.get("tokenUsage")
        if type(thread_id) is not str or type(usage) is not dict:
            return
        facts = self._facts(thread_id)
        total, last = usage.get("total"), usage.get("last")
        is_new = facts.is_cut and turn_id != facts.turn_id
        before = facts.total
        is_replayed = before == total and not is_new
        facts.note(turn_id, usage)
        has_gap, facts.has_gap = facts.has_gap, False
        if has_gap:
            facts.is_resumed = False
            gap = Usage.of(total).since(Usage.of(before))  # also what was unheard
            self._count_response(thread_id, str(turn_id), gap, facts)
        elif facts.is_resumed:
            facts.is_resumed = False
            if facts.carries_over:
                self._carry_over(thread_id, Usage.of(total), facts)
        elif not is_replayed:
            self._count_response(thread_id, str(turn_id), Usage.of(last), facts)

    def item_completed(self, params: Params) -> None:
        """Take the model of the sub-agents that an item tells of, now that it knows them."""
        if item_kind(params) in NAME_AGENTS:
            self._name_agents(params["item"])

    def item_started(self, params: Params) -> None:
        """Count a command or a tool call."""
        kind, item = item_kind(params), params.get("item", {})
        if kind in NAME_AGENTS:
            self._name_agents(item)
        name = _COUNTS_AS.get(kind)
        if name is None or item.get("source") == "userShell":
            return
        thread_id, turn_id = str(params.get("threadId")), str(params.get("turnId"))
        root = self._roots.get(turn_id)
        if root is None or not self._turns[root.turn_id].is_new(turn_id, str(item.get("id"))):
            return
        for account in self._accounts(root):
            account.count(thread_id, name)
        self._tell(root)

    def history(
        self,
        thread_id: str,
        counts: Counts,
        by_agent: dict[str, Counts],
        *,
        total: dict[str, Any] | None = None,
    ) -> None:
        """Take what the files of a thread tell, where that is more than was heard of it.

        `total` is the thread's own as its file has it: what is reported next is more than that.
        """
        account = self.of_thread(thread_id)
        # What was heard is never less exact: a file is written a little later.
        if counts.size > account.counts.size:
            account.counts, account.by_agent = counts, by_agent
            self._facts(thread_id).recalled = total

    def cut_off(self) -> None:
        """Close every turn that runs: it went with its runtime, which cannot report the end."""
        for turn_id, root in list(self._roots.items()):
            del self._roots[turn_id]
            accounts = self._accounts(root)
            thread_id = accounts[0].running[turn_id][0]
            for account in accounts:
                self._stop_clock(account, thread_id, {"id": turn_id})
            if not accounts[0].running:
                self._close(root.turn_id)

    # --- internals -------------------------------------------------------------------------------

    def _name_agents(self, item: Params) -> None:
        """Take the model of sub-agents from the item that tells of them."""
        model = item.get("model")
        for thread_id in (item.get("agentThreadId"), *(item.get("receiverThreadIds") or ())):
            if type(thread_id) is str and model:
                self._facts(thread_id).model = model

    def _facts(self, thread_id: Any) -> _ThreadFacts:
        key = str(thread_id)
        return self._threads.get(key) or self._threads.setdefault(key, _ThreadFacts())

    def _root_for(self, turn_id: str, named: Any, thread_id: str) -> _Root:
        if type(named) is not str or named == turn_id:
            return _Root(turn_id, thread_id)
        above = self._roots.get(named)  # nested agents: the root of what it names
        if above is not None:
            facts = self._facts(thread_id)
            facts.model = facts.model or self._facts(above.thread_id).model
            return above
        return _Root(named, self._thread_of_finished(named) or thread_id)

    def _thread_of_finished(self, turn_id: str) -> str | None:
        """Return the thread of a root that is over while agents still work for it."""
        for root in self._roots.values():
            if root.turn_id == turn_id:
                return root.thread_id
        return None

    def _open(self, turn_id: str) -> Account:
        account = self._recent.pop(turn_id, None) or Account(self.clock)
        return self._turns.setdefault(turn_id, account)

    def _accounts(self, root: _Root) -> tuple[Account, Account, Account]:
        turn = self._turns.get(root.turn_id) or self._open(root.turn_id)
        return turn, self.of_thread(root.thread_id), self.total

    def _close(self, turn_id: str) -> None:
        self._recent[turn_id] = self._turns.pop(turn_id)
        if len(self._recent) > _RECENT:
            self._recent.popitem(last=False)

    def _stop_clock(self, account: Account, thread_id: str, turn: Params) -> None:
        running = account.running.pop(str(turn.get("id")), None)
        if running is None:
            return
        _, began, is_root = running
        told = turn.get("durationMs")
        seconds = told / 1000 if isinstance(told, int) else self.clock() - began
        account.counts.seconds += seconds if is_root else 0.0
        account.agent(thread_id).seconds += seconds

    def _count_response(
        self, thread_id: str, turn_id: str, usage: Usage, facts: _ThreadFacts
    ) -> None:
        if not (usage.input or usage.output):  # a full context or a compaction, not a response
            return
        root = self._roots.get(turn_id) or _Root(turn_id, thread_id)
        accounts = self._accounts(root)
        own = accounts[0].tier if thread_id == root.thread_id else None  # an agent has its thread's
        usd = self.priced(facts.model, own or facts.tier, usage)
        for account in accounts:
            account.add(thread_id, usage, usd, facts.model)
        if self.on_response is not None:
            self.on_response(turn_id, usage, usd, facts.model)
        if turn_id not in self._roots:  # attached in its middle: nothing tells when it ends
            self._close(root.turn_id)
        self._tell(root)

    def _carry_over(self, thread_id: str, total: Usage, facts: _ThreadFacts) -> None:
        """Note what a resumed thread had spent by itself; a fork has spent nothing yet."""
        account = self.of_thread(thread_id)
        if not (account.counts.model_calls or account.running):
            usd = self.priced(facts.model, facts.tier, total)
            account.add(thread_id, total, usd, facts.model, calls=0)

    def _tell(self, root: _Root) -> None:
        if self.on_spent is not None:
            self.on_spent(root.thread_id, root.turn_id)


NAME_AGENTS = frozenset({"collabAgentToolCall", "subAgentActivity"})
"""The types of items that tell of sub-agents."""

_COUNTS_AS = {
    "commandExecution": "commands",
    "dynamicToolCall": "tool_calls",
    "mcpToolCall": "tool_calls",
}
COUNTED = frozenset(_COUNTS_AS)
"""The types of items that are counted."""
