"""Messages of the runtime never send a person to a command that this install lacks."""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from typing import Any

import pytest
from codex_cli_bin import bundled_codex_path  # type: ignore[import-untyped]

from openai_codex import errors
from openai_codex._runtime_words import in_our_words
from openai_codex._safe_text import runtime_line, runtime_lines
from openai_codex._turns.collector import TurnCollector
from openai_codex._turns.notification import Notification
from openai_codex.cli.catalogue import COMMANDS
from openai_codex.display.cards import result_html, result_text
from openai_codex.display.progress import Line, TurnProgress

GONE = "ChatGPT account ID not available, please re-run `codex login`"
OURS = "ChatGPT account ID not available, please re-run `openai-codex login`"


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (GONE, OURS),
        (
            "not available, please re-run codex login",
            "not available, please re-run openai-codex login",
        ),
        ("Not signed in. Run 'codex login' first", "Not signed in. Run 'openai-codex login' first"),
        ("Fix it, then rerun codex doctor.", "Fix it, then rerun openai-codex doctor."),
        ("Run codex login again", "Run openai-codex login again"),
        ("Run `codex logout` and try again.", "Run `openai-codex logout` and try again."),
        ("Use `codex login --device-auth` instead.", "Use `openai-codex login --device` instead."),
        (
            "`printenv OPENAI_API_KEY | codex login --with-api-key`",
            "`printenv OPENAI_API_KEY | openai-codex login --api-key`",
        ),
        (
            "The docs MCP server is not logged in. Run `codex mcp login docs`.",
            'The docs MCP server is not logged in. Run `codex.mcp.login("docs")`.',
        ),
        (
            "session 019a is archived. Run `codex unarchive 019a` to unarchive it first.",
            'session 019a is archived. Run `codex.thread_unarchive("019a")` to unarchive it first.',
        ),
        (
            "Enable it with `--enable goals` or `[features].goals` in config.toml. See x",
            'Enable it with `config={"features": {"goals": True}}` or `[features].goals` in '
            "config.toml. See x",
        ),
        (
            'legacy `profile = "a b"` is gone; use `--profile a b` with `a b.config.toml` instead',
            'legacy `profile = "a b"` is gone; give its settings as `config_overrides=` of '
            "AppServerConfig instead",
        ),
        (
            "turn aborted. Something went wrong? Hit `/feedback` to report the issue.",
            "turn aborted. Something went wrong? `codex.call(methods.feedback.UPLOAD, ...)` "
            "reports the issue.",
        ),
        (
            "Use /feedback with logs included before closing Codex, or run `codex doctor`",
            "Call `methods.feedback.UPLOAD` with logs included before closing the client, or run "
            "`openai-codex doctor`",
        ),
    ],
)
def test_a_command_becomes_what_this_package_has(told: str, shown: str) -> None:
    assert in_our_words(told) == shown
    assert in_our_words(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no such file: /opt/codex login/auth.json",
        "an existing codex login is used",
        "run `openai-codex login`",
        "run `my-codex logout`",
        "the codex doctor reports nothing",
        "run `codex login --with-access-token`",
        "run `codex loginctl`",
        "run `codex mcp login`",
    ],
)
def test_what_names_no_command_of_the_runtime_stays(text: str) -> None:
    assert in_our_words(text) == text


def test_a_line_is_safe_and_cut_as_any_other() -> None:
    assert runtime_line(f"\x1b[2K{GONE}") == f"\\x1b[2K{OURS}"
    assert runtime_line(GONE, most=12) == "ChatGPT acc…"
    assert runtime_lines(f"a\x07\n{GONE}\n") == ["a\\x07", OURS]


# What the binary's own command line and terminal UI say, and its app-server never.
_OF_ITS_OWN = {
    *("agents", "cloud", "exec", "migrate-rollouts", "queue"),
    *("app-server daemon", "mcp add"),
}
_TOLD = re.compile(rb"(?:[Rr]un|[Uu]se|[Tt]ry|with) [`']?codex ((?:[a-z-]+ ?)+)")


def _told_to_run() -> Iterator[str]:
    """Yield each command that the installed runtime tells a person to run."""
    with (
        bundled_codex_path().open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        at = data.find(b"codex ")
        while at >= 0:
            found = _TOLD.search(data[max(0, at - 8) : at + 60])
            if found is not None:
                yield found[1].decode().strip()
            at = data.find(b"codex ", at + 6)


def test_every_command_that_the_runtime_names_is_known_here() -> None:
    """A runtime that names a new one fails this, until somebody has said what we have for it."""
    named = set(_told_to_run())
    assert {"login", "logout", "doctor", "mcp login", "unarchive"} <= named
    ours = {entry.name for entry in COMMANDS} | {"mcp login", "unarchive"}
    known = tuple(ours | _OF_ITS_OWN | {"--no-daemon"})
    assert [command for command in sorted(named) if not command.startswith(known)] == []


# --- where a person meets them -------------------------------------------------------------------


def _failed_turn() -> Any:
    collector = TurnCollector("T1")
    error = {"message": GONE, "codexErrorInfo": "unauthorized", "additionalDetails": None}
    turn = {"id": "T1", "status": "failed", "error": error, "items": []}
    collector.feed(Notification.from_wire("turn/completed", {"threadId": "H1", "turn": turn}, 1))
    return collector.result()


def test_errors_say_it_in_our_words_and_keep_what_came() -> None:
    reply = errors.CodexRpcError(-32600, GONE, {"raw": GONE})
    assert str(reply) == f"{OURS} (code -32600)"
    assert OURS in repr(reply)
    assert (reply.message, reply.data) == (GONE, {"raw": GONE})
    result = _failed_turn()
    failed = errors.UnauthorizedError(GONE, result=result)
    assert str(failed) == OURS
    assert failed.error is not None
    assert failed.error.message == GONE
    facts: dict[str, Any] = {"turn_id": "T1", "seconds": 1.0, "last_event": None, "alive": True}
    late = errors.TurnTimeoutError(**facts, idle=True, last_error=GONE)
    away = errors.ModelUnreachableError(**facts, last_error=GONE)
    for error in (late, away):
        assert OURS in str(error)
        assert error.last_error == GONE


def test_a_runtime_that_ended_is_quoted_in_our_words() -> None:
    for kind in (errors.TransportClosedError, errors.StartupError):
        error = kind("the codex runtime exited", exit_code=1, stderr_tail=f"Error: {GONE}")
        assert str(error).endswith(f"Error: {OURS}")
        assert error.stderr_tail == f"Error: {GONE}"
    refused = errors.StartupRefusedError(errors.InvalidRequestError(-32600, GONE))
    assert str(refused) == f"the codex runtime did not come up: {OURS}"


def test_a_turn_that_is_shown_says_it_in_our_words() -> None:
    progress = TurnProgress()
    retry = {"willRetry": True, "error": {"message": "1/5", "additionalDetails": GONE}}
    events: list[tuple[str, dict[str, Any], Line]] = [
        ("error", retry, Line("waiting", "1/5", OURS)),
        ("warning", {"message": GONE}, Line("warning", OURS)),
        (
            "turn/completed",
            {"turn": {"status": "failed", "error": {"message": GONE}}},
            Line("failed", OURS, outcome="failed"),
        ),
    ]
    for method, params, line in events:
        assert progress.feed(Notification.from_wire(method, params, 1)) == [line]
    result = _failed_turn()
    assert OURS in result_text(result)
    assert OURS in result_html(result)
    assert result.error.message == GONE
