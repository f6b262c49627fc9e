"""One conversation: start turns in it, read it, name it, shorten it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any, TypeVar, overload

from .. import methods
from .._drivers.aio import CANCELLED, Latch, Mailbox, check_on_event
from ..deadline import NEVER, Deadline
from ..errors import CodexError, RequestTimeoutError, ServerBusyError, TransportClosedError
from ..inputs import RunInput
from ..params import check_count, options, turn_params
from ..presets import ApprovalMode, Sandbox
from ..replies import text_in
from ..result import TurnResult
from .call import AsyncCall
from .orphan import AsyncOrphan
from .turn import AsyncTurnHandle

if TYPE_CHECKING:
    from .._core.messages import Reply
    from .._core.turnbox import TurnBox
    from ..notification import Notification
    from ..output import OutputType
    from ..types import (
        JsonObject,
        Personality,
        ReasoningEffort,
        ReasoningSummary,
        ThreadCompactStartResponse,
        ThreadReadResponse,
        ThreadSetNameResponse,
        Turn,
        TurnItemsView,
    )
    from .rpc import AsyncRpc

__all__ = ["AsyncThread"]

T = TypeVar("T")

_log = logging.getLogger("openai_codex.turns")


class AsyncThread:
    """Hold one conversation by its `id`."""

    def __init__(self, rpc: AsyncRpc, thread_id: str) -> None:
        self.id = thread_id
        self._rpc = rpc

    def __repr__(self) -> str:
        return f"{type(self).__name__}(id={self.id!r})"

    def _repr_html_(self) -> str:
        from ..display import thread_html

        return thread_html(type(self).__name__, self.id)

    @overload
    async def run(
        self,
        input: RunInput,
        *,
        output_type: type[T] | OutputType[T],
        output_retries: int = 1,
        approval_mode: ApprovalMode | None = None,
        cwd: str | None = None,
        effort: ReasoningEffort | None = None,
        model: str | None = None,
        personality: Personality | None = None,
        sandbox: Sandbox | None = None,
        service_tier: str | None = None,
        source: str | None = None,
        summary: ReasoningSummary | None = None,
        turn_service_tier: str | None = None,
        timeout: float | None = None,
        idle_timeout: float | None = None,
        on_event: Callable[[Notification], Any] | None = None,
    ) -> TurnResult[T]: ...

    @overload
    async def run(
        self,
        input: RunInput,
        *,
        approval_mode: ApprovalMode | None = None,
        cwd: str | None = None,
        effort: ReasoningEffort | None = None,
        model: str | None = None,
        output_schema: JsonObject | None = None,
        personality: Personality | None = None,
        sandbox: Sandbox | None = None,
        service_tier: str | None = None,
        source: str | None = None,
        summary: ReasoningSummary | None = None,
        turn_service_tier: str | None = None,
        timeout: float | None = None,
        idle_timeout: float | None = None,
        on_event: Callable[[Notification], Any] | None = None,
        output_type: Any = None,
        output_retries: int = 1,
    ) -> TurnResult[Any]: ...

    async def run(
        self,
        input: RunInput,
        *,
        approval_mode: ApprovalMode | None = None,
        cwd: str | None = None,
        effort: ReasoningEffort | None = None,
        model: str | None = None,
        output_schema: JsonObject | None = None,
        personality: Personality | None = None,
        sandbox: Sandbox | None = None,
        service_tier: str | None = None,
        source: str | None = None,
        summary: ReasoningSummary | None = None,
        turn_service_tier: str | None = None,
        timeout: float | None = None,
        idle_timeout: float | None = None,
        on_event: Callable[[Notification], Any] | None = None,
        output_type: type[T] | Any = None,
        output_retries: int = 1,
    ) -> TurnResult[Any]:
        """Run one turn to its end (turn/start) and return its result.

        `on_event` is called with every event as it comes. `output_type` is a Python type that the
        answer must have; the validated object is `result.output`, and an answer that does not fit
        is sent back for repair at most `output_retries` times. See `turn` for the other options.
        Raises TurnFailedError, TurnTimeoutError, TransportClosedError, OutputSchemaError,
        OutputValidationError.
        """
        check_count("output_retries", output_retries)
        check_on_event(on_event)
        output = _output_type(output_type, output_schema)
        options: dict[str, Any] = {
            "approval_mode": approval_mode,
            "cwd": cwd,
            "effort": effort,
            "model": model,
            "output_schema": output.schema if output is not None else output_schema,
            "personality": personality,
            "sandbox": sandbox,
            "service_tier": service_tier,
            "source": source,
            "summary": summary,
            "turn_service_tier": turn_service_tier,
            "timeout": timeout,
            "idle_timeout": idle_timeout,
        }
        result = await self._run(input, options, on_event)
        if output is None:
            return result
        return await self._with_output(result, output, output_retries, options, on_event)

    async def turn(
        self,
        input: RunInput,
        *,
        approval_mode: ApprovalMode | None = None,
        cwd: str | None = None,
        effort: ReasoningEffort | None = None,
        model: str | None = None,
        output_schema: JsonObject | None = None,
        personality: Personality | None = None,
        sandbox: Sandbox | None = None,
        service_tier: str | None = None,
        source: str | None = None,
        summary: ReasoningSummary | None = None,
        turn_service_tier: str | None = None,
        timeout: float | None = None,
        idle_timeout: float | None = None,
    ) -> AsyncTurnHandle:
        """Start a turn (turn/start) and return its handle; on a busy thread, join the running turn.

        `approval_mode`, `cwd`, `effort`, `model`, `personality`, `sandbox`, `service_tier` and
        `summary` stay in force for later turns; `output_schema` and `turn_service_tier` are for
        this one. `timeout` bounds the whole turn and `idle_timeout` its longest silence, both in
        seconds; a turn that passes either is interrupted. `effort`, `personality` and `summary`
        take any string: a model may know words that this version does not. Raises ValueError or
        TypeError for other bad options before anything is sent, else the runtime's refusal as a
        JsonRpcError.
        """
        params = turn_params(
            self.id,
            input,
            approval_mode=self._rpc.inbox.mode(approval_mode, thread_id=self.id),
            cwd=cwd,
            effort=effort,
            model=model,
            output_schema=output_schema,
            personality=personality,
            sandbox=sandbox,
            service_tier=service_tier,
            source=source,
            summary=summary,
            turn_service_tier=turn_service_tier,
        )
        return await self._start(params, NEVER.or_after(timeout), idle_timeout)

    async def read(self, *, include_turns: bool = False) -> ThreadReadResponse:
        """Return the stored thread (thread/read), with its turns if asked for."""
        params = {"threadId": self.id, "includeTurns": include_turns}
        return await self._rpc.call(methods.thread.READ, params)

    async def turns(
        self,
        *,
        page_size: int | None = None,
        newest_first: bool = True,
        items_view: TurnItemsView | None = None,
    ) -> AsyncIterator[Turn]:
        """Yield the stored turns (thread/turns/list), a page of `page_size` at a time.

        A page is asked for when the one before was used up, so a long history costs only what is
        looked at. `items_view` is `summary` unless given: the last message of each turn. An
        ephemeral thread has no stored turns; the runtime refuses with InvalidRequestError.
        """
        params = options(
            thread_id=self.id,
            limit=page_size,
            sort_direction="desc" if newest_first else "asc",
            items_view=items_view,
        )
        while True:
            page = await self._rpc.call(methods.thread.TURNS_LIST, params)
            for turn in page.data:  # async only
                yield turn  # async only
            # sync: yield from page.data
            if page.next_cursor is None:
                return
            params["cursor"] = page.next_cursor

    async def set_name(self, name: str) -> ThreadSetNameResponse:
        """Name the thread (thread/name/set)."""
        return await self._rpc.call(methods.thread.NAME_SET, {"threadId": self.id, "name": name})

    async def compact(self) -> ThreadCompactStartResponse:
        """Begin to shorten the history (thread/compact/start); it runs as a turn of its own."""
        return await self._rpc.call(methods.thread.COMPACT_START, {"threadId": self.id})

    # --- small words -----------------------------------------------------------------------------

    async def _with_output(
        self,
        result: TurnResult[Any],
        output: OutputType[Any],
        retries: int,
        options: dict[str, Any],
        on_event: Callable[[Notification], Any] | None,
    ) -> TurnResult[Any]:
        """Put the validated object into the result; have an answer that does not fit repaired."""
        from ..output import OutputValidationError

        while result.completed:
            try:
                result.output = output.validate(result.final_response or "")
                break
            except OutputValidationError as error:
                error.result = result
                if retries <= 0:
                    raise
                retries -= 1
                prompt = error.repair_prompt()
            result = await self._run(prompt, options, on_event)
        return result

    async def _run(
        self,
        input: RunInput,
        options: dict[str, Any],
        on_event: Callable[[Notification], Any] | None,
    ) -> TurnResult[Any]:
        turn: AsyncTurnHandle | None = None
        try:
            turn = await self.turn(input, **options)
            return await turn.run(on_event=on_event)
        except CANCELLED:  # Ctrl-C may come between the two
            if turn is not None:
                await turn._leave()
            raise

    async def _start(
        self, params: dict[str, Any], deadline: Deadline, idle_timeout: float | None
    ) -> AsyncTurnHandle:
        rpc, box = self._rpc, self._rpc.turn_box()
        idle = idle_timeout if idle_timeout is not None else rpc.config.idle_timeout
        call = AsyncCall(rpc, "turn/start", params, events=box)
        turn: AsyncTurnHandle | None = None
        is_released = False
        try:
            reply = await call.reply(rpc.timeout_for("turn/start"), within=deadline)
            turn = self._handle(reply, box, deadline, idle)
            call.release()
            is_released = True
        except CANCELLED:
            await (self._stop_unborn(call, box) if turn is None else turn._leave())
            raise
        except RequestTimeoutError:
            call.abandon(AsyncOrphan(rpc, self.id))
            raise
        finally:
            if not is_released:  # else nothing is called here, where Ctrl-C would lose the turn
                call.release()
        return turn

    def _handle(
        self, started: Reply, box: TurnBox[Mailbox, Latch], deadline: Deadline, idle: float | None
    ) -> AsyncTurnHandle:
        return AsyncTurnHandle(
            self._rpc,
            self.id,
            text_in(started.result, "turn", "id", method="turn/start"),
            box,
            deadline=deadline,
            idle_timeout=idle,
        )

    async def _stop_unborn(self, call: AsyncCall, box: TurnBox[Mailbox, Latch]) -> None:
        """Stop a turn whose caller was cancelled before its id was known."""
        if call.withdraw():
            return
        bound = Deadline(self._rpc.config.interrupt_timeout)
        try:
            turn = self._handle(await call.late_reply(bound), box, bound, None)
        except (ServerBusyError, TransportClosedError):
            return  # it was refused, or went with its runtime: there is no turn to stop
        except CodexError as error:
            call.abandon(AsyncOrphan(self._rpc, self.id))
            _log.warning("could not interrupt a turn that was cancelled at its start: %s", error)
        else:
            await turn._leave()


def _output_type(given: Any, output_schema: Any) -> OutputType[Any] | None:
    if given is None:
        return None
    if output_schema is not None:
        raise ValueError("give output_type or output_schema, not both")
    from ..output import OutputType

    return OutputType.of(given)
