"""One call starts a runtime, runs a turn and ends the runtime."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from inspect import signature
from pathlib import Path

import pytest
from typing_extensions import get_overloads

from openai_codex import AsyncCodex, AsyncThread, CodexError, Sandbox, TurnFailedError, async_run
from openai_codex.testing import fail, offline_config, say
from tests.conftest import SharedModel


@dataclass
class City:
    name: str


async def test_one_call_is_a_whole_turn(model: SharedModel, tmp_path: Path) -> None:
    script = model.script(say("Hello"))
    result = await async_run(
        "hi",
        app_server=offline_config(model),
        cwd=tmp_path,
        sandbox=Sandbox.read_only,
        developer_instructions="Answer in one word.",
        ephemeral=True,
        effort="low",
        busy="error",
        timeout=60,
    )
    assert (result.final_response, result.completed) == ("Hello", True)
    assert "Answer in one word." in str(script.requests[-1].body)
    assert str(tmp_path) in str(script.requests[-1].body)


async def test_one_call_returns_an_object_where_a_type_is_given(model: SharedModel) -> None:
    model.script(say('{"name": "Rome"}'))
    seen: list[str] = []
    result = await async_run(
        "which city?",
        app_server=offline_config(model),
        output_type=City,
        on_event=lambda event: seen.append(event.method),
    )
    assert result.output == City("Rome")
    assert seen[-1] == "turn/completed"


async def test_a_failure_closes_everything(model: SharedModel) -> None:
    model.script(fail(status=400))
    with pytest.raises(TurnFailedError):
        await async_run("hi", app_server=offline_config(model))


@pytest.mark.skipif(sys.version_info < (3, 11), reason="overloads can be read since 3.11")
def test_one_call_takes_what_thread_start_and_run_take() -> None:
    taken = {*signature(AsyncCodex.thread_start).parameters, *signature(AsyncThread.run).parameters}
    shown = {name for one in get_overloads(async_run) for name in signature(one).parameters}
    assert taken - shown == {"self"}


async def test_an_option_that_there_is_not_starts_no_runtime() -> None:
    with pytest.raises(TypeError, match="takes no option sandbx=, did you mean sandbox="):
        await async_run("hi", sandbx="read-only")  # type: ignore[call-overload]
    with pytest.raises((TypeError, CodexError), match="takes no option zzz="):
        await async_run("hi", zzz=1)  # type: ignore[call-overload]
