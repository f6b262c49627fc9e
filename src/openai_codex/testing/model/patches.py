"""Patches of files as steps: the text of the `apply_patch` tool, and short ways to write it."""

from __future__ import annotations

from ..._checks import check_text
from .steps import CustomCall


def apply_patch(patch: str, *, call_id: str | None = None) -> CustomCall:
    """Apply a patch; the `*** Begin Patch` and `*** End Patch` lines are added when missing."""
    check_text(patch=patch)
    body = patch.strip("\n")
    if not body.startswith("*** Begin Patch"):
        body = f"*** Begin Patch\n{body}\n*** End Patch"
    return CustomCall("apply_patch", f"{body}\n", call_id)


def add_file(path: str, text: str, *, call_id: str | None = None) -> CustomCall:
    """Make a new file."""
    check_text(text=text)
    return apply_patch(f"*** Add File: {path}\n{_prefixed('+', text)}", call_id=call_id)


def edit_file(path: str, old: str, new: str, *, call_id: str | None = None) -> CustomCall:
    """Replace the lines `old`, which must be in the file, by the lines `new`."""
    check_text(old=old, new=new)
    change = "\n".join(part for part in (_prefixed("-", old), _prefixed("+", new)) if part)
    return apply_patch(f"*** Update File: {path}\n@@\n{change}", call_id=call_id)


def delete_file(path: str, *, call_id: str | None = None) -> CustomCall:
    """Delete a file."""
    return apply_patch(f"*** Delete File: {path}", call_id=call_id)


def _prefixed(sign: str, text: str) -> str:
    """A line ends at a newline alone: a patch may hold any other character within its lines."""
    lines = text.removesuffix("\n").split("\n") if text else []
    return "\n".join(sign + line for line in lines)
