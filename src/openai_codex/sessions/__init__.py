"""Take a thread along: bundles that hold a conversation, and stores to keep them in.

    with Codex() as codex:
        thread = codex.thread_start()
        thread.run("Hi")
        codex.thread_export(thread.id, "greeting.session")
        codex.thread_import("greeting.session")  # elsewhere, or later

A `SessionStore` keeps bundles under the ids of their threads: in a folder, in SQLite, in a bucket
that speaks S3, or wherever yours does. `openai_codex.testing.SessionStoreContract` tests one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .bundle import BUNDLE_VERSION as BUNDLE_VERSION
    from .bundle import SessionBundle as SessionBundle
    from .bundle import SessionThread as SessionThread
    from .errors import BundleError as BundleError
    from .errors import NewerBundleError as NewerBundleError
    from .errors import SessionError as SessionError
    from .errors import SessionExistsError as SessionExistsError
    from .errors import SessionNotFoundError as SessionNotFoundError
    from .file_store import FileSessionStore as FileSessionStore
    from .s3_store import S3SessionStore as S3SessionStore
    from .sqlite_store import SqliteSessionStore as SqliteSessionStore
    from .store import SessionStore as SessionStore

__all__ = [
    "BUNDLE_VERSION",
    "BundleError",
    "FileSessionStore",
    "NewerBundleError",
    "S3SessionStore",
    "SessionBundle",
    "SessionError",
    "SessionExistsError",
    "SessionNotFoundError",
    "SessionStore",
    "SessionThread",
    "SqliteSessionStore",
]

_HOMES = {
    "BUNDLE_VERSION": "bundle",
    "FileSessionStore": "file_store",
    "S3SessionStore": "s3_store",
    "SessionBundle": "bundle",
    "SessionStore": "store",
    "SessionThread": "bundle",
    "SqliteSessionStore": "sqlite_store",
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f".{_HOMES.get(name, 'errors')}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
