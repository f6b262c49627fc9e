"""A thread's checkpoints: where its files and its conversation meet.

The files are the work of `_checkpoints`, on a thread of its own; the conversation is the runtime's.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import ref

from .._checkpoints.errors import (
    CheckpointError,
    CheckpointNotFoundError,
    CheckpointUnsupportedError,
)
from .._checkpoints.keeper import Keeper, Moment, Move
from .._checkpoints.records import Changes, Checkpoint, Rewound
from .._checks import check_flag, check_kind
from .._core.careful_log import CarefulLog
from .._drivers.aio import Lock, run_handler
from ..errors import CodexError, InvalidRequestError, JsonRpcError, MethodNotFoundError
from .reviving import set_again, settings_again

if TYPE_CHECKING:
    from .live_threads import AsyncLiveThread
    from .rpc import AsyncRpc
    from .turn import AsyncTurnHandle

__all__ = ["AsyncCheckpoints"]

T = TypeVar("T")

_log = CarefulLog("openai_codex.checkpoints")

_LOCAL = "local"
_PAGE = 100
_MODES = {
    "readOnly": "read-only",
    "workspaceWrite": "workspace-write",
    "dangerFullAccess": "danger-full-access",
}


class AsyncCheckpoints:
    """The checkpoints of one thread, with one before each turn if they are `automatic`."""

    def __init__(self, rpc: AsyncRpc, thread_id: str) -> None:
        self.automatic = False
        self._rpc = rpc
        self._thread_id = thread_id
        self._keeper: Keeper | None = None
        # Weak: a turn that nobody holds is nobody's to wait for, and its events must not be kept.
        self._turn: Callable[[], AsyncTurnHandle | None] = lambda: None
        self._live: AsyncLiveThread | None = None  # of the copy, until the thread holds it
        self._last: str | None = None  # the last turn seen, where the runtime stores none
        self._queued_after: list[str | None] = []  # the newest turn when a message was queued
        self._moving = Lock()  # a rewind has two halves, and nothing may come between

    # --- what the user asks for ------------------------------------------------------------------

    async def mark(self, name: str | None) -> Checkpoint:
        """Keep files and place in the conversation as they are now."""
        moment = await self._moment(await self._facts())
        return await self._do(Keeper.mark, moment, kind="mark", name=name)

    async def all(self) -> list[Checkpoint]:
        """Return every checkpoint, the oldest first."""
        return await self._do(Keeper.checkpoints)

    async def changes(self, mark: Checkpoint | str) -> Changes:
        """Return what differs from a checkpoint to now."""
        check_kind("mark", mark, Checkpoint, str)
        return await self._do(Keeper.changes, mark)

    async def rewind(
        self, mark: Checkpoint | str, *, files: bool, conversation: bool, force: bool
    ) -> Rewound:
        """Go back to a checkpoint."""
        check_kind("mark", mark, Checkpoint, str)
        check_flag("files", files)
        check_flag("conversation", conversation)
        check_flag("force", force)
        async with self._moving:
            facts = await self._idle()
            # Found before anything is moved: a name that is not there must change nothing.
            record = await self._do(Keeper.find, mark)
            moment = await self._moment(facts)
            removed = await self._newer_turns(facts, record.last) if conversation else []
            left = record.last if removed else moment.last
            rewind = functools.partial(Keeper.rewind, files=files, left=left, force=force)
            move = await self._do(rewind, record, moment)
            if removed:
                # Files first: a move that is refused, as over changes of others, must leave the
                # conversation as it is.
                await self._cut(removed[-1], move, moment)
            return Rewound(move.changed, len(removed), self._thread_id, move.remaining)

    async def redo(self, *, force: bool) -> Rewound:
        """Undo the last rewind; the thread may be another one afterwards."""
        async with self._moving:
            facts = await self._idle()
            moment = await self._moment(facts)
            move = await self._do(Keeper.redo, moment, force=force)
            cut = await self._do(Keeper.cut_of, move.record.of)
            if cut is not None and cut.copy is not None:
                await self._take_up(cut.copy, facts)
            return Rewound(move.changed, 0, self._thread_id, move.remaining)

    # --- around a turn ---------------------------------------------------------------------------

    async def before_turn(self) -> Checkpoint | None:
        """Make the automatic checkpoint of a turn that is about to begin."""
        if not self.automatic:
            return None
        return await self._do(Keeper.mark, await self._moment(await self._facts()), kind="turn")

    async def before_work(self, *, queued: bool) -> Checkpoint | None:
        """Make the automatic checkpoint of what the runtime makes turns of, unless one runs.

        Of messages that were `queued` before any of them has become a turn, the first has it: the
        runtime may be at work on that one already.
        """
        if not self.automatic:
            return None
        facts = await self._facts()
        moment = await self._moment(facts)
        if facts["status"]["type"] == "active" or moment.is_running:
            return None
        if queued and self._queued_after == [moment.last]:
            return None
        mark = await self._do(Keeper.mark, moment, kind="turn")
        self._queued_after = [moment.last] if queued else []  # not of a mark that failed
        return mark

    async def turn_refused(self, mark: Checkpoint | None) -> None:
        """Forget the checkpoint of a turn that did not begin."""
        self._queued_after = []
        if mark is not None:
            await self._do(Keeper.void, mark)

    def turn_begun(self, turn: AsyncTurnHandle) -> None:
        """Watch a turn: nothing goes back while it runs, and its end is noted."""
        self._turn = ref(turn)
        self.note_end(turn)

    def note_end(self, turn: AsyncTurnHandle) -> None:
        """Have the end of a turn noted, once its reader sees it."""
        turn.when_over = self.turn_over

    async def turn_over(self, turn_id: str) -> None:
        """Note the files as the turn left them; what changes from here on is not its doing."""
        self._last = turn_id
        try:
            facts = await self._facts()
            await self._do(Keeper.mark, Moment(str(facts["cwd"]), turn_id), kind="end")
        except CodexError as error:  # the turn has its result, and this must not take it away
            text = "no checkpoint at the end of turn %s: %s"
            _log.warning(text, turn_id, error, extra={"turn_id": turn_id})

    # --- internals -------------------------------------------------------------------------------

    async def _do(self, work: Callable[..., T], *arguments: Any, **options: Any) -> T:
        """Have the keeper do something that blocks, where it stops nobody else."""

        def blocking(_: object) -> T:
            if self._keeper is None:
                self._keeper = Keeper(self._home(), self._thread_id)
            return work(self._keeper, *arguments, **options)

        done: T = await run_handler(blocking, None, seconds=None, settled=None)
        return done

    def _home(self) -> Path:
        home = Path(str(self._rpc.server_info.get("codexHome", "")))
        if not home.is_absolute() or not home.is_dir():
            raise CheckpointUnsupportedError(
                "the runtime keeps its home on another machine: checkpoints cover local files only"
            )
        return home

    async def _facts(self) -> dict[str, Any]:
        place = self._rpc.places.of(self._thread_id)
        if place is not None:  # a resumed thread does not say so itself before its next turn
            raise self._elsewhere(place.environment)
        params = {"threadId": self._thread_id, "includeTurns": False}
        facts: dict[str, Any] = (await self._rpc.request("thread/read", params))["thread"]
        for place in facts.get("environments") or ():
            name = place.get("environmentId", _LOCAL)
            if name != _LOCAL:
                raise self._elsewhere(name)
        return facts

    def _elsewhere(self, name: str) -> CheckpointUnsupportedError:
        return CheckpointUnsupportedError(
            f"thread {self._thread_id} works in the environment {name!r}, whose files are on "
            "another machine: checkpoints cover local files only"
        )

    async def _idle(self) -> dict[str, Any]:
        facts = await self._facts()
        turn = self._turn()
        # A turn that has just been asked for does not show in the status yet.
        if facts["status"]["type"] == "active" or (turn is not None and turn.is_running):
            raise CheckpointError(
                f"a turn is running in thread {self._thread_id}: wait for it, or interrupt it, "
                "before you go back"
            )
        return facts

    async def _moment(self, facts: dict[str, Any]) -> Moment:
        if facts.get("ephemeral"):
            return Moment(str(facts["cwd"]), self._last)
        newest = next(iter((await self._turns(limit=1))["data"]), {"id": None})
        is_running = newest.get("status") == "inProgress"
        return Moment(str(facts["cwd"]), newest["id"], is_running)

    async def _turns(self, **options: Any) -> dict[str, Any]:
        """Return a page of stored turns, the newest first; before the first turn there is none."""
        params = {"threadId": self._thread_id, "itemsView": "notLoaded", **options}
        try:
            page: dict[str, Any] = await self._rpc.request("thread/turns/list", params)
        except (InvalidRequestError, MethodNotFoundError):  # the latter while the first one begins
            return {"data": [], "nextCursor": None}
        return page

    async def _newer_turns(self, facts: dict[str, Any], last: str | None) -> list[str]:
        """Return the turns after `last`, the newest first."""
        if facts.get("ephemeral"):
            raise CheckpointUnsupportedError(
                "the conversation of an ephemeral thread is not stored and cannot be cut: pass "
                "conversation=False"
            )
        newer: list[str] = []
        page = await self._turns(limit=_PAGE)
        while True:
            for turn in page["data"]:
                if turn["id"] == last:
                    return newer
                newer.append(turn["id"])
            if page.get("nextCursor") is None:
                break
            page = await self._turns(limit=_PAGE, cursor=page["nextCursor"])
        if last is None:
            return newer
        raise CheckpointNotFoundError(
            "the turn after which the checkpoint was made is no longer in the conversation: pass "
            "conversation=False to bring back the files alone"
        )

    async def _cut(self, turn_id: str, move: Move, moment: Moment) -> None:
        """Cut the conversation before a turn, or put the files back when that is refused."""
        params = {"threadId": self._thread_id, "beforeTurnId": turn_id}
        try:
            copy = await self._copy()
            # Before it is cut: whoever is killed or cancelled in between can still redo it, and
            # goes on in the copy, which has the same turns as one that was not cut.
            await self._do(Keeper.note_cut, move.record, copy=copy, cut=turn_id)
            await self._rpc.request("thread/revert", params)
        except JsonRpcError:
            await self._do(Keeper.put_back, move, moment, cut=turn_id)
            raise

    async def _copy(self) -> str:
        """Keep the whole conversation, for `redo`, as an archived copy; it shares its storage."""
        params = {"threadId": self._thread_id, "excludeTurns": True}
        copy = str((await self._rpc.request("thread/fork", params))["thread"]["id"])
        await self._rpc.request("thread/archive", {"threadId": copy})
        return copy

    async def _take_up(self, copy: str, facts: dict[str, Any]) -> None:
        """Go on in the copy that has the whole conversation, under the settings in force."""
        rpc, old = self._rpc, self._thread_id
        now = await rpc.request("thread/resume", {"threadId": old, "excludeTurns": True})
        with contextlib.suppress(InvalidRequestError):  # a redo that was broken off has done it
            await rpc.request("thread/unarchive", {"threadId": copy})
        live = rpc.threads.hold(old)
        # What no file holds, such as which tools the agent may use.
        given, brake = dict(live.given), rpc.spending.brake_again(old)
        if brake is not None:
            given["config"] = brake
        rpc.spending.share_account(old, copy)
        params = {**given, **_settings(now), "threadId": copy}
        result = await rpc.request("thread/resume", params)
        self._live = rpc.threads.opened(copy, {**params, **live.given}, result)
        await set_again(rpc, copy, settings_again(rpc, old))
        if facts.get("name"):
            await rpc.request("thread/name/set", {"threadId": copy, "name": facts["name"]})
        self._rpc.inbox.answerers.hand_over(old, copy)
        await rpc.request("thread/archive", {"threadId": old})
        # Not before: if any of this is refused, the thread goes on as it was, under its budget.
        rpc.spending.hand_over(old, copy)
        self._thread_id = copy
        self._keeper = await self._do(Keeper.hand_over, copy)


def _settings(now: dict[str, Any]) -> dict[str, Any]:
    """Return the params of thread/resume that keep what is in force."""
    names = ("approvalPolicy", "approvalsReviewer", "cwd", "model", "modelProvider", "serviceTier")
    kept = {name: now[name] for name in names if now.get(name) is not None}
    mode = _MODES.get((now.get("sandbox") or {}).get("type", ""))
    return {**kept, "excludeTurns": True, **({"sandbox": mode} if mode else {})}
