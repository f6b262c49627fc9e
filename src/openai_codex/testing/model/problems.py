"""What goes wrong between a script and what the runtime asked for."""

from __future__ import annotations


class ScriptError(AssertionError):
    """A script cannot be played, ran out, or was not used up; the text shows both sides."""
