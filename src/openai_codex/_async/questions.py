"""The questions that no handler took, to be read and answered whenever and wherever one likes."""

from __future__ import annotations

from typing import Any

from .._core.messages import Closed
from .._drivers.aio import Mailbox
from ..errors import ClientClosedError
from ..questions import Question
from .readers import AsyncReaders

__all__ = ["AsyncQuestions"]


class AsyncQuestions:
    """An iterator over the questions that no handler took, until the client is closed.

    Open from the moment it is made: questions wait here, and are declined when it is closed, or
    let go of, without having been read. Several may be open; each sees every question, and the
    first answer counts. Several may read one at once; each question goes to one of them.
    """

    def __init__(self, readers: AsyncReaders) -> None:
        self._readers = readers
        self._box = Mailbox()
        self._over = False
        readers.add(self._box)

    def __del__(self) -> None:
        if not self._over:
            self._readers.collected(self._box)

    def __aiter__(self) -> AsyncQuestions:
        return self

    async def __anext__(self) -> Question:
        while not self._over:
            item: Any = self._box.pop()
            if item is None:
                self._readers.check()
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
        self._readers.remove(self._box)
        self._box.put(Closed(ClientClosedError()))  # wakes a reader in another thread or task
