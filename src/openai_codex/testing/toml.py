"""Python values as TOML, on one line, for `--config key=value`. It writes; the runtime reads."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath

BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def toml_value(value: object) -> str:
    """Encode one value; raises `TypeError` for what TOML cannot say, such as None."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (str, PurePath)):
        return _string(str(value))
    if isinstance(value, Mapping):
        pairs = (f"{toml_key(str(name))} = {toml_value(value[name])}" for name in value)
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    raise TypeError(f"TOML has no value for {value!r}")


def toml_key(name: str) -> str:
    """Encode one part of a key, in quotes when it needs them."""
    return name if BARE_KEY.fullmatch(name) else _string(name)


def _string(text: str) -> str:
    # A JSON string is a TOML basic string, except that TOML wants DEL escaped too.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
