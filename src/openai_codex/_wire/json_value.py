"""The types of plain JSON. Must not import anything but typing."""

from __future__ import annotations

from typing import Any, TypeAlias, Union

JsonScalar: TypeAlias = Union[str, int, float, bool, None]  # noqa: UP007
# The old spelling on purpose: an alias that names itself has a forward reference, which `|` cannot take.
JsonValue: TypeAlias = Union[str, int, float, bool, list["JsonValue"], dict[str, "JsonValue"], None]  # noqa: UP007
# Not dict[str, JsonValue]: dicts are invariant, and a caller's dict[str, str] is a JSON object, too.
JsonObject: TypeAlias = dict[str, Any]
