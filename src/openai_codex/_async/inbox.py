"""Where the runtime's questions arrive: each goes to its handler, to `questions()`, or is declined.

Nothing here runs on the reader, and every question gets an answer: no program ever hangs on one.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._core.messages import Closed, Settled
from .._core.messages import Question as Asked
from .._drivers.aio import Mailbox, run_handler, run_in_background, wait_settled
from .._drivers.settlement import Settlement
from ..config import AppServerConfig
from ..errors import ClientClosedError, HandlerTimeoutError
from ..handlers import Handlers
from ..presets import ApprovalMode
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

# What a handler may raise to mean "I failed"; `sys.exit()` in one ends no program.
_FAILURES = (Exception, SystemExit)


@dataclass(frozen=True)
class Setup:
    """Who answers for one thread: its own handlers and its tools."""

    handlers: Handlers | None = None
    tools: ToolSet | None = None

    def specs(self) -> list[dict[str, Any]] | None:
        """Return the tools as thread/start takes them, or None."""
        return self.tools.specs() if self.tools is not None else None

    def over(self, older: Setup) -> Setup:
        """Return this setup, and of the older one what this leaves out."""
        return Setup(self.handlers or older.handlers, self.tools or older.tools)


_NOBODY = Setup()


class AsyncInbox:
    """Take questions off the reader and see that each is answered."""

    def __init__(self, config: AppServerConfig, handlers: Handlers, client: object) -> None:
        self._config = config
        self._handlers = handlers
        self._client = weakref.ref(client)
        self._rpc: weakref.ref[AsyncRpc] | None = None
        self._setups: dict[str, Setup] = {}
        self._open: dict[int | str, Settlement] = {}
        self._faults: dict[Question, tuple[str, BaseException | None]] = {}
        self._readers: list[Mailbox] = []
        self._closed: Closed | None = None

    # --- who answers -----------------------------------------------------------------------------

    def attach(self, rpc: AsyncRpc) -> None:
        """Learn whose questions these are; weakly, or the connection would keep itself alive."""
        self._rpc = weakref.ref(rpc)

    def set_up(self, thread_id: str, setup: Setup) -> None:
        """Let `setup` answer for a thread and its sub-agents."""
        if setup != _NOBODY:
            self._setups[thread_id] = setup.over(self._setups.get(thread_id, _NOBODY))

    def forget(self, thread_id: str) -> None:
        """Undo `set_up`."""
        self._setups.pop(thread_id, None)

    def capabilities(self) -> dict[str, bool]:
        """Return what the handshake must announce for the handlers to be asked at all."""
        return {"requestAttestation": True} if self._handlers.attest is not None else {}

    def asks_us(self, thread_id: str | None = None, handlers: Handlers | None = None) -> bool:
        """Tell whether somebody here answers the approvals of a thread, or of these handlers."""
        own = handlers or self._setup_of(thread_id).handlers
        mine = own is not None and own.approves
        return mine or self._handlers.approves or bool(self._readers)

    def mode(
        self,
        mode: ApprovalMode | None,
        *,
        thread_id: str | None = None,
        handlers: Handlers | None = None,
    ) -> ApprovalMode | None:
        """Return what `mode` means here: `auto_review` asks us where somebody answers."""
        if mode is ApprovalMode.auto_review and self.asks_us(thread_id, handlers):
            return ApprovalMode.ask
        return mode

    def add_reader(self, box: Mailbox) -> None:
        """Put the questions that no handler takes into `box` from now on."""
        self._readers.append(box)
        if self._closed is not None:  # looked at last: it may have been closed meanwhile
            box.put(self._closed)

    def remove_reader(self, box: Mailbox) -> None:
        """Undo `add_reader`; what was not read is declined if nobody else reads it. Idempotent."""
        with contextlib.suppress(ValueError):  # removed before, or by another thread
            self._readers.remove(box)
        while (item := box.pop()) is not None:
            if isinstance(item, Question):
                self._decline_unread(item)

    def abandon_reader(self, box: Mailbox) -> None:
        """Do what `remove_reader` does, for a reader that was collected: anywhere, at any time."""
        if self._rpc is None:  # nothing was asked yet
            self.remove_reader(box)
        else:
            self._later(functools.partial(self.remove_reader, box))

    def check_reader(self) -> None:
        """Raise WrongLoopError or WrongProcessError where no question would ever be seen."""
        rpc = self._rpc() if self._rpc is not None else None
        if rpc is not None:
            rpc.locked(lambda _: None)  # which is refused there

    def _decline_unread(self, question: Question) -> None:
        """Decline a question that nobody has read, unless an open reader still has it."""
        boxes = question._unread_in
        if boxes and not any(box in self._readers for box in boxes):
            self._decline(question, "codex.questions() was closed before it was read")

    def _abandoned(self, question: Question) -> None:
        """Decline a question that was read and let go of: anywhere, at any time."""
        why = "it was read from codex.questions() and let go of unanswered"
        self._later(functools.partial(self._decline, question, why))

    def _later(self, work: Callable[[], object]) -> None:
        """Have `work` done soon where the connection lives, while there is one."""
        rpc = self._rpc() if self._rpc is not None else None
        if rpc is not None and self._closed is None:
            rpc.driver.later(work)

    # --- what arrives, on the reader -------------------------------------------------------------

    def put(self, item: Asked | Settled | Closed) -> None:
        """Take what the session delivers; whatever may take time is done elsewhere."""
        if isinstance(item, Asked):
            # Kept here and now: it may be settled before the answering begins.
            settled = self._open[item.id] = Settlement()
            run_in_background(functools.partial(self._begin, item, settled))
        elif isinstance(item, Settled):
            settlement = self._open.pop(item.id, None)
            if settlement is not None:
                settlement.settle(item.reason)
        else:
            self._closed = item
            for box in tuple(self._readers):  # who is woken may leave while the others are told
                box.put(item)

    def close(self) -> None:
        """End every `questions()` of a client that never started."""
        self.put(Closed(ClientClosedError("this client is closed")))

    # --- answering, elsewhere --------------------------------------------------------------------

    async def _begin(self, asked: Asked, settled: Settlement) -> None:
        rpc = self._rpc() if self._rpc is not None else None
        if rpc is None or settled:
            return
        try:
            await self._take(rpc, asked, settled)
        except Exception as error:
            text = f"{type(error).__name__} in the client"
            self._refuse(rpc, asked, REFUSED, text)
            _log.exception("could not answer %s; refused it", asked.method)

    async def _take(self, rpc: AsyncRpc, asked: Asked, settled: Settlement) -> None:
        if asked.method == _TOOL_CALL:
            await self._call_tool(rpc, asked, settled)
            return
        kind = question_kind(asked.method, asked.params)
        if kind is None:
            _log.warning("refused %s: this version does not know that question", asked.method)
            text = f"this client does not know {asked.method}"
            self._refuse(rpc, asked, METHOD_NOT_FOUND, text)
            return
        send = functools.partial(self._send, asked)
        await self._ask(
            kind(asked.method, asked.params, item=asked.item, settled=settled, send=send)
        )

    async def _ask(self, question: Question) -> None:
        own = self._setup_of(question.thread_id).handlers
        for handlers in (own, self._handlers):
            slot = handlers.slot_for(question) if handlers is not None else None
            if slot is not None:
                await self._hand_over(question, getattr(handlers, slot), slot)
                return
        if question.has_own_answer:
            question.decline()
        else:
            self._defer(question)

    async def _hand_over(self, question: Question, handler: Any, slot: str) -> None:
        seconds = self._config.answer_timeout
        try:
            answer = await run_handler(handler, question, seconds=seconds, settled=question.settled)
            if not question.settled:
                question.answer(answer)
        except HandlerTimeoutError as error:
            self._decline(question, f"the handler in Handlers.{slot} {error}")
        except _FAILURES as error:
            what = f"the handler in Handlers.{slot} failed: {error!r}"
            self._decline(question, what, error)
        except BaseException:  # the program ends, or its loop: that is no yes
            self._decline(question, f"the handler in Handlers.{slot} was stopped")
            raise

    def _defer(self, question: Question) -> None:
        boxes = tuple(self._readers)
        if not boxes:
            ways = f"set Handlers.{question.slot}, or read codex.questions()"
            self._decline(question, f"nobody is there to answer: {ways}")
            return
        question._unread_in = boxes
        question._let_go = self._abandoned
        for box in boxes:
            box.put(question)
        self._decline_unread(question)  # they may have been closed meanwhile
        seconds = self._config.answer_timeout
        if seconds is not None:
            held = weakref.ref(question)  # who lets go of it declines it at once
            run_in_background(functools.partial(self._expire, held, question.settled, seconds))

    async def _expire(
        self, held: weakref.ref[Question], settled: Settlement, seconds: float
    ) -> None:
        is_settled = await wait_settled(settled, seconds)
        question = held()
        if question is not None and not is_settled:
            ways = f"set Handlers.{question.slot}, or answer what codex.questions() brings"
            self._decline(question, f"nobody answered within {seconds:g} s: {ways}")

    def _decline(self, question: Question, why: str, error: BaseException | None = None) -> None:
        """Say no for those who did not answer, with one warning that tells why."""
        self._faults[question] = (why, error)
        try:
            question.decline()
        except AlreadySettledError as settled:
            # A handler that failed after its own answer is at fault; one whose turn ended is not.
            is_fault = error is not None and not question.settled.is_foreign
            level = logging.WARNING if is_fault else logging.INFO
            text = "%s was settled first (%s): %s"
            _log.log(level, text, _shown(question), settled.reason, why, exc_info=error)
        finally:
            self._faults.pop(question, None)  # another thread may have declined it as well

    def _send(self, asked: Asked, question: Question, result: Any) -> str | None:
        """Send an answer; returns why it is too late, or None."""
        self._open.pop(asked.id, None)
        rpc = self._rpc() if self._rpc is not None else None
        if rpc is None:
            return "closed"
        try:
            self._tell(question, result)
        finally:  # though the program's log raises: the runtime waits
            if result is None:
                sent = rpc.driver.refuse(asked.id, code=REFUSED, message="declined by this client")
            else:
                sent = rpc.driver.answer(asked.id, result)
        if sent:
            return None
        return "closed" if self._closed is not None else "resolved elsewhere"

    def _tell(self, question: Question, result: Any) -> None:
        """Log the decision: before it is sent, so that it is there when its effect is."""
        fault = self._faults.get(question) if question.settled.reason == "declined" else None
        if fault is not None:
            why, error = fault
            _log.warning("declined %s: %s", _shown(question), why, exc_info=error)
            return
        level = logging.DEBUG if question.has_own_answer else logging.INFO
        if _log.isEnabledFor(level):
            _log.log(level, "%s: %s", _shown(question), question.told(result))

    def _refuse(self, rpc: AsyncRpc, asked: Asked, code: int, message: str) -> None:
        self._open.pop(asked.id, None)
        rpc.driver.refuse(asked.id, code=code, message=message)

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

    async def _call_tool(self, rpc: AsyncRpc, asked: Asked, settled: Settlement) -> None:
        from ..tools import ToolContext
        from ..tools.result import failure

        params = asked.params
        tools = self._setup_of(params.get("threadId")).tools
        name, namespace = str(params.get("tool")), params.get("namespace")
        tool = tools.find(name, namespace) if tools is not None else None
        if tool is None:
            _log.warning("the model called %r, which has no function here", name)
            result = failure(_NO_TOOL)
        else:
            context = ToolContext(
                thread_id=str(params.get("threadId")),
                turn_id=str(params.get("turnId")),
                call_id=str(params.get("callId")),
                tool=name,
                namespace=namespace,
                client=self._client(),
            )
            try:
                result = await self._tool_result(tool, params.get("arguments"), context, settled)
            except BaseException:  # the program ends, or its loop: the model need not wait for it
                self._open.pop(asked.id, None)
                rpc.driver.answer(asked.id, failure("the tool was stopped"))
                raise
        self._open.pop(asked.id, None)
        rpc.driver.answer(asked.id, result)

    async def _tool_result(
        self, tool: Any, arguments: Any, context: Any, settled: Settlement
    ) -> Any:
        try:
            bound = tool.bind(arguments, context=context)
            result = await run_handler(_call, bound, seconds=tool.timeout, settled=settled)
            return tool.render(result)
        except HandlerTimeoutError as error:
            _log.warning("tool %s: %s", tool.name, error)
            return tool.render_timeout()
        except _FAILURES as error:
            _log.info("tool %s failed", tool.name, exc_info=True)
            return tool.render_error(error)


def _call(bound: Any) -> Any:
    return bound()


def _shown(question: Question) -> str:
    from ..rules.redact import redacted

    try:
        summary = question.summary
    except (AttributeError, KeyError, TypeError, ValueError):  # not shaped as the protocol says
        summary = question.method
    return f"{question.slot} {redacted(summary)!r}"
