"""Reading a bundle into a CODEX_HOME: all is checked before anything is put in place. Blocks."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import BinaryIO

from .bundle import MANIFEST, SessionBundle, SessionThread
from .errors import BundleError, SessionError, SessionExistsError
from .names import read_name
from .rollouts import History, newest_file, read_head

__all__ = ["MOST_BYTES", "import_bundle", "read_bundle"]

MOST_BYTES = 8 << 30
"""The most that a bundle may unpack to."""

_MOST_MANIFEST = 16 << 20
_CHUNK = 1 << 20


def import_bundle(
    home: Path,
    source: BinaryIO,
    *,
    thread_id: str | None = None,
    most_bytes: int = MOST_BYTES,
) -> SessionBundle:
    """Put the threads of a bundle into this home; raises BundleError, SessionExistsError.

    Nothing is put in place when anything is wrong, or when it is not of the thread `thread_id`.
    """
    with _opened(source) as archive:
        bundle = _read(archive, most_bytes)
        if thread_id not in (None, bundle.thread_id):
            raise BundleError(f"the bundle is of thread {bundle.thread_id}, not of {thread_id}")
        staging = home / "python-sdk" / f"import-{secrets.token_hex(8)}"
        staging.mkdir(parents=True, mode=0o700)
        try:
            for thread in bundle.threads:
                _unpack(archive, thread, staging / thread.file)
            _put_in_place(home, bundle, staging)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return bundle


def read_bundle(source: BinaryIO, *, most_bytes: int = MOST_BYTES) -> SessionBundle:
    """Return what a bundle holds, by its manifest; raises BundleError."""
    with _opened(source) as archive:
        return _read(archive, most_bytes)


def _opened(source: BinaryIO) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(source)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise BundleError(f"this file is not a session of openai-codex: {error}") from error


def _read(archive: zipfile.ZipFile, most_bytes: int) -> SessionBundle:
    data = b"".join(_unpacked(archive, MANIFEST, _MOST_MANIFEST))
    try:
        fields = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BundleError("the bundle's manifest is no JSON") from error
    bundle = SessionBundle.from_json(fields)
    named = [*(thread.place for thread in bundle.threads), MANIFEST]
    there = archive.namelist()
    if sorted(there) != sorted(named):
        extra = sorted(set(there) ^ set(named))
        raise BundleError(f"the bundle holds other files than it says: {extra[:3]!r}")
    if bundle.size > most_bytes:
        raise BundleError(
            f"the bundle unpacks to {bundle.size} bytes, more than the {most_bytes} it may have"
        )
    return bundle


def _unpacked(archive: zipfile.ZipFile, name: str, most: int) -> Iterator[bytes]:
    """Yield an entry's content, and not one byte more than it may have."""
    try:
        info = archive.getinfo(name)
        if info.header_offset < 0:  # which Python would seek to
            raise zipfile.BadZipFile("it is said to stand before the file's beginning")
        with archive.open(info) as entry:
            left = most
            while chunk := entry.read(min(_CHUNK, left + 1)):
                left -= len(chunk)
                if left < 0:
                    raise BundleError(f"{name} is longer than the {most} bytes that it may have")
                yield chunk
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise BundleError(f"{name} cannot be unpacked: {error}") from error
    except RuntimeError as error:  # it is encrypted, which we never do
        raise BundleError(f"{name} cannot be unpacked: {error}") from error


def _unpack(archive: zipfile.ZipFile, thread: SessionThread, target: Path) -> None:
    digest, size = hashlib.sha256(), 0
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        for chunk in _unpacked(archive, thread.place, thread.size):
            digest.update(chunk)
            size += len(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    if (size, digest.hexdigest()) != (thread.size, thread.sha256):
        raise BundleError(f"{thread.file} is not what the bundle says it is: it was damaged")
    try:
        head = read_head(target)
    except SessionError as error:
        raise BundleError(str(error)) from error
    if head.get("id") != thread.id or "history_base" in head:
        raise BundleError(f"{thread.file} is not the whole history of its thread")


def _put_in_place(home: Path, bundle: SessionBundle, staging: Path) -> None:
    missing = [t for t in bundle.threads if not _is_there(home, t, staging / t.file)]
    done: list[Path] = []
    try:
        for thread in missing:
            target = home / "sessions" / _folder(thread) / thread.file
            target.parent.mkdir(parents=True, exist_ok=True)
            (staging / thread.file).replace(target)
            done.append(target)
    except OSError as error:
        for target in done:
            target.unlink(missing_ok=True)
        raise SessionError(f"the bundle could not be put into {home}: {error}") from error


def _is_there(home: Path, thread: SessionThread, given: Path) -> bool:
    """Tell whether a home has a thread already; raises SessionExistsError for one that differs."""
    there = newest_file(home, thread.id)
    if there is None:
        return False
    known = read_name(there.name)
    if known is None or known.is_compressed:
        raise SessionExistsError(thread.id)
    with given.open("rb") as lines:
        for ours, theirs in zip_longest(History(home, there).lines(), lines):
            if ours != theirs:
                raise SessionExistsError(thread.id)
    return True


def _folder(thread: SessionThread) -> str:
    name = read_name(thread.file)
    assert name is not None, "checked when the manifest was read"
    return name.folder
