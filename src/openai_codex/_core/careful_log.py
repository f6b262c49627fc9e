"""A logger for code that everybody waits for: what a program's own handlers raise ends there."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping
from functools import partialmethod
from typing import Any

__all__ = ["CarefulLog"]


class CarefulLog:
    """Logs by a name; a handler or a filter of the program that raises loses its record alone."""

    def __init__(self, name: str) -> None:
        self._log = logging.getLogger(name)

    def is_enabled_for(self, level: int) -> bool:
        """Return whether anything would be logged."""
        return self._log.isEnabledFor(level)

    def log(
        self,
        level: int,
        text: str,
        *args: Any,
        exc_info: BaseException | bool | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        """Log `text % args`; `extra` has the ids of what it is about."""
        with contextlib.suppress(Exception, SystemExit):  # there is nowhere left to report those
            self._log.log(level, text, *args, exc_info=exc_info, extra=extra, stacklevel=2)

    debug = partialmethod(log, logging.DEBUG)
    info = partialmethod(log, logging.INFO)
    warning = partialmethod(log, logging.WARNING)
    error = partialmethod(log, logging.ERROR)
    exception = partialmethod(log, logging.ERROR, exc_info=True)
