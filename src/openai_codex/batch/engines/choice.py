"""Which engine an `engine=` means."""

from __future__ import annotations

import re
from concurrent.futures import Executor
from typing import Any, cast

from ...errors import MissingExtraError
from ..errors import EngineError
from ..folder import Folder
from ..options import Options
from ..pool import runtimes_that_pay
from ..workspaces import cache_folder
from .elsewhere import Setting
from .engine import Engine
from .executor import ExecutorEngine
from .local import LocalEngine

__all__ = ["engine_for"]

CONCURRENCY = 8
ADDRESS = re.compile(r"(tcp|tls|ws|wss|ucx|inproc)://\S+")


def engine_for(options: Options, folder: Folder) -> Engine:
    """The engine that the options ask for; raises EngineError for what is none."""
    engine: Any = options.engine
    if engine is None or engine == "local":
        return _local(options, folder)
    if engine == "dask" or (isinstance(engine, str) and ADDRESS.fullmatch(engine)):
        return _dask(engine, options, folder)
    if isinstance(engine, Executor) and not _is_of_dask(engine):
        setting = Setting.of(options, "executor")
        return ExecutorEngine(engine, folder, setting, concurrency=options.concurrency)
    if _is_of_dask(engine):
        return _dask(getattr(engine, "_client", engine), options, folder)
    if callable(getattr(engine, "run", None)) and hasattr(engine, "slots"):
        return cast("Engine", engine)
    raise EngineError(
        'engine must be "local", "dask", an address such as "tcp://host:8786", a '
        f"distributed.Client or a concurrent.futures.Executor, got {engine!r}"
    )


def _local(options: Options, folder: Folder) -> Engine:
    concurrency = options.concurrency or CONCURRENCY
    return LocalEngine(
        folder,
        options.config,
        concurrency=concurrency,
        runtimes=options.runtimes or runtimes_that_pay(concurrency),
        cache=options.cache or cache_folder(),
        prices=options.prices,
        telemetry=options.telemetry,
    )


def _is_of_dask(engine: Any) -> bool:
    """Tell whether it is a client, or the executor of one, without loading dask to find out."""
    return type(engine).__module__.partition(".")[0] == "distributed"


def _dask(where: Any, options: Options, folder: Folder) -> Engine:
    try:
        from .dask import DaskEngine
    except ImportError as error:
        raise MissingExtraError("dask", 'engine="dask"') from error
    return DaskEngine(where, folder, options)
