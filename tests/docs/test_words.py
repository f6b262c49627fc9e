"""Names on the pages exist, links lead somewhere, and nothing is of one machine."""

from __future__ import annotations

import builtins
import re
from importlib import import_module
from pathlib import Path

import pytest

from tests.docs.test_pages import PAGES, ROOT, name_of
from tools.gen_reference.render import anchor

NAME = re.compile(r"`([A-Z][a-z]+(?:[A-Z][A-Za-z0-9]*)+)(?:\.(\w+))?(?:\(.*?\))?`")
# With or without a title, also in angle brackets.
LINK = re.compile(r"\]\(<?(?!<?\w+:)([^)#\s>]*)(?:#([^)\s>]*))?>?(?:\s+[\"'(][^)]*)?\)")
HTML = re.compile(
    r"<\w+\s[^>]*?\b(?:href|src|srcset)=[\"'](?!\w+:)([^\"'#\s]*)(?:#([^\"']*))?[\"']"
)
REFERENCE = re.compile(r"\[[^\]\n]+\]\[([^\]\n]*)\]")
DEFINITION = re.compile(r"^\[([^\]]+)\]: *(\S+)", re.MULTILINE)
CODE = re.compile(r"`[^`\n]*`")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
FENCED = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
ROOMS = (
    *("types", "client", "async_client", "testing", "rules", "sessions", "tools", "output"),
    *("display", "batch", "telemetry", "testing.fake"),
)
HOMES = [
    import_module(f"openai_codex{name}")
    for name in ("", "._turns.collector", *(f".{room}" for room in ROOMS))
]
# Names of others, of our inside, and of the past, which the pages speak of.
OTHERS = {
    "AliasPath",
    "AppServerClient",
    "AppServerError",
    "AppServerRpcError",
    "AsyncAppServerClient",
    "BaseModel",
    "DeprecationWarning",
    "RunResult",
    "TaskGroup",
    "TypedDict",
    "TypedDicts",
}
PROSE = [page for page in PAGES if page.name != "design.md" and page.parent.name != "reference"]


@pytest.mark.parametrize("page", PROSE, ids=name_of)
def test_names_on_the_page_exist(page: Path) -> None:
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    unknown = {
        f"{name}.{member}" if member else name
        for name, member in NAME.findall(text)
        if name not in OTHERS and not exists(name, member)
    }
    assert unknown == set()


def exists(name: str, member: str) -> bool:
    found = next((getattr(home, name) for home in HOMES if hasattr(home, name)), None)
    found = found or getattr(builtins, name, None)
    if found is None or not member:
        return found is not None
    return hasattr(found, member) or member in getattr(found, "__annotations__", {})


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    for target, part in linked(text):
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), f"{name_of(page)} links to {target}"
        if part and file.suffix == ".md":
            assert part in anchors(file), f"{name_of(page)} links to {target}#{part}"


def linked(text: str) -> list[tuple[str, str]]:
    """Return the files that a page links to, and the parts of them, however it writes links."""
    return [*LINK.findall(text), *HTML.findall(CODE.sub("", text)), *referred(text)]


def referred(text: str) -> list[tuple[str, str]]:
    """Return where the reference-style links of a page lead, as LINK would find it."""
    homes = {name.lower(): target for name, target in DEFINITION.findall(text)}
    undefined = [
        name for name in REFERENCE.findall(CODE.sub("", text)) if name.lower() not in homes
    ]
    assert undefined == []
    local = [target for target in homes.values() if not re.match(r"\w+:", target)]
    return [(file, part) for file, _, part in (target.partition("#") for target in local)]


def test_reference_style_links_are_read() -> None:
    assert referred("[a][b] and [c][d]\n\n[b]: faq.md#top\n[d]: https://example.com\n") == [
        ("faq.md", "top")
    ]
    with pytest.raises(AssertionError):
        referred("[a][nowhere]")


@pytest.mark.parametrize(
    "text",
    [
        "[a](b.md#c)",
        '[a](b.md#c "title")',
        "[a](<b.md#c>)",
        "![a](b.md#c)",
        '<a class="x" href="b.md#c">a</a>',
        "<img alt='a' src='b.md#c'>",
        '<source media="(x)" srcset="b.md#c">',
        "[a][d]\n\n[d]: b.md#c",
    ],
)
def test_links_of_every_style_are_read(text: str) -> None:
    assert linked(text) == [("b.md", "c")]
    assert linked(text.replace("b.md", "https://example.com/b.md")) == []


def anchors(page: Path) -> set[str]:
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    return {anchor(title.replace("`", "").replace(" ", "-")) for title in HEADING.findall(text)}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_nothing_on_the_page_is_of_one_machine(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"/root/\.|/Users/|/home/(?!app\b)\w+", text) == []


def test_the_picture_shows_the_demo() -> None:
    picture = (ROOT / "docs/images/demo.svg").read_text(encoding="utf-8")
    for words in (
        "scripts/demo",
        "exit code 1",
        "exit code 0",
        "final response",
        "codex-demo/shop",
    ):
        assert words in picture
