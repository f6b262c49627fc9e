"""Type hints as a tool means them, where what is written says less or would be checked too late."""

from __future__ import annotations

import typing
from collections.abc import Iterable
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Optional, Union, get_args, get_origin

__all__ = ["UNIONS", "meant"]

UNIONS = (Union, UnionType)


def meant(hint: Any, *, default: Any) -> Any:
    """Return the hint with lists for Iterable, and with None if that is the default."""
    eager = _read_at_once(hint)
    if default is not None or _takes_none(eager):
        return eager
    return Optional[eager]  # noqa: UP045 - not every hint has an `|`


def _read_at_once(hint: Any) -> Any:
    """Return a list for Iterable, whose items pydantic checks only while they are read."""
    origin, members = get_origin(hint), get_args(hint)
    if origin is Iterable or hint in (Iterable, typing.Iterable):
        return list[members[0] if members else Any]  # type: ignore[misc]
    if origin is Annotated:
        parts: Any = (_read_at_once(members[0]), *members[1:])
        return Annotated[parts]
    if origin in UNIONS:
        return Union[tuple(map(_read_at_once, members))]  # noqa: UP007 - not every hint has an `|`
    return hint


def _takes_none(hint: Any) -> bool:
    if hint in (None, NoneType, Any, object):
        return True
    origin, members = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _takes_none(members[0])
    if origin is Literal:
        return None in members
    return origin in UNIONS and any(map(_takes_none, members))
