"""What an Environment takes, and what it refuses before anything is sent."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from openai_codex import Environment, EnvironmentRequiredError, UnknownEnvironmentError
from openai_codex._places.environment import told_folder
from openai_codex.display.on_disk import FarFolder


@pytest.mark.parametrize(
    ("url", "error"),
    [
        (7, "must be"),
        ("", "ws://HOST:PORT"),
        ("http://127.0.0.1:1", "ws://HOST:PORT"),
        ("ws://", "ws://HOST:PORT"),
        ("ws://127.0.0.1:x", "no URL"),
        ("ws://me:secret@127.0.0.1:1", "must hold no password"),
    ],
)
def test_a_url_that_is_none_is_refused(url: Any, error: str) -> None:
    with pytest.raises((ValueError, TypeError), match=error) as caught:
        Environment(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("token", ["", " ", "two\nlines", 7])
def test_a_token_that_is_none_is_refused(token: Any) -> None:
    with pytest.raises((ValueError, TypeError), match="token"):
        Environment("ws://127.0.0.1:1", token)


def test_a_token_never_crosses_a_network_unencrypted() -> None:
    with pytest.raises(ValueError, match="unencrypted"):
        Environment("ws://box.example:1", "secret")
    for url in ("wss://box.example", "ws://localhost:1", "ws://[::1]:1", "ws://127.0.0.1:1"):
        assert "secret" not in repr(Environment(url, "secret"))


def test_a_token_may_be_a_function_that_is_asked_each_time() -> None:
    tokens = iter(("one", "two"))
    place = Environment("ws://127.0.0.1:1", lambda: next(tokens))
    assert [place.to_wire("box")["authBearerToken"] for _ in "12"] == ["one", "two"]
    assert "authBearerToken" not in Environment("ws://127.0.0.1:1").to_wire("box")


def test_a_name_is_made_from_the_url_and_is_never_that_of_the_host() -> None:
    assert Environment("ws://127.0.0.1:4321").name == "127-0-0-1-4321"
    assert Environment("wss://box.example/a").name == "box-example-a"
    with pytest.raises(ValueError, match="choose another"):
        Environment("ws://127.0.0.1:1", name="local")


@pytest.mark.parametrize("cwd", ["/work", r"C:\work", "C:/work"])
def test_a_folder_is_absolute_there(cwd: str) -> None:
    assert Environment("ws://127.0.0.1:1", cwd=cwd).cwd == cwd
    with pytest.raises(ValueError, match="absolute"):
        Environment("ws://127.0.0.1:1", cwd="work")


@pytest.mark.parametrize(
    ("uri", "folder"),
    [
        ("file:///a%20b/c", "/a b/c"),
        ("file:///C:/work", "C:/work"),
        ("/plain", None),
        (None, None),
    ],
)
def test_the_folder_that_an_exec_server_tells_is_read(uri: object, folder: str | None) -> None:
    assert told_folder(uri) == folder


def test_a_folder_elsewhere_says_where_also_when_it_was_pickled() -> None:
    far = pickle.loads(pickle.dumps(FarFolder("/work", "box")))
    assert (far, far.environment) == ("/work", "box")


def test_errors_say_what_to_do_on_one_line() -> None:
    required = str(EnvironmentRequiredError("th", ["a\nb"]))
    assert "pass environment=Environment(...)" in required
    assert "\n" not in required
    assert "known: 'x'" in str(UnknownEnvironmentError("y", ["x"]))
