"""What the real runtime says of its own commands reaches people in words that fit this install."""

from __future__ import annotations

import dataclasses
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from openai_codex import (
    AppServerConfig,
    AsyncCodex,
    InvalidRequestError,
    McpServer,
    StartupError,
    methods,
)
from openai_codex.testing import offline_config, say
from tests.conftest import SharedModel

FAILED = "mcpServer/startupStatus/updated"


class _Closed(BaseHTTPRequestHandler):
    """An MCP server that lets nobody in without a login."""

    def do_GET(self) -> None:
        self._refuse()

    def do_POST(self) -> None:
        self._refuse()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _refuse(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Bearer realm="docs"')
        self.send_header("Content-Length", "0")
        self.end_headers()


@contextmanager
def closed_server() -> Iterator[str]:
    """Serve such a server on loopback; yields its URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Closed) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/mcp"
        finally:
            server.shutdown()
            thread.join()


async def test_an_archived_thread_says_which_call_takes_it_out(model: SharedModel) -> None:
    model.script(say("kept"))
    async with AsyncCodex(offline_config(model)) as codex:
        thread = await codex.thread_start()
        await thread.run("hi")
        await codex.thread_archive(thread.id)
        for take in (codex.thread_resume, codex.thread_fork):
            with pytest.raises(InvalidRequestError) as caught:
                await take(thread.id)
            assert f'Run `codex.thread_unarchive("{thread.id}")` to unarchive' in str(caught.value)
            assert f"`codex unarchive {thread.id}`" in caught.value.message
        await codex.thread_unarchive(thread.id)
        assert (await codex.thread_resume(thread.id)).id == thread.id


async def test_an_mcp_server_without_a_login_says_which_call_logs_in(
    model: SharedModel, caplog: pytest.LogCaptureFixture
) -> None:
    with closed_server() as url, caplog.at_level(logging.WARNING):
        async with AsyncCodex(offline_config(model)) as codex, codex.events() as events:
            await codex.thread_start(mcp_servers={"docs": McpServer(url=url)})
            why = ""
            async for event in events:
                if event.method == FAILED and event.params["status"] == "failed":
                    why = event.params["error"]
                    break
    assert why == "The docs MCP server is not logged in. Run `codex mcp login docs`."
    told = [note.getMessage() for note in caplog.records if note.name == "openai_codex.runtime"]
    shown = 'The docs MCP server is not logged in. Run `codex.mcp.login("docs")`.'
    assert f"the MCP server 'docs' did not start: {shown}" in told
    assert not any("codex mcp login" in text for text in told)


async def test_credentials_in_the_way_say_how_to_log_out_here(model: SharedModel) -> None:
    # Not with the scripted provider, which is chosen already; nothing of the network is reached.
    home = {**(offline_config(model).env or {}), "HTTPS_PROXY": "http://127.0.0.1:9"}
    stored = {"type": "amazonBedrock", "apiKey": "no-such-key", "region": "us-east-1"}
    async with AsyncCodex(AppServerConfig(env=home)) as codex:
        await codex.call(methods.account.LOGIN_START, stored)
        setup = {"type": "environment", "region": "us-east-1"}
        with pytest.raises(InvalidRequestError) as caught:
            await codex.call(methods.account.BEDROCK_SETUP, setup)
    assert "Run `openai-codex logout` and try again." in str(caught.value)
    assert "Run `codex logout` and try again." in caught.value.message


async def test_a_start_that_needs_an_option_of_the_command_line_names_ours(
    model: SharedModel, caplog: pytest.LogCaptureFixture
) -> None:
    config = offline_config(model)
    config = dataclasses.replace(
        config, config_overrides=(*config.config_overrides, 'profile="fast"')
    )
    with caplog.at_level(logging.WARNING), pytest.raises(StartupError) as caught:
        async with AsyncCodex(config):
            pass
    ours = "give its settings as `config_overrides=` of AppServerConfig instead"
    assert ours in str(caught.value)
    assert "use `--profile fast`" in caught.value.stderr_tail
    assert any(ours in note.getMessage() for note in caplog.records)
