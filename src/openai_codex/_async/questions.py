"""The questions that no handler took, to be read and answered whenever and wherever one likes."""

from __future__ import annotations

from typing import Any

from .._core.messages import Closed
from .._drivers.aio import Mailbox
from ..errors import ClientClosedError
from ..questions import Question
from .inbox import AsyncInbox

__all__ = ["AsyncQuestions"]


class AsyncQuestions:
    """Iterate over the questions that no handler took, until the client is closed.

    Open from the moment it is made: questions wait here, and are declined when it is closed, or
    let go of, without having been read. Several may be open; each sees every question, and the
    first answer counts. Several may read one at once; each question goes to one of them.
    """

    def __init__(self, inbox: AsyncInbox) -> None:
        self._inbox = inbox
        self._box = Mailbox()
        self._over = False
        inbox.add_reader(self._box)

    def __del__(self) -> None:
        if not self._over:
            self._inbox.abandon_reader(self._box)

    def __aiter__(self) -> AsyncQuestions:
        return self

    async def __anext__(self) -> Question:
        while not self._over:
            item: Any = self._box.pop()
            if item is None:
                self._inbox.check_reader()
                await self._box.wait()
            elif isinstance(item, Closed):
                self.close()
            elif not item.settled:
                question: Question = item
                question._unread_in = ()
                return question
        raise StopAsyncIteration

    async def __aenter__(self) -> AsyncQuestions:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Read no more; questions that were not read are declined. Idempotent."""
        self._over = True
        self._inbox.remove_reader(self._box)
        self._box.put(Closed(ClientClosedError()))  # wakes whoever waits in another thread or task
