"""Markdown of a model as HTML that is safe to show: in notebooks and on pages.

What a model writes is untrusted. Its text passes `_safe_text` first; then markdown-it-py, which the
extra `[cli]` brings, escapes every piece of it: HTML is shown as it was typed, images are not
fetched, and nothing but an http address becomes a link. Headings are no `<h1>`, or a model could
write into the table of contents of a notebook. Without the library the text is shown as it is.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from html import escape
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .._safe_text import safe_lines
from .styles import MONOSPACE, PLAIN

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

__all__ = ["markdown_html"]

LONGEST = 200_000  # characters; of more, the rest is counted
DEEPEST = 20  # lists and quotes in one another; the library drops what is deeper

BOX = "overflow-wrap:anywhere;margin:.5em 0"
FENCED = f"{MONOSPACE};background:rgba(128,128,128,.12);padding:.5em;margin:.5em 0"
SIZES = {"h1": "1.4", "h2": "1.25", "h3": "1.15", "h4": "1.05", "h5": "1", "h6": "1"}  # em

_HTTP = re.compile(r"https?://[^\s<>\"'`\\]+")
_DEEP = re.compile(rf"(?m)^(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{{1,9}}[.)](?=[ \t]))){{{DEEPEST // 2}}}")
_INDENTED = re.compile(rf"(?m)^[ \t]{{{DEEPEST},}}(?:[-*+]|\d{{1,9}}[.)]) ")


def markdown_html(text: str) -> str:
    """Return Markdown as HTML that runs nothing, fetches nothing and leads to http alone."""
    safe = "\n".join(safe_lines(text[:LONGEST]))
    left = len(text) - LONGEST
    more = f"<div>… {left:,} more characters</div>" if left > 0 else ""
    return f'<div class="{PLAIN}" style="{BOX}">{_made(safe)}{more}</div>'


def _made(text: str) -> str:
    # What is too deep would be dropped, and nothing that a model said may be hidden.
    if find_spec("markdown_it") is None or _DEEP.search(text) or _INDENTED.search(text):
        return f'<div style="white-space:pre-wrap">{escape(text)}</div>'
    made: str = _renderer().render(text, {"links": []})
    return made


@functools.cache
def _renderer() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # A line that ends stays ended: models write for chats, where it does.
    options = {"html": False, "breaks": True, "xhtmlOut": False, "maxNesting": 4 * DEEPEST}
    made = MarkdownIt("commonmark", options)
    # Off: what fetches, what says nothing on the page, and what would bring back signs that are
    # shown as escapes by now.
    made.enable(["table", "strikethrough"]).disable(["image", "reference", "entity"])
    made.normalizeLinkText = _as_it_is  # type: ignore[method-assign]
    made.validateLink = _is_http  # type: ignore[method-assign]
    for kind, rule in (
        ("link_open", _link_open),
        ("link_close", _link_close),
        ("heading_open", _heading_open),
        ("heading_close", _heading_close),
        ("fence", _code),
        ("code_block", _code),
    ):
        made.add_render_rule(kind, rule)
    return made


def _as_it_is(link: str) -> str:
    return link


def _is_http(url: str) -> bool:
    return _HTTP.fullmatch(url) is not None


def _link_open(self: Any, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    url = str(tokens[at].attrs["href"])
    words = "".join(token.content for token in tokens[at + 1 : _end_of_link(tokens, at)])
    env["links"].append("" if words == url or tokens[at].info == "auto" else _host(url))
    return f'<a rel="noopener noreferrer nofollow" target="_blank" href="{escape(url)}">'


def _end_of_link(tokens: Sequence[Token], at: int) -> int:
    """Return where a link ends: there is none within another."""
    return next(number for number in range(at, len(tokens)) if tokens[number].type == "link_close")


def _link_close(self: Any, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    """End a link with where it leads, for its words may say otherwise."""
    host = env["links"].pop()
    return f'</a> <span style="opacity:.7">({escape(host)})</span>' if host else "</a>"


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.rpartition("@")[2] or url
    except ValueError:
        return url


def _heading_open(self: Any, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    tag = tokens[at].tag
    style = f"font-weight:bold;font-size:{SIZES[tag]}em;margin:.6em 0 .3em"
    return f'<div role="heading" aria-level="{tag[1:]}" style="{style}">'


def _heading_close(self: Any, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    return "</div>"


def _code(self: Any, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    return f'<pre style="{FENCED}"><code>{escape(tokens[at].content)}</code></pre>'
