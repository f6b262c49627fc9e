"""What a definition of the schema is, as plain data between reading and writing."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TypeExpr:
    """A Python annotation and the definitions that it names."""

    text: str
    refs: frozenset[str] = frozenset()
    null: bool = False

    def __str__(self) -> str:
        return f"{self.text} | None" if self.null and self.text != "Any" else self.text


@dataclass(frozen=True, slots=True)
class Field:
    """One property of a struct. `default` is source text, or None when the field is required."""

    name: str
    wire: str
    type: TypeExpr
    default: str | None
    factory: bool
    doc: str
    never_null: bool = False


@dataclass(frozen=True, slots=True)
class Struct:
    """An object with named properties.

    `variant_of` is the union it belongs to, `tag` the wire name of that union's discriminator if it
    has one; `unknown` marks the variant that takes what no other one does.
    """

    name: str
    doc: str
    fields: tuple[Field, ...]
    open: bool
    variant_of: str | None = None
    tag: str | None = None
    mixin: str | None = None
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Enum:
    """A closed list of strings in the schema; open in Python."""

    name: str
    doc: str
    members: tuple[tuple[str, str, str], ...]  # name, value, doc


@dataclass(frozen=True, slots=True)
class Newtype:
    """A string with a name."""

    name: str
    doc: str


@dataclass(frozen=True, slots=True)
class Union:
    """One of several types, by the wire name of its discriminator or by trying them in order."""

    name: str
    doc: str
    members: tuple[TypeExpr, ...]
    tag: str | None
    tagged: tuple[tuple[str, str], ...]  # tag value, variant
    unknown: str | None


Shape = Struct | Enum | Newtype | Union


@dataclass(slots=True)
class Lowered:
    """All shapes by name, which definition of the schema each came from, and second names.

    The second names are those that a generator gives which takes titles literally; code uses them.
    """

    shapes: dict[str, Shape] = field(default_factory=dict)
    origin: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)

    def add(self, shape: Shape, origin: str) -> None:
        """Take in a shape; two shapes of one name are a mistake that a repair has to settle."""
        if shape.name in self.shapes:
            raise SystemExit(
                f"gen_wire: {self.origin[shape.name]} and {origin} both have a {shape.name}; "
                "name one of them in repairs.toml"
            )
        self.shapes[shape.name] = shape
        self.origin[shape.name] = origin


def references(shape: Shape) -> frozenset[str]:
    """Name the shapes that must exist before this one."""
    if isinstance(shape, Struct):
        return frozenset().union(*(f.type.refs for f in shape.fields))
    if isinstance(shape, Union):
        found = frozenset().union(*(member.refs for member in shape.members))
        return found | ({shape.unknown} if shape.unknown else set())
    return frozenset()
