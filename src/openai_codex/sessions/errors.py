"""What taking a thread along raises. Data and texts only."""

from __future__ import annotations

from ..errors import CodexError

__all__ = [
    "BundleError",
    "NewerBundleError",
    "SessionError",
    "SessionExistsError",
    "SessionNotFoundError",
]


class SessionError(CodexError):
    """Raised when a thread cannot be exported or imported; its family's base."""

    def __str__(self) -> str:  # what a bundle says of itself is not ours
        from .._safe_text import one_line

        return one_line(str(self.args[0]))


class SessionNotFoundError(SessionError, LookupError):
    """Raised by a store that has no bundle under this key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"there is no session {key!r} in this store")
        self.key = key


class SessionExistsError(SessionError):
    """Raised when a home already has a thread of a bundle, and it is not the same."""

    def __init__(self, thread_id: str) -> None:
        super().__init__(
            f"this home already has thread {thread_id}, and it is not what the bundle holds: "
            "import into another home, or delete the thread first"
        )
        self.thread_id = thread_id


class BundleError(SessionError):
    """Raised for a file that is not a bundle, or one that was damaged or tampered with."""


class NewerBundleError(BundleError):
    """Raised for a bundle of a format that this version does not know; nothing was imported."""

    def __init__(self, version: int, known: int) -> None:
        super().__init__(
            f"the bundle has format {version}, and this version of openai-codex knows formats up "
            f"to {known}: upgrade openai-codex to import it"
        )
        self.version = version
        self.known = known
