"""`openai-codex serve`: a runtime that listens, for many clients that come and go."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from ...errors import AddressInUseError
from .. import exits
from ..problems import CommandError, UsageError, advice_for, message_of
from ..runtime import add_json_option, add_runtime_options, runtime_config
from ..terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from ..._sync.server import RuntimeServer

DESCRIPTION = (
    "Run a runtime that listens. Clients come and go with --connect, watch and attach; its turns "
    "run on without them. One for each CODEX_HOME."
)
EXAMPLES = (
    ("openai-codex serve", "in the foreground, until Ctrl-C"),
    ("openai-codex serve --detach", "in the background"),
    ("openai-codex serve --status", "where it listens; exit code 1 where it does not"),
    ("openai-codex serve --stop", "end it"),
    ("openai-codex serve --listen ws://127.0.0.1:0", "on a port, with a token of its own"),
)

LOOK_EVERY = 0.1


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of `serve`."""
    parser.add_argument(
        "--listen",
        metavar="ADDRESS",
        help="unix:///PATH or ws://IP:PORT (0 for any port); default: a socket in CODEX_HOME",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--detach", action="store_true", help="leave it running in the background")
    what.add_argument("--status", action="store_true", help="say whether one runs, and where")
    what.add_argument("--stop", action="store_true", help="end the one that runs")
    add_json_option(parser)
    add_runtime_options(parser, connects=False)


def execute(options: Namespace, terminal: Terminal) -> int:
    """Start, find or stop the server; returns the exit code."""
    from ...transcript.store import home_folder

    home = home_folder()
    if options.stop:
        return _stop(home, terminal)
    if options.status:
        _tell(_found(home), terminal)
        return exits.DONE
    return _start(options, home, terminal)


def _start(options: Namespace, home: Path, terminal: Terminal) -> int:
    from ..._sync.server import RuntimeServer

    if not home.is_dir():
        raise UsageError(f"CODEX_HOME {home}: there is no such directory", advice="create it")
    try:
        server = RuntimeServer(
            runtime_config(options), listen=options.listen, detached=options.detach
        )
    except AddressInUseError as error:
        raise UsageError(message_of(error), advice=advice_for(error)) from error
    except ValueError as error:
        raise UsageError(f"--listen: {error}") from error
    # Before it is told where the server is: whoever reads that may end it at once.
    told = None if options.detach else _told_to_end()
    with server:
        _tell(server, terminal)
        if told is not None:
            _wait(server, told)
    return exits.DONE


def _told_to_end() -> threading.Event:
    """Return what is set once a signal says that the server should end."""
    told = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: told.set())
    return told


def _wait(server: RuntimeServer, told: threading.Event) -> None:
    """Wait until the server ends, or is to end."""
    while server.is_alive and not told.wait(LOOK_EVERY):
        pass


def _found(home: Path) -> RuntimeServer:
    from ..._sync.server import RuntimeServer

    server = RuntimeServer.find(home)
    if server is None:
        advice = "start one: openai-codex serve"
        raise CommandError(f"no server runs for {home}", code="notRunning", advice=advice)
    return server


def _stop(home: Path, terminal: Terminal) -> int:
    server = _found(home)
    server.stop()
    if terminal.as_json:
        terminal.json({"stopped": server.address, "pid": server.pid})
    else:
        terminal.note(f"stopped {server.address}, pid {server.pid}")
    return exits.DONE


def _tell(server: RuntimeServer, terminal: Terminal) -> None:
    file = server.token_file
    if terminal.as_json:
        name = None if file is None else str(file)
        terminal.json({"address": server.address, "pid": server.pid, "token_file": name})
        return
    terminal.say(server.address)
    terminal.out.flush()
    terminal.note(f"listening, pid {server.pid}{f', token in {file}' if file else ''}")
