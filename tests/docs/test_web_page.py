"""The web page's program runs in Starlette and FastAPI; a browser that leaves stops its turn."""

from __future__ import annotations

import asyncio
import re
import types
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.testclient import TestClient

from openai_codex.testing import Gate, ScriptedModel, hold, say

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "guides" / "web.md"
EXAMPLE = ROOT / "examples" / "33_agents_outlive_a_reload" / "app.py"


@pytest.fixture
def page() -> types.ModuleType:
    """Return the first program of the page, without its last line, which runs it."""
    code = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[0]
    module = types.ModuleType("web_page")
    exec(code.replace("asyncio.run(main())", ""), vars(module))
    return module


@pytest.fixture(params=[Starlette, FastAPI])
def app(request: pytest.FixtureRequest, page: types.ModuleType) -> Starlette:
    async def chat(request: Request) -> StreamingResponse:
        answer = page.chat(request.state.codex, "ada", request.query_params["q"])
        return StreamingResponse(answer, media_type="text/plain")

    made: Starlette = request.param(lifespan=page.lifespan)
    made.add_route("/chat", chat)
    return made


def test_a_conversation_over_http(app: Starlette, scripted: ScriptedModel) -> None:
    scripted.script(say("Hello, Ada."))
    scripted.script(say("Still Ada."))
    with TestClient(app) as client:
        answers = [client.get("/chat", params={"q": text}).text for text in ("I am Ada", "Who?")]
    assert answers == ["Hello, Ada.", "Still Ada."]
    assert "I am Ada" in str(scripted.requests[-1].body)


def test_a_browser_that_goes_away_stops_the_turn(
    app: Starlette, page: types.ModuleType, scripted: ScriptedModel
) -> None:
    gate = Gate()
    scripted.script(say(deltas=["Let me see", hold(gate), "never said"]))
    status = asyncio.run(left(app, page, gate))
    gate.open()
    assert status == "interrupted"


def test_the_program_of_the_example_is_on_the_page() -> None:
    _, code = EXAMPLE.read_text(encoding="utf-8").split('"""\n\n', 1)
    assert f"```python\n{code}```" in PAGE.read_text(encoding="utf-8")


async def left(app: Starlette, page: types.ModuleType, gate: Gate) -> str:
    """Begin a request, leave once the first words came, and return how the turn ended."""
    said = asyncio.Event()

    async def receive() -> dict[str, Any]:
        await said.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message.get("body"):
            said.set()

    async with page.lifespan(app) as state:
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/chat",
            "query_string": b"q=hi",
            "headers": [],
            "http_version": "1.1",
            "state": state,
            "asgi": {"version": "3.0"},
        }
        await app(scope, receive, send)  # type: ignore[arg-type]
        codex = state["codex"]
        thread = await codex.thread_resume(page.sessions["ada"], include_turns=False)
        while True:  # it is stopped in the background, within `interrupt_timeout`
            (turn,) = [each async for each in thread.history()]
            if turn.status.value != "inProgress":
                return str(turn.status.value)
            await asyncio.sleep(0.02)
