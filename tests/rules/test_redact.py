from __future__ import annotations

import pytest

from openai_codex.rules.redact import LIMIT, redacted


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("git status", "git status"),
        ("x --token=abc y", "x --token=*** y"),
        ("x --token 'a b' y", "x --token *** y"),
        ('x --api-key="a b" y', "x --api-key=*** y"),
        ("x --token --verbose", "x --token --verbose"),
        ("OPENAI_API_KEY=abc x", "OPENAI_API_KEY=*** x"),
        ("DB_PASSWORD='a b' x", "DB_PASSWORD=*** x"),
        ("curl -H 'Authorization: Bearer abc' x", "curl -H 'Authorization: ***' x"),
        ("curl -H 'X: bearer abc.def'", "curl -H 'X: bearer ***'"),
        ("git clone https://me:pw@host/x", "git clone https://me:***@host/x"),
        ("echo sk-proj-abcdefghij", "echo ***"),
        ("echo ghp_abcdefghijklmnop1234", "echo ***"),
        ("echo github_pat_abcdefghijklmnop1234", "echo ***"),
        ("echo xoxb-12345678-abc", "echo ***"),
        ("echo AKIAABCDEFGHIJKLMNOP", "echo ***"),
        ("echo eyJhbGciOiJI.eyJzdWIi.abc-_", "echo ***"),
        ("cat tokenizer.py --tokens", "cat tokenizer.py --tokens"),
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str, shown: str) -> None:
    assert redacted(text) == shown


def test_long_text_is_cut() -> None:
    assert redacted("a" * LIMIT) == "a" * LIMIT
    assert redacted("a" * (LIMIT + 5)) == "a" * LIMIT + " (and 5 more characters)"


@pytest.mark.parametrize("piece", ["-", "token", "eyJ", "a-", "://", "sk-", "bearer ", "--token="])
def test_hostile_text_is_redacted_at_once(piece: str) -> None:
    assert len(redacted(piece * 1_000_000)) < 2 * LIMIT
