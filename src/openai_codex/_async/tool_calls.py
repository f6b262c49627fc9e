"""One call of a Python function by the model. Whatever happens, the model gets a result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._core.careful_log import CarefulLog
from .._core.messages import RawQuestion, encode_answer
from .._drivers.aio import HandlerLoop, run_handler
from .._drivers.settlement import Settlement
from .._safe_text import safe_repr
from ..errors import HandlerTimeoutError
from ..questions.log_ids import ids_in
from .tracing import enter

if TYPE_CHECKING:
    from ..tools import ToolSet
    from .connection import AsyncConnection

__all__ = ["TOOL_CALL", "call_tool"]

_log = CarefulLog("openai_codex.approvals")

TOOL_CALL = "item/tool/call"
_NO_TOOL = "this client offers no tool of that name"


async def call_tool(
    connection: AsyncConnection,
    asked: RawQuestion,
    settled: Settlement,
    *,
    tools: ToolSet | None,
    client: Any,
    loop: HandlerLoop,
    refusal: str | None = None,
) -> None:
    """Call the tool that the model named, and send what it returned or raised.

    Where a hook said why it refuses the call, that is sent instead.
    """
    from ..tools import ToolContext
    from ..tools.result import failure

    params = asked.params
    name, namespace = str(params.get("tool")), params.get("namespace")
    tool = tools.find(name, namespace) if tools is not None else None
    if tool is None:
        text = "the model called %s, which has no function here"
        _log.warning(text, safe_repr(name), extra=ids_in(params))
        _send(connection, asked, failure(_NO_TOOL))
        return
    if refusal is not None:
        _log.info("a hook refused a call of %s", safe_repr(name))
        _send(connection, asked, failure(refusal))
        return
    context = ToolContext(
        thread_id=str(params.get("threadId")),
        turn_id=str(params.get("turnId")),
        call_id=str(params.get("callId")),
        tool=name,
        namespace=namespace,
        client=client,
    )
    try:
        await enter(connection.witness, connection.witness.item(params))
        result = await _result(tool, params.get("arguments"), context, settled, loop)
    except BaseException as error:  # the program ends, or its loop: the model need not wait
        _send(connection, asked, failure(f"the tool was stopped: {type(error).__name__}"))
        raise
    _send(connection, asked, result)


async def _result(
    tool: Any, arguments: Any, context: Any, settled: Settlement, loop: HandlerLoop
) -> Any:
    try:
        bound = tool.bind(arguments, context=context)
        result = await run_handler(_call, bound, seconds=tool.timeout, settled=settled, loop=loop)
        return tool.render(result)
    except HandlerTimeoutError as error:
        _log.warning("tool %s: %s", tool.name, error, extra=_ids_of(context))
        return tool.render_timeout()
    except (Exception, SystemExit) as error:  # `sys.exit()` in a tool ends no program
        _log.info("tool %s failed", tool.name, exc_info=True, extra=_ids_of(context))
        return tool.render_error(error)


def _ids_of(context: Any) -> dict[str, Any]:
    return {
        "thread_id": context.thread_id,
        "turn_id": context.turn_id,
        "item_id": context.call_id,
    }


def _call(bound: Any) -> Any:
    return bound()


def _send(connection: AsyncConnection, asked: RawQuestion, result: Any) -> None:
    connection.answer(asked, encode_answer(asked.id, result))
