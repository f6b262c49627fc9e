"""What the options of a tool may be, checked where the tool is declared."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any

from .errors import ToolDefinitionError

__all__ = ["check_options"]


def check_options(tool_name: object, given: Mapping[str, Any]) -> None:
    """Raise ToolDefinitionError for the first option that is not what it takes."""
    for option, (fits, wanted) in _TAKEN.items():
        if not fits(given[option]):
            raise ToolDefinitionError(
                f"tool {tool_name!r}: {option} must be {wanted}, got {given[option]!r}"
            )


def _is_text(value: object) -> bool:
    return value is None or isinstance(value, str)


def _is_seconds(value: object) -> bool:
    if value is None:
        return True
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    return 0 < value < math.inf  # false for NaN, too


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_plain_function(value: object) -> bool:
    return value is None or (callable(value) and not inspect.iscoroutinefunction(value))


_TAKEN: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "name": (_is_text, "a string"),
    "description": (_is_text, "a string"),
    "timeout": (_is_seconds, "above 0 seconds, or None for no limit"),
    "namespace": (_is_text, "a string"),
    "defer_loading": (lambda value: isinstance(value, bool), "True or False"),
    "max_result_chars": (_is_count, "a whole number above 0"),
    "on_error": (_is_plain_function, "a function of the exception that is not async"),
}
