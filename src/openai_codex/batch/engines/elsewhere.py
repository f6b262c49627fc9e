"""An attempt on a worker, which may be another machine: files come as bytes and go as bytes."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from ... import __version__
from ..._redaction import redact
from ...config import AppServerConfig
from ...errors import StartupError
from ...prices import Prices
from ...telemetry import Telemetry
from ..attempt import Attempt, Checkpoint, Made, Notify
from ..causes import end_of
from ..driver import End, Job
from ..folder import folder_name
from ..options import Options
from ..outcome import Outcome
from ..pool import Pool
from ..private import private_folder
from ..workspaces import Workspaces

__all__ = ["KEPT", "Setting", "attempt_here", "saved_files", "untravelled"]

KEPT = ("rollout.jsonl", "patch.diff")


@dataclass(frozen=True)
class Setting:
    """What every worker is told: it is pickled, and may hold what the config's `env` holds."""

    name: str
    version: str
    config: AppServerConfig
    prices: Prices | None
    cache: Path | None
    telemetry: Telemetry

    @classmethod
    def of(cls, options: Options, name: str) -> Setting:
        """The setting for the workers of a batch."""
        # Providers have threads and sockets, and cannot be sent: each process has its own.
        told = replace(options.telemetry, tracer_provider=None, meter_provider=None)
        return cls(name, __version__, options.config, options.prices, options.cache, told)

    def pool(self, homes: Path, *, runtimes: int) -> Pool:
        """The runtimes of a worker."""
        return Pool(
            self.config, homes, runtimes=runtimes, prices=self.prices, telemetry=self.telemetry
        )


def saved_files(folder: Path) -> dict[str, bytes]:
    """What earlier attempts left of a task, to go on from elsewhere."""
    paths = {name: folder / name for name in KEPT}
    return {name: path.read_bytes() for name, path in paths.items() if path.is_file()}


def untravelled(error: Exception) -> Made:
    """What an attempt came to whose task or result did not get through to the other process."""
    why = f"it cannot be sent to a worker, or back: {type(error).__name__}: {error}"
    return Made(End(Outcome.infrastructure, redact(why)))


async def attempt_here(
    job: Job,
    saved: dict[str, bytes],
    *,
    scratch: Path,
    pool: Pool,
    workspaces: Workspaces,
    notify: Notify,
    stop: asyncio.Event,
    checkpoint: Checkpoint | None = None,
) -> Made:
    """Make an attempt in a place of its own, which is gone afterwards; return its files too."""
    place = scratch / "tasks" / f"{folder_name(job.task.id, folds_case=True)}-{job.attempt}"
    before = place / "saved"
    await asyncio.to_thread(_write, before, saved)
    attempt = Attempt(
        job,
        place=place / "place",
        saved=before,
        pool=pool,
        workspaces=workspaces,
        notify=notify,
        stop=stop,
        checkpoint=checkpoint,
    )
    try:
        made = await _made(attempt)
        made.files = await asyncio.to_thread(saved_files, place / "place")
        return made
    finally:
        await asyncio.to_thread(workspaces.remove, place / "place")
        await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)


async def _made(attempt: Attempt) -> Made:
    try:
        return await attempt.run()
    except StartupError as error:  # other workers may have a runtime
        return Made(end_of(error))


def _write(folder: Path, files: dict[str, bytes]) -> None:
    private_folder(folder)
    for name, content in files.items():
        (folder / name).write_bytes(content)
