"""The pages: sections of names, each with its signature, its words and its members."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

from tools.gen_reference.members import (
    Member,
    bases_of,
    choices_of,
    is_constructed_by_users,
    members_of,
)
from tools.gen_reference.prose import as_markdown, doc_of
from tools.gen_reference.sections import OWN_PAGES, SECTIONS, Section
from tools.gen_reference.signature import signature_of

__all__ = ["FOLDER", "anchor", "overview", "page_of", "pages", "title_of"]

MADE = (
    "<!-- Made by `python -m tools.gen_reference` from signatures and docstrings; do not edit. -->"
)
HEADER = f"""\
# API reference

{MADE}

Names are imported from `openai_codex`, unless they are written with the name of a submodule.
Options after the first argument are keyword-only. Times are in seconds. A class whose name begins
with `Async` is the same as the one without, with `await`; its members are described there.
"""
FOLDER = "reference"
LONGEST_VALUE = 60  # characters of a constant in the list of names

Links = dict[str, str]


def overview() -> str:
    """Return the page that lists every name, with the page that describes it."""
    parts = [HEADER]
    for section in SECTIONS:
        rows = "\n".join(_row(section, name) for name in section.names)
        table = f"| name | what it is |\n|---|---|\n{rows}"
        parts.append(f"## {section.title}\n\n{section.words}\n\n{table}")
    return _text(parts)


def pages() -> dict[str, str]:
    """Return the text of each page in `docs/reference`, by its file's name."""
    made: dict[str, str] = {}
    for section in SECTIONS:
        for page in dict.fromkeys(page_of(section, name) for name in section.names):
            names = [name for name in section.names if page_of(section, name) == page]
            made[page] = _page(section, page, names)
    return made


def page_of(section: Section, name: str) -> str:
    """Return the file that describes a name: that of its family, or of its class and its twin."""
    of_class = name.removeprefix("Async")
    return page_named(of_class if of_class in OWN_PAGES else section.title)


