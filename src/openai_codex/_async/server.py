"""A runtime that listens, for any number of clients: started here, or found again."""

from __future__ import annotations

import functools
import os
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

from .._checks import check_flag, check_kind, check_path
from .._drivers.aio import off_loop
from ..config import AppServerConfig
from ..errors import CodexError

if TYPE_CHECKING:
    from .._drivers.server.process import Running
    from ..connect import Connect

__all__ = ["AsyncRuntimeServer"]


class AsyncRuntimeServer:
    """A runtime that listens: clients come and go, and its threads and turns live on.

    config    what to launch: binary, settings, variables; see `AppServerConfig`
    listen    `unix:///PATH` or `ws://IP:PORT` (port 0: the system chooses); a socket in CODEX_HOME
              unless given. A port asks for a token, which is new each time and known to `connect`
    detached  outlive this program, until `stop()`; else the server dies with it, however it dies

    `AsyncRuntimeServer` starts on entering its block, or with `start()`; `RuntimeServer` at once.
    Attach with `Codex(connect=server.connect)`. A CODEX_HOME has one server at a time, and a file
    with its address that `find()` reads. Linux and macOS.
    """

    def __init__(
        self,
        config: AppServerConfig | None = None,
        *,
        listen: str | None = None,
        detached: bool = False,
    ) -> None:
        """Raises ValueError for another kind of address; `RuntimeServer` also what `start` does."""
        check_kind("config", config, AppServerConfig)
        check_flag("detached", detached)
        if listen is not None:
            _check_listen(listen)
        self._config = config or AppServerConfig()
        self._listen = listen
        self._detached = detached
        self._running: Running | None = None
        self._finish: weakref.finalize[..., AsyncRuntimeServer] | None = None
        # sync: self.start()

    def __repr__(self) -> str:
        where = "not started" if self._running is None else self.address
        return f"<{type(self).__name__} {where}>"

    async def __aenter__(self) -> AsyncRuntimeServer:
        return await self.start()

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    @classmethod
    async def find(cls, home: str | os.PathLike[str] | None = None) -> AsyncRuntimeServer | None:
        """Return the server of a CODEX_HOME that listens, whoever started it; None without one.

        `home` is ours unless given.
        """
        from .._drivers.server.process import found
        from .._drivers.server.record import home_of

        check_path("home", home)
        place = home_of(os.environ) if home is None else Path(home)
        running = await off_loop(functools.partial(found, place))
        if running is None:
            return None
        server = cls.__new__(cls)
        server._config, server._listen, server._detached = AppServerConfig(), None, True
        server._running, server._finish = running, None
        return server

    async def start(self) -> AsyncRuntimeServer:
        """Start the server and wait until it listens; of no effect when it has started.

        Raises AddressInUseError where somebody listens already, StartupError where the runtime does
        not come up within `AppServerConfig.startup_timeout`; nothing is left then.
        """
        if self._running is None:
            from .._drivers.server.process import end, launch

            seconds = self._config.shutdown_timeout
            finish = functools.partial(end, seconds=seconds)
            start = functools.partial(launch, self._config, self._listen, detached=self._detached)
            self._running = await off_loop(start, finish)
            if not self._detached:
                self._finish = weakref.finalize(self, finish, self._running)
        return self

    @property
    def address(self) -> str:
        """Where it listens: `unix:///PATH` or `ws://IP:PORT`."""
        return self._started().record.address

    @property
    def connect(self) -> Connect:
        """The way to it, with its token: `Codex(connect=server.connect)`."""
        return self._started().record.connect

    @property
    def token_file(self) -> Path | None:
        """The file of the token that a port asks for, readable for its owner alone."""
        name = self._started().record.token_file
        return None if name is None else Path(name)

    @property
    def pid(self) -> int:
        """The process of the runtime."""
        return self._started().record.pid

    @property
    def is_alive(self) -> bool:
        """Whether its process runs."""
        return self._running is not None and self._running.is_alive

    async def close(self) -> None:
        """End the server, unless it is detached; its running turns are interrupted. Idempotent."""
        if not self._detached:
            await self.stop()

    async def stop(self) -> None:
        """End the server, detached or not, and take away what it left on the disk. Idempotent.

        One that does not end within `AppServerConfig.shutdown_timeout` is killed.
        """
        from .._drivers.server.process import end

        running = self._running
        if running is None:
            return
        if self._finish is not None:
            self._finish.detach()
        await off_loop(functools.partial(end, running, self._config.shutdown_timeout))

    def _started(self) -> Running:
        if self._running is None:
            raise CodexError("not started yet: enter `async with`, or await start() first")
        return self._running


def _check_listen(listen: str) -> None:
    from ..connect import Connect

    check_kind("listen", listen, str)
    if listen.startswith("unix://"):
        Connect.unix(listen)
    elif listen.startswith("ws://"):
        Connect.websocket(listen.removesuffix(":0") + ":1" if listen.endswith(":0") else listen)
    else:
        raise ValueError(f"listen must be unix:///PATH or ws://IP:PORT, got {listen!r}")
