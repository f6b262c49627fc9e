"""No secret survives redaction, in whatever form it comes; ordinary text does."""

from __future__ import annotations

import base64

import pytest

from openai_codex.config import AppServerConfig
from openai_codex.redaction import HIDDEN, redact

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1c2VyLTEifQ.c2lnbmF0dXJl"
BASIC = base64.b64encode(b"user:hunter2hunter2").decode()

# (text, the secret in it)
SECRETS = [
    ("using key sk-proj-Abc123def456", "sk-proj-Abc123def456"),
    ("Incorrect API key provided: sk-live_0123456789", "sk-live_0123456789"),
    ("sess-0123456789abcdef expired", "sess-0123456789abcdef"),
    (
        "remote: ghp_0123456789abcdefABCDEF0123456789abcd",
        "ghp_0123456789abcdefABCDEF0123456789abcd",
    ),
    ("github_pat_11ABCDEFG0123456789_abcdefghij", "github_pat_11ABCDEFG0123456789_abcdefghij"),
    ("glpat-0123456789abcdefghij", "0123456789abcdefghij"),
    ("posting as xoxb-1234567890-abcdefghij", "xoxb-1234567890-abcdefghij"),
    ("aws id AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
    (f"id token is {JWT}", JWT),
    (f"Authorization: Bearer {JWT}", JWT),
    ("authorization: bearer abcdefgh", "abcdefgh"),
    (f"Authorization: Basic {BASIC}", BASIC),
    (f"proxy said Basic {BASIC}", BASIC),
    ("x-api-key: 0a1b2c3d", "0a1b2c3d"),
    ("OPENAI_API_KEY=plainvalue and more", "plainvalue"),
    ("export GITHUB_TOKEN=plainvalue", "plainvalue"),
    ("AWS_SECRET_ACCESS_KEY=abc/def+ghi", "abc/def+ghi"),
    ('{"apiKey":"plain-value"}', "plain-value"),
    ('{"access_token": "opaque", "n": 1}', "opaque"),
    ('{"refreshToken":"opaque"}', "opaque"),
    ('{"token":"opaque"}', "opaque"),
    ('"{\\"id_token\\":\\"opaque\\"}"', "opaque"),
    ('password = "correct horse battery"', "horse battery"),
    ("client_secret='s3 cr3t'", "cr3t"),
    ('model_providers.x.experimental_bearer_token="opaque"', "opaque"),
    ("Cookie: a=opaque1; session=opaque2", "opaque2"),
    ("GET /auth/callback?code=opaque1&state=opaque2 HTTP/1.1", "opaque1"),
    ("GET /auth/callback?code=opaque1&state=opaque2 HTTP/1.1", "opaque2"),
    ('{"code_verifier":"opaque"}', "opaque"),
    ("user_code: ABCD-12345", "ABCD-12345"),
    ("cloning https://user:hunter2@example.com/r.git", "hunter2"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----", "MIIE"),
    ("-----BEGIN PRIVATE KEY-----\nMIIE cut off", "MIIE"),
]

ORDINARY = [
    "2026-01-02T03:04:05Z ERROR codex_core: stream disconnected before completion",
    "total_tokens=55 input_tokens: 40",
    "unexpected token: }",
    "exit code=1, state=running",
    "task-1234567890 is done; ask-something-else",
    "the password prompt was shown; authorization failed",
    "basic instructions and a secret garden",
    "visit https://example.com:8080/path?page=2",
    "model gpt-5.5, thread 0199a0b1-7c2d-7000-8000-0123456789ab",
    "",
]


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_a_secret_is_taken_out(text: str, secret: str) -> None:
    shown = redact(text)
    assert secret not in shown
    assert HIDDEN in shown


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_survives(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_redacting_twice_changes_nothing_more(text: str, secret: str) -> None:
    once = redact(text)
    assert secret not in redact(once)


def test_the_words_around_a_secret_stay() -> None:
    assert redact('{"apiKey":"plain","model":"gpt-5.5"}') == (
        f'{{"apiKey":"{HIDDEN}","model":"gpt-5.5"}}'
    )


@pytest.mark.parametrize("piece", ["a", "api_key", "eyJ", "://", "-----BEGIN ", "token", "=", "'"])
def test_a_long_line_of_one_piece_is_no_trap(piece: str) -> None:
    redact(piece * (64 * 1024 // len(piece)))  # the test's own time limit is the judge


def test_a_config_shows_no_secret() -> None:
    config = AppServerConfig(
        config_overrides=(
            'model_providers.x.experimental_bearer_token="opaque"',
            'model="gpt-5.5"',
        ),
        env={"OPENAI_API_KEY": "plainvalue", "CODEX_HOME": "somewhere"},
        launch_args_override=("codex", "--api-key=opaque", "app-server"),
    )
    shown = repr(config)
    assert shown.startswith("AppServerConfig(codex_bin=None, ")
    assert [word for word in ("opaque", "plainvalue", "somewhere") if word in shown] == []
    assert [
        w for w in ("OPENAI_API_KEY", "CODEX_HOME", "gpt-5.5", "app-server") if w not in shown
    ] == []


def test_a_config_without_env_shows_all_its_fields() -> None:
    shown = repr(AppServerConfig(codex_bin="bin/codex", request_timeout=None))
    assert "codex_bin='bin/codex'" in shown
    assert "env=None" in shown
    assert "request_timeout=None" in shown
