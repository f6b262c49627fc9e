"""Files on the runtime's side: `codex.files`. Not sandboxed."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from .. import methods
from .._checks import check_flag, check_path
from .._core.messages import Closed
from .._core.routes import EVERYONE
from .._core.selection import Selection
from .._drivers.aio import Mailbox
from .._turns.commands import base64_of
from .namespace import AsyncNamespace

if TYPE_CHECKING:
    from ..types import FsGetMetadataResponse, FsReadDirectoryEntry

__all__ = ["AsyncFileWatch", "AsyncFiles"]

_Place = str | os.PathLike[str]


class AsyncFiles(AsyncNamespace):
    """Reads and writes files where the runtime runs; paths are absolute.

    Whatever the runtime's user may do is done: no sandbox and no approval is in between. A file
    that is not there is an InternalRpcError.
    """

    async def read(self, path: _Place) -> bytes:
        """Return the content of a file (fs/readFile)."""
        done = await self._call(methods.fs.READ_FILE, _at(path))
        return base64.b64decode(done.data_base64)

    async def read_text(self, path: _Place) -> str:
        """Return the content of a file of UTF-8 text (fs/readFile)."""
        return (await self.read(path)).decode("utf-8")

    async def write(self, path: _Place, content: bytes | str) -> None:
        """Write a file, in place of what was there (fs/writeFile); text is UTF-8."""
        encoded = base64_of("content", content)
        await self._call(methods.fs.WRITE_FILE, {**_at(path), "dataBase64": encoded})

    async def list(self, path: _Place) -> list[FsReadDirectoryEntry]:
        """Return what is in a folder (fs/readDirectory)."""
        return (await self._call(methods.fs.READ_DIRECTORY, _at(path))).entries

    async def metadata(self, path: _Place) -> FsGetMetadataResponse:
        """Return whether it is a file, a folder or a link, and its times (fs/getMetadata)."""
        return await self._call(methods.fs.GET_METADATA, _at(path))

    async def make_folder(self, path: _Place) -> None:
        """Make a folder, and those above it (fs/createDirectory)."""
        await self._call(methods.fs.CREATE_DIRECTORY, _at(path))

    async def copy(self, source: _Place, target: _Place) -> None:
        """Copy a file, or a folder with all in it (fs/copy)."""
        params = {**_at(source, "sourcePath"), **_at(target, "destinationPath")}
        await self._call(methods.fs.COPY, {**params, "recursive": True})

    async def remove(self, path: _Place, *, missing_ok: bool = False) -> None:
        """Remove a file, or a folder with all in it (fs/remove)."""
        check_flag("missing_ok", missing_ok)
        await self._call(methods.fs.REMOVE, {**_at(path), "force": missing_ok})

    def watch(self, path: _Place) -> AsyncFileWatch:
        """Watch a file or a folder (fs/watch): enter it, and iterate over what changes."""
        return AsyncFileWatch(self._ready, _at(path)["path"])


class AsyncFileWatch:
    """Iterates over lists of paths that changed, while its block lasts."""

    def __init__(self, ready: Any, path: str) -> None:
        self._ready = ready
        self._path = path
        # An id of ours: a change may be reported before the reply to the call is read.
        self._id = f"watch-{secrets.token_hex(8)}"
        self._queue = Mailbox()
        self._rpc: Any = None
        self._box: Selection | None = None

    async def __aenter__(self) -> AsyncFileWatch:
        self._rpc = await self._ready()
        await self._rpc.come_back()
        limit = self._rpc.config.max_unread_bytes
        box = Selection(self._queue, "fs/changed", "watchId", self._id, limit=limit)
        # First the box, then the call, so that no change falls between the two.
        self._rpc.locked(lambda session: session.routes.join(EVERYONE, box))
        self._box = box
        try:
            params = {"path": self._path, "watchId": self._id}
            await self._rpc.request("fs/watch", params)
        except BaseException:
            self._leave()
            raise
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._leave()
        # A connection that has ended watches nothing, and its error is for the code that reads.
        if self._rpc.driver.session.cause is None:
            await self._rpc.request("fs/unwatch", {"watchId": self._id})

    def __aiter__(self) -> AsyncFileWatch:
        return self

    async def __anext__(self) -> list[str]:
        while True:
            item = self._queue.pop()
            if item is not None:
                break
            await self._queue.wait()
        if isinstance(item, Closed):
            raise item.fresh_cause()
        if self._box is not None:
            self._box.read(item.size)
        return [str(path) for path in item.params["changedPaths"]]

    def _leave(self) -> None:
        box = self._box
        self._rpc.locked(lambda session: session.routes.leave(EVERYONE, box))


def _at(path: _Place, name: str = "path") -> dict[str, Any]:
    check_path(name, path)
    text = os.fspath(path)
    if not PurePath(text).is_absolute():
        raise ValueError(f"{name} must be absolute, got {text!r}")
    return {name: text}
