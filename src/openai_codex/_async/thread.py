"""One conversation: start turns in it, read it, name it, shorten it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, overload

from .._checks import check_choice, check_count, check_flag, check_kind, checked_seconds
from .._core.deadline import NEVER, Deadline
from .._drivers.aio import check_on_event, run_handler
from .._turns.inputs import Input, RunInput
from .._turns.limits import turn_limits
from .._turns.params import turn_params
from .._turns.presets import ApprovalMode, Sandbox
from .._turns.result import TurnResult
from .._turns.reviews import Review, read_review, review_target
from ..errors import CodexError, JsonRpcError, UsageLimitError
from .repository import check_repository
from .start import AsyncStart
from .work import _Work

if TYPE_CHECKING:
    import os
    from datetime import timedelta

    from .._checkpoints.records import Changes, Checkpoint, Rewound
    from .._turns.budget import Allowance, Budget, OnUsageLimit
    from .._turns.events import Event
    from .._turns.spend import Spend
    from ..output import OutputType
    from ..types import (
        JsonObject,
        Personality,
        ReasoningEffort,
        ReasoningSummary,
    )
    from .checkpoints import AsyncCheckpoints
    from .claim import WhenBusy
    from .events import AsyncEvents
    from .rpc import AsyncRpc
    from .turn import AsyncTurnHandle

__all__ = ["AsyncThread"]

T = TypeVar("T")


class AsyncThread(_Work):
    """One conversation, known by its `id`."""

    def __init__(
        self,
        rpc: AsyncRpc,
        thread_id: str,
        *,
        checkpoints: bool = False,
        connect_timeout: float | timedelta | None = None,
    ) -> None:
        self.id = thread_id
        self._rpc = rpc
        self._connect_timeout = connect_timeout
        self._live = rpc.threads.hold(thread_id)  # while this object is there, it can come back
        self._checkpoints: AsyncCheckpoints | None = None
        if checkpoints:
            self._kept().automatic = True

    def __repr__(self) -> str:
        return f"{type(self).__name__}(id={self.id!r})"

    def _repr_html_(self) -> str:
        from ..display.cards import thread_html

        return thread_html(type(self).__name__, self.id)

    @overload
    async def run(
        self,
        input: RunInput,
        *,
        output_type: type[T] | OutputType[T],
        output_retries: int = 1,
        approval_mode: ApprovalMode | None = None,
        cwd: str | os.PathLike[str] | None = None,
        effort: ReasoningEffort | str | None = None,
        model: str | None = None,
        personality: Personality | str | None = None,
        sandbox: Sandbox | None = None,
        service_tier: str | None = None,
        source: str | None = None,
        summary: ReasoningSummary | str | None = None,
        turn_service_tier: str | None = None,
        timeout: float | timedelta | None = None,
        idle_timeout: float | timedelta | None = None,
        connect_timeout: float | timedelta | None = None,
        busy: WhenBusy = "join",
        budget: Budget | None = None,
        on_usage_limit: OnUsageLimit | None = None,
        on_event: Callable[[Event], Any] | None = None,
    ) -> TurnResult[T]: ...

    @overload
    async def run(
        self,
        input: RunInput,
        *,
        approval_mode: ApprovalMode | None = None,
        cwd: str | os.PathLike[str] | None = None,
        effort: ReasoningEffort | str | None = None,
        model: str | None = None,
        output_schema: JsonObject | None = None,
        personality: Personality | str | None = None,
        sandbox: Sandbox | None = None,
        service_tier: str | None = None,
        source: str | None = None,
        summary: ReasoningSummary | str | None = None,
        turn_service_tier: str | None = None,
        timeout: float | timedelta | None = None,
        idle_timeout: float | timedelta | None = None,
        connect_timeout: float | timedelta | None = None,
        busy: WhenBusy = "join",
        budget: Budget | None = None,
        on_usage_limit: OnUsageLimit | None = None,
        on_event: Callable[[Event], Any] | None = None,
        output_type: Any = None,
        output_retries: int = 1,
    ) -> TurnResult[Any]: ...

    async def run(
        self,
        input: RunInput,
        *,
        approval_mode: ApprovalMode | None = None,
        cwd: str | os.PathLike[str] | None = None,
        effort: ReasoningEffort | str | None = None,
        model: str | None = None,
        output_schema: JsonObject | None = None,
        personality: Personality | str | None = None,
        sandbox: Sandbox | None = None,
        service_tier: str | None = None,
        source: str | None = None,
        summary: ReasoningSummary | str | None = None,
        turn_service_tier: str | None = None,
        timeout: float | timedelta | None = None,
        idle_timeout: float | timedelta | None = None,
        connect_timeout: float | timedelta | None = None,
        busy: WhenBusy = "join",
        budget: Budget | None = None,
        on_usage_limit: OnUsageLimit | None = None,
        on_event: Callable[[Event], Any] | None = None,
        output_type: type[T] | Any = None,
        output_retries: int = 1,
    ) -> TurnResult[Any]:
        """Run one turn to its end (turn/start) and return its result.

        Options beside those of `turn`, which mean the same here:
          on_event        is called with every event as it comes
          output_type     a Python type that the answer must have; the object is `result.output`
          output_retries  how often an answer that does not fit is sent back for repair
          on_usage_limit  "wait" waits until a usage limit resets and goes on; see `Codex`

        `budget`, like `timeout`, bounds the turn and its repairs together. Where its input
        joins a turn that was running, a warning says so. Raises TurnFailedError, TurnTimeoutError,
        ModelUnreachableError, BudgetExceededError, TransportClosedError, ThreadBusyError,
        OutputSchemaError, OutputValidationError.
        """
        check_count("output_retries", output_retries)
        check_on_event(on_event)
        # Made before anything is sent: a type that cannot be an answer costs no turn.
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
            # One deadline for them as well, and for what is waited between them.
            "deadline": NEVER.or_after(checked_seconds("timeout", timeout)),
            "idle_timeout": idle_timeout,
            "connect_timeout": connect_timeout,
            "busy": busy,
            # One allowance for all turns of this `run`: a repair of an answer spends from the same
            # budget.
            "budget": self._rpc.spending.allowance(budget),
            "on_usage_limit": on_usage_limit,
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
        cwd: str | os.PathLike[str] | None = None,
        effort: ReasoningEffort | str | None = None,
        model: str | None = None,
        output_schema: JsonObject | None = None,
        personality: Personality | str | None = None,
        sandbox: Sandbox | None = None,
        service_tier: str | None = None,
        source: str | None = None,
        summary: ReasoningSummary | str | None = None,
        turn_service_tier: str | None = None,
        timeout: float | timedelta | None = None,
        idle_timeout: float | timedelta | None = None,
        connect_timeout: float | timedelta | None = None,
        busy: WhenBusy = "join",
        budget: Budget | None = None,
    ) -> AsyncTurnHandle:
        """Start a turn (turn/start) and return its handle; on a busy thread, see `busy`.

        For this turn alone:
          input              text, an input such as `ImageInput`, a list of them, `ExternalMessage`
          output_schema      a JSON Schema that the answer must have
          turn_service_tier  speed and price of this turn
          source             who starts it, for statistics
          timeout            seconds for the whole turn; it is interrupted when they are over
          idle_timeout       seconds without any event but retries, after which it is interrupted
          connect_timeout    seconds of nothing but retries, after which it is interrupted; 120
                             unless the thread or the client has another, infinity for no limit
          busy               where a turn runs in the thread already: "join" puts the input into it,
                             "wait" starts this one after it, "error" raises ThreadBusyError
          budget             what the turn and its sub-agents may spend: a `Budget`

        For this turn and all later ones:
          cwd                the folder to work in
          sandbox            what commands may touch
          approval_mode      who decides when more is wanted
          model              the id of one of `codex.models()`
          effort             how long it thinks: "low", "medium", "high", ...
          summary            how its thoughts are summed up: "auto", "concise", "detailed", "none"
          personality        a style of answering; newer models do not heed it
          service_tier       speed and price

        `ReasoningEffort("...")`, and its like, pass a word that this version does not know. Raises
        ValueError, TypeError or OSError (a file or folder that is not there) before anything is
        sent, else the runtime's refusal as a JsonRpcError.
        """
        deadline = NEVER.or_after(checked_seconds("timeout", timeout))
        start = self._prepared(
            input,
            approval_mode=approval_mode,
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
            deadline=deadline,
            idle_timeout=idle_timeout,
            connect_timeout=connect_timeout,
            busy=busy,
            budget=self._rpc.spending.allowance(budget),
        )
        await self._rpc.spending.usage_limits.patience(None, deadline).gate(self._rpc)
        return (await self._begun(start)).watched()

    def events(self) -> AsyncEvents:
        """Iterate over all that comes for the thread from now on, in turns and between them.

        Also of turns that others started: a goal, the queue, another client. Ends when the client
        is closed. While it is open, every event of the thread costs a little more.
        """
        from .events import AsyncEvents

        rpc = self._rpc
        limit = rpc.config.max_unread_bytes
        return AsyncEvents(None, rpc, limit=limit, thread_id=self.id)

    async def current_turn(self) -> AsyncTurnHandle | None:
        """Return the turn that runs now, whoever started it, or None (thread/turns/list).

        Its `items` are those that are complete by now; its events come from here on. It is
        detached: it can be read, steered, awaited and interrupted, and goes on when it is left.
        Raises InvalidRequestError while an ephemeral thread works: its turns cannot be listed.
        """
        from .current_turn import running_turn

        return await running_turn(self._rpc, self.id)

    def attach_command(self) -> str:
        """Return the shell line that opens this thread in the stock terminal UI: `codex resume`.

        It shows the turn that runs, and may answer its questions. Only a runtime that listens can
        be attached to: CodexError else. Where the runtime asks for a token, the line takes it from
        its file, or from the variable `CODEX_REMOTE_TOKEN`, which is to be set first.
        """
        from .attaching import attach_command

        return attach_command(self._rpc.config, self.id)

    @property
    def spent(self) -> Spend:
        """What the thread's turns and their sub-agents have spent, as this client has seen it.

        For a resumed thread it begins with the tokens that the thread itself had used before; with
        a `budget=` it begins with all that it and its sub-agents had spent.
        """
        return self._rpc.spending.of_thread(self.id)

    async def set_budget(self, budget: Budget | None) -> None:
        """Let a budget hold for what the thread spends from now on, in place of the one before.

        It also holds for turns that a goal or the queue starts. None takes the budget away. Where
        the runtime has a limit of its own from the budget before, the stored thread is loaded again
        (thread/archive, thread/unarchive, thread/resume).
        """
        await self._rpc.spending.set_thread(self.id, budget)

    async def review(
        self,
        *,
        base: str | None = None,
        commit: str | None = None,
        instructions: str | None = None,
        detached: bool = False,
        timeout: float | timedelta | None = None,
        idle_timeout: float | timedelta | None = None,
        connect_timeout: float | timedelta | None = None,
        on_event: Callable[[Event], Any] | None = None,
    ) -> Review:
        """Have the changes in the thread's folder reviewed (review/start); return the findings.

        What is reviewed: the changes since branch `base`, those of one `commit`, whatever
        `instructions` say, or, with none of them, all that is not committed. With `detached` it
        runs beside the conversation, in a thread of its own that only reads the same folder and
        asks nobody, and this thread is free meanwhile. The runtime does not tell what a review
        spends, so no budget sees it. The other options and errors are those of `run`. A folder
        outside of every git repository has no `base`: NotARepositoryError, before anything is sent
        where the runtime is a process of ours, or else the runtime's TurnFailedError.
        """
        check_on_event(on_event)
        check_repository(self._rpc, self.id, base)
        thread = await self._reviewer(detached)
        start = thread._review(base, commit, instructions, timeout, idle_timeout, connect_timeout)
        try:
            turn = await thread._begun(start)
            return read_review(await turn.run(on_event=on_event))
        except CodexError:
            raise
        except BaseException:  # it may strike between the two
            start.leave()
            raise

    async def review_turn(
        self,
        *,
        base: str | None = None,
        commit: str | None = None,
        instructions: str | None = None,
        detached: bool = False,
        timeout: float | timedelta | None = None,
        idle_timeout: float | timedelta | None = None,
        connect_timeout: float | timedelta | None = None,
    ) -> AsyncTurnHandle:
        """Start a review (review/start) and return its turn, to be watched or interrupted.

        The options are those of `review`. `read_review` takes the findings out of its result; a
        detached one has the `thread_id` of its own thread.
        """
        check_repository(self._rpc, self.id, base)
        thread = await self._reviewer(detached)
        start = thread._review(base, commit, instructions, timeout, idle_timeout, connect_timeout)
        return (await thread._begun(start)).watched()

    async def to_html(self, *, redacted: bool = True, focused: bool = False) -> str:
        """Return the stored thread as one HTML page that needs no other file (thread/read).

        Sub-agents are part of it. `redacted` takes out what looks like a secret; `focused` leaves
        out all but prompts and answers. Raises TranscriptError where the thread has no file: it is
        ephemeral, or had no turn. For very long threads, `openai_codex.transcript.write_html`
        writes without holding it in memory.
        """
        return await self._document("html", redacted=redacted, focused=focused)

    async def to_markdown(self, *, redacted: bool = True, focused: bool = False) -> str:
        """Return the stored thread as Markdown (thread/read). See `to_html`."""
        return await self._document("markdown", redacted=redacted, focused=focused)

    # --- checkpoints -----------------------------------------------------------------------------

    async def checkpoint(self, name: str | None = None) -> Checkpoint:
        """Keep the files of the thread's folder, and the place in its conversation, as they are.

        What is covered, and what is not, stands in its `coverage`. Raises GitNotFoundError,
        CheckpointUnsupportedError, CheckpointError.
        """
        check_kind("name", name, str)
        return await self._kept().mark(name)

    async def checkpoints(self) -> list[Checkpoint]:
        """Return the thread's checkpoints, the oldest first; they outlive the client."""
        return await self._kept().all()

    async def diff(self, mark: Checkpoint | str) -> Changes:
        """Return what differs in the files from a checkpoint to now.

        `mark` is a checkpoint, its id or its name. Raises CheckpointNotFoundError.
        """
        return await self._kept().changes(mark)

    async def rewind(
        self,
        mark: Checkpoint | str,
        *,
        files: bool = True,
        conversation: bool = True,
        force: bool = False,
    ) -> Rewound:
        """Go back to a checkpoint: its files, and the conversation (thread/revert) up to it.

        What the thread's own turns changed is changed back, whatever they did it with. Where
        somebody else changed files since, FilesChangedError names them and nothing is touched,
        unless `force` is set. A rewind that was broken off, even by a kill, is finished by the next
        one. Raises CheckpointNotFoundError, RewindBlockedError, CheckpointUnsupportedError, and
        CheckpointError while a turn is running.
        """
        return await self._kept().rewind(mark, files=files, conversation=conversation, force=force)

    async def redo(self, *, force: bool = False) -> Rewound:
        """Undo the last rewind, as long as no turn has begun since.

        The runtime cannot put turns back into a thread: where the conversation was cut, it goes on
        in a copy that was kept, and `id` is the copy's from here on. The thread that was cut is
        archived. A redo that was broken off, even by a kill, is finished by the next one. Raises
        CheckpointNotFoundError when there is nothing to redo, FilesChangedError as for `rewind`.
        """
        done = await self._kept().redo(force=force)
        # The runtime cannot take turns back that were cut off: the copy from before takes their
        # place.
        self.id = done.thread_id
        self._live = self._rpc.threads.hold(self.id)
        return done

    def _kept(self) -> AsyncCheckpoints:
        if self._checkpoints is None:
            from .checkpoints import AsyncCheckpoints

            self._checkpoints = AsyncCheckpoints(self._rpc, self.id)
        return self._checkpoints

    # --- internals -------------------------------------------------------------------------------

    async def _turn_with(self, input: Input | str) -> AsyncTurnHandle:
        return await self.turn(input)

    async def _document(self, form: str, *, redacted: bool, focused: bool) -> str:
        from ..transcript.stored import Wanted, stored_text

        path = (await self.read()).thread.path
        home = self._rpc.server_info.get("codexHome")
        wanted = Wanted(form, path, home, redacted, focused)
        # On a thread: a long conversation takes seconds to write, in which the loop would stand
        # still.
        text: str = await run_handler(stored_text, wanted, seconds=None, settled=None)
        return text

    async def _with_output(
        self,
        result: TurnResult[Any],
        output: OutputType[Any],
        retries: int,
        options: dict[str, Any],
        on_event: Callable[[Event], Any] | None,
    ) -> TurnResult[Any]:
        """Put the validated object into the result; have an answer that does not fit repaired."""
        from ..output import OutputValidationError

        # An interrupted turn has no answer to check, and asking again would go on with what was
        # stopped.
        while result.completed:
            try:
                result.output = output.validate(result.final_response or "")
                break
            except OutputValidationError as error:
                error.result = result
                if retries <= 0 or not error.is_repairable:
                    raise
                retries -= 1
                prompt = error.repair_prompt()
            self._rpc.spending.carry(options["budget"], result.id)
            result = await self._run(prompt, options, on_event)
        return result

    async def _run(
        self,
        input: RunInput,
        options: dict[str, Any],
        on_event: Callable[[Event], Any] | None,
    ) -> TurnResult[Any]:
        options, spending = {**options}, self._rpc.spending
        wanted = options.pop("on_usage_limit", None)
        patience = spending.usage_limits.patience(wanted, options["deadline"])
        while True:
            # Before the turn: while another one waits for the limit, this would only be refused as
            # well.
            await patience.gate(self._rpc)
            try:
                return await self._run_once(input, options, on_event)
            except UsageLimitError as error:
                if not await patience.outlast(self._rpc, error):
                    raise
                spending.carry(options["budget"], error.result.id)
            input = []  # the runtime has the message: the turn goes on with it

    async def _run_once(
        self,
        input: RunInput,
        options: dict[str, Any],
        on_event: Callable[[Event], Any] | None,
    ) -> TurnResult[Any]:
        start = self._prepared(input, **options)
        try:
            turn = await self._begun(start)
            start.warn_if_joined(turn)
            return await turn.run(on_event=on_event)
        except CodexError:
            raise
        except BaseException:  # it may strike between the two
            start.leave()
            raise

    async def _begun(self, start: AsyncStart) -> AsyncTurnHandle:
        checkpoints = self._checkpoints
        await start.claim()
        if checkpoints is None:
            return await start.turn()
        try:
            # Before the runtime is asked: once the turn runs, its files change.
            mark = await checkpoints.before_turn()
        except BaseException:
            start.leave()
            raise
        try:
            turn = await start.turn()
        except JsonRpcError:
            await checkpoints.turn_refused(mark)
            raise
        checkpoints.turn_begun(turn)
        return turn

    def _prepared(
        self,
        input: RunInput,
        *,
        approval_mode: ApprovalMode | None,
        deadline: Deadline,
        idle_timeout: float | timedelta | None,
        connect_timeout: float | timedelta | None,
        busy: WhenBusy,
        budget: Allowance | None,
        **options: Any,
    ) -> AsyncStart:
        """Return a turn that is ready to be started; raises for bad options."""
        check_choice("busy", busy, ("join", "wait", "error"))
        rpc = self._rpc
        idle = checked_seconds("idle_timeout", idle_timeout)
        mode = rpc.inbox.mode(approval_mode, thread_id=self.id)
        place = rpc.places.moved(self.id, options.get("cwd"))
        options = options if place is None else {**options, "cwd": place.cwd}
        params = turn_params(
            self.id,
            input,
            approval_mode=mode,
            folder=rpc.config._folder,
            is_far=place is not None,
            **options,
        )
        if place is not None:
            params["environments"] = rpc.places.wire(
                place
            )  # on every turn: a resumed one forgot it
            rpc.places.note(self.id, place)
        limits = turn_limits(
            deadline=deadline,
            idle_timeout=idle if idle is not None else rpc.config.idle_timeout,
            connect_timeout=self._patience(connect_timeout),
            budgets=rpc.spending.limits(
                self.id,
                budget,
                model=options.get("model"),
                tier=options.get("turn_service_tier") or options.get("service_tier"),
            ),
        )
        return AsyncStart(rpc, self.id, params, deadline=deadline, limits=limits, busy=busy)

    def _patience(self, given: float | timedelta | None) -> float | None:
        """Return the seconds of nothing but retries that a turn is given, None for no limit."""
        wanted = given if given is not None else self._connect_timeout
        if wanted is None:
            return self._rpc.config.connect_timeout
        return checked_seconds("connect_timeout", wanted)

    async def _reviewer(self, detached: bool) -> AsyncThread:
        """Return the thread that a review runs in: this one, or a new one in the same folder.

        The runtime's own detached review is refused for threads that are stored page by page, as
        all are unless asked otherwise, and tells its findings as prose.
        """
        check_flag("detached", detached)
        if not detached:
            return self
        stored = (await self.read()).thread
        params: dict[str, Any] = {
            "cwd": str(stored.cwd),
            "model": stored.model,
            "modelProvider": stored.model_provider,
            "sandbox": "read-only",
            "approvalPolicy": "never",
        }
        places = [
            {"environmentId": place.environment_id, "cwd": str(place.cwd)}
            for place in stored.environments or ()
        ]
        if places:  # one that this runtime does not have is refused, not replaced by its machine
            params["environments"] = places
        reply = await self._rpc.request("thread/start", params)
        self._rpc.note_folder(reply["thread"]["id"], reply.get("cwd"))
        return type(self)(self._rpc, reply["thread"]["id"])

    def _review(
        self,
        base: str | None,
        commit: str | None,
        instructions: str | None,
        timeout: float | timedelta | None,
        idle_timeout: float | timedelta | None,
        connect_timeout: float | timedelta | None,
    ) -> AsyncStart:
        rpc = self._rpc
        target = review_target(base=base, commit=commit, instructions=instructions)
        deadline = NEVER.or_after(checked_seconds("timeout", timeout))
        idle = checked_seconds("idle_timeout", idle_timeout)
        limits = turn_limits(
            deadline=deadline,
            idle_timeout=idle if idle is not None else rpc.config.idle_timeout,
            connect_timeout=self._patience(connect_timeout),
            budgets=rpc.spending.limits(self.id, None),
        )
        params = {"threadId": self.id, "target": target}
        return AsyncStart(
            rpc, self.id, params, deadline=deadline, limits=limits, method="review/start"
        )


def _output_type(given: Any, output_schema: Any) -> OutputType[Any] | None:
    if given is None:
        return None
    if output_schema is not None:
        raise ValueError("give output_type or output_schema, not both")
    from ..output import OutputType

    return OutputType.of(given)
