"""What a model, a runtime or an MCP server may put into a text to fool the person who reads it."""

from __future__ import annotations

import unicodedata

ATTACKS = [
    # lines, for those who split where Python does
    *("\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"),
    # what a terminal obeys: cursor, colour, title, link, clipboard, status, charset, bell
    *("\x1b[2K\r", "\x1b[1A", "\x1b[31m", "\x1b[8m", "\x1b]0;t\x07", "\x1b]8;;https://x\x1b\\"),
    *("\x1b]52;c;cm0=\x07", "\x1bP+q\x1b\\", "\x1b(0", "\x1bc", "\x07", "\b\b\b", "\x7f", "\x00"),
    *("\x9b2K", "\x9d52;c;cm0=\x9c", "\x90+q\x9c", "\x84", "\x8d"),
    # direction
    *("\u202e", "\u202d", "\u202a", "\u202b", "\u202c", "\u2066", "\u2067", "\u2068", "\u2069"),
    *("\u200e", "\u200f", "\u061c"),
    # what nobody sees
    *("\u200b", "\u200c", "\u200d", "\u2060", "\u2061", "\u2064", "\ufeff", "\u00ad", "\u034f"),
    *("\u115f", "\u1160", "\u3164", "\uffa0", "\u17b4", "\u180e", "\u2800", "\u206a", "\ufff9"),
    *("\U000e0001", "\U000e0072\U000e006d", "\U000e007f", "\ufe00", "\ufe0f", "\U000e0100"),
    *("\U0001d173", "\U0001bca0", "\udcff", "\ud800", "\ue000", "\U000f0000", "\uffff"),
    # blanks that push the rest out of sight
    *(200 * " ", 40 * "\t", "\u00a0", "\u3000", "\u2003" * 50, "\u205f"),
]


def is_safe(text: str) -> bool:
    """Tell whether a text is one line of letters that everybody sees."""
    unseen = "\u034f\u115f\u1160\u17b4\u2800\u3164\uffa0\ufe00\ufe0f\U000e0100"
    return (
        text.isprintable()
        and not any(letter in text for letter in unseen)
        and not any(unicodedata.category(letter) in ("Cf", "Co", "Cs") for letter in text)
        and " " * 9 not in text
    )
