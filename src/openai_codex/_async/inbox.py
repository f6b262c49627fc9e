"""Where the runtime's questions arrive: each goes to its handler, to `questions()`, or is declined.

Nothing here runs on the reader, and every question gets an answer: no program ever hangs on one.
"""

from __future__ import annotations

import functools
import logging
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._core.messages import Closed, Settled
from .._core.messages import Question as Asked
from .._drivers.aio import Mailbox, run_handler, run_in_background, wait_settled
from ..config import AppServerConfig
from ..errors import HandlerTimeoutError
from ..handlers import Handlers
from ..questions import AlreadySettledError, Question
from ..questions.kinds import question_kind

if TYPE_CHECKING:
    from ..tools import ToolSet
    from .rpc import AsyncRpc

__all__ = ["AsyncInbox", "Setup"]

_log = logging.getLogger("openai_codex.approvals")

METHOD_NOT_FOUND = -32601
REFUSED = -32000
_TOOL_CALL = "item/tool/call"
_NO_TOOL = "this client offers no tool of that name"


@dataclass(frozen=True)
class Setup:
    """Who answers for one thread: its own handlers and its tools."""

    handlers: Handlers
    tools: ToolSet | None = None

    def specs(self) -> list[dict[str, Any]] | None:
        """Return the tools as thread/start takes them, or None."""
        return self.tools.specs() if self.tools is not None else None

    @property
    def is_empty(self) -> bool:
        """Tell whether nobody answers here."""
        return self == _NOBODY


