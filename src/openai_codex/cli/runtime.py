"""Options that every command with a runtime has, and the client that they describe."""

from __future__ import annotations

import os
import re
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from .problems import UsageError

if TYPE_CHECKING:
    from ..config import AppServerConfig
    from ..connect import Connect
    from ..prices import Prices
    from ..questions.handlers import Handlers

__all__ = [
    "add_connect_options",
    "add_json_option",
    "add_runtime_options",
    "attaching_config",
    "client",
    "runtime_config",
]

_TITLE = "openai-codex command line"
_OVERRIDE = re.compile(r"[A-Za-z0-9_\"'-]+(\.[A-Za-z0-9_\"'. -]+)*=.*", re.DOTALL)


def add_runtime_options(parser: ArgumentParser, *, connects: bool = True) -> None:
    """Add the options that say which runtime to start, and how it is configured.

    With `connects`, also those that name one that listens.
    """
    if connects:
        add_connect_options(parser)
    group = parser.add_argument_group("runtime")
    group.add_argument(
        "-c",
        "--config",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="override a value of config.toml (the value is TOML); may be repeated",
    )
    group.add_argument("--codex-bin", metavar="PATH", help="another codex binary")


def add_json_option(parser: ArgumentParser, what: str = "print JSON") -> None:
    """Add `--json`."""
    parser.add_argument("--json", action="store_true", help=what)


def attaching_config() -> AppServerConfig:
    """Return the config of a client that attaches to a runtime."""
    from ..config import AppServerConfig

    return AppServerConfig(client_title=_TITLE)


def _connect(options: Namespace) -> Connect | None:
    if getattr(options, "connect", None) is None:
        if getattr(options, "token_file", None) is not None:
            raise UsageError("--token-file goes with --connect", advice="give the address, too")
        return None
    from .serving.finding import connect_of

    if options.config or options.codex_bin:
        raise UsageError(
            "--connect goes to a runtime that runs already",
            advice="give --config and --codex-bin to `openai-codex serve`",
        )
    return connect_of(options)


def add_connect_options(parser: ArgumentParser) -> None:
    """Add the options that name a listening runtime."""
    group = parser.add_argument_group("server")
    group.add_argument(
        "--connect",
        metavar="ADDRESS",
        help="a runtime that listens: unix:///PATH, ws://IP:PORT, or here for that of CODEX_HOME",
    )
    group.add_argument(
        "--token-file", metavar="FILE", help="the token that a ws:// address asks for"
    )


def runtime_config(options: Namespace, **more: Any) -> AppServerConfig:
    """Return the config that the options describe; raises UsageError."""
    from ..config import AppServerConfig

    for override in options.config:
        if not _OVERRIDE.fullmatch(override):
            raise UsageError(f"--config {override}: expected KEY=VALUE")
    return AppServerConfig(
        codex_bin=options.codex_bin,
        config_overrides=tuple(options.config),
        client_title=_TITLE,
        cwd=os.getcwd(),  # noqa: PTH109 - a string is wanted
        **more,
    )


@contextmanager
def client(
    options: Namespace, *, handlers: Handlers | None = None, prices: Prices | None = None
) -> Iterator[Any]:
    """Give a started client, which ends with the block."""
    from .._sync.client import Codex

    connect = _connect(options)
    config = runtime_config(options) if connect is None else attaching_config()
    around = getattr(options, "around", None)  # what records it, or plays in its place
    prepared = nullcontext(config) if around is None else around(config)
    with prepared as ready:
        if ready.launch_args_override is not None:  # a recording plays in the runtime's place
            connect = None
        with Codex(ready, connect=connect, handlers=handlers, prices=prices) as codex:
            yield codex
