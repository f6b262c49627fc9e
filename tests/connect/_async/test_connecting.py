"""A client that attaches to a runtime which runs already, and every way in which it cannot."""

from __future__ import annotations

import asyncio  # async only
import functools
import logging
import socket
import sys

# sync: import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from openai_codex import (
    AppServerConfig,
    AsyncCodex,
    Connect,
    ConnectError,
    NotARuntimeError,
    NotListeningError,
    OriginRefusedError,
    RuntimeNotFoundError,
    RuntimeTooOldError,
    StartupError,
    TokenRefusedError,
    TransportClosedError,
)
from openai_codex.testing import ScriptedModel, say
from tests.connect.listening import WAYS, Listening
from tests.drivers import children, listeners

SECRET = "sesame-open-4711"


async def refusal(connect: Connect) -> StartupError:
    """Return why there is no connection."""
    with pytest.raises(StartupError) as raised:
        async with AsyncCodex(AppServerConfig(startup_timeout=children.SOON), connect=connect):
            pass
    return raised.value


@pytest.mark.parametrize("way", WAYS)
async def test_a_turn_runs_over_every_way(
    way: str, model: ScriptedModel, listening: Listening
) -> None:
    model.script(say("Here I am"))
    connect = listening.by(way)
    async with AsyncCodex(connect=connect) as codex:
        assert repr(codex) == f"<AsyncCodex attached to {connect.address}>"
        result = await (await codex.thread_start()).run("Where are you?")
    assert result.final_response == "Here I am"


@pytest.mark.parametrize("way", WAYS)
async def test_megabytes_pass_both_ways(way: str, listening: Listening, tmp_path: Path) -> None:
    content = bytes(range(256)) * 40_000
    async with AsyncCodex(connect=listening.by(way)) as codex:
        await codex.files.write(tmp_path / "big", content)
        assert await codex.files.read(tmp_path / "big") == content


@pytest.mark.parametrize("way", WAYS)
async def test_an_end_of_the_client_is_no_end_of_the_runtime(
    way: str, listening: Listening
) -> None:
    for _ in range(2):
        async with AsyncCodex(connect=listening.by(way)) as codex:
            await codex.models()
    assert listening.is_alive()


async def test_the_death_of_the_server_ends_every_wait(listening: Listening) -> None:
    async with AsyncCodex(connect=listening.by("unix"), reconnect_timeout=0) as codex:
        await codex.models()
        listening.kill()
        with pytest.raises(TransportClosedError, match="closed the connection"):
            await codex.models()


# --- what is not there, or not for us -------------------------------------------------------------


async def test_nobody_listens() -> None:
    error = await refusal(listeners.nobody_at())
    assert isinstance(error, NotListeningError)
    assert "openai-codex serve" in str(error)
    assert isinstance(await refusal(Connect.unix("/no/such.sock")), NotListeningError)
    assert isinstance(await refusal(Connect.unix("/x" * 100)), NotListeningError)


async def test_a_wrong_token_is_refused_by_name_and_never_shown(
    listening: Listening, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    address, file = listening.by("websocket").address, tmp_path / "token"
    file.write_text(f"{SECRET}\n")
    for token in (SECRET, lambda: SECRET, file):
        connect = Connect.websocket(address, token=token)
        error = await refusal(connect)
        assert isinstance(error, TokenRefusedError)
        assert (error.address, "token=" in str(error)) == (address, True)
        assert SECRET not in str(error) + repr(connect) + caplog.text
    assert isinstance(await refusal(Connect.websocket(address)), TokenRefusedError)


@pytest.mark.parametrize(
    ("token", "told"),
    [
        (Path("/no/such/file"), "the token file /no/such/file gave no token: FileNotFoundError"),
        (lambda: None, "the function for the token gave no token: the token must be a string"),
        (lambda: 1 / 0, "the function for the token gave no token: ZeroDivisionError"),
        (lambda: "a\r\nb", "must be printable ASCII"),
    ],
)
async def test_a_token_that_cannot_be_had_is_an_error(token: Callable[[], str], told: str) -> None:
    assert told in str(await refusal(Connect.websocket("ws://127.0.0.1:1", token=token)))


async def test_a_proxy_that_adds_an_origin_is_told_of() -> None:
    answer = b"HTTP/1.1 403 Forbidden\r\n\r\n"
    error = await refusal(answering(answer))
    assert isinstance(error, OriginRefusedError)
    assert "`Origin`" in str(error)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n\r\nhello",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
        b"\x15\x03\x01\0\x02\x02",
    ],
)
async def test_what_is_no_runtime_is_told(answer: bytes) -> None:
    connect = answering(answer)
    error = await refusal(connect)
    assert isinstance(error, NotARuntimeError)
    assert str(error).startswith(f"what listens at {connect.address} is no codex runtime")


async def test_a_websocket_of_another_kind_is_told() -> None:
    reply = b'{"id":0,"result":[]}\n'
    error = await refusal(listeners.over_unix(functools.partial(replies, reply)))
    assert "initialize" in str(error)


async def test_a_runtime_that_is_too_old_is_told() -> None:
    agent = b'{"id":0,"result":{"userAgent":"x/0.9.1 (y) z","codexHome":"/h"}}\n'
    error = await refusal(listeners.over_unix(functools.partial(replies, agent)))
    assert isinstance(error, RuntimeTooOldError)
    assert (error.version, "update it" in str(error)) == ("0.9.1", True)


