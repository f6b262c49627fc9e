"""JSON schema -> shapes. Knows the habits of the schema; of Python text only how types look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tools.gen_wire.naming import class_name, field_name, member_name, pascal
from tools.gen_wire.repairs import Repairs
from tools.gen_wire.shapes import Enum, Field, Lowered, Newtype, Struct, TypeExpr, Union

Schema = dict[str, Any]

_SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
_ANY = TypeExpr("Any")


def lower(definitions: dict[str, Any], incoming: set[str], repairs: Repairs) -> Lowered:
    """Turn every definition into shapes. `incoming` are those that the server may send."""
    lowering = _Lowering(definitions, incoming, repairs)
    for name in sorted(definitions.keys() - _dropped(definitions, repairs)):
        lowering.definition(name, definitions[name])
    return lowering.done


def reachable(definitions: dict[str, Any], roots: set[str]) -> set[str]:
    """The definitions that these lead to, themselves included."""
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(_refs(definitions[name]))
    return found


def _refs(schema: Any) -> set[str]:
    if isinstance(schema, dict):
        own = {_target(schema)} if "$ref" in schema else set()
        return own.union(*(_refs(value) for value in schema.values()))
    if isinstance(schema, list):
        return set().union(*(_refs(value) for value in schema))
    return set()


def _dropped(definitions: dict[str, Any], repairs: Repairs) -> set[str]:
    dropped: set[str] = set()
    for row in repairs.all("drop"):
        if set(row["definitions"]) <= definitions.keys():
            repairs.use(row)
            dropped |= set(row["definitions"])
    return dropped


def _target(schema: Schema) -> str:
    return str(schema["$ref"]).rsplit("/", 1)[-1]


def _options(schema: Schema) -> list[Schema]:
    return list(schema.get("oneOf", [])) + list(schema.get("anyOf", []))


def _is_object(schema: Schema) -> bool:
    return schema.get("type") == "object" and not _options(schema)


def _only_strings(options: list[Schema]) -> bool:
    return bool(options) and all("enum" in o and o.get("type") == "string" for o in options)


def _single(schema: Any) -> str | None:
    """The one value that a discriminator property admits."""
    values = schema.get("enum", []) if isinstance(schema, dict) else []
    return str(values[0]) if len(values) == 1 else None


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
        self.done = Lowered()

    def definition(self, name: str, schema: Schema) -> None:
        """Lower one definition, with whatever is nested in it."""
        self._origin, self._open = name, name in self._incoming
        options = _options(schema)
        doc = schema.get("description", "")
        values = self._repairs.find("values", definition=name)
        if values and schema.get("type") == "string" and "enum" not in schema:
            self._enum(name, doc, [{"enum": values["values"]}])
        elif "enum" in schema or _only_strings(options):
            self._enum(name, doc, options or [schema])
            if any(len(option["enum"]) > 1 for option in options):
                self.done.aliases[f"{name}Value"] = name
        elif options:
            self._union(name, doc, schema, options)
        elif schema.get("type") == "string":
            self.done.add(Newtype(name, doc), name)
        elif _is_object(schema):
            self._struct(name, doc, schema)
        else:
            raise SystemExit(f"gen_wire: {name} has a shape that is not known: {sorted(schema)}")

    # -- enums ---------------------------------------------------------------------------

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
            literal = f'"{_single(schema)}"'
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
        options = _options(self._definitions[ref])
        enum = ref if not options or _only_strings(options) else ref + "Value"
        if isinstance(value, list):
            items = ", ".join(f"{enum}.{member_name(item)}" for item in value)
            return _Default(f"lambda: [{items}]", frozenset({enum}), factory=True)
        return _Default(f"{enum}.{member_name(value)}", frozenset({enum}))

    # -- unions --------------------------------------------------------------------------

    def _union(self, name: str, doc: str, schema: Schema, options: list[Schema]) -> None:
        options = [_merged(option, schema) for option in options]
        tag = _common_tag(options)
        structs = [option for option in options if "properties" in option]
        strings = [option for option in options if "enum" in option]
        others = [o for o in options if "properties" not in o and "enum" not in o]
        variants = [self._variant(name, option, tag) for option in structs]
        members = [TypeExpr(variant, frozenset({variant})) for variant in variants]
        if strings:
            self._enum(name + "Value", "", strings)
            members.append(TypeExpr(name + "Value", frozenset({name + "Value"})))
        members += [self.expression(o, name) for o in others if not _covered(o, strings)]
        values = [_single(option["properties"][tag]) or "" for option in structs] if tag else []
        unknown = self._unknown(name, tag) if structs and self._open else None
        tagged = tuple(zip(values, variants, strict=True)) if tag else ()
        self.done.add(Union(name, doc, tuple(members), tag, tagged, unknown), self._origin)

    def _unknown(self, union: str, tag: str | None) -> str:
        repair = self._repairs.find("unknown", union=union)
        name = repair["name"] if repair else f"Unknown{union}"
        doc = f"A variant of `{union}` that this version does not know; `raw` is what was sent."
        shape = Struct(name, doc, (), True, union, tag, unknown=True)
        self.done.add(shape, self._origin)
        return str(name)

    def _variant(self, union: str, option: Schema, tag: str | None) -> str:
        name = self._variant_name(union, option, tag)
        self._struct(name, option.get("description", ""), option, union=union, tag=tag)
        return name

    def _variant_name(self, union: str, option: Schema, tag: str | None) -> str:
        value = _single(option["properties"][tag]) if tag else None
        if value and (row := self._repairs.find("title", union=union, tag=value)):
            return str(row["name"])
        for prop in option["properties"]:
            if row := self._repairs.find("title", union=union, property=prop):
                return str(row["name"])
        if title := option.get("title"):
            name = class_name(title)
            if name != pascal(title):
                self.done.aliases[pascal(title)] = name
            return name
        if value is None:
            raise SystemExit(f"gen_wire: a variant of {union} has no name: add a [[title]] repair")
        return pascal(value) + union

    # -- types ---------------------------------------------------------------------------

    def expression(self, schema: Any, hint: str) -> TypeExpr:
        """The annotation for a schema; `hint` names what is nested in it."""
        if not isinstance(schema, dict):
            return _ANY
        if "$ref" in schema:
            name = _target(schema)
            return TypeExpr(name, frozenset({name}))
        if "allOf" in schema:
            (only,) = schema["allOf"]
            return self.expression(only, hint)
        if options := _options(schema):
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
            self._struct(name, schema.get("description", ""), schema)
            return TypeExpr(name, frozenset({name}))
        value = self.expression(schema.get("additionalProperties"), hint)
        return TypeExpr(f"dict[str, {value}]", value.refs)


def _joined(parts: list[TypeExpr]) -> TypeExpr:
    solid = [part for part in parts if part.text != "None"]
    refs = frozenset[str]().union(*(part.refs for part in solid))
    null = any(part.null for part in parts)
    return TypeExpr(" | ".join(dict.fromkeys(part.text for part in solid)), refs, null)


def _covered(option: Schema, strings: list[Schema]) -> bool:
    """Say whether an option is the schema's own "or anything", which an open union is already."""
    return bool(strings) and option.get("type") == ["string", "object"]


def _merged(option: Schema, base: Schema) -> Schema:
    """Give a variant what stands beside `oneOf`, and what its own alternatives have as optional."""
    if "properties" not in option:
        return option
    properties = dict(option["properties"])
    for alternative in _options(option):
        properties.update(alternative.get("properties", {}))
    properties.update(base.get("properties", {}))
    required = [*option.get("required", []), *base.get("required", [])]
    return {**option, "properties": properties, "required": required, "anyOf": [], "oneOf": []}


def _common_tag(options: list[Schema]) -> str | None:
    """The property that has one value of its own in every variant."""
    if not options or not all("properties" in option for option in options):
        return None
    first, *others = [
        {wire for wire, prop in option["properties"].items() if _single(prop) is not None}
        for option in options
    ]
    common = sorted(first.intersection(*others))
    return common[0] if common else None
