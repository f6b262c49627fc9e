"""Shapes -> the source text of `_wire/models/*.py`. One function per kind of shape."""

from __future__ import annotations

import re

from tools.gen_wire.homes import order_within
from tools.gen_wire.naming import METHODS_OF_STR, camel, field_name
from tools.gen_wire.prose import docstring
from tools.gen_wire.shapes import Enum, Field, Lowered, Newtype, Struct, Union, references

PACKAGE = "openai_codex._wire"


def render_module(module: str, homes: dict[str, str], lowered: Lowered) -> str:
    """The text of one module of models."""
    names = order_within([name for name, home in homes.items() if home == module], lowered)
    body = [_render(lowered.shapes[name]) for name in names]
    text = "\n\n\n".join(body)
    imports = _imports(names, homes, lowered, text)
    return f'"""{_title(names)}"""\n\n' + "\n".join(imports) + "\n\n\n" + text + "\n"


def _title(names: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in sorted(names)[:3])
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"Wire models: {shown}{more}."


def _imports(names: list[str], homes: dict[str, str], lowered: Lowered, text: str) -> list[str]:
    typing = [
        n for n in ("TYPE_CHECKING", "Any", "ClassVar", "Literal", "TypeAlias") if _uses(text, n)
    ]
    lines = [f"from typing import {', '.join(typing)}\n"] if typing else []
    if "Field(" in text:
        fields = ["AliasChoices", "Field"] if "AliasChoices(" in text else ["Field"]
        lines.append(f"from pydantic import {', '.join(fields)}\n")
    bases = {
        "base": [n for n in ("UnknownVariant", "WireModel", "WireVariant") if _uses(text, n)],
        "open_enum": ["OpenEnum"] if "(OpenEnum)" in text else [],
        "union": ["WireUnion"] if "(WireUnion" in text else [],
    }
    lines += [
        f"from {PACKAGE}.{m} import {', '.join(found)}" for m, found in bases.items() if found
    ]
    for name in names:
        shape = lowered.shapes[name]
        if isinstance(shape, Struct) and shape.mixin:
            lines.append("from {} import {}".format(*shape.mixin.split(":")))
    needed = set().union(*(references(lowered.shapes[name]) for name in names)) - set(names)
    for home in sorted({homes[name] for name in needed}):
        found = sorted(name for name in needed if homes[name] == home)
        lines.append(f"from {PACKAGE}.models.{home} import {', '.join(found)}")
    return lines


def _uses(text: str, word: str) -> bool:
    """Say whether a word occurs. In a docstring too: ruff takes out an import that is not used."""
    return re.search(rf"\b{word}\b", text) is not None


def _render(shape: Struct | Enum | Newtype | Union) -> str:
    if isinstance(shape, Struct):
        return _unknown(shape) if shape.unknown else _struct(shape)
    if isinstance(shape, Enum):
        return _enum(shape)
    return _newtype(shape) if isinstance(shape, Newtype) else _union(shape)


# -- structs -----------------------------------------------------------------------------


def _struct(shape: Struct) -> str:
    verbatim = bool(shape.fields) and all(f.wire == f.name for f in shape.fields)
    renamed = any(f.wire != camel(f.name) for f in shape.fields)
    bases = [shape.mixin.split(":")[1]] if shape.mixin else []
    bases.append("WireVariant" if shape.variant_of else "WireModel")
    if not shape.open:
        bases.append('extra="forbid"')
    if verbatim and renamed:
        bases.append("alias_generator=None")
    lines = [f"class {shape.name}({', '.join(bases)}):", *docstring(shape.doc)]
    if shape.variant_of and shape.tag != "type":
        lines += ["", f"    wire_tag: ClassVar[str | None] = {_quoted(_tag_field(shape))}"]
    if never_null := [field.name for field in shape.fields if field.never_null and not shape.open]:
        names = ", ".join(f'"{name}"' for name in never_null)
        lines += ["", f"    never_null: ClassVar[frozenset[str]] = frozenset(({names},))"]
    for field in shape.fields:
        lines += ["", *_field(field, verbatim=verbatim)]
    for field in shape.fields:
        lines += _second_name(field)
    if len(lines) == 1:
        lines.append(f'    """{_placeholder(shape)}"""')
    return "\n".join(lines)


