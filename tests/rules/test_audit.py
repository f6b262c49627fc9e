from __future__ import annotations

import pytest

from openai_codex.rules.audit import LIMIT, redacted


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("git status", "git status"),
        ("x --token=abc y", "x --token=[redacted] y"),
        ("x --token 'a b' y", "x --token [redacted] y"),
        ('x --api-key="a b" y', "x --api-key=[redacted] y"),
        ("x --token --verbose", "x --token --verbose"),
        ("OPENAI_API_KEY=abc x", "OPENAI_API_KEY=[redacted] x"),
        ("DB_PASSWORD='a b' x", "DB_PASSWORD=[redacted] x"),
        ("curl -H 'Authorization: Bearer abc' x", "curl -H 'Authorization: [redacted]' x"),
        ("curl -H 'X: bearer abc.def'", "curl -H 'X: bearer [redacted]'"),
        ("git clone https://me:pw@host/x", "git clone https://me:[redacted]@host/x"),
        ("echo sk-proj-abcdefghij", "echo [redacted]"),
        ("echo ghp_abcdefghijklmnop1234", "echo [redacted]"),
        ("echo github_pat_abcdefghijklmnop1234", "echo [redacted]"),
        ("echo xoxb-12345678-abc", "echo [redacted]"),
        ("echo AKIAABCDEFGHIJKLMNOP", "echo [redacted]"),
        ("echo eyJhbGciOiJI.eyJzdWIi.abc-_", "echo [redacted]"),
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
