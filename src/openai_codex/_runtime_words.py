"""What the runtime says of its own command line, in words of this package. Pure.

The runtime is also the stock command line, and its messages send people there: "Run `codex mcp
login docs`". An install of this package has no such command; what it has instead stands here. Only
what is shown passes: an error's text, a log record, a line of a terminal or a card. Fields that
hold data keep what the runtime said.

>>> in_our_words("The docs MCP server is not logged in. Run `codex mcp login docs`.")
'The docs MCP server is not logged in. Run `codex.mcp.login("docs")`.'
"""

from __future__ import annotations

import re

__all__ = ["in_our_words"]

# A command begins where it is quoted, piped into, or told to be run: "a codex login" is a noun.
_RUN = r"(?P<run>['`|] ?|\b(?:[Rr]e-?)?[Rr]un )"
_QUOTE = r"(?P<quote>['`])"

# The first of them that fits is the one that counts, so a longer command stands before a shorter.
_WORDS = (
    (rf"{_RUN}codex login --device-auth\b", r"\g<run>openai-codex login --device"),
    (rf"{_RUN}codex login --with-api-key\b", r"\g<run>openai-codex login --api-key"),
    (rf"{_RUN}codex (?P<same>login|logout|doctor)\b(?! -)", r"\g<run>openai-codex \g<same>"),
    (rf"{_QUOTE}codex mcp login (?P<name>[^\s'`]+)(?P=quote)", r'`codex.mcp.login("\g<name>")`'),
    (
        rf"{_QUOTE}codex unarchive (?P<id>[^\s'`]+)(?P=quote)",
        r'`codex.thread_unarchive("\g<id>")`',
    ),
    # Options and commands of its terminal UI, which are as far away.
    (
        r"`--enable (?P<feature>\w+)` or `\[features\]\.(?P=feature)` in config\.toml",
        r'`config={"features": {"\g<feature>": True}}` or `[features].\g<feature>` in config.toml',
    ),
    (
        r"use `--profile [^`]+` with `[^`]+` instead",
        "give its settings as `config_overrides=` of AppServerConfig instead",
    ),
    (
        r"Hit `/feedback` to report the issue",
        "`codex.call(methods.feedback.UPLOAD, ...)` reports the issue",
    ),
    (
        r"Use /feedback with logs included before closing Codex, or run",
        "Call `methods.feedback.UPLOAD` with logs included before closing the client, or run",
    ),
)
_COMPILED = tuple((re.compile(pattern), words) for pattern, words in _WORDS)
# What every pattern above needs; most text has none of it, and is passed over at once.
_HINTS = ("codex ", "`--", "/feedback")


def in_our_words(text: str) -> str:
    """Return a message of the runtime with its commands replaced by what this package has."""
    if not any(hint in text for hint in _HINTS):
        return text
    for pattern, words in _COMPILED:
        text = pattern.sub(words, text)
    return text
