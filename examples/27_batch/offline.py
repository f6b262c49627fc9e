"""A programmer who is careless with medians, once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from openai_codex import AppServerConfig
from openai_codex.testing import ModelRequest, ScriptedModel, Step, add_file, offline_config, say

FIZZ = """\
def fizz(n):
    return "fizz" if n % 3 == 0 else str(n)
"""
CARELESS = """\
def median(numbers):
    return sorted(numbers)[len(numbers) // 2]
"""
MEDIAN = """\
def median(numbers):
    ordered = sorted(numbers)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else sum(ordered[middle - 1 : middle + 1]) / 2
"""
ROMAN = """\
def roman(n):
    tens, ones = divmod(n, 10)
    names = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
    return "X" * tens + names[ones]
"""


@contextmanager
def offline() -> Iterator[AppServerConfig]:
    """Yield the config of a runtime whose model writes these."""
    medians = [CARELESS, MEDIAN]

    def answer(request: ModelRequest) -> Step:
        if request.function_outputs:
            return say("solution.py is written.")
        if "median" in request.user_text:
            return add_file("solution.py", medians.pop(0))
        return add_file("solution.py", FIZZ if "fizz" in request.user_text else ROMAN)

    with ScriptedModel() as model:
        model.default(answer)
        yield offline_config(model)
