"""What is said to who has no valid login: who is logged in, where, and what to do."""

from __future__ import annotations

from typing import Any

import pytest

from openai_codex._turns.credentials import Login, is_refusal


@pytest.mark.parametrize(
    ("error", "refused"),
    [
        ({"codexErrorInfo": "unauthorized"}, True),
        ({"codexErrorInfo": {"responseStreamDisconnected": {"httpStatusCode": 401}}}, True),
        ({"codexErrorInfo": {"httpConnectionFailed": {"httpStatusCode": 403}}}, False),
        ({"codexErrorInfo": {"httpConnectionFailed": {"httpStatusCode": None}}}, False),
        ({"codexErrorInfo": {"new": "kind"}}, False),
        ({"codexErrorInfo": None}, False),
        ({}, False),
        (None, False),
        (5, False),
    ],
)
def test_a_refusal_is_known_by_its_status(error: Any, refused: bool) -> None:
    assert is_refusal(error) is refused


def login(account: Any, *, required: bool = True, keys: Any = (), is_given: bool = False) -> Login:
    reply = {"account": account, "requiresOpenaiAuth": required}
    found = Login.of(reply, home="/home/ada/.codex", keys=keys, is_given=is_given)
    assert found is not None
    return found


def test_nobody_is_told_how_to_log_in() -> None:
    nobody = login(None)
    assert nobody.is_missing
    assert nobody.advice() == (
        "nobody is logged in; CODEX_HOME is /home/ada/.codex; call codex.login_chatgpt() or "
        "codex.login_api_key(key), or give Codex() an api_key"
    )


def test_keys_in_the_environment_that_are_not_used_are_named() -> None:
    advice = login(None, keys=["OPENAI_API_KEY"]).advice()
    assert "OPENAI_API_KEY is set and not used: give api_key FROM_ENVIRONMENT" in advice
    both = login(None, keys=["CODEX_API_KEY", "OPENAI_API_KEY"]).advice()
    assert "CODEX_API_KEY and OPENAI_API_KEY are set and not used" in both


def test_a_key_that_the_client_was_given_is_not_replaced_by_a_login() -> None:
    advice = login({"type": "apiKey"}, is_given=True).advice()
    assert "the API key that Codex() was given" in advice
    assert advice.endswith("give Codex() another api_key")


@pytest.mark.parametrize(
    ("account", "required", "words"),
    [
        ({"type": "apiKey"}, True, ("logged in with an API key", "log in with another key")),
        (
            {"type": "chatgpt", "email": "ada@example.com"},
            True,
            ("logged in as ada@example.com", "log in again: codex.login_chatgpt()"),
        ),
        ({"type": "amazonBedrock"}, True, ("logged in as amazonBedrock", "log in again")),
        (None, False, ("the provider needs no login here", "env_key")),
    ],
)
def test_an_account_is_named_with_what_helps(
    account: Any, required: bool, words: tuple[str, str]
) -> None:
    found = login(account, required=required)
    assert not found.is_missing
    assert all(word in found.advice() for word in words)


@pytest.mark.parametrize("reply", [None, 5, [], "x"])
def test_a_reply_of_another_shape_tells_nothing(reply: Any) -> None:
    assert Login.of(reply, home=None, keys=()) is None
    assert Login.of({"account": 5}, home=None, keys=()) == Login(None, False, None)


@pytest.mark.parametrize(
    ("account", "kind", "recovers"),
    [
        (None, None, False),
        ({"type": "apiKey"}, "apiKey", False),
        ({"type": "chatgpt", "email": "ada@x.org"}, "chatgpt", True),
        ({"type": "chatgptAuthTokens"}, "chatgptAuthTokens", True),
    ],
)
def test_only_a_login_can_be_renewed_by_the_runtime(
    account: Any, kind: str | None, recovers: bool
) -> None:
    found = login(account)
    assert (found.kind, found.may_recover, found.is_missing) == (kind, recovers, account is None)
    assert not login(None, required=False).is_missing
