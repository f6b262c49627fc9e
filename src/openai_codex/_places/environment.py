"""What the user says of an environment, checked before anything is sent; and its wire form."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any
from urllib.parse import unquote, urlsplit

from .._checks import check_kind, checked_bound
from .._safe_text import shown_safely

__all__ = ["LOCAL", "Environment", "Place", "folder_in", "told_folder"]

LOCAL = "local"
"""The runtime's own name for its own machine."""

_SCHEMES = ("ws", "wss")


@shown_safely
@dataclass(frozen=True, slots=True)
class Environment:
    """A place where a thread's commands and patches run: an exec-server, here or on another host.

    | field | meaning |
    |---|---|
    | `url` | where it listens: `ws://` or `wss://` |
    | `token` | its capability token, or a function that returns it; never shown |
    | `cwd` | the folder there to work in, absolute; unless given, the exec-server's own |
    | `name` | how threads remember it, `environmentId`; unless given, made from the URL |
    | `connect_timeout` | seconds within which it must answer |

    Raises ValueError or TypeError for a URL that is none, a `cwd` that is not absolute, and a token
    that would cross a network unencrypted.
    """

    url: str
    token: str | Callable[[], str] | None = field(default=None, repr=False)
    cwd: str | None = None
    name: str = ""
    connect_timeout: float = 10.0

    def __post_init__(self) -> None:
        host = _checked_host(self.url)
        _check_token(self.token, self.url, host)
        check_kind("Environment.name", self.name, str)
        if self.cwd is not None:
            folder_in(self.cwd, name="Environment.cwd")
        object.__setattr__(self, "name", self.name or _name_of(self.url))
        if self.name == LOCAL:
            raise ValueError(
                "Environment.name 'local' is the runtime's own machine: choose another"
            )
        seconds = checked_bound("Environment.connect_timeout", self.connect_timeout)
        object.__setattr__(self, "connect_timeout", seconds)

    def to_wire(self, wire_id: str) -> dict[str, Any]:
        """Return the params of environment/add, which hold the token."""
        wire = {
            "environmentId": wire_id,
            "execServerUrl": self.url,
            "connectTimeoutMs": max(1, int(self.connect_timeout * 1000)),
        }
        token = self.token() if callable(self.token) else self.token
        return wire if token is None else wire | {"authBearerToken": token}


@dataclass(frozen=True, slots=True)
class Place:
    """Where one thread works: an environment, by its name, and a folder in it."""

    environment: str
    cwd: str


def folder_in(folder: Any, *, name: str = "cwd") -> str:
    """Return a folder of an environment as text; raises ValueError unless it is absolute there.

    It is not looked for on this machine. Both POSIX and Windows paths are taken.
    """
    text = os.fspath(folder)
    check_kind(name, text, str)
    if not (PurePosixPath(text).is_absolute() or PureWindowsPath(text).is_absolute()):
        raise ValueError(f"{name} must be absolute in the environment, got {text!r}")
    return str(text)


def told_folder(uri: object) -> str | None:
    """Return the folder that a `file:` URI of environment/info names, or None."""
    if not isinstance(uri, str) or not uri.startswith("file://"):
        return None
    path = unquote(urlsplit(uri).path)
    return path[1:] if re.match(r"/[A-Za-z]:", path) else path


def _checked_host(url: object) -> str:
    check_kind("Environment.url", url, str)
    try:
        parts = urlsplit(str(url))
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(f"Environment.url is no URL: {error}") from None
    if parts.scheme not in _SCHEMES or not host:
        raise ValueError(
            f"Environment.url must be ws://HOST:PORT or wss://HOST:PORT, got {parts.scheme}://{host}"
            if parts.scheme
            else "Environment.url must be ws://HOST:PORT or wss://HOST:PORT"
        )
    if parts.username is not None or parts.password is not None:
        raise ValueError("Environment.url must hold no password: pass Environment(token=...)")
    return host


def _check_token(token: object, url: str, host: str) -> None:
    if token is None or callable(token):
        pass
    elif not isinstance(token, str):
        raise TypeError(
            f"Environment.token must be a str or a function, got {type(token).__name__}"
        )
    elif not token.strip() or not token.isprintable():
        raise ValueError("Environment.token must be one line of text, and not blank")
    if token is not None and not url.startswith("wss:") and not _is_loopback(host):
        raise ValueError(
            f"a token for {host} would cross the network unencrypted: use wss://, or a tunnel to "
            "127.0.0.1 (ssh -L)"
        )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _name_of(url: str) -> str:
    parts = urlsplit(url)
    return re.sub(r"[^a-z0-9]+", "-", f"{parts.hostname} {parts.port or ''} {parts.path}").strip(
        "-"
    )
