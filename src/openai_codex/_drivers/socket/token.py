"""The token for one connection, wherever it comes from. No error shows it."""

from __future__ import annotations

from pathlib import Path

from ..._checks import check_key
from ...connect import Token
from ...errors import StartupError

__all__ = ["read_token"]


def read_token(token: Token | None) -> str | None:
    """Return the token itself; raises StartupError where it cannot be had."""
    if token is None or isinstance(token, str):
        return token
    where = f"the token file {token}" if isinstance(token, Path) else "the function for the token"
    try:
        found = token.read_text().strip() if isinstance(token, Path) else token()
        check_key("the token", found)
    except Exception as error:
        # What it raised, though not its text: a function of others may put a secret there.
        why = error if isinstance(error, (TypeError, ValueError)) else type(error).__name__
        raise StartupError(f"{where} gave no token: {why}") from None
    return found
