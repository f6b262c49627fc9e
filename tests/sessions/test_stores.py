"""Our stores keep the contract; what is theirs alone: permissions, parts, errors of a service."""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from minio import Minio

from openai_codex.sessions import (
    FileSessionStore,
    S3SessionStore,
    SessionError,
    SessionNotFoundError,
    SessionStore,
    SqliteSessionStore,
)
from openai_codex.sessions.store import copied
from openai_codex.testing import SessionStoreContract
from tests.sessions.s3 import Bucket, bucket


class TestFileSessionStore(SessionStoreContract):
    @pytest.fixture(autouse=True)
    def _in(self, tmp_path: Path) -> None:
        self._folder = tmp_path / "a" / "b"

    def make_store(self) -> SessionStore:
        return FileSessionStore(self._folder)


class TestSqliteSessionStore(SessionStoreContract):
    @pytest.fixture(autouse=True)
    def _in(self, tmp_path: Path) -> None:
        self._path = tmp_path / "a" / "sessions.sqlite"

    def make_store(self) -> SessionStore:
        return SqliteSessionStore(str(self._path))


class TestS3SessionStore(SessionStoreContract):
    @pytest.fixture(autouse=True)
    def _in(self) -> Iterator[None]:
        with bucket() as self._bucket:
            yield

    def make_store(self) -> SessionStore:
        return s3_store(self._bucket)


class InMemory:
    """The shortest store that keeps the contract: it reads a bundle in one go."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def save(self, key: str, bundle: BinaryIO) -> None:
        self._kept[_checked(key)] = bundle.read()

    def load(self, key: str, into: BinaryIO) -> None:
        if _checked(key) not in self._kept:
            raise SessionNotFoundError(key)
        into.write(self._kept[key])

    def keys(self) -> list[str]:
        return sorted(self._kept)

    def delete(self, key: str) -> None:
        self._kept.pop(_checked(key), None)


def _checked(key: str) -> str:
    if re.fullmatch(r"[0-9A-Za-z-]{1,80}", key) is None:
        raise ValueError(key)
    return key


class TestStoreOfAUser(SessionStoreContract):
    def make_store(self) -> SessionStore:
        return InMemory()


def s3_store(server: Bucket) -> S3SessionStore:
    client = Minio(server.address, access_key="key", secret_key="secret", secure=False, region="r")
    return S3SessionStore(client, "bucket")


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are another matter there")
@pytest.mark.parametrize("kind", [FileSessionStore, SqliteSessionStore])
def test_what_is_kept_is_for_its_owner_alone(kind: type[SessionStore], tmp_path: Path) -> None:
    store = kind(tmp_path / "place")  # type: ignore[call-arg]
    store.save("key", io.BytesIO(b"secret"))
    kept = [path for path in (tmp_path / "place", *tmp_path.rglob("*")) if path.is_file()]
    assert kept
    assert all(path.stat().st_mode & 0o077 == 0 for path in kept)


def test_a_bundle_in_a_folder_is_a_file_by_its_key_and_nothing_else(tmp_path: Path) -> None:
    FileSessionStore(tmp_path / "a" / "b").save("key", io.BytesIO(b"x"))
    (kept,) = (tmp_path / "a" / "b").iterdir()
    assert (kept.name, kept.read_bytes()) == ("key.codex-session", b"x")


def test_a_copy_is_of_all_that_is_left() -> None:
    source, target = io.BytesIO(b"skip" + b"x" * (3 << 20)), io.BytesIO()
    source.seek(4)
    copied(source, target)
    assert target.getvalue() == b"x" * (3 << 20)


def test_a_bundle_is_on_the_disk_before_it_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[int, list[str]]] = []

    def sync(handle: int) -> None:
        synced.append((os.fstat(handle).st_size, FileSessionStore(tmp_path).keys()))

    monkeypatch.setattr(os, "fsync", sync)
    FileSessionStore(tmp_path).save("key", io.BytesIO(b"x" * 5))
    assert synced == [(5, [])]


def test_stores_say_where_they_are(tmp_path: Path) -> None:
    assert repr(FileSessionStore("a")) == "FileSessionStore('a')"
    assert repr(SqliteSessionStore("a.db")) == "SqliteSessionStore('a.db')"
    with pytest.raises(SessionNotFoundError, match="there is no session 'key' in this store"):
        SqliteSessionStore(tmp_path / "a.db").load("key", io.BytesIO())


def test_a_file_store_does_not_list_what_is_not_its_own(tmp_path: Path) -> None:
    store = FileSessionStore(tmp_path)
    store.save("key", io.BytesIO(b"x"))
    (tmp_path / "notes.txt").write_text("x")
    assert store.keys() == ["key"]
    assert FileSessionStore(tmp_path / "nowhere").keys() == []


def test_a_bucket_is_shared_by_prefix_and_large_bundles_go_in_parts() -> None:
    with bucket() as server:
        store = s3_store(server)
        server.objects["elsewhere/key.codex-session"] = b"x"
        store.save("key", io.BytesIO(b"x" * (20 << 20)))
        assert store.keys() == ["key"]
        assert len(server.objects["codex-sessions/key.codex-session"]) == 20 << 20
        assert server.parts == {}


def test_what_a_service_refuses_is_an_error_of_ours_without_the_credentials() -> None:
    with bucket() as server:
        store = s3_store(server)
        server.refused = True
        with pytest.raises(SessionError, match="AccessDenied") as caught:
            store.save("key", io.BytesIO(b"x"))
        assert "secret" not in f"{caught.value} {store!r}"
        with pytest.raises(SessionError, match="AccessDenied"):
            store.keys()


def test_without_minio_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "minio", None)
    with pytest.raises(ModuleNotFoundError, match=r"openai-codex\[s3\]"):
        S3SessionStore(None, "bucket")  # type: ignore[arg-type]


def test_a_contract_without_a_store_says_what_is_missing() -> None:
    with pytest.raises(NotImplementedError, match="make_store"):
        SessionStoreContract().test_keys_are_sorted()