class AsyncInbox:
    """Take questions off the reader and see that each is answered."""

    def __init__(self, config: AppServerConfig, handlers: Handlers, client: object) -> None:
        self._config = config
        self._handlers = handlers
        self._client = weakref.ref(client)
        self._rpc: weakref.ref[AsyncRpc] | None = None
        self._setups: dict[str, Setup] = {}
        self._open: dict[int | str, Question] = {}
        self._readers: list[Mailbox] = []

    # --- who answers -----------------------------------------------------------------------------

    def attach(self, rpc: AsyncRpc) -> None:
        """Learn whose questions these are; weakly, or the connection would keep itself alive."""
        self._rpc = weakref.ref(rpc)

    def set_up(self, thread_id: str, setup: Setup) -> None:
        """Let `setup` answer for a thread and its sub-agents."""
        if not setup.is_empty:
            self._setups[thread_id] = setup

    def asks_us(self, handlers: Handlers | None) -> bool:
        """Tell whether a thread with these handlers has anybody who answers approvals."""
        own = handlers is not None and handlers.approves
        return own or self._handlers.approves or bool(self._readers)

    def add_reader(self, box: Mailbox) -> None:
        """Put the questions that no handler takes into `box` from now on."""
        self._readers.append(box)

    def remove_reader(self, box: Mailbox) -> None:
        """Undo `add_reader`; what was not read is declined if nobody else reads it. Idempotent."""
        if box in self._readers:
            self._readers.remove(box)
        while not self._readers and (question := box.pop()) is not None:
            if isinstance(question, Question) and not question.settled:
                self._decline(question, "nobody reads codex.questions() any more")

    # --- what arrives, on the reader -------------------------------------------------------------

    def put(self, item: Asked | Settled | Closed) -> None:
        """Take what the session delivers; whatever may take time is done elsewhere."""
        if isinstance(item, Asked):
            run_in_background(functools.partial(self._begin, item))
        elif isinstance(item, Settled):
            question = self._open.pop(item.id, None)
            if question is not None:
                question.settled.settle(item.reason)
        else:
            for box in self._readers:
                box.put(item)

    # --- answering, elsewhere --------------------------------------------------------------------

    async def _begin(self, asked: Asked) -> None:
        rpc = self._rpc() if self._rpc is not None else None
        if rpc is None:
            return
        try:
            await self._take(rpc, asked)
        except Exception as error:
            _log.exception("could not answer %s; refused it", asked.method)
            rpc.driver.refuse(
                asked.id, code=REFUSED, message=f"{type(error).__name__} in the client"
            )

    async def _take(self, rpc: AsyncRpc, asked: Asked) -> None:
        if asked.method == _TOOL_CALL:
            await self._call_tool(rpc, asked)
            return
        kind = question_kind(asked.method, asked.params)
        if kind is None:
            _log.warning("refused %s: this version does not know that question", asked.method)
            text = f"this client does not know {asked.method}"
            rpc.driver.refuse(asked.id, code=METHOD_NOT_FOUND, message=text)
            return
        send = functools.partial(self._send, asked)
        question = kind(asked.method, asked.params, item=asked.item, send=send)
        self._open[asked.id] = question
        await self._ask(question)

    async def _ask(self, question: Question) -> None:
        handler = self._setup_of(question.thread_id).handlers.find(question)
        handler = handler or self._handlers.find(question)
        if handler is None:
            await self._defer(question)
            return
        try:
            answer = await run_handler(
                handler, question, seconds=self._config.answer_timeout, settled=question.settled
            )
            if not question.settled:
                question.answer(answer)
                _log.info("%s %r answered by its handler", question.slot, question.summary)
        except AlreadySettledError as error:
            _log.info("%s %r was settled first: %s", question.slot, question.summary, error.reason)
        except Exception as error:
            what = f"the handler in slot Handlers.{question.slot} failed: {error!r}"
            self._decline(question, what)

    async def _defer(self, question: Question) -> None:
        if not self._readers:
            ways = f"set Handlers.{question.slot}, or read codex.questions()"
            self._decline(question, f"nobody is there to answer: {ways}")
            return
        for box in self._readers:
            box.put(question)
        seconds = self._config.answer_timeout
        if seconds is not None and not await wait_settled(question.settled, seconds):
            self._decline(question, f"nobody answered it within {seconds:g} s")

    def _decline(self, question: Question, why: str) -> None:
        if question.settled:
            return
        # A clock that answers for itself is no refusal, and nothing to warn of.
        level = logging.DEBUG if question.kind == "current_time" else logging.WARNING
        _log.log(level, "declined %s %r: %s", question.slot, question.summary, why)
        try:
            question.decline()
        except AlreadySettledError as error:
            _log.info("%s was settled first: %s", question.slot, error.reason)

    def _send(self, asked: Asked, result: Any) -> bool:
        self._open.pop(asked.id, None)
        rpc = self._rpc() if self._rpc is not None else None
        if rpc is None:
            return False
        if result is None:
            return rpc.driver.refuse(asked.id, code=REFUSED, message="declined by this client")
        return rpc.driver.answer(asked.id, result)

    def _setup_of(self, thread_id: str | None) -> Setup:
        """Return what was set up for a thread, or for the thread whose sub-agent it is."""
        rpc = self._rpc() if self._rpc is not None else None
        parents = rpc.driver.session.parents if rpc is not None else {}
        seen: set[str] = set()
        while thread_id is not None and thread_id not in seen:
            if thread_id in self._setups:
                return self._setups[thread_id]
            seen.add(thread_id)
            thread_id = parents.get(thread_id)
        return _NOBODY

    # --- tools -----------------------------------------------------------------------------------

    async def _call_tool(self, rpc: AsyncRpc, asked: Asked) -> None:
        from ..tools import ToolContext
        from ..tools.result import failure

        params = asked.params
        tools = self._setup_of(params.get("threadId")).tools
        name, namespace = str(params.get("tool")), params.get("namespace")
        tool = tools.find(name, namespace) if tools is not None else None
        if tool is None:
            _log.warning("the model called %r, which has no function here", name)
            rpc.driver.answer(asked.id, failure(_NO_TOOL))
            return
        context = ToolContext(
            thread_id=str(params.get("threadId")),
            turn_id=str(params.get("turnId")),
            call_id=str(params.get("callId")),
            tool=name,
            namespace=namespace,
            client=self._client(),
        )
        rpc.driver.answer(asked.id, await self._tool_result(tool, params.get("arguments"), context))

    async def _tool_result(self, tool: Any, arguments: Any, context: Any) -> Any:
        try:
            bound = tool.bind(arguments, context=context)
            result = await run_handler(_call, bound, seconds=tool.timeout, settled=None)
            return tool.render(result)
        except HandlerTimeoutError as error:
            _log.warning("tool %s: %s", tool.name, error)
            return tool.render_timeout()
        except Exception as error:
            _log.info("tool %s failed", tool.name, exc_info=True)
            return tool.render_error(error)


def _call(bound: Any) -> Any:
    return bound()


_NOBODY = Setup(Handlers())
