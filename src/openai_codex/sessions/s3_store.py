"""Sessions in a bucket that speaks S3. Needs the extra `s3`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

from .errors import SessionError, SessionNotFoundError
from .store import check_key, copied

if TYPE_CHECKING:
    from minio import Minio

__all__ = ["S3SessionStore"]

_PART = 16 << 20  # bytes in memory at a time
_SUFFIX = ".codex-session"


class S3SessionStore:
    """Keeps bundles as objects of a bucket, through a `minio.Minio` client of yours.

    The client has the address and the credentials; this store keeps neither. `prefix` is put before
    each object's name. Raises ModuleNotFoundError where minio is not installed.
    """

    def __init__(self, client: Minio, bucket: str, *, prefix: str = "codex-sessions/") -> None:
        _minio()
        self._client = client
        self._bucket = bucket
        self._prefix = prefix

    def __repr__(self) -> str:
        return f"{type(self).__name__}(bucket={self._bucket!r}, prefix={self._prefix!r})"

    def save(self, key: str, bundle: BinaryIO) -> None:
        """Keep a bundle, in place of an older one."""
        name = self._name(key)
        with _Told(self, key):
            self._client.put_object(self._bucket, name, bundle, length=-1, part_size=_PART)

    def load(self, key: str, into: BinaryIO) -> None:
        """Write the bundle into `into`; raises SessionNotFoundError."""
        name = self._name(key)
        with _Told(self, key):
            response: Any = self._client.get_object(self._bucket, name)
            try:
                copied(response, into)
            finally:
                response.close()
                response.release_conn()

    def keys(self) -> list[str]:
        """Return all keys, sorted."""
        with _Told(self, ""):
            found = self._client.list_objects(self._bucket, prefix=self._prefix)
            names = [str(each.object_name) for each in found]
        inner = (name[len(self._prefix) :] for name in names if name.endswith(_SUFFIX))
        return sorted(name[: -len(_SUFFIX)] for name in inner)

    def delete(self, key: str) -> None:
        """Forget a bundle; of no effect when there is none."""
        with _Told(self, key):
            self._client.remove_object(self._bucket, self._name(key))

    def _name(self, key: str) -> str:
        return f"{self._prefix}{check_key(key)}{_SUFFIX}"


class _Told:
    """Says what a service refuses in our own errors."""

    def __init__(self, store: S3SessionStore, key: str) -> None:
        self._store = store
        self._key = key

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        refused = _minio().error.S3Error
        if isinstance(error, refused):
            code = getattr(error, "code", None)
            if code == "NoSuchKey":
                raise SessionNotFoundError(self._key) from error
            raise SessionError(
                f"{self._store!r}: {code}: {getattr(error, 'message', error)}"
            ) from error


def _minio() -> Any:
    try:
        import minio
        import minio.error
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "sessions in a bucket need minio: pip install 'openai-codex[s3]'", name="minio"
        ) from error
    return minio
