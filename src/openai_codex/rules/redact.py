"""Hide what looks like a secret in text that is kept or logged, as command lines spell it.

This is a net, not a wall: a secret that looks like any other word stays.
"""

from __future__ import annotations

import re

from ..redaction import redact

LIMIT = 2000
"""Characters of a subject that are kept."""

_NAME = r"[\w-]{0,40}(?:token|passw(?:or)?d|passphrase|secret|api[_-]?key|credentials?)[\w-]{0,40}"
_VALUE = r"""(?:"[^"]*"|'[^']*'|[^\s'"]+)"""
_RULES = tuple(
    (re.compile(pattern, re.IGNORECASE), kept)
    for pattern, kept in (
        (
            r"(\bauthorization\s{0,9}[:=]\s{0,9})(?:(?:bearer|basic|token)\s{1,9})?[^\s'\"]+",
            r"\1[redacted]",
        ),
        (rf"((?<![\w-])--?{_NAME}\s{{1,9}})(?!-){_VALUE}", r"\1[redacted]"),
        (rf"((?<![\w-])-{{0,2}}{_NAME}=){_VALUE}", r"\1[redacted]"),
        (r"(://[^\s/:@'\"]{0,100}:)[^\s/@'\"]{1,200}(@)", r"\1[redacted]\2"),
    )
) + tuple(
    (re.compile(pattern), "[redacted]")
    for pattern in (
        r"\bgh[pousr]_\w{16,}",
        r"\bgithub_pat_\w{16,}",
        r"\bxox[a-z]-[\w-]{8,}",
        r"\bAKIA[0-9A-Z]{16}\b",
    )
)


def redacted(text: str) -> str:
    """Return the first LIMIT characters of `text`, with `[redacted]` for what looks secret.

    >>> redacted("curl --api-key=k https://me:pw@host/")
    'curl --api-key=[redacted] https://me:[redacted]@host/'
    """
    shown = text[: 2 * LIMIT]
    for pattern, kept in _RULES:
        shown = pattern.sub(kept, shown)
    shown = redact(shown)
    if len(text) <= LIMIT:
        return shown
    return f"{shown[:LIMIT]} (and {len(text) - LIMIT} more characters)"
