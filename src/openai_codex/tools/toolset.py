"""The tools of one thread: which they are, their wire form, and finding one when the model calls.

Checks what only shows when tools stand side by side: equal names, namespaces, deferred loading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..errors import ToolDefinitionError
from .function import Tool
from .names import check_namespace

__all__ = ["AnyTool", "Namespace", "ToolSet"]

AnyTool: TypeAlias = "Tool[..., Any] | Callable[..., Any]"


@dataclass(frozen=True, slots=True)
class Namespace:
    """A group of tools under a name that the model sees, with a description of their purpose."""

    name: str
    description: str = ""
    tools: Iterable[AnyTool] = ()


class ToolSet:
    """The tools of one thread; raises ToolDefinitionError when they cannot go together."""

    def __init__(self, tools: Iterable[AnyTool | Namespace] = ()) -> None:
        self._namespaces: dict[str, str] = {}
        self._tools: dict[tuple[str | None, str], Tool[..., Any]] = {}
        for entry in _listed("tools", tools):
            if isinstance(entry, Namespace):
                self._add_namespace(entry)
            else:
                found: Tool[..., Any] = Tool.of(entry)
                self._add(found, found.namespace)

    def find(self, name: str, namespace: str | None = None) -> Tool[..., Any] | None:
        """Return the tool that an `item/tool/call` names, or None."""
        return self._tools.get((namespace, name))

    def specs(self) -> list[dict[str, Any]]:
        """Return `thread/start.dynamicTools`; builds the schemas that are not built yet."""
        plain = [tool.spec() for (namespace, _), tool in self._tools.items() if namespace is None]
        return plain + [self._namespace_spec(name) for name in self._namespaces]

    def __iter__(self) -> Iterator[Tool[..., Any]]:
        return iter(self._tools.values())

    def __len__(self) -> int:
        return len(self._tools)

    def _add_namespace(self, entry: Namespace) -> None:
        check_namespace(entry.name, description=entry.description)
        what = f"the tools of namespace {entry.name!r}"
        tools: list[Tool[..., Any]] = [Tool.of(tool) for tool in _listed(what, entry.tools)]
        if not tools:
            raise ToolDefinitionError(f"namespace {entry.name!r} has no tools")
        known = self._namespaces.get(entry.name) or entry.description
        if entry.description not in ("", known):
            raise ToolDefinitionError(f"namespace {entry.name!r} has two descriptions: keep one")
        self._namespaces[entry.name] = known
        for tool in tools:
            if tool.namespace not in (None, entry.name):
                raise ToolDefinitionError(
                    f"tool {tool.name!r} is of namespace {tool.namespace!r}, not {entry.name!r}"
                )
            self._add(tool, entry.name)

    def _add(self, tool: Tool[..., Any], namespace: str | None) -> None:
        if namespace is not None:
            self._namespaces.setdefault(namespace, "")
        elif tool.defer_loading:
            raise ToolDefinitionError(
                f"tool {tool.name!r}: defer_loading needs a namespace, give it namespace="
            )
        if self._tools.setdefault((namespace, tool.name), tool) is not tool:
            where = f" in namespace {namespace!r}" if namespace else ""
            raise ToolDefinitionError(f"two tools are called {tool.name!r}{where}: rename one")

    def _namespace_spec(self, name: str) -> dict[str, Any]:
        return {
            "type": "namespace",
            "name": name,
            "description": self._namespaces[name],
            "tools": [tool.spec() for (space, _), tool in self._tools.items() if space == name],
        }


def _listed(what: str, given: Any) -> Iterable[Any]:
    """Return what is a collection of tools; raises ToolDefinitionError for one thing or text."""
    if callable(given) or isinstance(given, Namespace):
        raise ToolDefinitionError(f"{what} must be a list: write [{_shown(given)}]")
    if isinstance(given, (str, bytes, Mapping)) or not isinstance(given, Iterable):
        kind = type(given).__name__
        raise ToolDefinitionError(f"{what} must be a list of functions or tools, got {kind}")
    return given


def _shown(given: Any) -> str:
    if isinstance(given, Namespace):
        return f"Namespace({given.name!r}, ...)"
    return str(getattr(given, "__name__", type(given).__name__))
