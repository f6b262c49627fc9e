"""Which tests run which line: those that run the line of a mutant are tried before all others.

Only an order, never a verdict: what a test does in another process is not seen from here, so a
mutant has survived when every test of its room has passed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import coverage

__all__ = ["Reach", "Watching"]


@dataclass(frozen=True)
class Reach:
    """What one run of a room's tests has shown."""

    lines: dict[str, dict[int, list[str]]] = field(default_factory=dict)
    """The tests that ran a line, by file and line."""
    seconds: dict[str, float] = field(default_factory=dict)
    """How long each test took, with what it needed."""

    @classmethod
    def of(cls, data: coverage.CoverageData, seconds: dict[str, float]) -> Reach:
        """Read what was measured."""
        lines = {
            path: {
                line: sorted(filter(None, tests))
                for line, tests in data.contexts_by_lineno(path).items()
            }
            for path in data.measured_files()
        }
        return cls(lines, seconds)

    def tests(self, path: Path, line: int) -> list[str]:
        """Return the tests that run a line, the quickest first.

        Of a line that runs at the import of its file, before any test: those that run others of it.
        """
        seen = self.lines.get(str(path), {})
        found = {test for each in _statement(path, line) for test in seen.get(each, ())}
        found = found or {test for tests in seen.values() for test in tests}
        return sorted(found, key=lambda test: (self.seconds.get(test, 0.0), test))

    def bound(self, tests: list[str]) -> float:
        """Return after how many seconds these tests may be taken to hang."""
        return 30 + 4 * sum(self.seconds.get(test, 0.0) for test in tests)


def _statement(path: Path, line: int) -> Iterator[int]:
    """Yield the lines of a statement down to one of its lines: it is seen at some of them only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    begins = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or line)
    ]
    yield from range(max(begins, default=line), line + 1)


class Watching:
    """A plugin of pytest that notes which lines each test runs, and how long it takes."""

    def __init__(self, measured: coverage.Coverage) -> None:
        self.seconds: dict[str, float] = {}
        self._measured = measured

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A test begins."""
        self._measured.switch_context(_name(nodeid))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A part of a test has ended."""
        name = _name(report.nodeid)
        self.seconds[name] = self.seconds.get(name, 0.0) + report.duration


def _name(nodeid: str) -> str:
    return nodeid.split("[", 1)[0]  # of all its parameters
