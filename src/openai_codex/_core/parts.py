"""What a connection knows, each in an object of its own, and what of it outlives the connection."""

from __future__ import annotations

from collections.abc import Callable

from .bulletin import Bulletin
from .calls import Calls
from .ledger import Ledger
from .messages import Closed
from .notices import Notices
from .occupancy import Occupancy
from .open_questions import OpenQuestions
from .replays import Replays
from .routes import Box, Delivery, Routes

__all__ = ["Parts"]


class Parts:
    """The parts of one connection, `epoch` connections after the first.

    One that takes the place of a lost connection takes over from the parts `before` what was
    spent and what is known of threads. Where the runtime itself lives on, `keeps_turns`, it takes
    over what is open as well: turns and questions.
    """

    routes: Routes
    occupancy: Occupancy
    questions: OpenQuestions

    def __init__(
        self,
        *,
        questions: Box,
        max_in_flight: int,
        max_turn_starts: int,
        max_kept_bytes: int,
        clock: Callable[[], float],
        before: Parts | None,
        keeps_turns: bool,
    ) -> None:
        # Kept here as well as in `questions`: it is told of the end though nothing is asked.
        self.questioner: Box = questions
        self.epoch: int = 0 if before is None else before.epoch + 1
        self.ledger: Ledger = Ledger(clock=clock) if before is None else before.ledger
        self.bulletin: Bulletin = Bulletin() if before is None else before.bulletin
        if before is None or not keeps_turns:
            self._open_anew(max_kept_bytes, keeps_turns)
        else:
            self._take_over(before)
        self.calls: Calls = Calls(
            max_in_flight=max_in_flight,
            max_turn_starts=max_turn_starts,
            routes=self.routes,
            clock=clock,
            before=None if before is None else before.calls,
        )
        self.notices: Notices = Notices(
            routes=self.routes,
            questions=self.questions,
            ledger=self.ledger,
            before=None if before is None else before.notices,
            replays=Replays() if keeps_turns else None,
        )

    def _open_anew(self, max_kept_bytes: int, keeps_turns: bool) -> None:
        self.routes = Routes(max_kept_bytes=max_kept_bytes, turnless=self.bulletin)
        self.occupancy = Occupancy(self.routes, self.ledger)
        self.questions = OpenQuestions(self.questioner, epoch=self.epoch, keeps=keeps_turns)

    def _take_over(self, before: Parts) -> None:
        self.routes = before.routes
        self.occupancy = before.occupancy
        self.questions = before.questions

    def suspend(self, end: Closed) -> list[Delivery]:
        """Let turns and questions wait for the next connection; their boxes get the end of this."""
        self.questions.suspend()
        return [(box, end) for box in self.routes.suspend()]

    def end(self, end: Closed) -> list[Delivery]:
        """End what is open: every box of a turn, a thread, a wait or a question gets the end."""
        out: list[Delivery] = [(box, end) for box in self.routes.boxes()]
        out += [(box, end) for box in self.occupancy.boxes()]
        return out + self.questions.closed()

    def end_for_good(self, end: Closed) -> list[Delivery]:
        """Tell those that would go on with the next connection that there is none."""
        return [(self.bulletin, end), (self.questioner, end)]

    def clear(self) -> None:
        """Let go of every box that was given the end."""
        self.routes.clear()
        self.occupancy.clear()
        self.questions.clear()
