"""A pipe that its owner lends to a caller who waits for just one reply.

A reply that the owner reads wakes two threads, one after the other. Its caller can read it alone:
`epoll` takes the pipe away from a thread that polls, and that thread sleeps on.

Rule 1. Who reads holds the lock until what came is delivered, so that nothing overtakes anything.
Rule 2. A borrower takes the reply that it waits for. Anything else stays here, and the owner is
        woken to deliver it.
Rule 3. Anybody may recall the pipe at any time; its borrower then waits as if there were no loan.
        Who sends does: a borrower may be under a signal handler, which waits for other replies.
Rule 4. Ctrl-C may break a borrower off between any two steps. No byte is lost by it, and `recall`
        mends the rest.
"""

from __future__ import annotations

import os
import select
import threading
from collections import deque
from collections.abc import Callable

from .pipe import CHUNK, Pipe, read

__all__ = ["NOBODY", "LendablePipe"]

NOBODY = -1
"""Who has the pipe while it is not lent."""


class LendablePipe(Pipe):
    """Read `fd`, for an owner that `wake` wakes, or for whoever borrows it.

    To watch `writable`, a descriptor that always is, is to be woken.
    """

    def __init__(self, fd: int, *, wake: Callable[[], None], writable: int) -> None:
        super().__init__(fd)
        self.loan = NOBODY
        self._wake = wake
        self._bell = writable
        self._is_rung = False
        self._closed = False
        self._lock = threading.Lock()  # guards the loan, and who reads
        self._unread: deque[bytes] = deque()
        self._owners, self._borrowers = select.epoll(), select.epoll()  # two views of the pipe
        self._owners.register(fd, select.EPOLLIN)
        self._borrowers.register(fd, select.EPOLLIN)
        self._borrowers.register(writable, 0)

    # --- the owner's words -----------------------------------------------------------------------

    def fileno(self) -> int:
        """Return what its owner polls: while the pipe is lent, it tells of its end alone."""
        return self._owners.fileno()

    def read(self, deliver: Callable[[bytes], None]) -> bytes | None:
        """Deliver what is there and return it; whoever had the pipe has it no longer."""
        with self._lock:
            self._end_loan()
            data = self._unread.popleft() if self._unread else read(self._fd)
            if data:
                deliver(data)
        return data

    @property
    def has_unread(self) -> bool:
        """Tell whether a borrower left something."""
        return bool(self._unread)

    def close(self) -> None:
        """Lend no more."""
        with self._lock:
            self._end_loan()
            self._closed = True
            self._owners.close()
            self._borrowers.close()

    # --- the borrower's --------------------------------------------------------------------------

    def lend(self, loan: int) -> None:
        """Give the pipe to who goes on to `borrow` it for this `loan`."""
        with self._lock:
            if self._unread or self._closed:
                return
            if self._is_rung:
                self._borrowers.modify(self._bell, 0)
                self._is_rung = False
            self.loan = loan
            self._owners.modify(self._fd, 0)

    def borrow(self, loan: int, take: Callable[[bytes], bool], seconds: float) -> None:
        """Wait for what comes next, at most `seconds`; `take` tells whether it took that."""
        try:
            self._borrowers.poll(seconds)
        except (OSError, ValueError):  # closed meanwhile
            return
        with self._lock:
            if self.loan != loan:
                return
            try:
                # From the pipe to where the owner looks in one step, which Ctrl-C cannot part.
                self._unread.extend(map(os.read, (self._fd,), (CHUNK,)))
            except OSError:  # nothing has come; or a fault, which the owner will find as well
                pass
            else:
                if take(self._unread[0]):
                    self._unread.popleft()
            self._owners.modify(self._fd, select.EPOLLIN)
            self.loan = NOBODY
        if self._unread:
            self._wake()

    def recall(self) -> None:
        """End the loan, whoever has it."""
        if self.loan != NOBODY:
            with self._lock:
                self._end_loan()
        if self._unread:
            self._wake()

    # --- under the lock --------------------------------------------------------------------------

    def _end_loan(self) -> None:
        if self.loan != NOBODY:
            self._owners.modify(self._fd, select.EPOLLIN)
            self._borrowers.modify(self._bell, select.EPOLLOUT)
            self._is_rung = True
            self.loan = NOBODY  # last: what Ctrl-C breaks off is done again
