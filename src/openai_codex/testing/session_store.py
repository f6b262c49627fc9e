"""What every store of sessions must do, as a test class: for a store of your own.

    from openai_codex.testing import SessionStoreContract

    class TestMyStore(SessionStoreContract):
        def make_store(self):
            return MyStore(...)

pytest finds it by its name. Every test asks for a store that is empty.
"""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from ..sessions import SessionStore

__all__ = ["SessionStoreContract"]

_KEY = "01a22a1f-e586-7b12-bcf4-ad5c33b489c1"
_OTHER = "01a22a1f-e5e9-7e00-b8da-345b9d542edb"
_BAD_KEYS = ("", ".", "..", "../up", "a/b", "a\\b", "a b", "a\n", "\u00e9", "x" * 81)
_LARGE = 33 << 20  # more than any store should send in one piece


class SessionStoreContract:
    """Tests of one `SessionStore`; subclass it and say how to make an empty one."""

    def make_store(self) -> SessionStore:
        """Return an empty store."""
        raise NotImplementedError("make_store must return an empty store")

    def test_it_has_the_methods_of_a_store(self) -> None:
        """A client tells a store from a path by its methods."""
        from ..sessions import SessionStore

        assert isinstance(self.make_store(), SessionStore)

    def test_a_bundle_comes_back_as_it_was(self) -> None:
        """Every byte counts, zeros and newlines too."""
        store, data = self.make_store(), bytes(range(256)) * 1000
        store.save(_KEY, io.BytesIO(data))
        assert _loaded(store, _KEY) == data

    def test_an_empty_bundle_is_a_bundle(self) -> None:
        """Nothing is not the same as no bundle."""
        store = self.make_store()
        store.save(_KEY, io.BytesIO())
        assert _loaded(store, _KEY) == b""
        assert store.keys() == [_KEY]

    def test_a_large_bundle_comes_back_as_it_was(self) -> None:
        """More than a store may want to hold in memory."""
        store, piece = self.make_store(), bytes(range(251))
        data = (piece * (_LARGE // len(piece) + 1))[:_LARGE]
        store.save(_KEY, io.BytesIO(data))
        assert _loaded(store, _KEY) == data

    def test_only_what_is_left_to_read_is_saved(self) -> None:
        """A store reads from where the file stands, and does not seek."""
        store, source = self.make_store(), io.BytesIO(b"skip this")
        source.seek(5)
        store.save(_KEY, source)
        assert _loaded(store, _KEY) == b"this"

    def test_saving_again_replaces_the_bundle(self) -> None:
        """A shorter one leaves nothing of the longer one behind."""
        store = self.make_store()
        store.save(_KEY, io.BytesIO(b"x" * (3 << 20)))
        store.save(_KEY, io.BytesIO(b"second"))
        assert _loaded(store, _KEY) == b"second"
        assert store.keys() == [_KEY]

    def test_keys_are_sorted(self) -> None:
        """Whatever the order in which they were saved."""
        store = self.make_store()
        for key in (_OTHER, _KEY, "a", "Z", "0"):
            store.save(key, io.BytesIO(b"x"))
        assert store.keys() == sorted([_OTHER, _KEY, "a", "Z", "0"])

    def test_a_deleted_bundle_is_gone(self) -> None:
        """And deleting it again is of no effect."""
        store = self.make_store()
        for key in (_KEY, _OTHER):
            store.save(key, io.BytesIO(b"x"))
        store.delete(_KEY)
        store.delete(_KEY)
        assert store.keys() == [_OTHER]
        _check_missing(store, _KEY)

    def test_a_key_that_is_not_there_is_not_found(self) -> None:
        """With an error that says which, and nothing written."""
        _check_missing(self.make_store(), _KEY)

    def test_a_key_that_could_lead_elsewhere_is_refused(self) -> None:
        """Slashes, dots, blanks and the like have no place in a key."""
        store = self.make_store()
        for key in _BAD_KEYS:
            _check_refused(store.save, key, io.BytesIO(b"x"))
            _check_refused(store.load, key, io.BytesIO())
            _check_refused(store.delete, key)
        assert store.keys() == []

    def test_a_save_that_breaks_off_changes_nothing(self) -> None:
        """The older bundle is there, whole; where there was none, there is none."""
        store = self.make_store()
        store.save(_KEY, io.BytesIO(b"older"))
        for key in (_KEY, _OTHER):
            try:
                store.save(key, _Breaking())  # type: ignore[arg-type]
            except _BrokenOffError:
                continue
            raise AssertionError("what the source raises must come out of save()")
        assert _loaded(store, _KEY) == b"older"
        assert store.keys() == [_KEY]

    def test_it_may_be_used_from_several_threads_at_once(self) -> None:
        """The clients call a store from whatever thread is free."""
        store = self.make_store()
        keys = [f"key-{number}" for number in range(8)]

        def save_and_load(key: str) -> bytes:
            store.save(key, io.BytesIO(key.encode() * 1000))
            return _loaded(store, key)

        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(save_and_load, keys)) == [key.encode() * 1000 for key in keys]
        assert store.keys() == keys


class _BrokenOffError(Exception):
    """What a source raises that breaks off."""


class _Breaking:
    """A source that gives a little and then breaks off."""

    def __init__(self) -> None:
        self._left = 3 << 20

    def read(self, size: int = -1) -> bytes:
        if self._left <= 0 or size < 0:  # all of it, which there is not
            raise _BrokenOffError
        size = min(size, self._left)
        self._left -= size
        return b"x" * size


def _loaded(store: SessionStore, key: str) -> bytes:
    into = io.BytesIO()
    store.load(key, into)
    return into.getvalue()


def _check_missing(store: SessionStore, key: str) -> None:
    from ..sessions import SessionNotFoundError

    into: BinaryIO = io.BytesIO()
    caught: SessionNotFoundError | None = None
    try:
        store.load(key, into)
    except SessionNotFoundError as error:
        caught = error
    assert caught is not None, "load() must raise SessionNotFoundError for a key that is not there"
    assert caught.key == key
    assert into.tell() == 0


def _check_refused(work: Any, key: str, *rest: object) -> None:
    try:
        work(key, *rest)
    except ValueError:
        return
    raise AssertionError(f"{key!r} must be refused with ValueError")
