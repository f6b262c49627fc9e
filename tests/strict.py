"""Whether a test that the machine does not allow may be skipped: not where it should be allowed.

`scripts/test` sets CODEX_TESTS_STRICT for root on Linux, who can mount and make namespaces: there a
test that cannot is a failure, with the system's own words, and not a silent gap.
"""

from __future__ import annotations

import os

import pytest

__all__ = ["needs"]


def needs(is_there: bool, what: str) -> pytest.MarkDecorator:
    """Skip a test where `what` it needs is not there, unless it has to be."""
    is_strict = bool(os.environ.get("CODEX_TESTS_STRICT"))
    return pytest.mark.skipif(not is_there and not is_strict, reason=f"needs {what}")
