"""`openai-codex login`, `logout` and `account`, as processes against the real runtime."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from openai_codex.testing import LoginIssuer, ScriptedModel, browser_port
from openai_codex.testing.issuer import USER_CODE
from tests.cli.conftest import make_place
from tests.cli.processes import Place

KEY = "sk-test-0123456789abcdef"


@pytest.fixture
def issuer() -> Iterator[LoginIssuer]:
    with LoginIssuer() as running:
        yield running


@pytest.fixture
def stranger(model: ScriptedModel, tmp_path: Path, issuer: LoginIssuer) -> Place:
    """A place where a login is needed and nobody is in."""
    return make_place(model, tmp_path, issuer=issuer)


def test_an_account_that_is_needed_and_not_there_exits_1(stranger: Place) -> None:
    done = stranger.run("account")
    assert done.code == 1
    assert "run `openai-codex login`" in done.out


def test_a_provider_without_login_needs_none(place: Place) -> None:
    done = place.run("account")
    assert (done.code, done.out) == (
        0,
        "nobody is logged in; the model provider needs no login\n",
    )


def test_a_key_comes_from_stdin_and_is_shown_nowhere(stranger: Place) -> None:
    done = stranger.run("login", "--api-key", input=f"{KEY}\n")
    assert (done.code, done.out, done.err) == (0, "", "logged in\n")
    account = stranger.run("account")
    assert (account.code, account.out) == (0, "type      apiKey\n")
    assert stranger.run("logout").err == "logged out\n"
    assert stranger.run("account").code == 1


def test_a_key_is_typed_without_being_seen(stranger: Place) -> None:
    with stranger.at_terminal("login", "--api-key") as screen:
        screen.wait_for("API key: ")
        screen.type(f"{KEY}\n")
        assert screen.end() == 0
    assert KEY not in screen.text


def test_no_key_is_wrong_usage_and_a_key_is_no_argument(stranger: Place) -> None:
    assert stranger.run("login", "--api-key").code == 2
    given = stranger.run("login", "--api-key", KEY)
    assert (given.code, "unrecognized arguments" in given.err) == (2, True)
    joined = stranger.run("login", f"--api-key={KEY}")
    assert (joined.code, "no value may follow argument --api-key" in joined.err) == (2, True)
    for done in (given, joined):
        assert KEY not in done.err
        assert "[redacted]" not in done.err


@pytest.mark.parametrize(
    "words",
    [("--apikey=abc0987",), ("X", "abc0987"), ("--timeout=abc0987",), ("--device=abc0987",)],
)
def test_no_word_that_was_given_is_repeated(stranger: Place, words: tuple[str, ...]) -> None:
    done = stranger.run("login", *words[:1], "--json", *words[1:])
    assert (done.code, done.json["error"]["code"]) == (2, "usage")
    assert "abc0987" not in done.out + done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("piped", ["two words", "one\ntwo", "kéy", "k\x00"])
def test_what_cannot_be_a_key_is_wrong_usage(stranger: Place, piped: str) -> None:
    done = stranger.run("login", "--api-key", input=piped)
    assert (done.code, done.out) == (2, "")
    assert "no key" in done.err
    assert piped not in done.err
    assert done.err.count("\n") == 1


def test_a_key_that_is_not_typed_is_wrong_usage(stranger: Place) -> None:
    with stranger.at_terminal("login", "--api-key") as screen:
        screen.wait_for("API key: ")
        screen.type("\x04")
        assert screen.end() == 2
    assert "there is no key" in screen.text


@pytest.mark.parametrize("seconds", ["nan", "-1", "0", "soon", ""])
def test_a_login_waits_for_a_number_of_seconds(stranger: Place, seconds: str) -> None:
    done = stranger.run("login", f"--timeout={seconds}")
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1


def test_a_login_that_nobody_makes_ends_in_words(stranger: Place, issuer: LoginIssuer) -> None:
    done = stranger.run("login", "--device", "--timeout", "0.3")
    assert done.code == 1
    assert "nobody has logged in within 0.3 s: try again, and allow more with --timeout" in done.err


def test_a_device_logs_in_with_a_code(stranger: Place, issuer: LoginIssuer) -> None:
    with stranger.at_terminal("login", "--device") as screen:
        screen.wait_for(f"and enter the code {USER_CODE}")
        issuer.approve()
        screen.wait_for("logged in")
        assert screen.end() == 0
    shown = stranger.run("account")
    assert shown.code == 0
    assert "dev@example.com" in shown.out


def test_a_denied_device_is_a_failed_login(stranger: Place, issuer: LoginIssuer) -> None:
    with stranger.at_terminal("login", "--device") as screen:
        screen.wait_for(USER_CODE)
        issuer.deny()
        assert screen.end() == 1
    assert "error: the login failed" in screen.text


@pytest.mark.xdist_group("port-1455")
def test_a_browser_logs_in(stranger: Place, issuer: LoginIssuer) -> None:
    with browser_port(), stranger.at_terminal("login", "--no-browser", columns=2000) as screen:
        screen.wait_for("\nhttp")
        screen.wait_for("\n", after=screen.text.index("\nhttp") + 1)
        address = next(line for line in screen.text.splitlines() if line.startswith("http"))
        urlopen(address, timeout=30).close()
        screen.wait_for("logged in")
        assert screen.end() == 0
