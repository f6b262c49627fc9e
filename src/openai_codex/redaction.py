"""Take secrets out of text before it reaches a log, a repr, an error or a recording.

Linear in the text: no pattern may begin with a run of unbounded length.
"""

from __future__ import annotations

import re

__all__ = ["HIDDEN", "redact"]

HIDDEN = "[redacted]"
"""What stands in the place of a secret."""

_NAMES = r"""(?:
    api[_-]?key | authorization | passw(?:or)?d | passphrase | credential
    | secret(?:[_-]?(?:access[_-]?)?key)? | private[_-]?key
    | code[_-]?verifier | (?:user|device)[_-]?code
    | (?:access|refresh|id|session|auth|bearer|api|csrf|security)[_-]?token
)s?"""

_PATTERNS = tuple(
    re.compile(pattern, re.VERBOSE | re.IGNORECASE)
    for pattern in (
        r"-----BEGIN\ [A-Z ]{0,20}PRIVATE\ KEY-----(?s:.*?)(?:-----END\ [A-Z ]{0,20}KEY-----|\Z)",
        # keys and tokens that tell what they are by their first letters
        r"\b(?:sk|sess|xox[abeprs])[-_][A-Za-z0-9_\-]{6,}",
        r"\b(?:gh[oprsu]|github_pat|glpat|hf|npm)[-_][A-Za-z0-9_]{20,}",
        r"\b(?-i:AKIA|ASIA)[0-9A-Z]{16}\b | \b(?-i:AIza)[A-Za-z0-9_\-]{30,}",
        r"\beyJ[A-Za-z0-9_\-]+\.[A-Za-z0-9_\-]+\.[A-Za-z0-9_\-]*",
        # what follows a word that announces a secret: header, JSON member, assignment
        rf"""(?P<word>{_NAMES} \\?["']?\s*[:=]\s* (?P<quote>\\?["'])?)
            (?!\[redacted\])  # by somebody before us
            (?(quote) (?:[^"'\\] | \\[^"'])+
            | (?:(?:bearer|basic|token)\s+)? [^\s"'\\,;&}}\]]+)""",
        r"""(?P<word> \\?["']token\\?["']\s*:\s*\\?["'] | (?:\b|_)token=\\?["']?)[^\s"'\\,;&]+""",
        r"(?P<word>\bcookie\s*:\s*)[^\r\n\"']+",
        r"(?P<word>\bbearer\s+)[^\s\"'\\,;]+",
        r"(?P<word>\bbasic\s+)(?=[^\s]*[0-9=])[A-Za-z0-9+/]{8,}={0,2}",
        # addresses: the password of a user, and what only one visit may know
        r"(?P<word>://[^\s/:@'\"]{0,100}:)[^\s/@'\"]{1,200}(?=@)",
        r"(?P<word>[?&](?:code|state|token|key|sig|signature|code_challenge)=)[^&\s\"']+",
    )
)


def redact(text: str) -> str:
    """Return `text` with everything that looks like a key, a token or an auth code taken out."""
    for pattern in _PATTERNS:
        text = pattern.sub(_hide, text)
    return text


def _hide(found: re.Match[str]) -> str:
    word = found.groupdict().get("word")
    return f"{word or ''}{HIDDEN}"
