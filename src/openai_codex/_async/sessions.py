"""Taking threads along: what the runtime knows of a thread, and the bundle that holds it.

Reading and writing is the work of `sessions`, on a thread of its own.
"""

from __future__ import annotations

import functools
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from .._checks import check_callable, check_kind, check_path, check_text
from .._drivers.aio import run_handler
from .._redaction import redact as hide_secrets
from ..errors import JsonRpcError
from ..sessions.bundle import SessionBundle, SessionThread
from ..sessions.errors import SessionError
from ..sessions.exporting import Export, Exported, write_bundle
from ..sessions.file_store import written_whole
from ..sessions.importing import import_bundle
from ..sessions.rollouts import CompressedError
from ..sessions.store import SessionStore

if TYPE_CHECKING:
    from .rpc import AsyncRpc

__all__ = ["export_thread", "import_thread"]

T = TypeVar("T")

Place = str | os.PathLike[str] | SessionStore

_KINDS = (
    *("cli", "vscode", "exec", "appServer", "subAgent", "subAgentReview", "subAgentCompact"),
    *("subAgentThreadSpawn", "subAgentOther", "unknown"),
)


async def export_thread(
    rpc: AsyncRpc, thread_id: str, target: Place, redact: bool | Callable[[str], str]
) -> SessionBundle:
    """Write the bundle of a thread into a file or a store."""
    check_text(thread_id=thread_id)
    _check_place("target", target)
    export = await _export(rpc, thread_id, _redaction(redact))
    work = functools.partial(_write, _home(rpc), export, target)
    # Each thread is unpacked once: one that is compressed again after that is for its caller to
    # see.
    seen: set[str] = set()
    while True:
        done = await _on_a_thread(functools.partial(_unless_compressed, work))
        if isinstance(done, SessionBundle):
            return done
        if done.thread_id in seen:
            raise done
        seen.add(done.thread_id)
        await _unpack(rpc, done)


async def import_thread(rpc: AsyncRpc, source: Place, thread_id: str | None) -> SessionBundle:
    """Put the threads of a bundle into the runtime's home, with their names."""
    check_kind("thread_id", thread_id, str)
    _check_place("source", source)
    if isinstance(source, SessionStore) and thread_id is None:
        raise TypeError("thread_import from a store needs thread_id=, the key of the bundle")
    bundle = await _on_a_thread(functools.partial(_read, _home(rpc), source, thread_id))
    for thread in bundle.threads:
        await _announce(rpc, thread)
    return bundle


async def _announce(rpc: AsyncRpc, thread: SessionThread) -> None:
    """Have the runtime look at a thread: only then does it know whose sub-agent it is."""
    await rpc.request("thread/read", {"threadId": thread.id, "includeTurns": False})
    if thread.name:
        await rpc.request("thread/name/set", {"threadId": thread.id, "name": thread.name})


async def _export(rpc: AsyncRpc, thread_id: str, redact: Callable[[str], str] | None) -> Export:
    params = {"threadId": thread_id, "includeTurns": False}
    thread = (await rpc.request("thread/read", params))["thread"]
    if thread.get("ephemeral"):
        raise SessionError(f"thread {thread_id} is ephemeral: it is not stored, and stays here")
    agents = await _agents(rpc, thread_id)
    threads = (Exported(t["id"], t.get("path"), t.get("name")) for t in (thread, *agents))
    return Export(tuple(threads), rpc.runtime_version, redact)


async def _agents(rpc: AsyncRpc, thread_id: str) -> list[dict[str, Any]]:
    """Return the threads of all sub-agents, and of theirs."""
    found: list[dict[str, Any]] = []
    # An archived sub-agent belongs to its parent as well, and a list shows only one kind at a time.
    for archived in (False, True):
        params: dict[str, Any] = {
            "ancestorThreadId": thread_id,
            "archived": archived,
            "sourceKinds": list(_KINDS),
            "useStateDbOnly": True,
        }
        while True:
            page = await rpc.request("thread/list", params)
            found += page["data"]
            if page.get("nextCursor") is None:
                break
            params["cursor"] = page["nextCursor"]
    return found


def _unless_compressed(work: Callable[[], SessionBundle]) -> SessionBundle | CompressedError:
    try:
        return work()
    except CompressedError as error:
        return error


async def _unpack(rpc: AsyncRpc, error: CompressedError) -> None:
    """Have the runtime resume a thread, which unpacks its file."""
    params = {"threadId": error.thread_id, "excludeTurns": True}
    try:
        await rpc.request("thread/resume", params)
    except JsonRpcError as refused:
        raise error from refused


def _write(home: Path, export: Export, target: Place) -> SessionBundle:
    if not isinstance(target, SessionStore):
        with written_whole(Path(target)) as file:
            return write_bundle(home, export, file)
    with tempfile.TemporaryFile() as file:
        bundle = write_bundle(home, export, file)
        file.seek(0)
        target.save(export.thread_id, file)
        return bundle


def _read(home: Path, source: Place, thread_id: str | None) -> SessionBundle:
    if not isinstance(source, SessionStore):
        with Path(source).open("rb") as file:
            return import_bundle(home, file, thread_id=thread_id)
    with tempfile.TemporaryFile() as file:
        source.load(str(thread_id), file)
        file.seek(0)
        return import_bundle(home, file, thread_id=thread_id)


def _home(rpc: AsyncRpc) -> Path:
    home = Path(str(rpc.server_info.get("codexHome", "")))
    if not home.is_absolute() or not home.is_dir():
        raise SessionError(
            "the runtime keeps its threads on another machine: export and import them there"
        )
    return home


async def _on_a_thread(work: Callable[[], T]) -> T:
    done: T = await run_handler(lambda _: work(), None, seconds=None, settled=None)
    return done


def _redaction(redact: bool | Callable[[str], str]) -> Callable[[str], str] | None:
    if isinstance(redact, bool):
        return hide_secrets if redact else None
    check_callable("redact", redact)
    return redact


def _check_place(name: str, place: object) -> None:
    if not isinstance(place, SessionStore):
        check_path(name, place)
