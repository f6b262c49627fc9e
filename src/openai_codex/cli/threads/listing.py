"""Many threads as a table or as JSON: the newest, or those in which something was said."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import MissingExtraError
from .. import exits
from ..money import LazyPrices, dollars, known_prices, price_of
from ..rollout_tail import tokens_of
from ..runtime import client
from ..tables import amount, table, when
from ..terminal import Terminal
from ..thread_ids import SHORT
from .stored import thread_json

if TYPE_CHECKING:
    from ...types import Thread as StoredThread

__all__ = ["list_threads", "search_threads"]

PAGE = 100


def list_threads(options: Namespace, terminal: Terminal) -> int:
    """Print threads, newest first; returns the exit code."""
    prices = _prices(options)
    with client(options) as codex:
        threads = list(_limited(_pages(codex, options), options))
    if options.json:
        shown = [{**thread_json(thread), **_cost_json(thread, prices)} for thread in threads]
        terminal.json({"threads": shown})
    elif not threads:
        terminal.note("there are no threads")
    else:
        rows = [_thread_row(thread, terminal.width, prices) for thread in threads]
        heads = ["ID", "UPDATED", "TOKENS", *(["COST"] if prices else []), "DIRECTORY", "WHAT"]
        _print_table(terminal, heads, rows)
    return exits.DONE


def _pages(codex: Any, options: Namespace) -> Iterator[StoredThread]:
    from ...types import ThreadSortKey

    cwd = str(Path(options.cwd or ".").resolve()) if options.cwd or options.here else None
    cursor = None
    while True:
        page = codex.thread_list(
            archived=options.archived or None,
            cursor=cursor,
            cwd=cwd,
            limit=PAGE if options.all else min(options.limit, PAGE),
            sort_key=ThreadSortKey.updated_at,
            use_state_db_only=True,
        )
        yield from page.data
        cursor = page.next_cursor
        if cursor is None:
            return


def search_threads(options: Namespace, terminal: Terminal) -> int:
    """Print the threads in which something was said; returns the exit code."""
    with client(options) as codex:
        found = list(_limited(_hits(codex, options), options))
    if options.json:
        shown = [{**thread_json(hit.thread), "snippet": hit.snippet} for hit in found]
        terminal.json({"threads": shown})
    elif not found:
        terminal.note("nothing found")
    else:
        rows = [(hit.thread.id[:SHORT], when(hit.thread.updated_at), hit.snippet) for hit in found]
        _print_table(terminal, ("ID", "UPDATED", "WHAT"), rows)
    return exits.DONE


def _hits(codex: Any, options: Namespace) -> Iterator[Any]:
    from ... import methods

    params: dict[str, Any] = {
        "searchTerm": options.term,
        "limit": PAGE if options.all else min(options.limit, PAGE),
        "sortKey": "updated_at",
    }
    while True:
        page = codex.call(methods.thread.SEARCH, params)
        yield from page.data
        if page.next_cursor is None:
            return
        params["cursor"] = page.next_cursor


def _limited(found: Iterator[Any], options: Namespace) -> Iterator[Any]:
    seen: set[str] = set()
    for each in found:
        ident = getattr(each, "thread", each).id
        if not options.all and len(seen) >= options.limit:
            return
        if ident not in seen:  # the runtime lists a thread with two files twice
            seen.add(ident)
            yield each


def _prices(options: Namespace) -> LazyPrices | None:
    if not options.cost:
        return None
    prices = known_prices()
    if prices is None:
        raise MissingExtraError("cost", "what threads cost")
    return prices


def _cost(thread: StoredThread, prices: LazyPrices) -> Decimal | None:
    return price_of(prices, thread.model, tokens_of(thread.path) or {})


def _cost_json(thread: StoredThread, prices: LazyPrices | None) -> dict[str, Any]:
    if prices is None:
        return {}
    cost = _cost(thread, prices)
    return {"usd": None if cost is None else str(cost)}


def _thread_row(thread: StoredThread, width: int, prices: LazyPrices | None) -> tuple[str, ...]:
    tokens = tokens_of(thread.path) or {}
    place = _from_end(_home_short(thread.cwd), max(12, width // 5))
    what = thread.name or thread.preview
    return (
        thread.id[:SHORT],
        when(thread.updated_at),
        amount(tokens.get("total_tokens")),
        *([dollars(_cost(thread, prices))] if prices else []),
        place,
        what,
    )


def _print_table(terminal: Terminal, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    head, *lines = table(heads, rows, terminal.width)
    terminal.say(terminal.styled(head, "bold"))
    for line in lines:
        terminal.say(line)


def _home_short(path: str) -> str:
    home = str(Path.home())
    return f"~{path[len(home) :]}" if path == home or path.startswith(f"{home}/") else path


def _from_end(text: str, width: int) -> str:
    return text if len(text) <= width else f"...{text[-(width - 3) :]}"
