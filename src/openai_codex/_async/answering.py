"""How one question is answered: by its handler, by a reader of `questions()`, or by declining it.

Whatever a handler does - fail, be too slow, end the program - its question gets an answer.
"""

from __future__ import annotations

import weakref
from typing import Any

from .._core.careful_log import CarefulLog
from .._core.messages import RawQuestion
from .._drivers.aio import HandlerLoop, run_handler
from .._drivers.settlement import Settlement
from .._safe_text import one_line, safe_repr
from ..config import AppServerConfig
from ..errors import HandlerTimeoutError
from ..questions import Question
from ..questions.answerers import Answerers
from ..questions.hooks import ToolUse
from ..questions.kinds import question_kind
from ..questions.log_ids import ids_in
from .answer import AsyncAnswer
from .connection import AsyncConnection
from .raw_answers import RawHandler, answer_raw
from .readers import AsyncReaders
from .tool_calls import TOOL_CALL, call_tool
from .tracing import enter

__all__ = ["AsyncAnswering"]

_log = CarefulLog("openai_codex.approvals")

METHOD_NOT_FOUND = -32601

_HOOKS = {"approve_command": "before_command", "approve_mcp_tool": "before_tool"}
_REFUSED = "this call was refused by the program"

# What a handler may raise to mean "I failed"; `sys.exit()` in one ends no program.
_FAILURES = (Exception, SystemExit)


class AsyncAnswering:
    """Has questions answered, each in a task or thread of its own."""

    def __init__(
        self, config: AppServerConfig, client: object, answerers: Answerers, readers: AsyncReaders
    ) -> None:
        self.raw_handler: RawHandler | None = None  # answers everything, in the protocol's own form
        self._config = config
        # The session holds the inbox: were the client held here, one that nobody closed would never
        # end.
        self._client = weakref.ref(client)
        self._answerers = answerers
        self._readers = readers
        self._decisions = readers.decisions
        self.loop = HandlerLoop()

    def close(self) -> None:
        """End the loop that the handlers ran on."""
        self.loop.close()

    async def take(
        self, connection: AsyncConnection, asked: RawQuestion, settled: Settlement
    ) -> None:
        """Have a question answered; returns when nothing is left to do here."""
        thread_id = asked.params.get("threadId")
        setup = self._answerers.setup_of(thread_id, connection.parent_of)
        if not setup.answers:
            return  # another client answers: then it is settled here as well
        if self.raw_handler is not None:
            await answer_raw(connection, asked, settled, self.raw_handler, loop=self.loop)
        elif asked.method == TOOL_CALL:
            tools, client = setup.tools, self._client()
            refusal = await self._refusal(connection, asked)
            await call_tool(
                connection,
                asked,
                settled,
                tools=tools,
                client=client,
                loop=self.loop,
                refusal=refusal,
            )
        else:
            await self._ask(connection, asked, settled)
            return
        settled.settle("answered")

    async def _ask(
        self, connection: AsyncConnection, asked: RawQuestion, settled: Settlement
    ) -> None:
        kind = question_kind(asked.method, asked.params)
        if kind is None:
            shown = one_line(asked.method)
            text = "refused %s: this version does not know that question"
            _log.warning(text, shown, extra=ids_in(asked.params))
            # An error and no empty result: what an empty one allows is for a newer runtime to say.
            text = f"this client does not know {asked.method}"
            connection.refuse(asked, code=METHOD_NOT_FOUND, message=text)
            settled.settle("declined")
            return
        question = kind(
            asked.method,
            asked.params,
            item=asked.item,
            folder=connection.folder_of(asked.params.get("threadId")),
            settled=settled,
            prepare=AsyncAnswer(connection, asked, self._decisions),
        )
        self._decisions.asked(question)
        if await self._is_hooked(connection, question, settled):
            return
        found = self._answerers.handler_for(question, connection.parent_of)
        if found is not None:
            await enter(connection.witness, connection.witness.question(asked.id))
            await self._call(question, *found, told=question)
        elif question.has_own_answer:
            question.decline()
        else:
            self._readers.take(question)

    async def _refusal(self, connection: AsyncConnection, asked: RawQuestion) -> str | None:
        """Return why `before_tool` refuses a Python tool, or None; a hook that fails refuses."""
        thread_id = asked.params.get("threadId")
        hook = self._answerers.hook("before_tool", thread_id, connection.parent_of)
        if hook is None:
            return None
        try:
            said = await self._ask_hook(hook, _tool_use(asked.params, None))
        except _FAILURES as error:
            _log.warning("the hook in Handlers.before_tool failed: %s", safe_repr(error))
            return "this tool was refused: the check of the call failed"
        return said if isinstance(said, str) else None if said in (None, True) else _REFUSED

    async def _is_hooked(
        self, connection: AsyncConnection, question: Question, settled: Settlement
    ) -> bool:
        """Let a hook look at a question first; tells whether the hook has answered it."""
        slot = _HOOKS.get(question.slot)
        if slot is None:
            return False
        hook = self._answerers.hook(slot, question.thread_id, connection.parent_of)
        if hook is None:
            return False
        told = _tool_use(question.params, question) if slot == "before_tool" else question
        await self._call(question, slot, hook, told=told, is_hook=True)
        return bool(settled)

    async def _ask_hook(self, hook: Any, told: Any) -> Any:
        seconds = self._config.answer_timeout
        return await run_handler(hook, told, seconds=seconds, settled=None, loop=self.loop)

    async def _call(
        self, question: Question, slot: str, function: Any, *, told: Any, is_hook: bool = False
    ) -> None:
        """Have a function answer; decline for one that fails, is too slow, or is stopped.

        A hook may also leave the question to others, by None, and refuse by a text.
        """
        decline, what = self._decisions.decline, "hook" if is_hook else "handler"
        try:
            answer = await run_handler(
                function,
                told,
                seconds=self._config.answer_timeout,
                settled=None if is_hook else question.settled,
                loop=self.loop,
            )
            # It may have answered by itself, or the runtime have settled it meanwhile.
            if not question.settled and not (is_hook and answer is None):
                question.answer(False if is_hook and isinstance(answer, str) else answer)
        except HandlerTimeoutError as error:
            decline(question, f"the {what} in Handlers.{slot} {error}")
        except _FAILURES as error:
            decline(question, f"the {what} in Handlers.{slot} failed: {safe_repr(error)}", error)
        except BaseException:  # the program ends, or its loop: that is no yes
            decline(question, f"the {what} in Handlers.{slot} was stopped")
            raise


def _tool_use(params: dict[str, Any], asked: Any) -> ToolUse:
    """Return what a hook is told of a tool: of a Python tool's call, or of an MCP approval."""
    return ToolUse(
        thread_id=str(params.get("threadId")),
        turn_id=str(params.get("turnId")),
        server=asked.server if asked is not None else None,
        tool=str((asked.tool if asked is not None else params.get("tool")) or ""),
        arguments=asked.arguments if asked is not None else params.get("arguments"),
    )
