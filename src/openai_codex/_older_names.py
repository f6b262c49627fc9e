"""Names that older releases had, as type checkers see them; at run time `_renames` serves them."""

from __future__ import annotations

from ._turns.result import TurnResult as RunResult
from .errors import CodexError as AppServerError
from .errors import CodexRpcError as AppServerRpcError

__all__ = ["AppServerError", "AppServerRpcError", "RunResult"]
