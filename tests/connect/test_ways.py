"""What a way to a runtime holds, and what is refused as none: pure, nothing is reached."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from openai_codex import Connect

Make = Callable[[], Connect]


def over(url: str, **options: object) -> Make:
    """Return what makes a way to a port."""
    return lambda: Connect.websocket(url, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("way", "kind", "address", "argv", "ping"),
    [
        (Connect.unix("/a.sock"), "unix", "unix:///a.sock", (), 20),
        (Connect.unix("unix:///a.sock", ping=1), "unix", "unix:///a.sock", (), 1),
        (Connect.unix(Path("/a.sock"), ping=0), "unix", "unix:///a.sock", (), 0),
        (Connect.websocket("ws://h:1"), "websocket", "ws://h:1", (), 20),
        (Connect.websocket("wss://h/a", ping=2), "websocket", "wss://h/a", (), 2),
        (Connect.command(["ssh", "h"]), "command", "ssh h", ("ssh", "h"), 20),
        (Connect.proxy(("ssh", "h")), "proxy", "ssh h", ("ssh", "h"), 20),
        (Connect.proxy(["x"], ping=timedelta(minutes=1)), "proxy", "x", ("x",), 60),
    ],
)
def test_a_way_holds_its_kind_its_address_its_command_and_the_seconds_of_silence(
    way: Connect, kind: str, address: str, argv: tuple[str, ...], ping: float
) -> None:
    assert (way.kind, way.address, way._argv, way._ping) == (kind, address, argv, ping)
    assert repr(way) == f"Connect.{kind}({address!r})"
    assert (way._token, way._proxy, way._tls) == (None, None, None)


def test_a_way_to_a_port_holds_its_token_and_its_proxy() -> None:
    for token in ("abc", Path("/token"), lambda: "abc"):
        way = Connect.websocket("ws://h", token=token, proxy="http://me:pw@p:1")
        assert (way._token, way._proxy) == (token, "http://me:pw@p:1")


@pytest.mark.parametrize(
    "url",
    ["ws://h", "wss://h", "ws://h:1", "wss://h:65535/a/b", "ws://127.0.0.1:4500", "ws://[::1]:1"],
)
def test_an_address_of_a_port_is_taken(url: str) -> None:
    assert Connect.websocket(url).address == url


REFUSED = "url must be ws://HOST:PORT or wss://HOST, got "
LOGIN = "url must hold no login, no query and no fragment: give token= instead"


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (over(""), f"{REFUSED}''"),
        (over("http://h"), f"{REFUSED}'http://h'"),
        (over("WS//h"), f"{REFUSED}'WS//h'"),
        (over("ws://"), f"{REFUSED}'ws://'"),
        (over("ws://:80"), f"{REFUSED}'ws://:80'"),
        (over("ws://h:0"), f"{REFUSED}'ws://h:0'"),
        (over("ws://h:99999"), f"{REFUSED}'ws://h:99999'"),
        (over("ws://h:x"), f"{REFUSED}'ws://h:x'"),
        (over("ws://me@h"), LOGIN),
        (over("ws://@h"), LOGIN),
        (over("ws://h/?a=b"), LOGIN),
        (over("ws://h/#a"), LOGIN),
        (over("ws://h/é"), "url must be printable ASCII without blanks"),
        (over("ws://h/\x7f"), "url must be printable ASCII without blanks"),
        (over("ws://h/a b"), "url must be printable ASCII without blanks"),
        (over("ws://h", token=""), "token must not be empty"),
        (over("ws://h", ping=-1), "ping must be at least 0"),
        (over("ws://h", proxy=""), "proxy must be http://HOST:PORT, got ''"),
        (over("ws://h", proxy="https://p:1"), "proxy must be http://HOST:PORT, got 'https://p:1'"),
        (over("ws://h", proxy="http://"), "proxy must be http://HOST:PORT, got 'http://'"),
        (over("ws://h", proxy="http://p:0"), "proxy must be http://HOST:PORT, got 'http://p:0'"),
        (lambda: Connect.unix(""), "path must not be empty"),
        (lambda: Connect.unix("a"), "path must be absolute, as /run/codex.sock, got 'a'"),
        (lambda: Connect.unix("unix://a"), "path must be absolute, as /run/codex.sock, got 'a'"),
        (lambda: Connect.unix("/a", ping=-1), "ping must be at least 0"),
        (lambda: Connect.command([]), "argv must name a program"),
        (lambda: Connect.proxy(()), "argv must name a program"),
        (lambda: Connect.proxy(["x"], ping=-1), "ping must be at least 0"),
    ],
)
def test_what_is_no_way_is_refused_with_its_reason(make: Make, told: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(told)}"):
        make()


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Connect.websocket(7), "url must be a str"),  # type: ignore[arg-type]
        (over("ws://h", token=7), "token must be a str"),
        (over("ws://h", proxy=7), "proxy must be a str"),
        (over("ws://h", ping="x"), "ping must be"),
        (lambda: Connect.unix(7), "path must be a str"),  # type: ignore[arg-type]
        (
            lambda: Connect.command("ssh h"),
            'argv must be a list of words, as ["ssh", "host"], got str',
        ),
        (lambda: Connect.proxy(b"ssh"), "argv must be a list of words"),  # type: ignore[arg-type]
        (
            lambda: Connect.command({"ssh"}),  # type: ignore[arg-type]
            'argv must be a list of words, as ["ssh", "host"], got set',
        ),
        (lambda: Connect.command(["ssh", 7]), "argv must be a str"),  # type: ignore[list-item]
        (lambda: Connect.proxy([b"ssh"]), "argv must be a str"),  # type: ignore[list-item]
    ],
)
def test_what_is_of_another_kind_is_refused_with_its_reason(make: Make, told: str) -> None:
    with pytest.raises(TypeError, match=f"^{re.escape(told)}"):
        make()
