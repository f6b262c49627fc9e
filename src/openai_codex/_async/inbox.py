"""Where the runtime's questions arrive: each goes to its handler, to `questions()`, or is declined.

Nothing here runs on the reader, and every question gets an answer: no program ever hangs on one.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable

from .._core.careful_log import CarefulLog
from .._core.messages import Closed, QuestionSettled, RawQuestion
from .._core.session import Session
from .._drivers.aio import run_in_background
from .._drivers.settlement import Settlement
from .._safe_text import one_line
from .._turns.presets import ApprovalMode
from ..config import AppServerConfig
from ..errors import ClientClosedError, CodexError
from ..questions.answerers import Answerers
from ..questions.handlers import Handlers
from ..questions.kinds import question_kind
from ..questions.log_ids import ids_in
from .answer import REFUSED
from .answering import AsyncAnswering
from .connection import AsyncConnection
from .hooks import AsyncHooks
from .readers import AsyncReaders

__all__ = ["AsyncInbox"]

_log = CarefulLog("openai_codex.approvals")


class AsyncInbox:
    """Takes questions off the reader and sees that each is answered."""

    def __init__(self, config: AppServerConfig, handlers: Handlers, client: object) -> None:
        self.answerers = Answerers(handlers)
        self.readers = AsyncReaders(config)
        self.answering = AsyncAnswering(config, client, self.answerers, self.readers)
        self._connection: Callable[[], AsyncConnection | None] = lambda: None
        self._open: dict[int | str, Settlement] = {}
        self._hooks = AsyncHooks(self.answerers, self._parent_of, self.answering.loop, self._known)

    def attach(self, connection: AsyncConnection) -> None:
        """Learn whose questions these are; weakly, or the connection would keep itself alive."""
        self._connection = weakref.ref(connection)
        self.readers.attach(connection)
        if self.answerers.handlers.watches:
            self.watch()

    def watch(self) -> None:
        """Let hooks be told of events from now on."""
        connection = self._connection() if self._connection is not None else None
        if connection is not None:
            connection.locked(self._join)

    def _known(self) -> AsyncConnection | None:
        return self._connection() if self._connection is not None else None

    def _join(self, session: Session) -> None:
        session.notices.hooks = self._hooks

    def capabilities(self) -> dict[str, bool]:
        """Return what the handshake must announce for the handlers to be asked at all."""
        return {"requestAttestation": True} if self.answerers.handlers.attest is not None else {}

    def asks_us(self, thread_id: str | None = None, handlers: Handlers | None = None) -> bool:
        """Tell whether somebody here answers the approvals of a thread, or of these handlers."""
        by_handler = self.answerers.approve(thread_id, handlers, self._parent_of)
        return by_handler or self.readers.are_there or self.answering.raw_handler is not None

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

    def close(self, cause: Closed | None = None) -> None:
        """End every `questions()`, also of a client that never started, and the handlers' loop."""
        self.readers.close(cause or Closed(ClientClosedError("this client is closed")))
        self.answering.close()

    # --- on the reader ---------------------------------------------------------------------------

    def put(self, item: RawQuestion | QuestionSettled | Closed) -> None:
        """Take what the session delivers; whatever may take time is done elsewhere."""
        if isinstance(item, RawQuestion):
            # Kept here and now: it may be settled before the answering begins.
            settled = self._open[item.id] = Settlement()
            settled.listen(functools.partial(self._open.pop, item.id, None))
            self._show(item)
            context = self.answerers.context_of(item.params.get("threadId"), self._parent_of)
            try:
                # Never here: a handler may take hours, and this is the thread or the loop that
                # reads.
                run_in_background(functools.partial(self._begin, item, settled), context=context)
            except CodexError as error:  # no thread can be started
                self._refuse_here(item, settled, error)
        elif isinstance(item, QuestionSettled):
            settlement = self._open.get(item.id)
            if settlement is not None:
                settlement.settle(item.reason)
        else:
            self.readers.close(item)

    def _parent_of(self, thread_id: str) -> str | None:
        connection = self._connection()
        return connection.parent_of(thread_id) if connection is not None else None

    def _show(self, asked: RawQuestion) -> None:
        """Show the witness what is asked of a person; a tool's call is an item already."""
        connection = self._connection()
        kind = question_kind(asked.method, asked.params)
        if connection is not None and kind is not None and not kind.has_own_answer:
            connection.witness.asked(asked, kind.kind)

    def _refuse_here(self, asked: RawQuestion, settled: Settlement, error: CodexError) -> None:
        connection = self._connection()
        if connection is not None:
            text = f"this client cannot answer: {error}"
            connection.refuse(asked, code=REFUSED, message=text)
        settled.settle("declined")
        text = "could not answer %s; refused it: %s"
        _log.error(text, one_line(asked.method), error, extra=ids_in(asked.params))

    # --- elsewhere -------------------------------------------------------------------------------

    async def _begin(self, asked: RawQuestion, settled: Settlement) -> None:
        connection = self._connection()
        if connection is None or settled:
            return
        try:
            await self.answering.take(connection, asked, settled)
        except Exception as error:
            text = f"{type(error).__name__} in the client"
            connection.refuse(asked, code=REFUSED, message=text)
            text = "could not answer %s; refused it"
            _log.exception(text, one_line(asked.method), extra=ids_in(asked.params))
            settled.settle("declined")