def _placeholder(shape: Struct) -> str:
    return f"Variant of `{shape.variant_of}`." if shape.variant_of else "An object without fields."


def _tag_field(shape: Struct) -> str | None:
    return next((field.name for field in shape.fields if field.wire == shape.tag), None)


def _quoted(text: str | None) -> str:
    return f'"{text}"' if text is not None else "None"


def _field(field: Field, *, verbatim: bool) -> list[str]:
    options = []
    if field.wire != (field.name if verbatim else camel(field.name)):
        wire = _quoted(field.wire)
        taken = (
            f"AliasChoices({wire}, {_quoted('field' + field.wire)})"
            if field.wire[0] == "_"
            else wire
        )
        options = [f"validation_alias={taken}", f"serialization_alias={wire}"]
    if field.factory:
        options.insert(0, f"default_factory={field.default}")
    elif options and field.default is not None:
        options.insert(0, f"default={field.default}")
    value = f"Field({', '.join(options)})" if options else field.default
    line = f"    {field.name}: {field.type}" + (f" = {value}" if value is not None else "")
    return [line, *docstring(field.doc)]


def _second_name(field: Field) -> list[str]:
    """Give `_meta` the name that a generator takes which may not begin a name with `_`."""
    if not field.wire.startswith("_"):
        return []
    name = f"field{field.wire}"
    doc = f'        """The same as `{field.name}`."""'
    return [
        "",
        "    @property",
        f"    def {name}(self) -> {field.type}:",
        doc,
        f"        return self.{field.name}",
    ]


def _unknown(shape: Struct) -> str:
    lines = [f"class {shape.name}(UnknownVariant):", *docstring(shape.doc)]
    if shape.tag != "type":
        lines += ["", f"    wire_tag: ClassVar[str | None] = {_quoted(shape.tag)}"]
    if shape.tag:
        # Not what is sent: without a literal here, comparing the tag would narrow nothing.
        field = f'        {field_name(shape.tag)}: Literal["<unknown>"]'
        lines += ["", "    if TYPE_CHECKING:", field]
    return "\n".join(lines)


# -- enums and strings -------------------------------------------------------------------


def _enum(shape: Enum) -> str:
    lines = [
        f"class {shape.name}(OpenEnum):",
        *docstring(shape.doc or "An open list of strings."),
        "",
    ]
    for name, value, doc in shape.members:
        hides = "  # type: ignore[assignment]" if name in METHODS_OF_STR else ""
        lines += [f'    {name} = "{value}"{hides}', *docstring(doc)]
        if hides:
            lines.append(f'    {name}_ = "{value}"')
    return "\n".join(lines)


def _newtype(shape: Newtype) -> str:
    doc = docstring(shape.doc or "A string.", indent=8)
    runtime = [f"    class {shape.name}(WireUnion, members=(str,)):", *doc]
    return "\n".join(
        ["if TYPE_CHECKING:", f"    {shape.name}: TypeAlias = str", "else:", "", *runtime]
    )


# -- unions ------------------------------------------------------------------------------


def _union(shape: Union) -> str:
    members = [str(member) for member in shape.members]
    shown = [*members, *([shape.unknown] if shape.unknown else [])]
    options = [f"members=({', '.join(members)},)"]
    if shape.tag:
        pairs = ", ".join(f'"{value}": {variant}' for value, variant in shape.tagged)
        options = [f"tag={_quoted(shape.tag)}", f"variants={{{pairs}}}"]
    if shape.unknown:
        options.append(f"unknown={shape.unknown}")
    runtime = [f"    class {shape.name}(WireUnion, {', '.join(options)}):"]
    runtime += docstring(shape.doc or "One of several types.", indent=8)
    alias = f"    {shape.name}: TypeAlias = (\n        " + "\n        | ".join(shown) + "\n    )"
    return "\n".join(["if TYPE_CHECKING:", alias, "else:", "", *runtime])
