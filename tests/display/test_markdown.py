"""Markdown of a model as HTML: it reads well, and nothing of it runs, fetches or leads astray."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import pytest

from openai_codex.display.markdown import LONGEST, markdown_html
from tests.attacks import ATTACKS as HIDDEN
from tests.attacks import is_safe
from tests.transcript.attacks import ATTACKS

VOID = {"br", "hr"}
TAGS = {
    *("div", "p", "br", "hr", "pre", "code", "em", "strong", "s", "a", "span", "blockquote"),
    *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"class", "style", "role", "aria-level", "start", "rel", "target", "href"}


class Page(HTMLParser):
    """What a page is made of, as a browser reads it; refuses what is not closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS
        assert {name for name, _ in attrs} <= ATTRIBUTES
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_comment(self, data: str) -> None:
        raise AssertionError("a comment")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError("a declaration")


def bare(html: str) -> str:
    """Return HTML without its attributes, its line ends and the box around it."""
    html = re.sub(r"<(\w+)[^>]*>", r"<\1>", html).replace("\n", "")
    return html.removeprefix("<div>").removesuffix("</div>")


@pytest.mark.parametrize(
    ("text", "links", "shown"),
    [
        ("<https://a.b/c>", ["https://a.b/c"], "https://a.b/c"),
        ("<https://a.b/%E2%80%AE>", ["https://a.b/%E2%80%AE"], "https://a.b/%E2%80%AE"),
        ("[docs](https://a.b/c)", ["https://a.b/c"], "docs (a.b)"),
        ("[`x`](https://a.b/(c))", ["https://a.b/(c)"], "x (a.b)"),
        ("[https://good.b](https://evil.b/)", ["https://evil.b/"], "https://good.b (evil.b)"),
        ("[x](https://good.b@evil.b/)", ["https://good.b@evil.b/"], "x (evil.b)"),
        ("[https://a.b](https://a.b)", ["https://a.b"], "https://a.b"),
        ("[](https://a.b)", ["https://a.b"], " (a.b)"),
        ("![chart](https://a.b/c.png)", ["https://a.b/c.png"], "!chart (a.b)"),
        ("[prices.py](/src/prices.py:12)", [], "[prices.py](/src/prices.py:12)"),
        ("[click](javascript:hurt())", [], "[click](javascript:hurt())"),
        ("[x](data:text/html,y)", [], "[x](data:text/html,y)"),
        ("[x](//evil.b)", [], "[x](//evil.b)"),
        ('[a]: https://evil.b "hidden"', [], '[a]: https://evil.b "hidden"'),
        ("&#8238;&lt;", [], "&#8238;&lt;"),
    ],
)
def test_only_http_is_a_link_and_where_it_leads_is_shown(
    text: str, links: list[str], shown: str
) -> None:
    page = Page(markdown_html(text))
    assert page.links == links
    assert text_of(markdown_html(text)).strip() == shown.strip()
    assert "img" not in page.tags


def test_where_a_link_leads_is_shown_though_its_host_is_none() -> None:
    shown = text_of(markdown_html("[x](http://[a:b]/)")).strip()
    assert shown in ("x (http://[a:b]/)", "x ([a:b])")  # older Pythons take it for a host


def text_of(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (
            "**bold** and *it* and ~~no~~",
            "<p><strong>bold</strong> and <em>it</em> and <s>no</s></p>",
        ),
        ("one\ntwo\n\nthree", "<p>one<br>two</p><p>three</p>"),
        ("# Title #\n### C#", "<div>Title</div><div>C#</div>"),
        ("```py\n<b>\n```\nz", "<pre><code>&lt;b&gt;</code></pre><p>z</p>"),
        ("a\n\n    <b>\n\nz", "<p>a</p><pre><code>&lt;b&gt;</code></pre><p>z</p>"),
        ("> a\n> - b", "<blockquote><p>a</p><ul><li>b</li></ul></blockquote>"),
        ("a < b & <b>c</b>", "<p>a &lt; b &amp; &lt;b&gt;c&lt;/b&gt;</p>"),
        ("", ""),
    ],
)
def test_the_blocks_of_a_text(text: str, html: str) -> None:
    made = markdown_html(text)
    Page(made)
    assert bare(made) == html


def test_code_looks_the_same_however_it_is_marked() -> None:
    fenced, indented = (markdown_html(text) for text in ("```\n<b>\n```", "    <b>"))
    assert fenced.replace("\n", "") == indented.replace("\n", "")
    assert re.search(r'<pre style="[^"]*white-space:pre-wrap[^"]*"><code>&lt;b&gt;', fenced)


def test_numbers_of_lists_and_sides_of_columns_stay() -> None:
    assert '<ol start="7"' in markdown_html("7. a")
    html = markdown_html("|a|b|c|\n|:-|:-:|-:|\n|1|2|3|")
    assert re.findall(r'text-align:(\w+)"', html) == ["left", "center", "right"] * 2


def test_without_the_library_the_text_is_shown_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openai_codex.display.markdown.find_spec", lambda name: None)
    assert bare(markdown_html("**a** <b>")) == "<div>**a** &lt;b&gt;</div>"


@pytest.mark.parametrize(
    "text",
    [
        "> " * 90 + "deep",
        "- " * 90 + "deep",
        "".join(f"{'  ' * n}- x\n" for n in range(90)) + "deep",
    ],
)
def test_a_text_that_nests_too_deep_is_text_and_hides_nothing(text: str) -> None:
    page = Page(html := markdown_html(text))
    assert text_of(html).endswith("deep")
    assert page.tags == ["div", "div"]


def test_headings_stay_out_of_a_notebooks_contents_and_dollars_out_of_formulas() -> None:
    html = markdown_html("# $\\href{javascript:hurt()}{x}$")
    assert "<h1" not in html
    assert 'role="heading" aria-level="1"' in html
    assert html.startswith('<div class="tex2jax_ignore mathjax_ignore"')


def test_what_is_too_long_is_counted() -> None:
    html = markdown_html("word " * (LONGEST // 5) + "and more")
    assert html.endswith("<div>… 8 more characters</div></div>")
    assert "… 1 more characters" in markdown_html("x" * (LONGEST + 1))
    assert "more characters" not in markdown_html("x" * LONGEST)


def test_secrets_are_hidden() -> None:
    assert "opaque" not in markdown_html("token: opaque")


@pytest.mark.parametrize("attack", ATTACKS, ids=ascii)
@pytest.mark.parametrize(
    "form",
    ["{}", "`{}", "[{}](https://a.b)", "[x]({})", "- {}", "> {}", "| {} |\n|-|\n| {} |", "**{}**"],
)
def test_an_attack_makes_no_tag_and_no_link_but_to_http(attack: str, form: str) -> None:
    page = Page(markdown_html(form.replace("{}", attack)))
    assert all(re.match(r"https?://", link) for link in page.links)


@pytest.mark.parametrize("attack", HIDDEN, ids=ascii)
def test_nothing_hides(attack: str) -> None:
    for line in text_of(markdown_html(f"a{attack}b")).split("\n"):
        assert is_safe(line.replace("\t", " ").replace(" ", "")), line