async def test_a_proxy_that_refuses_is_told() -> None:
    link = answering(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
    proxy = link.address.replace("ws://", "http://me:pw@")
    error = await refusal(Connect.websocket("ws://runtime.test", proxy=proxy))
    assert isinstance(error, ConnectError)
    assert "it answered 407" in str(error)
    assert "pw" not in str(error)


async def test_a_certificate_that_is_not_trusted_is_told() -> None:
    connect = listeners.over_tls(functools.partial(replies, b""))
    untrusted = Connect.websocket(connect.address, proxy=connect._proxy)
    error = await refusal(untrusted)
    assert isinstance(error, ConnectError)
    assert "is not trusted" in str(error)


async def test_a_command_that_leads_nowhere_is_told() -> None:
    assert isinstance(await refusal(Connect.command(["/no/ssh"])), RuntimeNotFoundError)
    ends = Connect.proxy([sys.executable, "-c", "import sys; sys.exit('no route')"])
    error = await refusal(ends)
    assert (error.exit_code, "no route" in error.stderr_tail) == (1, True)
    assert isinstance(await refusal(Connect.proxy(["cat"])), NotARuntimeError)


# --- a peer that is gone without a word -----------------------------------------------------------


async def test_a_silent_peer_is_asked_and_then_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:  # which never answers
        connect = Connect.websocket(f"ws://127.0.0.1:{listener.getsockname()[1]}", ping=0.1)
        error = await refusal(connect)
    assert "sent nothing for 0.2 s, not even the answer to a ping" in str(error)


async def test_a_peer_that_answers_pings_is_kept(listening: Listening) -> None:
    connect = Connect.unix(listening.by("unix").address, ping=0.7)
    async with AsyncCodex(connect=connect) as codex:
        await asyncio.sleep(2.2)  # async only
        # sync: time.sleep(2.2)
        assert await codex.models()


# --- what is refused before anything is sent ------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Connect.unix("x.sock"), "path must be absolute"),
        (lambda: Connect.unix(""), "path must not be empty"),
        (lambda: Connect.websocket("http://x"), "url must be ws://HOST:PORT"),
        (lambda: Connect.websocket("ws://"), "url must be ws://HOST:PORT"),
        (lambda: Connect.websocket("ws://h:99999"), "url must be ws://HOST:PORT"),
        (lambda: Connect.websocket("ws://u:pw@h"), "give token= instead"),
        (lambda: Connect.websocket("ws://h/?token=a"), "give token= instead"),
        (lambda: Connect.websocket("ws://h/a b"), "without blanks"),
        (lambda: Connect.websocket("ws://h", token="a b"), "token must be printable"),
        (lambda: Connect.websocket("ws://h", proxy="socks://h"), "proxy must be http://HOST:PORT"),
        (lambda: Connect.websocket("ws://h", ping=-1), "ping must be at least 0"),
        (lambda: Connect.command([]), "argv must name a program"),
    ],
)
def test_a_way_that_is_none_is_refused(make: Callable[[], Connect], told: str) -> None:
    with pytest.raises(ValueError, match=told) as raised:
        make()
    assert "pw" not in str(raised.value)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Connect.unix(1), "path must be"),  # type: ignore[arg-type]
        (lambda: Connect.websocket("ws://h", token=1), "token must be"),  # type: ignore[arg-type]
        (lambda: Connect.command("ssh host"), "must be a list of words"),
        (lambda: Connect.proxy([1]), "argv must be a str"),  # type: ignore[list-item]
        (lambda: AsyncCodex(connect="unix:///x"), "connect must be a Connect"),  # type: ignore[arg-type]
    ],
)
def test_a_way_of_another_kind_is_refused(make: Callable[[], object], told: str) -> None:
    with pytest.raises(TypeError, match=told):
        make()


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"codex_bin": "/bin/codex"}, "codex_bin"),
        ({"config_overrides": ("a=1",)}, "config_overrides"),
        ({"api_key": "k"}, "api_key"),
        ({"cwd": "/"}, "cwd"),
        ({"env": {"A": "1"}}, "env"),
        ({"inherit_env": "clean"}, "inherit_env"),
    ],
)
def test_an_option_of_the_launch_is_refused(options: dict[str, object], name: str) -> None:
    config = AppServerConfig(**options)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=f"AppServerConfig.{name} would not change"):
        AsyncCodex(config, connect=Connect.unix("/x"))


def test_no_way_shows_a_secret() -> None:
    proxy = f"http://me:{SECRET}@h:1"
    way = Connect.websocket("wss://h", token=SECRET, proxy=proxy)
    command = Connect.command(["ssh", "h", f"--token={SECRET}"])
    assert (repr(way), SECRET in repr(command)) == ("Connect.websocket('wss://h')", False)


# --- other ends -----------------------------------------------------------------------------------


def answering(answer: bytes) -> Connect:
    """Return the way to something that answers with these bytes, and closes."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]

    def work(link: socket.socket) -> None:
        link.recv(4096)
        link.sendall(answer)

    listeners.serve_once(listener, work)
    return Connect.websocket(f"ws://127.0.0.1:{port}")


def replies(answer: bytes, line: bytes | None) -> Iterator[bytes]:
    """Answer every line with these bytes."""
    yield from [answer] if line and answer else []
