"""`openai-codex attach`: the stock terminal UI on a thread of a listening runtime."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable

from .. import exits
from ..problems import UsageError
from ..runtime import add_json_option, add_runtime_options, runtime_config
from ..terminal import Terminal

DESCRIPTION = (
    "Hand the terminal to the stock UI on a thread of a listening runtime: its history, the turn "
    "that runs, and its questions. Other clients see what is answered there."
)
EXAMPLES = (
    ("openai-codex attach last", "on the newest thread of the server of this CODEX_HOME"),
    ("openai-codex attach --print 019ac3f2-7b1d", "the command, to run it elsewhere"),
)
TOKEN_NAME = "OPENAI_CODEX_ATTACH_TOKEN"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `attach`."""
    parser.add_argument("id", metavar="ID", help="a thread's id, a unique beginning of it, or last")
    parser.add_argument("--print", action="store_true", help="print the command, run nothing")
    add_json_option(parser, "print the command as JSON, run nothing")
    add_runtime_options(parser)


def execute(options: Namespace, terminal: Terminal) -> int:
    """Run the stock UI in place of this process; returns the exit code."""
    from ..._drivers.process.launch import plan
    from ..._drivers.socket.token import read_token
    from ..serving.finding import connect_of
    from ..serving.named_thread import thread_on

    connect = connect_of(options)
    ident, token = thread_on(connect, options), read_token(connect._token)
    argv = [*plan(runtime_config(options)).argv[:-1], "resume", ident, "--remote", connect.address]
    argv += ["--remote-auth-token-env", TOKEN_NAME] if token else []
    if options.json:
        terminal.json({"command": argv})
    elif options.print:
        terminal.say(shlex.join(argv))
    else:
        return _run(argv, token, terminal)
    return exits.DONE


def _run(argv: list[str], token: str | None, terminal: Terminal) -> int:
    if not (sys.stdin.isatty() and terminal.out.isatty()):
        raise UsageError("attach needs a terminal", advice="give --print for the command alone")
    env = {**os.environ, **({TOKEN_NAME: token} if token else {})}
    if sys.platform == "win32":  # where the shell would not wait for what takes our place
        return subprocess.run(argv, env=env, check=False).returncode
    become: Callable[..., object] = os.execvpe
    become(argv[0], argv, env)
    return exits.DONE
