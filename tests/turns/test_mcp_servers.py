"""What an MCP server is told of, as the runtime's settings have it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from openai_codex import McpServer
from openai_codex._turns.mcp_servers import with_mcp_servers


def test_a_program_has_its_table() -> None:
    server = McpServer(
        Path("/bin/desk"),
        ["--port", "1", "--token", "t0ken-0123456789"],
        env={"TOKEN": "t0ken"},
        env_vars=["HOME"],
        cwd=Path("/work"),
        tools=["read"],
        without_tools=["erase"],
        approval="prompt",
        required=True,
        startup_timeout=timedelta(seconds=20),
        tool_timeout=60,
    )
    assert server.settings() == {
        "command": "/bin/desk",
        "args": ["--port", "1", "--token", "t0ken-0123456789"],
        "env": {"TOKEN": "t0ken"},
        "env_vars": ["HOME"],
        "cwd": "/work",
        "enabled_tools": ["read"],
        "disabled_tools": ["erase"],
        "default_tools_approval_mode": "prompt",
        "required": True,
        "startup_timeout_sec": 20.0,
        "tool_timeout_sec": 60.0,
    }
    assert repr(server).startswith("McpServer('/bin/desk --port 1 --token")
    assert "t0ken" not in repr(server)


def test_an_address_has_its_table_and_shows_no_headers() -> None:
    server = McpServer(url="http://x/mcp", headers={"X-Key": "k"}, bearer_token_env="TOKEN")
    assert server.settings() == {
        "url": "http://x/mcp",
        "http_headers": {"X-Key": "k"},
        "bearer_token_env_var": "TOKEN",
    }
    assert repr(server) == "McpServer('http://x/mcp')"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "needs a command or a url"),
        ({"command": "a", "url": "http://b"}, "and not both"),
        ({"command": "a", "args": "-x"}, "args must be a list of strings, got str"),
        ({"command": "a", "tools": [1]}, "each of McpServer.tools must be a string"),
        ({"command": "a", "env": [("A", "1")]}, "env must be a dict"),
        ({"command": "a", "env": {"A": 1}}, r"env\['A'\] must be a string, got int"),
        ({"command": "a", "env": {1: "A"}}, "each name of McpServer.env must be a string"),
        ({"url": "http://b", "headers": {"A": None}}, r"headers\['A'\] must be a string, got None"),
        ({"url": "b/mcp"}, "url must be an http:// or https:// URL, got 'b/mcp'"),
        ({"command": "a", "approval": "never"}, "approval must be one of 'auto'"),
        ({"command": "a", "headers": {"A": "1"}}, "headers means nothing for a server with a com"),
        ({"url": "http://b", "env": {"A": "1"}}, "env means nothing for a server with a url"),
        ({"command": b"a"}, "McpServer.command must be a str or a PathLike, got bytes"),
        ({"command": ""}, "McpServer.command must not be empty"),
        ({"command": "a", "cwd": b"/srv"}, "McpServer.cwd must be a str or a PathLike, got bytes"),
        ({"command": "a", "cwd": ""}, "McpServer.cwd must not be empty"),
        ({"command": "a", "env_vars": "HOME"}, "env_vars must be a list of strings, got str"),
        ({"command": "a", "without_tools": {"x"}}, "without_tools must be a list of strings, got"),
        ({"url": 3}, "McpServer.url must be a str, got int"),
        ({"url": "http://b", "bearer_token_env": 3}, "bearer_token_env must be a str, got int"),
        ({"url": "http://b", "headers": [("A", "1")]}, "McpServer.headers must be a dict"),
        ({"command": "a", "startup_timeout": "1"}, "startup_timeout must be a number of seconds"),
        ({"command": "a", "bearer_token_env": "T"}, "bearer_token_env means nothing for a server"),
        ({"url": "http://b", "args": ["x"]}, "args means nothing for a server with a url"),
        ({"url": "http://b", "env_vars": ["A"]}, "env_vars means nothing for a server with a url"),
        ({"url": "http://b", "cwd": "/srv"}, "cwd means nothing for a server with a url"),
        ({"command": "a", "required": 1}, "required must be True or False"),
        ({"command": "a", "tool_timeout": -1}, "tool_timeout must be at least 0"),
    ],
)
def test_what_cannot_work_is_refused_by_name(options: dict[str, Any], text: str) -> None:
    with pytest.raises((TypeError, ValueError), match=text):
        McpServer(**options)


@pytest.mark.parametrize("name", ["", "a b", "ü", "a\n"])
def test_a_name_that_starts_no_server_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="each name of mcp_servers must be of letters"):
        with_mcp_servers(None, {name: McpServer("x")})
    with_mcp_servers(None, {"acme/docs.v2:a@b-c_d": McpServer("x")})


@pytest.mark.parametrize("url", ["http://x", "https://x", "HTTPS://X"])
def test_an_address_is_of_http(url: str) -> None:
    assert McpServer(url=url).settings() == {"url": url}


def test_what_is_no_name_or_no_server_is_refused_by_name() -> None:
    wrong: Any = {3: McpServer("x")}
    with pytest.raises(TypeError, match="each name of mcp_servers must be a string, got 3"):
        with_mcp_servers(None, wrong)
    wrong = {"lab": "x"}
    with pytest.raises(TypeError, match=r"mcp_servers\['lab'\] must be a McpServer or a dict, got"):
        with_mcp_servers(None, wrong)
    wrong = [McpServer("x")]
    with pytest.raises(TypeError, match=r"mcp_servers must be a dict, got list: write \{\"name\":"):
        with_mcp_servers(None, wrong)


def test_later_servers_win_by_name_and_other_settings_stay() -> None:
    a, b = McpServer("a"), McpServer("b")
    given = {"model_verbosity": "low", "mcp_servers": {"own": {"command": "o"}}}
    assert with_mcp_servers(given, {"x": a, "y": a}, {"y": b, "z": {"command": "z"}}) == {
        "model_verbosity": "low",
        "mcp_servers": {
            "own": {"command": "o"},
            "x": {"command": "a"},
            "y": {"command": "b"},
            "z": {"command": "z"},
        },
    }
    assert with_mcp_servers(given, None, None) is given
