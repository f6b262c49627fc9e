"""How wire names become Python names. Pure text; must not know the schema."""

from __future__ import annotations

import keyword
import re

# An enum member with one of these names would hide something that every open enum has.
_TAKEN_BY_ENUMS = frozenset({"name", "value", "root", "mro", "is_known"})
# These hide a method of `str`, which nobody calls on that member; a checker has to be told.
METHODS_OF_STR = frozenset(dir(str))
# A field with one of these names would hide something that every model has.
_TAKEN_BY_MODELS = frozenset({"schema", "copy", "json", "dict", "construct", "validate", "fields"})


def snake(name: str) -> str:
    """`inProgress` -> `in_progress`, `on-request` -> `on_request`, `BY_ADMIN` -> `by_admin`."""
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return re.sub(r"[^0-9a-z]+", "_", name.lower()).strip("_")


def pascal(name: str) -> str:
    """`item/tool-call` -> `ItemToolCall`; capitals inside a word stay."""
    return "".join(word[:1].upper() + word[1:] for word in re.split(r"[^0-9A-Za-z]+", name))


def camel(name: str) -> str:
    """What the alias generator of the models makes of a field's name."""
    head, *rest = name.split("_")
    return head + "".join(word[:1].upper() + word[1:] for word in rest)


def field_name(wire: str) -> str:
    """Name a field; a word that Python or pydantic needs gets a trailing underscore."""
    name = snake(wire)
    return name + "_" if keyword.iskeyword(name) or name in _TAKEN_BY_MODELS else name


def member_name(value: str) -> str:
    """Name an enum member; a word that Python or the enum needs gets a trailing underscore."""
    name = snake(value)
    return name + "_" if keyword.iskeyword(name) or name in _TAKEN_BY_ENUMS else name


def class_name(title: str) -> str:
    """Drop the `v2::` that some titles carry in their middle."""
    return pascal(title.replace("v2::", ""))


def family(method: str) -> str:
    """`mcpServer/oauth/login` -> `mcp_server`."""
    return snake(method.split("/", 1)[0])


def constant(method: str) -> str:
    """`thread/turns/list` -> `TURNS_LIST`; `initialize` -> `INITIALIZE`."""
    words = method.split("/")
    return "_".join(snake(word) for word in words[1:] or words).upper()
