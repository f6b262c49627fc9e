"""`openai-codex login`: with a browser, from another device, or by an API key from stdin."""

from __future__ import annotations

import sys
from argparse import SUPPRESS, ArgumentParser, Namespace
from typing import Any

from ..._runtime_words import in_our_words
from ..._safe_text import visible
from .. import exits
from ..parser import seconds
from ..problems import CommandError, UsageError
from ..runtime import add_json_option, add_runtime_options, client
from ..terminal import Terminal

DESCRIPTION = (
    "Log in; the runtime stores the login in CODEX_HOME. A key is read from the standard input, "
    "never from the arguments, which other users of the machine can see."
)
EXAMPLES = (
    ("openai-codex login", "with a browser on this machine"),
    ("openai-codex login --device", "with a browser elsewhere: shows a code"),
    ("printenv OPENAI_API_KEY | openai-codex login --api-key", "with a key from a pipe"),
)
HIDES_WORDS = True  # one of them may be a key that was not piped in


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of `login`."""
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--device", action="store_true", help="log in on another device, with a code")
    how.add_argument("--api-key", action="store_true", help="read an API key from stdin")
    parser.add_argument("--no-browser", action="store_true", help="print the address, open nothing")
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=900.0,
        help="seconds to wait for the login (default: 900)",
    )
    # Taken only to say what is wrong, without a word of what was given.
    parser.add_argument("given", nargs="*", help=SUPPRESS)
    add_json_option(parser, "print one JSON value for each step")
    add_runtime_options(parser)


def execute(options: Namespace, terminal: Terminal) -> int:
    """Log in; returns the exit code."""
    if options.given:
        raise UsageError(
            "unrecognized arguments; a key is none, for others can see them",
            advice="pipe it in: printenv OPENAI_API_KEY | openai-codex login --api-key",
        )
    key = _key() if options.api_key else None
    with client(options) as codex:
        if key is not None:
            codex.login_api_key(key)
        elif options.device:
            _wait(_device_login(codex), options, terminal, _show_code)
        else:
            _wait(codex.login_chatgpt(), options, terminal, _show_address)
    if options.json:
        terminal.json({"logged_in": True})
    else:
        terminal.note("logged in")
    return exits.DONE


def _device_login(codex: Any) -> Any:
    from ...errors import JsonRpcError

    try:
        return codex.login_chatgpt_device_code()
    except JsonRpcError as error:
        raise CommandError(
            f"no code could be had: {in_our_words(error.message)}",
            code="loginFailed",
            advice="check the network; `openai-codex doctor` helps",
        ) from error


def _key() -> str:
    key = _given_key().strip("\ufeff \t\r\n")
    if not key:
        raise UsageError("there is no key on the standard input", advice="pipe one in")
    if not (key.isascii() and key.isprintable()) or " " in key:
        what = "what is on the standard input is no key: it has blanks, line ends or letters"
        raise UsageError(f"{what} that no key has", advice="pipe in the key alone")
    return key


def _given_key() -> str:
    if sys.stdin is None:
        return ""
    if not sys.stdin.isatty():
        return sys.stdin.buffer.read().decode("utf-8", errors="replace")
    from getpass import getpass

    try:
        return getpass("API key: ")
    except EOFError:  # Ctrl-D
        return ""


def _wait(login: Any, options: Namespace, terminal: Terminal, show: Any) -> None:
    from ...errors import RequestTimeoutError

    show(login, options, terminal)
    try:
        ended = login.wait(timeout=options.timeout)
    except RequestTimeoutError as error:
        login.cancel()
        raise CommandError(
            f"nobody has logged in within {options.timeout:g} s",
            code="loginTimeout",
            advice="try again, and allow more with --timeout",
        ) from error
    except KeyboardInterrupt:
        login.cancel()
        raise
    if not ended.success:
        why = in_our_words(ended.error or "no reason given")
        raise CommandError(f"the login failed: {why}", code="loginFailed")


def _show_code(login: Any, options: Namespace, terminal: Terminal) -> None:
    if options.json:
        code = {"verification_url": login.verification_url, "user_code": login.user_code}
        terminal.json(code)
        return
    terminal.note(f"Open {visible(login.verification_url)}")
    terminal.note(f"and enter the code {visible(login.user_code)}")


def _show_address(login: Any, options: Namespace, terminal: Terminal) -> None:
    if options.json:  # whole: the user must go there with the secrets that it has
        terminal.json({"auth_url": login.auth_url})
    else:
        terminal.note(f"Open this address to log in:\n{visible(login.auth_url)}")
    if not options.no_browser and not options.json:
        import webbrowser

        webbrowser.open(login.auth_url)
