"""What a bundle says of itself: its threads, with sizes and sums. Pure.

A bundle is a zip archive: `manifest.json`, and the history of each thread as
`threads/<thread>/<file>`. Every field is checked when it is read, and a place on disk is made from
a file's own name, never from the archive's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .._safe_text import shown_safely
from .errors import BundleError, NewerBundleError
from .names import is_thread_id, read_name

__all__ = ["BUNDLE_VERSION", "MANIFEST", "SessionBundle", "SessionThread", "place_of"]

BUNDLE_VERSION = 1
"""The format that is written; older ones are read, newer ones refused."""

MANIFEST = "manifest.json"
FORMAT = "openai-codex-session"


@shown_safely
@dataclass(frozen=True, slots=True)
class SessionThread:
    """One thread of a bundle: the one that was exported (`is_main`), or that of a sub-agent.

    `size` is in bytes and `sha256` the sum of its history, unpacked.
    """

    id: str
    is_main: bool
    name: str | None
    file: str
    size: int
    sha256: str

    @property
    def place(self) -> str:
        """Where its history stands in the archive."""
        return place_of(self.id, self.file)


def place_of(thread_id: str, file: str) -> str:
    """Return where the history of a thread stands in an archive."""
    return f"threads/{thread_id}/{file}"


@shown_safely
@dataclass(frozen=True, slots=True)
class SessionBundle:
    """What a bundle holds: `thread_id` is the thread to resume.

    `created_at` is in unix seconds. `redacted` tells that secrets were taken out of the content.
    """

    thread_id: str
    threads: tuple[SessionThread, ...]
    created_at: float
    runtime_version: str | None
    redacted: bool

    @property
    def size(self) -> int:
        """The bytes of all histories, unpacked."""
        return sum(thread.size for thread in self.threads)

    def to_json(self) -> dict[str, Any]:
        """Return the manifest."""
        return {
            "format": FORMAT,
            "version": BUNDLE_VERSION,
            "thread_id": self.thread_id,
            "created_at": self.created_at,
            "runtime_version": self.runtime_version,
            "redacted": self.redacted,
            "threads": [
                {name: getattr(thread, name) for name in SessionThread.__slots__}
                for thread in self.threads
            ],
        }

    @classmethod
    def from_json(cls, fields: object) -> SessionBundle:
        """Read a manifest; raises NewerBundleError and BundleError."""
        if not isinstance(fields, dict) or fields.get("format") != FORMAT:
            raise BundleError("this file is not a session of openai-codex")
        version = fields.get("version")
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            raise BundleError(f"the bundle says {version!r} for its format")
        if version > BUNDLE_VERSION:
            raise NewerBundleError(version, BUNDLE_VERSION)
        try:
            return _checked(_bundle(fields))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BundleError(f"the bundle's manifest is damaged: {error!r}") from error


def _bundle(fields: Mapping[str, Any]) -> SessionBundle:
    version = fields.get("runtime_version")
    return SessionBundle(
        thread_id=_thread_id(fields["thread_id"]),
        threads=tuple(_thread(each) for each in fields["threads"]),
        created_at=float(fields["created_at"]),
        runtime_version=None if version is None else str(version),
        redacted=bool(fields["redacted"]),
    )


def _thread(fields: Mapping[str, Any]) -> SessionThread:
    thread_id, name, file = _thread_id(fields["id"]), fields.get("name"), fields["file"]
    if name is not None and not isinstance(name, str):
        raise TypeError("a name is no text")
    known = read_name(file)
    if known is None or (known.whole, known.thread_id) != (file, thread_id):
        raise ValueError(f"no file of thread {thread_id} is called {file!r}")
    size, sha256 = fields["size"], fields["sha256"]
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise ValueError(f"no size of a file is {size!r}")
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise ValueError(f"no sum of a file is {sha256!r}")
    return SessionThread(thread_id, bool(fields["is_main"]), name, file, size, sha256)


def _thread_id(text: object) -> str:
    if not is_thread_id(text):
        raise ValueError(f"{text!r} is no id of a thread")
    return str(text)


def _checked(bundle: SessionBundle) -> SessionBundle:
    _check_distinct(thread.id for thread in bundle.threads)
    if [thread.id for thread in bundle.threads if thread.is_main] != [bundle.thread_id]:
        raise ValueError("the thread to resume is not in it")
    return bundle


def _check_distinct(names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{name!r} is in it twice")
        seen.add(name)
