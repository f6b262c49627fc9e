"""What the runtime warns of at every start on many machines, of no consequence. Pure."""

from __future__ import annotations

__all__ = ["why_harmless"]

_HARMLESS = {
    "could not create PATH aliases": "harmless: commands work, they only find no `apply_patch`",
    "Codex will use the bundled bubblewrap": "harmless: the sandbox works with its own",
}
# As bytes, too: a line of stderr becomes text only where somebody looks at it.
_AS_BYTES = {words.encode(): why for words, why in _HARMLESS.items()}


def why_harmless(text: str | bytes) -> str | None:
    """Return why a warning of the runtime may be passed over, or None where it may not."""
    if isinstance(text, bytes):
        return next((why for words, why in _AS_BYTES.items() if words in text), None)
    return next((why for words, why in _HARMLESS.items() if words in text), None)
