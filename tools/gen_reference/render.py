"""The page: sections of names, each with its signature, its words and its members."""

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
from tools.gen_reference.sections import SECTIONS, Section
from tools.gen_reference.signature import signature_of

__all__ = ["page"]

HEADER = """\
# API reference

<!-- Made by `python -m tools.gen_reference` from signatures and docstrings; do not edit. -->

Names are imported from `openai_codex`, unless they are written with the name of a submodule.
Options after the first argument are keyword-only. Times are in seconds. A class whose name begins
with `Async` is the same as the one without, with `await`; its members are described there.
"""

Links = dict[str, str]


def page() -> str:
    """Return the whole page."""
    everywhere = _links(SECTIONS)
    parts = [HEADER, _contents()]
    for section in SECTIONS:
        links = {**everywhere, **_links([section])}
        parts.append(f"## {section.title}\n\n{section.words}")
        parts += [text for name in section.names for text in _entry(section, name, links)]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _links(sections: Iterable[Section]) -> Links:
    """Return where each name leads; of two things of one name, to the first."""
    return {
        name: anchor(title_of(section, name))
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


def _contents() -> str:
    lines = []
    for section in SECTIONS:
        names = (title_of(section, name) for name in section.names)
        lines.append(f"**[{section.title}](#{_slug(section.title)})**: ")
        lines[-1] += ", ".join(f"[`{name}`](#{anchor(name)})" for name in names)
    return "\n\n".join(lines)


def _slug(title: str) -> str:
    return title.lower().replace(" ", "-")


def _entry(section: Section, name: str, links: Links) -> Iterator[str]:
    thing = getattr(import_module(section.module), name)
    title = title_of(section, name)
    yield f"### `{title}`"
    if isinstance(thing, type):
        yield from _class(thing, name, links)
    elif inspect.isfunction(thing):
        yield _code(signature_of(thing, name, before=_def(thing)))
        yield as_markdown(doc_of(thing), links, own=name)
    else:
        yield _value(thing, name)


def _class(cls: type, name: str, links: Links) -> Iterator[str]:
    if cls.__name__ != name:
        yield f"The same class as [`{cls.__name__}`](#{anchor(cls.__name__)})."
        return
    if is_constructed_by_users(cls):
        yield _code(signature_of(cls, name, before="class "))
    bases = [
        f"[`{base}`](#{links[base]})" if base in links else f"`{base}`" for base in bases_of(cls)
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
        yield from _member(name, member, links)


def _twin(cls: type, twin: str, links: Links) -> str:
    lines = [f"The async twin of [`{twin}`](#{links[twin]}):"]
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


def _member(owner: str, member: Member, links: Links) -> Iterator[str]:
    call = "" if member.kind == "property" else "()"
    yield f"#### `{owner}.{member.name}{call}`"
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
