"""Take secrets out of text before it reaches a log, a repr, an error or a recording."""

from __future__ import annotations

import re

__all__ = ["redact"]

_HIDDEN = "[redacted]"

_PATTERNS = (
    # keys and tokens that tell what they are by their first letters
    re.compile(r"\b(?:sk|sess|ghp|gho|xox[abp])[-_][A-Za-z0-9_\-]{6,}"),
    re.compile(r"\beyJ[A-Za-z0-9_\-]+\.[A-Za-z0-9_\-]+\.[A-Za-z0-9_\-]*"),
    # what follows a word that announces a secret: header, JSON member, query or assignment
    re.compile(
        r"(?i)(?<=bearer )[^\s\"',;]+"
        r"|(?P<word>\b(?:api[_-]?key|apikey|authorization|password|secret"
        r"|(?:access|refresh|id|session|auth)[_-]?token)"
        r"\\?[\"']?\s*[:=]\s*\\?[\"']?(?:bearer )?)(?P<value>[^\s\"'\\,;&}]+)"
    ),
    re.compile(r"(?P<word>[?&](?:code|state|token|code_challenge)=)(?P<value>[^&\s\"']+)"),
)


def redact(text: str) -> str:
    """Return `text` with everything that looks like a key, a token or an auth code taken out."""
    for pattern in _PATTERNS:
        text = pattern.sub(_hide, text)
    return text


def _hide(found: re.Match[str]) -> str:
    word = found.groupdict().get("word")
    return f"{word or ''}{_HIDDEN}"
