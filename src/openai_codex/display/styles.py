"""What the HTML of several modules here has in common: a class and styles."""

from __future__ import annotations

__all__ = ["MONOSPACE", "PLAIN"]

# A notebook typesets what stands between dollar signs, commands and all; a model's text is no
# formula.
PLAIN = "tex2jax_ignore mathjax_ignore"
MONOSPACE = "font-family:ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere"
