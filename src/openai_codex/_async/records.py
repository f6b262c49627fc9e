"""What is stored of a thread: read it, search it, change it. The base of the thread's class."""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any

from .. import methods
from .._checks import MOST_32, check_count, check_flag, check_text
from .._turns.params import options, settings_params
from .paging import pages

if TYPE_CHECKING:
    import os

    from .._turns.presets import ApprovalMode, Sandbox
    from ..types import (
        JsonObject,
        Personality,
        ReasoningEffort,
        ReasoningSummary,
        ThreadBackgroundTerminal,
        ThreadCompactStartResponse,
        ThreadItemEntry,
        ThreadReadResponse,
        ThreadRevertResponse,
        ThreadSearchOccurrence,
        ThreadSetNameResponse,
        ThreadUnsubscribeResponse,
        Turn,
        TurnItemsView,
    )
    from .rpc import AsyncRpc

__all__ = ["_Records"]


class _Records:
    """The stored side of a thread."""

    id: str
    _rpc: AsyncRpc

    async def read(self, *, include_turns: bool = False) -> ThreadReadResponse:
        """Return the stored thread (thread/read), with its turns if asked for."""
        check_flag("include_turns", include_turns)
        params = {"threadId": self.id, "includeTurns": include_turns}
        return await self._rpc.call(methods.thread.READ, params)

    def history(
        self,
        *,
        page_size: int | None = None,
        newest_first: bool = True,
        items_view: TurnItemsView | str | None = None,
    ) -> AsyncIterator[Turn]:
        """Iterate over the stored turns (thread/turns/list), a page of `page_size` at a time.

        A page is asked for when the one before was used up, so a long history costs only what is
        looked at. `items_view` is `summary` unless given: the last message of each turn. An
        ephemeral thread has no stored turns; the runtime refuses with InvalidRequestError.
        """
        params = self._page(page_size, newest_first=newest_first, items_view=items_view)
        return pages(self._rpc, methods.thread.TURNS_LIST, params)

    def turns(
        self,
        *,
        page_size: int | None = None,
        newest_first: bool = True,
        items_view: TurnItemsView | str | None = None,
    ) -> AsyncIterator[Turn]:
        """Iterate over the stored turns; the name that `history` had, deprecated."""
        warnings.warn("turns() is called history() now", DeprecationWarning, stacklevel=2)
        return self.history(page_size=page_size, newest_first=newest_first, items_view=items_view)

    def items(
        self,
        *,
        turn_id: str | None = None,
        page_size: int | None = None,
        newest_first: bool = False,
    ) -> AsyncIterator[ThreadItemEntry]:
        """Iterate over the stored items (thread/items/list), of one turn or of all.

        Each entry has the `item`, its `turn_id` and, in milliseconds of unix time, when it began
        and ended.
        """
        params = self._page(page_size, newest_first=newest_first, turn_id=turn_id)
        return pages(self._rpc, methods.thread.ITEMS_LIST, params)

    def search_occurrences(
        self, term: str, *, page_size: int | None = None
    ) -> AsyncIterator[ThreadSearchOccurrence]:
        """Iterate over where a text occurs in what was said (thread/searchOccurrences).

        Case does not matter. `snippet_match_range` counts in UTF-16 units.
        """
        check_text(term=term)
        params = self._page(page_size, search_term=term)
        return pages(self._rpc, methods.thread.SEARCH_OCCURRENCES, params)

    async def revert(self, before_turn_id: str) -> ThreadRevertResponse:
        """Cut the conversation before a turn (thread/revert); that turn and all later ones go.

        Files stay as they are, and nothing brings the turns back. For both, see `rewind`.
        """
        check_text(before_turn_id=before_turn_id)
        params = {"threadId": self.id, "beforeTurnId": before_turn_id}
        return await self._rpc.call(methods.thread.REVERT, params)

    async def delete(self) -> None:
        """Delete the conversation for good (thread/delete); its handlers and tools are forgotten.

        Raises InvalidRequestError while a fork still needs its history.
        """
        await self._rpc.call(methods.thread.DELETE, {"threadId": self.id})
        # Its handlers are let go of with it: they may hold whatever the program gave them.
        self._rpc.inbox.answerers.forget(self.id)

    async def unsubscribe(self) -> ThreadUnsubscribeResponse:
        """Get no more events of this thread (thread/unsubscribe); resume it to go on.

        The runtime unloads a thread that nobody is subscribed to after half an hour.
        """
        return await self._rpc.call(methods.thread.UNSUBSCRIBE, {"threadId": self.id})

    async def inject_items(self, items: Sequence[JsonObject]) -> None:
        """Append items of the Responses API to what the model sees (thread/inject_items).

        No turn is run, and they do not show in `history`.
        """
        params = {"threadId": self.id, "items": list(items)}
        await self._rpc.call(methods.thread.INJECT_ITEMS, params)

    async def update_settings(
        self,
        *,
        approval_mode: ApprovalMode | None = None,
        cwd: str | os.PathLike[str] | None = None,
        effort: ReasoningEffort | str | None = None,
        model: str | None = None,
        personality: Personality | str | None = None,
        sandbox: Sandbox | None = None,
        service_tier: str | None = None,
        summary: ReasoningSummary | str | None = None,
    ) -> None:
        """Change what later turns run under (thread/settings/update); what is not given stays."""
        place = self._rpc.places.moved(self.id, cwd)
        params = settings_params(
            self.id,
            approval_mode=self._rpc.inbox.mode(approval_mode, thread_id=self.id),
            cwd=cwd,
            effort=effort,
            model=model,
            personality=personality,
            sandbox=sandbox,
            service_tier=service_tier,
            summary=summary,
        )
        await self._rpc.call(methods.thread.SETTINGS_UPDATE, params)
        # After the reply: a refused change moves nothing.
        self._rpc.places.note(self.id, place)

    async def set_name(self, name: str) -> ThreadSetNameResponse:
        """Name the thread (thread/name/set)."""
        check_text(name=name)
        return await self._rpc.call(methods.thread.NAME_SET, {"threadId": self.id, "name": name})

    async def compact(self) -> ThreadCompactStartResponse:
        """Begin to shorten the history (thread/compact/start); it runs as a turn of its own."""
        return await self._rpc.call(methods.thread.COMPACT_START, {"threadId": self.id})

    # --- commands that run on --------------------------------------------------------------------

    def background_terminals(self) -> AsyncIterator[ThreadBackgroundTerminal]:
        """Iterate over commands that run on after their turn (thread/backgroundTerminals/list)."""
        return pages(self._rpc, methods.thread.BACKGROUND_TERMINALS_LIST, {"threadId": self.id})

    async def terminate_terminal(self, process_id: str) -> bool:
        """End such a command (thread/backgroundTerminals/terminate); tells whether it ran."""
        check_text(process_id=process_id)
        params = {"threadId": self.id, "processId": process_id}
        done = await self._rpc.call(methods.thread.BACKGROUND_TERMINALS_TERMINATE, params)
        return done.terminated

    async def clean_terminals(self) -> None:
        """End all of them (thread/backgroundTerminals/clean)."""
        await self._rpc.call(methods.thread.BACKGROUND_TERMINALS_CLEAN, {"threadId": self.id})

    # --- internals -------------------------------------------------------------------------------

    def _page(
        self, page_size: int | None, *, newest_first: bool | None = None, **given: Any
    ) -> dict[str, Any]:
        if page_size is not None:
            check_count("page_size", page_size, least=1, most=MOST_32)
        direction = None
        if newest_first is not None:
            check_flag("newest_first", newest_first)
            direction = "desc" if newest_first else "asc"
        return options(thread_id=self.id, limit=page_size, sort_direction=direction, **given)
