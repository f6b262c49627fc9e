"""`openai-codex logout`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from .. import exits
from ..runtime import add_json_option, add_runtime_options, client
from ..terminal import Terminal

DESCRIPTION = "Log out: the runtime forgets the login that is stored in CODEX_HOME."
EXAMPLES = (("openai-codex logout", "forget the login"),)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of `logout`."""
    add_json_option(parser)
    add_runtime_options(parser)


def execute(options: Namespace, terminal: Terminal) -> int:
    """Log out; returns the exit code."""
    with client(options) as codex:
        codex.logout()
    if options.json:
        terminal.json({"logged_in": False})
    else:
        terminal.note("logged out")
    return exits.DONE
