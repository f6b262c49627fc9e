"""The reply to `initialize` tells who answers, under the names that code asks for."""

from __future__ import annotations

import pytest

from openai_codex._wire import decode
from openai_codex.types import InitializeResponse

REST = {"codexHome": "/home/codex", "platformFamily": "unix", "platformOs": "linux"}


@pytest.mark.parametrize(
    ("agent", "name", "version"),
    [
        (
            "codex_python_sdk/0.163.0 (Debian 12.0.0; x86_64) xterm (codex_python_sdk; 0.163.0)",
            "codex_python_sdk",
            "0.163.0",
        ),
        ("my app/é/1.2.3-beta (x) y", "my app/é", "1.2.3-beta"),
        ("nameless", "", ""),
        ("", "", ""),
    ],
)
def test_name_and_version_come_out_of_the_user_agent(agent: str, name: str, version: str) -> None:
    got = decode(InitializeResponse, {"userAgent": agent, **REST})
    assert (got.server_info.name, got.server_info.version) == (name, version)
    assert got.serverInfo == got.server_info
    assert got.userAgent == got.user_agent == agent
    assert (got.platformFamily, got.platformOs) == (got.platform_family, got.platform_os)


def test_what_the_runtime_says_of_itself_comes_first() -> None:
    info = {"name": "codex", "version": "9.9"}
    got = decode(InitializeResponse, {"userAgent": "x/1.0", "serverInfo": info, **REST})
    assert (got.serverInfo.name, got.serverInfo.version) == ("codex", "9.9")


def test_a_reply_without_a_user_agent_still_answers() -> None:
    got = decode(InitializeResponse, {})
    assert (got.server_info.name, got.server_info.version) == ("", "")