def page_named(title: str) -> str:
    """Return the file's name for a class or a family."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", title)
    return f"{words.lower().replace(' ', '-')}.md"


def href(section: Section, name: str, *, at: str) -> str:
    """Return where a name leads from a page."""
    page, here = page_of(section, name), anchor(title_of(section, name))
    return f"#{here}" if page == at else f"{page}#{here}"


def _page(section: Section, page: str, names: list[str]) -> str:
    links = {**_links(SECTIONS, page), **_links([section], page)}
    words = re.sub(r"\]\((?!#|\w+:)", "](../", section.words)
    parts = [f"# {section.title}", MADE, words]
    if page != page_named(section.title):
        family = f"Of [{section.title}](../api-reference.md#{_slug(section.title)}). {words}"
        title, *entry = _entry(section, names.pop(0), links, 1)
        parts = [title, MADE, family, *entry]
    return _text([*parts, *(text for name in names for text in _entry(section, name, links, 2))])


def _text(parts: Iterable[str]) -> str:
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def _row(section: Section, name: str) -> str:
    title = title_of(section, name)
    there = f"{FOLDER}/{page_of(section, name)}#{anchor(title)}"
    return f"| [`{title}`]({there}) | {_first_words(section, name)} |"


def _first_words(section: Section, name: str) -> str:
    """Return the first sentence of what is said of a thing."""
    thing = getattr(import_module(section.module), name)
    if isinstance(thing, type) and thing.__name__ != name:
        return f"the same class as `{thing.__name__}`"
    if isinstance(thing, (int, str, tuple, frozenset)):
        shown = repr(thing).replace("|", "\\|")
        return f"`{shown}`" if len(shown) <= LONGEST_VALUE else "a constant"
    is_told = isinstance(thing, (type, ModuleType)) or inspect.isfunction(thing)
    told = doc_of(thing if is_told else type(thing)) if is_told or _is_ours(thing) else "a type"
    paragraph = " ".join(told.split("\n\n")[0].split())
    return re.split(r"(?<=[a-z`)\"]{2})[.:](?= |$)", paragraph)[0].replace("|", "\\|")


def _is_ours(thing: Any) -> bool:
    return type(thing).__module__.startswith("openai_codex")


def _links(sections: Iterable[Section], page: str) -> Links:
    """Return where each name leads; of two things of one name, to the first."""
    return {
        name: href(section, name, at=page)
        for section in reversed(list(sections))
        for name in section.names
    }


def title_of(section: Section, name: str) -> str:
    """Return the name as one would write it: `Codex`, `rules.command`."""
    if name in import_module("openai_codex").__all__ and (section.module, name) != _RULES_QUESTION:
        return name
    return f"{section.module.removeprefix('openai_codex.')}.{name}"


_RULES_QUESTION = ("openai_codex.rules", "Question")  # what rules look at; not the class


def anchor(title: str) -> str:
    """Return the id that a heading of this title gets."""
    return re.sub(r"[^\w-]", "", title.lower())


def _slug(title: str) -> str:
    return title.lower().replace(" ", "-")


def _entry(section: Section, name: str, links: Links, level: int) -> Iterator[str]:
    thing = getattr(import_module(section.module), name)
    title = title_of(section, name)
    yield f"{'#' * level} `{title}`"
    if isinstance(thing, type):
        yield from _class(thing, name, links, level + 1)
    elif inspect.isfunction(thing):
        yield _code(signature_of(thing, name, before=_def(thing)))
        yield as_markdown(doc_of(thing), links, own=name)
    else:
        yield _value(thing, name)


def _class(cls: type, name: str, links: Links, level: int) -> Iterator[str]:
    if cls.__name__ != name:
        yield f"The same class as [`{cls.__name__}`]({links[cls.__name__]})."
        return
    if is_constructed_by_users(cls):
        yield _code(signature_of(cls, name, before="class "))
    bases = [
        f"[`{base}`]({links[base]})" if base in links else f"`{base}`" for base in bases_of(cls)
    ]
    yield as_markdown(doc_of(cls), links, own=name)
    if bases:
        yield f"A kind of {', '.join(bases)}."
    if choices_of(cls):
        yield _code("\n".join(f"{choice} = {value}" for choice, value in choices_of(cls)))
    twin = name.removeprefix("Async")
    if twin != name and twin in links:
        yield _twin(cls, twin, links)
        return
    for member in members_of(cls):
        yield from _member(name, member, links, level)


def _twin(cls: type, twin: str, links: Links) -> str:
    lines = [f"The async twin of [`{twin}`]({links[twin]}):"]
    made = [_declaration(member) for member in members_of(cls)]
    return "\n\n".join(
        [*lines, _code("\n".join(_short(text) for text in made if not text.startswith("@")))]
    )


def _short(declaration: str) -> str:
    """Return a declaration on one line; its options are described at the twin."""
    if "\n" not in declaration:
        return declaration
    head, *inner, tail = declaration.splitlines()
    first = inner[0].strip().rstrip(",")
    kept = "*, ..." if first == "*" else f"{first}, ..."
    return f"{head}{kept}{tail}"


def _member(owner: str, member: Member, links: Links, level: int) -> Iterator[str]:
    call = "" if member.kind == "property" else "()"
    yield f"{'#' * level} `{owner}.{member.name}{call}`"
    yield _code(_declaration(member))
    yield as_markdown(doc_of(member.function), links, own=owner)


def _declaration(member: Member) -> str:
    if member.kind == "property":
        result = inspect.signature(member.function).return_annotation
        return f"{member.name}: {result}"
    before = "async def " if member.kind == "async def" else "def "
    mark = f"@{member.kind}\n" if member.kind.endswith("method") else ""
    own = member.kind != "staticmethod"
    function = inspect.unwrap(member.function)
    return mark + signature_of(function, member.name, before=before, drop_self=own)


def _def(function: Any) -> str:
    return "async def " if inspect.iscoroutinefunction(function) else "def "


def _value(thing: Any, name: str) -> str:
    if isinstance(thing, ModuleType):
        return (thing.__doc__ or "").strip()
    text = re.sub(r"\b(?:typing|collections\.abc|openai_codex(?:\.\w+)*)\.", "", repr(thing))
    return _code(f"{name} = {text}")


def _code(text: str) -> str:
    return f"```py\n{text}\n```"
