"""JSON schema -> shapes. Knows the habits of the schema; of Python text only how types look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tools.gen_wire.json_schema import (
    Schema,
    common_tag,
    is_covered,
    is_object,
    merged,
    only_strings,
    options_of,
    single_value,
    target,
)
from tools.gen_wire.naming import class_name, field_name, member_name, pascal
from tools.gen_wire.repairs import Repairs
from tools.gen_wire.shapes import Enum, Field, Lowered, Newtype, Struct, TypeExpr, Union

_SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
_ANY = TypeExpr("Any")


def lower(definitions: dict[str, Any], incoming: set[str], repairs: Repairs) -> Lowered:
    """Turn every definition into shapes. `incoming` are those that the server may send."""
    lowering = _Lowering(definitions, incoming, repairs)
    for name in sorted(definitions.keys() - _dropped(definitions, repairs)):
        lowering.definition(name, definitions[name])
    lowering.second_names()
    return lowering.done


def _dropped(definitions: dict[str, Any], repairs: Repairs) -> set[str]:
    dropped: set[str] = set()
    for row in repairs.all("drop"):
        if set(row["definitions"]) <= definitions.keys():
            repairs.use(row)
            dropped |= set(row["definitions"])
    return dropped


@dataclass(frozen=True, slots=True)
class _Default:
    """Source text of a default, the shapes that it names, and whether it is a factory."""

    text: str
    refs: frozenset[str] = frozenset()
    factory: bool = False


class _Lowering:
    def __init__(self, definitions: dict[str, Any], incoming: set[str], repairs: Repairs) -> None:
        self._definitions = definitions
        self._incoming = incoming
        self._repairs = repairs
        self._open = True
        self._origin = ""
        self._nested: set[str] = set()
        self.done = Lowered()

    def definition(self, name: str, schema: Schema) -> None:
        """Lower one definition, with whatever is nested in it."""
        self._origin, self._open = name, name in self._incoming
        options = options_of(schema)
        doc = schema.get("description", "")
        if "enum" in schema or only_strings(options):
            self._enum(name, doc, options or [schema])
            if any(len(option["enum"]) > 1 for option in options):
                self.done.aliases[f"{name}Value"] = name
        elif options:
            self._union(name, doc, schema, options)
        elif schema.get("type") == "string":
            self._string(name, doc)
        elif is_object(schema):
            self._struct(name, doc, schema)
        else:
            raise SystemExit(f"gen_wire: {name} has a shape that is not known: {sorted(schema)}")

    def second_names(self) -> None:
        """Add the names that only code written against another generator knows."""
        for row in self._repairs.all("number"):
            number = Union(
                self._repairs.use(row)["name"], "A number.", (TypeExpr("int"),), None, (), None
            )
            self.done.add(number, number.name)
        for row in self._repairs.all("alias"):
            if row["name"] in self.done.shapes and row["alias"] not in self.done.shapes:
                self.done.aliases[row["alias"]] = self._repairs.use(row)["name"]
        for nested in self._nested - self.done.shapes.keys() - self.done.aliases.keys():
            self.done.aliases[nested] = f"{nested}Details"

    # -- strings and enums ---------------------------------------------------------------

    def _string(self, name: str, doc: str) -> None:
        if known := self._repairs.find("values", definition=name):
            self._enum(name, doc, [{"enum": known["values"]}])
        else:
            self.done.add(Newtype(name, doc), name)

    def _enum(self, name: str, doc: str, options: list[Schema]) -> None:
        members = tuple(
            (member_name(value), value, option.get("description", "") if len(options) > 1 else "")
            for option in options
            for value in option["enum"]
        )
        if len({member for member, _, _ in members}) != len(members):
            raise SystemExit(f"gen_wire: two members of {name} get one name: {members}")
        self.done.add(Enum(name, doc, members), self._origin)

    # -- structs -------------------------------------------------------------------------

    def _struct(
        self,
        name: str,
        doc: str,
        schema: Schema,
        *,
        union: str | None = None,
        tag: str | None = None,
    ) -> None:
        required = set(schema.get("required", []))
        fields = tuple(
            self._field(wire, prop, required=wire in required, tag=wire == tag)
            for wire, prop in schema.get("properties", {}).items()
        )
        mixin = self._repairs.find("mixin", definition=name)
        is_open = self._open or schema.get("additionalProperties") is True
        base = f"{mixin['module']}:{mixin['name']}" if mixin else None
        shape = Struct(name, doc, fields, is_open, union, tag, base)
        self.done.add(shape, self._origin)

    def _field(self, wire: str, prop: Any, *, required: bool, tag: bool) -> Field:
        schema: Schema = prop if isinstance(prop, dict) else {}
        name, doc = field_name(wire), schema.get("description", "")
        if tag:
            literal = f'"{single_value(schema)}"'
            return Field(name, wire, TypeExpr(f"Literal[{literal}]"), literal, False, doc)
        kind = self.expression(prop, wire)
        if required and not kind.null:
            return Field(name, wire, kind, None, False, doc)
        default = self._default(schema.get("default"), kind)
        null = kind.null
        kind = TypeExpr(kind.text, kind.refs | default.refs, null or default.text == "None")
        never_null = default.text == "None" and not null and kind.text != "Any"
        return Field(name, wire, kind, default.text, default.factory, doc, never_null)

    def _default(self, value: Any, kind: TypeExpr) -> _Default:
        if value is None or isinstance(value, (bool, int)):
            return _Default(repr(value))
        if value == []:
            return _Default("list", factory=True)
        # What is left are strings: members of the enum that the type is, or has in its union.
        (ref,) = kind.refs
        options = options_of(self._definitions[ref])
        enum = ref if not options or only_strings(options) else ref + "Value"
        if isinstance(value, list):
            items = ", ".join(f"{enum}.{member_name(item)}" for item in value)
            return _Default(f"lambda: [{items}]", frozenset({enum}), factory=True)
        return _Default(f"{enum}.{member_name(value)}", frozenset({enum}))

    # -- unions --------------------------------------------------------------------------

    def _union(self, name: str, doc: str, schema: Schema, options: list[Schema]) -> None:
        options = [merged(option, schema) for option in options]
        tag = common_tag(options)
        structs = [option for option in options if "properties" in option]
        strings = [option for option in options if "enum" in option]
        others = [o for o in options if "properties" not in o and "enum" not in o]
        variants = [self._variant(name, option, tag) for option in structs]
        members = [TypeExpr(variant, frozenset({variant})) for variant in variants]
        if strings:
            self._enum(name + "Value", "", strings)
            members.append(TypeExpr(name + "Value", frozenset({name + "Value"})))
        members += [self.expression(o, name) for o in others if not is_covered(o, strings)]
        unknown = self._unknown(name, tag) if structs and self._open else None
        values = [single_value(option["properties"][tag]) or "" for option in structs if tag]
        tagged = tuple(zip(values, variants, strict=True)) if tag else ()
        self.done.add(Union(name, doc, tuple(members), tag, tagged, unknown), self._origin)

    def _unknown(self, union: str, tag: str | None) -> str:
        name = f"Unknown{union}"
        if name in self.done.shapes and (row := self._repairs.find("unknown", union=union)):
            name = row["name"]
        doc = f"A variant of `{union}` that this version does not know; `raw` is what was sent."
        shape = Struct(name, doc, (), True, union, tag, unknown=True)
        self.done.add(shape, self._origin)
        return name

    def _variant(self, union: str, option: Schema, tag: str | None) -> str:
        name = self._variant_name(union, option, tag)
        self._struct(name, option.get("description", ""), option, union=union, tag=tag)
        return name

    def _variant_name(self, union: str, option: Schema, tag: str | None) -> str:
        if title := option.get("title"):
            name = class_name(title)
            if name != pascal(title):
                self.done.aliases[pascal(title)] = name
            return name
        value = single_value(option["properties"][tag]) if tag else None
        keys = [{"tag": value}] if value else [{"property": prop} for prop in option["properties"]]
        for key in keys:
            if row := self._repairs.find("title", union=union, **key):
                return str(row["name"])
        if value is None:
            raise SystemExit(f"gen_wire: a variant of {union} has no name: add a [[title]] repair")
        return pascal(value) + union

    # -- types ---------------------------------------------------------------------------

    def expression(self, schema: Any, hint: str) -> TypeExpr:
        """The annotation for a schema; `hint` names what is nested in it."""
        if not isinstance(schema, dict):
            return _ANY
        if "$ref" in schema:
            name = target(schema)
            return TypeExpr(name, frozenset({name}))
        if "allOf" in schema:
            (only,) = schema["allOf"]
            return self.expression(only, hint)
        if options := options_of(schema):
            return _joined([self.expression(option, hint) for option in options])
        if "enum" in schema:
            return TypeExpr("Literal[" + ", ".join(f'"{v}"' for v in schema["enum"]) + "]")
        return self._plain(schema, hint)

    def _plain(self, schema: Schema, hint: str) -> TypeExpr:
        kinds = schema.get("type")
        if kinds is None:
            return _ANY
        if isinstance(kinds, list):
            return _joined([self._plain({**schema, "type": kind}, hint) for kind in kinds])
        if kinds == "array":
            item = self.expression(schema.get("items"), hint)
            return TypeExpr(f"list[{item}]", item.refs)
        if kinds == "object":
            return self._mapping(schema, hint)
        return TypeExpr("None", null=True) if kinds == "null" else TypeExpr(_SCALARS[kinds])

    def _mapping(self, schema: Schema, hint: str) -> TypeExpr:
        if "properties" in schema:
            name = pascal(hint) + "Details"
            self._nested.add(pascal(hint))
            self._struct(name, schema.get("description", ""), schema)
            return TypeExpr(name, frozenset({name}))
        value = self.expression(schema.get("additionalProperties"), hint)
        return TypeExpr(f"dict[str, {value}]", value.refs)


def _joined(parts: list[TypeExpr]) -> TypeExpr:
    solid = [part for part in parts if part.text != "None"]
    refs = frozenset[str]().union(*(part.refs for part in solid))
    null = any(part.null for part in parts)
    return TypeExpr(" | ".join(dict.fromkeys(part.text for part in solid)), refs, null)
