"""Every request of the protocol as a typed constant, by family: `methods.thread.START`.

For `codex.call(methods.model.LIST, params)`. Importing this must load no family, and touching a
family no model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from openai_codex._wire import calls
from openai_codex._wire.tables import CALLS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai_codex._wire.calls import *  # noqa: F403
    from openai_codex._wire.method import Method


class Entry(NamedTuple):
    """Where a method is: `methods.<family>.<constant>`."""

    method: str
    family: str
    constant: str


def all() -> Iterator[Entry]:
    """Yield an entry for every method, sorted by method, loading no family."""
    return (Entry(method, *place) for method, place in CALLS.items())


def find(method: str) -> Method[Any, Any]:
    """Return the constant of a method by its name on the wire; raises KeyError."""
    if method not in CALLS:
        raise KeyError(f"no request is called {method!r}; methods.all() yields them")
    family, constant = CALLS[method]
    found: Method[Any, Any] = getattr(getattr(calls, family), constant)
    return found


if not TYPE_CHECKING:  # a type checker knows the names, and must see a wrong one

    def __getattr__(name: str) -> Any:
        return getattr(calls, name)


def __dir__() -> list[str]:
    return sorted((*calls.__all__, "Entry", "all", "find"))
