"""FakeAppServer: what a test holds. It launches nothing; a client does, by `config()` or `argv`.

It writes the script to a private directory, listens on the control channel, and cleans up.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import threading
import weakref
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..._version import __version__
from .control import Control
from .records import FakeTimeoutError, Kind, Record, Records, wanted_record
from .script import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from ...config import AppServerConfig

RUN = Path(__file__).with_name("__main__.py")


class FakeAppServer:
    """Scripted app-server: may be spawned any number of times, and shows what it received.

    rules: what it does beside its normal behaviour. runtime_version: what it says it is.
    keep_records: older records are forgotten; fewer keep a test of memory honest.
    Use it as a context manager, or call `close()`, which also ends processes that still live.
    """

    def __init__(
        self,
        rules: Iterable[Rule] = (),
        *,
        runtime_version: str = __version__,
        keep_records: int = 100_000,
    ) -> None:
        script = {"rules": _checked(rules), "version": runtime_version}
        self._records = Records(keep_records)
        control = Control(self._records)
        directory = tempfile.mkdtemp(prefix="fake-app-server-")
        self._control = control
        self._close = weakref.finalize(self, _clean_up, control, directory)
        path = Path(directory, "script.json")
        path.write_text(json.dumps({**script, "control": control.address}), encoding="utf-8")
        self._script_path = path

    @property
    def argv(self) -> tuple[str, ...]:
        """Return the command that spawns one process of this server."""
        return (sys.executable, "-I", "-S", str(RUN), str(self._script_path))

    def config(self, **settings: Any) -> AppServerConfig:
        """Return the configuration of a client of this server; settings are `AppServerConfig`'s."""
        from ...config import AppServerConfig

        return AppServerConfig(launch_args_override=self.argv, **settings)

    @property
    def records(self) -> list[Record]:
        """Return everything that was recorded so far, over all processes.

        What a process did before it wrote a line is here when the client has read that line.
        """
        self._control.catch_up()
        return self._records.copy()

    @property
    def received(self) -> list[dict[str, Any]]:
        """Return the requests and notifications that clients sent, as they came."""
        return [record.message for record in self.records if record.kind == "received"]

    @property
    def answers(self) -> list[dict[str, Any]]:
        """Return the answers that clients gave to questions, as they came."""
        return [record.message for record in self.records if record.kind == "answered"]

    def requests(self, method: str) -> list[dict[str, Any]]:
        """Return the params of every request of this method."""
        return [
            message.get("params", {})
            for message in self.received
            if message.get("method") == method
        ]

    def release(self, point: str) -> None:
        """Let every `pause(point)` go on, now and later, in every process."""
        self._control.release(point)

    def wait_for(
        self,
        name: str | None = None,
        *,
        kind: Kind = "received",
        count: int = 1,
        spawn: int | None = None,
        timeout: float = 30.0,
    ) -> Record:
        """Wait for the `count`-th record of this kind and name, and return it; see `Record`.

        name: a method by default; None is any. spawn: of this process only.
        Raises FakeTimeoutError after `timeout` seconds.
        """
        wanted, came = wanted_record(kind, name, count, spawn), threading.Event()
        found: list[Record] = []

        def tell(record: Record) -> None:
            found.append(record)
            came.set()

        self._records.watch(wanted, tell)
        if not came.wait(timeout):
            self._records.forget(tell)
            raise FakeTimeoutError(wanted, timeout, self.records)
        return found[0]

    async def wait_for_async(
        self,
        name: str | None = None,
        *,
        kind: Kind = "received",
        count: int = 1,
        spawn: int | None = None,
        timeout: float = 30.0,
    ) -> Record:
        """Wait as `wait_for` does, without blocking the event loop."""
        import asyncio

        wanted, loop = wanted_record(kind, name, count, spawn), asyncio.get_running_loop()
        found: asyncio.Future[Record] = loop.create_future()

        def tell(record: Record) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(settle, record)

        def settle(record: Record) -> None:
            if not found.done():
                found.set_result(record)

        self._records.watch(wanted, tell)
        try:
            return await asyncio.wait_for(found, timeout)
        except asyncio.TimeoutError as error:
            raise FakeTimeoutError(wanted, timeout, self.records) from error
        finally:
            self._records.forget(tell)

    def close(self) -> None:
        """End every process that still lives, and remove what the server made."""
        self._close()

    def __enter__(self) -> FakeAppServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _checked(rules: Iterable[object]) -> list[Rule]:
    if isinstance(rules, Rule):
        raise TypeError(f"a script is a list of rules: write FakeAppServer([...]); got {rules!r}")
    checked: list[Rule] = []
    for rule in rules:
        if not isinstance(rule, Rule):
            raise TypeError(
                f"a script is made of rules, such as turn(...) or on(...); got {rule!r}"
            )
        checked.append(rule)
    return checked


def _clean_up(control: Control, directory: str) -> None:
    control.close()
    shutil.rmtree(directory, ignore_errors=True)
