"""A turn that is shown while it runs, by the real runtime."""

from __future__ import annotations

import io

import pytest

from openai_codex import AsyncCodex, Sandbox, TurnFailedError
from openai_codex.display import LiveView, live
from openai_codex.testing import fail, offline_config, run_command, say, think
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only


async def test_a_live_turn_shows_what_is_done_and_returns_the_result(model: SharedModel) -> None:
    model.script(think("Hm"), say("On it"), run_command("echo hi"), say("Done\x1b[2J"))
    file = io.StringIO()
    async with AsyncCodex(offline_config(model)) as codex:
        thread = await codex.thread_start(sandbox=Sandbox.full_access)
        result = await live(await thread.turn("Go"), file=file).run()
    assert result.final_response == "Done\x1b[2J"
    first, said, quoted, ran, *rest = file.getvalue().splitlines()
    assert (first, said, quoted) == ("thought  Hm", "said", "  | On it")
    assert ran.startswith("ran      echo hi  (exit 0")
    assert rest[:2] == ["said", r"  | Done\x1b[2J"]
    assert rest[2].startswith("completed - 200 tokens in, 20 out")


async def test_a_view_takes_the_events_of_run_and_can_leave_the_answer_out(
    model: SharedModel,
) -> None:
    model.script(say("Done"))
    file = io.StringIO()
    async with AsyncCodex(offline_config(model)) as codex:
        thread = await codex.thread_start()
        with LiveView(file=file, show_answer=False) as view:
            await thread.run("Go", on_event=view)
    assert file.getvalue() == "completed - 100 tokens in, 10 out\n"
    assert view.progress.answer == "Done"


async def test_a_live_turn_that_fails_says_so_and_raises(model: SharedModel) -> None:
    model.script(fail(code="insufficient_quota", message="no more"))
    file = io.StringIO()
    async with AsyncCodex(offline_config(model)) as codex:
        turn = await (await codex.thread_start()).turn("Go")
        with pytest.raises(TurnFailedError):
            await live(turn, file=file).run()
    assert file.getvalue().splitlines()[-2].startswith("failed   ")
