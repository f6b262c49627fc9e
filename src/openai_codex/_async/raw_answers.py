"""Answers in the protocol's own form, by one function for everything that the runtime asks.

It is what `approval_handler=` of the low-level client means. New code has `Handlers`, which are
typed and say what they answer.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .._core.careful_log import CarefulLog
from .._core.messages import RawQuestion, encode_answer
from .._drivers.aio import HandlerLoop, run_handler
from .._drivers.settlement import Settlement
from ..errors import UnsendableError
from ..questions.log_ids import ids_in
from .answer import REFUSED
from .connection import AsyncConnection

__all__ = ["RawHandler", "answer_raw"]

_log = CarefulLog("openai_codex.approvals")

RawHandler = Callable[[str, dict[str, Any]], Any]
"""Takes the method and params of a request, and returns the result as the protocol has it."""


async def answer_raw(
    connection: AsyncConnection,
    asked: RawQuestion,
    settled: Settlement,
    handler: RawHandler,
    *,
    loop: HandlerLoop,
) -> None:
    """Ask `handler` and send what it returns; whatever is wrong with that is a refusal."""
    seconds = connection.config.answer_timeout
    ask = functools.partial(handler, asked.method)
    try:
        result = await run_handler(ask, asked.params, seconds=seconds, settled=settled, loop=loop)
        if not isinstance(result, dict):
            raise TypeError(f"expected a dict, got {type(result).__name__}")
        connection.answer(asked, encode_answer(asked.id, result))
    except (Exception, SystemExit) as error:
        text = "declined %s: the approval_handler failed: %r"
        is_bug = not isinstance(error, UnsendableError)
        ids = ids_in(asked.params)
        _log.warning(text, asked.method, error, exc_info=is_bug, extra=ids)
        connection.refuse(asked, code=REFUSED, message="declined by this client")
    except BaseException:  # the program ends, or its loop: that is no yes
        connection.refuse(asked, code=REFUSED, message="declined by this client")
        raise
