"""Connect: where a client finds a runtime that runs already. Holds values and checks them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

from ._checks import check_key, check_kind, check_path, check_text, checked_bound
from ._redaction import redact, redact_words
from ._safe_text import safe_repr

if TYPE_CHECKING:
    from datetime import timedelta
    from ssl import SSLContext

__all__ = ["Connect", "Token"]

Token = str | Callable[[], str] | Path
"""A token, a function that returns it, or the file that holds it."""

_UNIX = "unix://"
_SCHEMES: Final = ("ws", "wss")
_PING = 20.0


class Connect:
    """A way to a runtime that runs already: `Codex(connect=Connect.unix("/run/codex.sock"))`.

    The client attaches in place of starting a runtime; its `close()` lets go of the connection and
    never ends the runtime. `address` says where it leads, without secrets. See `RuntimeServer` for
    a runtime that listens.
    """

    def __init__(
        self,
        *,
        kind: Literal["unix", "websocket", "command", "proxy"],
        address: str,
        argv: Sequence[str] = (),
        token: Token | None = None,
        proxy: str | None = None,
        tls: SSLContext | None = None,
        ping: float = _PING,
    ) -> None:
        """Made by `unix`, `websocket`, `command` and `proxy`, which check what they are given."""
        self.kind: Final = kind
        self.address: Final = address
        self._argv: Final = tuple(argv)
        self._token: Final = token
        self._proxy: Final = proxy
        self._tls: Final = tls
        self._ping: Final = ping

    def __repr__(self) -> str:
        return f"Connect.{self.kind}({safe_repr(self.address)})"

    @classmethod
    def unix(cls, path: str | os.PathLike[str], *, ping: float | timedelta = _PING) -> Connect:
        """Return the way to a runtime that listens on a unix socket of this machine.

        | option | meaning |
        |---|---|
        | `path` | of the socket, or the address `unix:///PATH` |
        | `ping` | seconds of silence after which the runtime is asked for a sign of life |

        Raises ValueError for a path that is not absolute.
        """
        check_path("path", path)
        place = os.fspath(path).removeprefix(_UNIX)
        if not os.path.isabs(place):  # noqa: PTH117  # a string stays one
            raise ValueError(f"path must be absolute, as /run/codex.sock, got {place!r}")
        return cls(kind="unix", address=f"{_UNIX}{place}", ping=checked_bound("ping", ping))

    @classmethod
    def websocket(
        cls,
        url: str,
        *,
        token: Token | None = None,
        proxy: str | None = None,
        tls: SSLContext | None = None,
        ping: float | timedelta = _PING,
    ) -> Connect:
        """Return the way to a runtime that listens on a port: `ws://` or `wss://`.

        | option | meaning |
        |---|---|
        | `url` | such as `ws://127.0.0.1:4500`; `wss` where a proxy before the runtime speaks TLS |
        | `token` | what the runtime asks for, a function that returns it, or a `Path` to its file |
        | `proxy` | an HTTP proxy on the way: `http://HOST:PORT`, with `USER:PASSWORD@` if it asks |
        | `tls` | which certificates to trust with `wss`; those of the system unless given |
        | `ping` | seconds of silence after which the runtime is asked for a sign of life |

        The token is read for each connection, and is in no `repr` and no log. Raises
        ValueError for another kind of address.
        """
        check_text(url=url)
        check_kind("token", token, str, Path) if not callable(token) else None
        if isinstance(token, str):
            check_key("token", token)
        _check_url(url)
        if proxy is not None:
            _check_proxy(proxy)
        return cls(
            kind="websocket",
            address=url,
            token=token,
            proxy=proxy,
            tls=tls,
            ping=checked_bound("ping", ping),
        )

    @classmethod
    def command(cls, argv: Sequence[str]) -> Connect:
        """Return the way through a program whose stdin and stdout are those of a runtime.

        `ssh`, `docker exec` and any wrapper will do: `Connect.command(["ssh", "host", "codex",
        "app-server"])`. That runtime ends when its stdin does, so with this client. Raises
        TypeError or ValueError for what is no command.
        """
        words = _checked("argv", argv)
        return cls(kind="command", address=_shown(words), argv=words)

    @classmethod
    def proxy(cls, argv: Sequence[str], *, ping: float | timedelta = _PING) -> Connect:
        """Return the way through a program that carries bytes to a runtime that listens.

        It speaks websocket over the program's stdin and stdout: `Connect.proxy(["ssh", "host",
        "codex", "app-server", "proxy", "--sock", "/run/codex.sock"])`. The runtime stays when the
        client goes. Raises TypeError or ValueError for what is no command.
        """
        words = _checked("argv", argv)
        return cls(
            kind="proxy", address=_shown(words), argv=words, ping=checked_bound("ping", ping)
        )


def _checked(name: str, argv: Sequence[str]) -> tuple[str, ...]:
    if isinstance(argv, (str, bytes)) or not isinstance(argv, Sequence):
        kind = type(argv).__name__
        raise TypeError(f'{name} must be a list of words, as ["ssh", "host"], got {kind}')
    for word in argv:
        check_kind(name, word, str, os.PathLike)
    if not argv:
        raise ValueError(f"{name} must name a program")
    return tuple(map(os.fspath, argv))


def _shown(words: Sequence[str]) -> str:
    return " ".join(redact_words(words))


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in _SCHEMES or not parts.hostname or not _has_port(url):
        raise ValueError(f"url must be ws://HOST:PORT or wss://HOST, got {redact(url)!r}")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("url must hold no login, no query and no fragment: give token= instead")
    if not (url.isascii() and url.isprintable()) or " " in url:
        raise ValueError("url must be printable ASCII without blanks")


def _check_proxy(proxy: str) -> None:
    check_text(proxy=proxy)
    parts = urlsplit(proxy)
    if parts.scheme != "http" or not parts.hostname or not _has_port(proxy):
        raise ValueError(f"proxy must be http://HOST:PORT, got {redact(proxy)!r}")


def _has_port(url: str) -> bool:
    """Tell whether the port can be read: `urlsplit` finds out late."""
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False
