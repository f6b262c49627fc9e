"""The package's version, which is the version of the runtime it drives."""

from __future__ import annotations

import re

__version__ = "0.163.0"

OLDEST_RUNTIME = "0.133.0"
"""The oldest published runtime that this version knows the protocol of."""


def is_older(version: str | None, than: str) -> bool:
    """Tell whether a version is older than another one; one that cannot be read is not."""
    found = re.match(r"(\d+)\.(\d+)\.(\d+)", version or "")
    return found is not None and tuple(map(int, found.groups())) < tuple(map(int, than.split(".")))
