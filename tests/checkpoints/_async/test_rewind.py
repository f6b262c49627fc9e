"""Checkpoints of a thread on the real runtime: files and conversation go back together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openai_codex import (
    AgentTools,
    AsyncCodex,
    AsyncThread,
    Budget,
    BudgetExceededError,
    CheckpointError,
    CheckpointNotFoundError,
    CheckpointUnsupportedError,
    FilesChangedError,
    GitNotFoundError,
    InvalidParamsError,
    InvalidRequestError,
    Sandbox,
    methods,
)
from openai_codex._checkpoints.keeper import Keeper
from openai_codex.testing import Gate, hold, offline_config, run_command, say, usage
from openai_codex.types import Turn
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only


async def started(
    codex: AsyncCodex, folder: Path, *, checkpoints: bool = True, ephemeral: bool = False
) -> AsyncThread:
    return await codex.thread_start(
        cwd=str(folder),
        sandbox=Sandbox.full_access,
        checkpoints=checkpoints,
        ephemeral=ephemeral,
    )


async def does(model: SharedModel, thread: AsyncThread, command: str) -> None:
    """Let the agent run one command in one turn."""
    model.script(run_command(command), say("done"), thread=thread.id)
    await thread.run(command)


async def turns(thread: AsyncThread) -> list[Turn]:
    return [turn async for turn in thread.history(newest_first=False)]


def texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.iterdir()) if path.is_file()}


async def test_each_turn_has_a_checkpoint_and_a_rewind_takes_files_and_conversation_back(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path
) -> None:
    thread = await started(codex, tmp_path)
    await does(model, thread, "printf one > file")
    await does(model, thread, "printf two > file; printf x > other")
    first, second = await thread.checkpoints()
    assert (first.automatic, first.turn_id) == (True, None)
    assert second.turn_id == (await turns(thread))[0].id
    assert second.coverage.folder == str(tmp_path)
    changes = await thread.diff(second)
    assert {file.path: file.kind for file in changes.files} == {"file": "changed", "other": "added"}
    assert "-one" in changes.patch
    done = await thread.rewind(second)
    assert done.files == ("file", "other")
    assert (done.turns_removed, done.thread_id) == (1, thread.id)
    assert texts(tmp_path) == {"file": "one"}
    assert len(await turns(thread)) == 1
    await thread.rewind(first)
    assert texts(tmp_path) == {}
    assert await turns(thread) == []


async def test_a_manual_checkpoint_needs_no_force_to_go_back_over_a_turn(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path
) -> None:
    thread = await started(codex, tmp_path, checkpoints=False)
    (tmp_path / "file").write_text("before")
    mark = await thread.checkpoint("before")
    assert (mark.name, mark.automatic) == ("before", False)
    await does(model, thread, "rm file; mkdir folder; printf 1 > folder/new")
    await thread.rewind("before")
    assert texts(tmp_path) == {"file": "before"}
    assert not (tmp_path / "folder").exists()
    assert await thread.checkpoints() == [mark]


async def test_a_turn_that_is_run_again_after_a_rewind_counts_again(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path
) -> None:
    thread = await started(codex, tmp_path)
    first = await thread.checkpoint()
    for _ in "ab":  # the same turn, so the thread comes to the same total
        model.script(usage(input=70, output=3), say("done"), thread=thread.id)
        result = await thread.run("say it")
        assert result.spent is not None
        assert result.spent.input_tokens == 70
        await thread.rewind(first)
    assert thread.spent.input_tokens == 140


async def test_a_turn_that_is_streamed_is_watched_to_its_end(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path
) -> None:
    thread = await started(codex, tmp_path)
    model.script(run_command("printf 1 > agent"), say("done"), thread=thread.id)
    turn = await thread.turn("go")
    async for _ in turn.stream():
        pass
    (tmp_path / "person").write_text("1")
    (mark,) = await thread.checkpoints()
    with pytest.raises(FilesChangedError) as caught:
        await thread.rewind(mark)
    assert caught.value.paths == ("person",)
    assert len(await turns(thread)) == 1
    await thread.rewind(mark, force=True)
    assert texts(tmp_path) == {}


async def test_redo_brings_files_and_turns_back_and_the_thread_goes_on(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path
) -> None:
    thread = await started(codex, tmp_path)
    await does(model, thread, "printf one > file")
    await does(model, thread, "printf two > file")
    await thread.set_name("a name")
    before, old = await turns(thread), thread.id
    await thread.rewind((await thread.checkpoints())[0])
    assert await turns(thread) == []
    done = await thread.redo()
    assert texts(tmp_path) == {"file": "two"}
    assert [turn.id for turn in await turns(thread)] == [turn.id for turn in before]
    assert done.thread_id == thread.id != old
    assert (await thread.read()).thread.name == "a name"
    await does(model, thread, "printf three > file")
    said = str(model.requests[-1].body["input"])
    assert "printf one" in said
    assert "printf three" in said
    assert [mark.turn_id for mark in await thread.checkpoints()] == [
        None,
        before[0].id,
        before[1].id,
    ]
    with pytest.raises(CheckpointNotFoundError, match="nothing to redo"):
        await thread.redo()


async def test_settings_in_force_stay_through_a_redo(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path
) -> None:
    thread = await started(codex, tmp_path)
    await does(model, thread, "printf one > file")
    await thread.rewind((await thread.checkpoints())[0])
    await thread.redo()
    (tmp_path / "outside").mkdir()
    elsewhere = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    await does(model, thread, f"printf 1 > {elsewhere}")  # which only full access may do
    assert elsewhere.read_text() == "1"


async def test_what_the_agent_may_use_and_spend_stays_through_a_redo(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path
) -> None:
    thread = await codex.thread_start(
        cwd=str(tmp_path),
        checkpoints=True,
        uses=AgentTools(shell=False, web_search=False),
        budget=Budget(model_calls=2),
    )
    model.script(say("one"), thread=thread.id)
    await thread.run("one", effort="high")
    offered = set(model.requests[-1].tools)
    (mark,) = await thread.checkpoints()
    await thread.rewind(mark)
    await thread.redo()
    model.script(say("two"), thread=thread.id)
    await thread.run("two")
    assert set(model.requests[-1].tools) == offered
    assert "exec_command" not in offered
    assert model.requests[-1].body["reasoning"]["effort"] == "high"
    assert thread.spent.model_calls == 2
    with pytest.raises(BudgetExceededError):
        await thread.run("three")


async def test_files_alone_and_the_conversation_alone(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path
) -> None:
    thread = await started(codex, tmp_path)
    await does(model, thread, "printf one > file")
    (mark,) = await thread.checkpoints()
    done = await thread.rewind(mark, conversation=False)
    assert (done.turns_removed, texts(tmp_path)) == (0, {})
    assert len(await turns(thread)) == 1
    await thread.redo()
    assert texts(tmp_path) == {"file": "one"}
    done = await thread.rewind(mark, files=False)
    assert (done.turns_removed, done.files) == (1, ())
    assert texts(tmp_path) == {"file": "one"}
    assert await turns(thread) == []
    await thread.redo()
    assert len(await turns(thread)) == 1


async def test_a_thread_that_is_resumed_has_its_checkpoints(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path
) -> None:
    thread = await started(codex, tmp_path)
    await does(model, thread, "printf one > file")
    again = await codex.thread_resume(thread.id, checkpoints=True)
    await does(model, again, "printf two > file")
    first, second = await again.checkpoints()
    await again.rewind(second.id)
    assert texts(tmp_path) == {"file": "one"}
    await again.rewind(first)
    assert texts(tmp_path) == {}


async def test_a_turn_that_nobody_read_counts_as_the_agents(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path
) -> None:
    thread = await started(codex, tmp_path)
    model.script(run_command("printf 1 > agent"), say("done"), thread=thread.id)
    turn = await thread.turn("go")
    async for event in turn.stream():
        if event.method == "turn/completed":
            break
    await thread.rewind((await thread.checkpoints())[0])
    assert texts(tmp_path) == {}


async def test_nothing_goes_back_while_a_turn_is_running(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path
) -> None:
    thread = await started(codex, tmp_path)
    gate = Gate()
    model.script(hold(gate), say("done"), thread=thread.id)
    turn = await thread.turn("go")
    (mark,) = await thread.checkpoints()
    with pytest.raises(CheckpointError, match="a turn is running"):
        await thread.rewind(mark)
    gate.open()
    await turn.run()
    await thread.rewind(mark)
    assert await turns(thread) == []


async def test_an_ephemeral_thread_goes_back_in_its_files_alone(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path
) -> None:
    thread = await started(codex, tmp_path, ephemeral=True)
    await does(model, thread, "printf one > file")
    (tmp_path / "person").write_text("1")
    (mark,) = await thread.checkpoints()
    with pytest.raises(CheckpointUnsupportedError, match="conversation=False"):
        await thread.rewind(mark)
    with pytest.raises(FilesChangedError) as caught:
        await thread.rewind(mark, conversation=False)
    assert caught.value.paths == ("person",)
    await thread.rewind(mark, conversation=False, force=True)
    assert texts(tmp_path) == {}


async def test_a_conversation_that_cannot_be_cut_puts_the_files_back(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path
) -> None:
    params = {"cwd": str(tmp_path), "sandbox": "danger-full-access", "historyMode": "legacy"}
    legacy = await codex.call(methods.thread.START, params)
    assert codex._rpc is not None
    thread = AsyncThread(codex._rpc, legacy.thread.id, checkpoints=True)
    await does(model, thread, "printf one > file")
    (mark,) = await thread.checkpoints()
    with pytest.raises(InvalidRequestError):
        await thread.rewind(mark)
    assert texts(tmp_path) == {"file": "one"}
    assert len((await thread.read(include_turns=True)).thread.turns) == 1


async def test_redo_brings_the_turns_back_though_nobody_heard_of_their_cut(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = await started(codex, tmp_path)
    await does(model, thread, "printf one > file")
    (mark,) = await thread.checkpoints()
    rpc = codex._rpc
    assert rpc is not None
    request = rpc.request

    async def unheard(method: str, *arguments: Any, **options: Any) -> Any:
        reply = await request(method, *arguments, **options)
        if method == "thread/revert":
            raise KeyboardInterrupt
        return reply

    monkeypatch.setattr(rpc, "request", unheard)
    with pytest.raises(KeyboardInterrupt):
        await thread.rewind(mark)
    monkeypatch.undo()
    assert await turns(thread) == []
    await thread.redo()
    assert texts(tmp_path) == {"file": "one"}
    assert len(await turns(thread)) == 1


@pytest.mark.parametrize("last", ["thread/resume", "thread/unarchive", "thread/archive"])
async def test_redo_goes_on_with_one_that_was_broken_off_in_the_conversation(
    codex: AsyncCodex,
    model: SharedModel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    last: str,
) -> None:
    thread = await started(codex, tmp_path)
    await does(model, thread, "printf one > file")
    (mark,) = await thread.checkpoints()
    await thread.rewind(mark)
    rpc = codex._rpc
    assert rpc is not None
    request = rpc.request

    async def broken_off(method: str, *arguments: Any, **options: Any) -> Any:
        if method == last:
            raise KeyboardInterrupt
        return await request(method, *arguments, **options)

    monkeypatch.setattr(rpc, "request", broken_off)
    with pytest.raises(KeyboardInterrupt):
        await thread.redo()
    monkeypatch.undo()
    await thread.redo()
    assert texts(tmp_path) == {"file": "one"}
    assert len(await turns(thread)) == 1
    with pytest.raises(CheckpointNotFoundError, match="nothing to redo"):
        await thread.redo()


# --- what the runtime makes turns of -------------------------------------------------------------


async def test_a_shell_command_has_a_checkpoint_and_is_taken_back(
    codex: AsyncCodex, tmp_path: Path
) -> None:
    thread = await started(codex, tmp_path)
    await thread.shell_command("printf one > file")
    (mark,) = await thread.checkpoints()
    done = await thread.rewind(mark)
    assert (texts(tmp_path), done.turns_removed) == ({}, 1)


async def test_a_goal_has_a_checkpoint_before_its_first_turn(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path
) -> None:
    thread = await started(codex, tmp_path)
    model.script(run_command("printf one > file"), say("more"), kind="goal")
    done = await thread.run_goal("a file")
    (mark,) = await thread.checkpoints()
    assert (await thread.rewind(mark)).turns_removed == len(done.turns)
    assert texts(tmp_path) == {}


async def test_the_first_of_messages_that_are_queued_has_a_checkpoint(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path
) -> None:
    thread = await started(codex, tmp_path)
    gate = Gate()
    model.script(run_command("printf 1 > a"), hold(gate), say("x"), thread=thread.id)
    model.script(say("y"), thread=thread.id)
    first, second = await thread.queue.add("one"), await thread.queue.add("two")
    gate.open()
    await first.run()
    await second.run()
    (mark,) = await thread.checkpoints()
    assert mark.turn_id is None
    assert (await thread.rewind(mark)).turns_removed == 2
    assert texts(tmp_path) == {}


async def test_a_message_that_is_queued_again_after_its_checkpoint_failed_has_one(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = await started(codex, tmp_path)

    def is_full(*arguments: Any, **options: Any) -> None:
        raise CheckpointError("the disk is full")

    monkeypatch.setattr(Keeper, "mark", is_full)
    with pytest.raises(CheckpointError, match="full"):
        await thread.queue.add("one")
    monkeypatch.undo()
    model.script(run_command("printf 1 > a"), say("x"), thread=thread.id)
    await (await thread.queue.add("one")).run()
    (mark,) = await thread.checkpoints()
    await thread.rewind(mark)
    assert texts(tmp_path) == {}


@pytest.mark.parametrize("way", ["queue", "goal", "shell", "steered", "by hand"])
async def test_what_is_typed_after_the_end_was_seen_is_somebody_elses(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path, way: str
) -> None:
    thread = await started(codex, tmp_path, checkpoints=way != "by hand")
    queue = thread.queue  # as it was before the checkpoint that is made by hand
    mark = await thread.checkpoint()
    if way == "shell":
        await thread.shell_command("printf 1 > file")
    elif way == "goal":
        model.script(run_command("printf 1 > file"), say("more"), kind="goal")
        await thread.run_goal("a file")
    elif way == "steered":
        gate = Gate()
        model.script(hold(gate), run_command("printf 1 > file"), say("x"), thread=thread.id)
        async with await thread.turn("go"):
            joined = await thread.send("and on")
            gate.open()
            await joined.run()
    else:
        model.script(run_command("printf 1 > file"), say("x"), thread=thread.id)
        assert thread.queue is queue
        await (await queue.add("go")).run()
    (tmp_path / "typed").write_text("by hand")
    with pytest.raises(FilesChangedError) as caught:
        await thread.rewind(mark)
    assert caught.value.paths == ("typed",)


async def test_what_the_runtime_refuses_leaves_no_checkpoint(
    codex: AsyncCodex, tmp_path: Path
) -> None:
    thread = await started(codex, tmp_path)
    with pytest.raises(InvalidRequestError):
        await thread.queue.start()
    assert await thread.checkpoints() == []


async def test_a_thread_that_works_on_another_machine_is_refused(
    model: SharedModel, tmp_path: Path
) -> None:
    async with AsyncCodex(offline_config(model)) as codex:
        box = {"environmentId": "box", "execServerUrl": "ws://127.0.0.1:9/"}
        await codex.call(methods.environment.ADD, box)  # from here on, every thread works there
        thread = await codex.thread_start(cwd=str(tmp_path))
        with pytest.raises(CheckpointUnsupportedError, match="in the environment 'box'"):
            await thread.checkpoint()


async def test_a_refused_turn_leaves_no_checkpoint(codex: AsyncCodex, tmp_path: Path) -> None:
    thread = await started(codex, tmp_path)
    with pytest.raises(InvalidParamsError):
        await thread.turn("x" * 1_100_000)
    assert await thread.checkpoints() == []


async def test_a_thread_does_not_know_the_checkpoints_of_another(
    codex: AsyncCodex, tmp_path: Path
) -> None:
    one, other = await started(codex, tmp_path), await started(codex, tmp_path)
    mark = await one.checkpoint()
    with pytest.raises(CheckpointNotFoundError, match=mark.id):
        await other.rewind(mark)


async def test_without_git_no_thread_with_checkpoints_is_started(
    codex: AsyncCodex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await codex.call(methods.thread.LOADED_LIST, {})
    monkeypatch.setenv("PATH", "")
    with pytest.raises(GitNotFoundError, match="install git"):
        await started(codex, tmp_path)
    assert await codex.call(methods.thread.LOADED_LIST, {}) == before


async def test_options_of_the_wrong_kind_are_refused(codex: AsyncCodex, tmp_path: Path) -> None:
    thread = await started(codex, tmp_path)
    with pytest.raises(TypeError, match="checkpoints must be"):
        await codex.thread_start(checkpoints="yes")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="mark must be a Checkpoint or a str, got int"):
        await thread.rewind(1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="name must be"):
        await thread.checkpoint(1)  # type: ignore[arg-type]
