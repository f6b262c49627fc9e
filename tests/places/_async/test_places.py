"""Threads that work in an environment, on the real runtime: there, and never here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from openai_codex import (
    AsyncCodex,
    AsyncThread,
    CheckpointUnsupportedError,
    Environment,
    EnvironmentRequiredError,
    EnvironmentUnreachableError,
    ExecServer,
    Handlers,
    LocalImageInput,
    Sandbox,
    UnknownEnvironmentError,
    methods,
)
from openai_codex.testing import add_file, offline_config, run_command, say
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only

WHERE = run_command("echo at $WHERE; pwd")


async def started(codex: AsyncCodex, box: ExecServer, **options: Any) -> AsyncThread:
    options = {"sandbox": Sandbox.full_access, **options}
    return await codex.thread_start(environment=box.environment, **options)


async def told(model: SharedModel, thread: AsyncThread, *steps: Any, **options: Any) -> list[str]:
    """Return what the commands of one turn printed, in lines."""
    model.script(*(steps or (WHERE,)), say("done"), thread=thread.id)
    result = await thread.run("go", **options)
    outputs = [str(getattr(item, "aggregated_output", None) or "") for item in result.items]
    return "".join(outputs).split()


def folder_of(box: ExecServer) -> str:
    cwd = box.environment.cwd
    assert cwd is not None
    return cwd


async def test_commands_and_patches_of_a_thread_happen_in_its_environment(
    codex: AsyncCodex, model: SharedModel, box: ExecServer
) -> None:
    thread = await started(codex, box)
    patch, look = add_file("notes.txt", "hello"), run_command("cat notes.txt; echo $WHERE; pwd")
    assert await told(model, thread, patch, look) == ["hello", "box", folder_of(box)]
    assert not list(Path(folder_of(box)).iterdir())  # nothing happened here


async def test_the_diff_of_a_turn_is_that_of_the_environment(
    codex: AsyncCodex, model: SharedModel, box: ExecServer, tmp_path: Path
) -> None:
    thread = await started(codex, box)
    model.script(add_file("diff.txt", "new"), say("done"), thread=thread.id)
    result = await thread.run("go")
    assert "diff --git a/diff.txt b/diff.txt" in str(result.diff)
    assert "+new" in str(result.diff)


async def test_an_environment_is_registered_and_tells_its_folder(
    codex: AsyncCodex, box: ExecServer
) -> None:
    given = replace(box.environment, cwd=None, name="asked")
    found = await codex.environment(given)
    assert (found.name, found.cwd) == ("asked", folder_of(box))


async def test_a_thread_starts_in_an_environment_by_its_name(
    codex: AsyncCodex, model: SharedModel, box: ExecServer
) -> None:
    await codex.environment(replace(box.environment, name="by-name"))
    thread = await codex.thread_start(environment="by-name", sandbox=Sandbox.full_access)
    assert await told(model, thread) == ["at", "box", folder_of(box)]


async def test_a_name_that_is_not_registered_is_refused_before_anything_is_sent(
    codex: AsyncCodex,
) -> None:
    with pytest.raises(UnknownEnvironmentError, match="'nowhere'") as caught:
        await codex.thread_start(environment="nowhere")
    assert caught.value.environment == "nowhere"


async def test_what_is_no_environment_is_refused(codex: AsyncCodex) -> None:
    wrong: Any = "ws://127.0.0.1:1"
    with pytest.raises(TypeError, match="must be an Environment, got str"):
        await codex.environment(wrong)
    wrong = 7
    with pytest.raises(TypeError, match="environment must be"):
        await codex.thread_start(environment=wrong)


async def test_nobody_at_the_address_is_an_error_at_once(codex: AsyncCodex) -> None:
    nobody = Environment("ws://127.0.0.1:9", cwd="/work", name="nobody")
    with pytest.raises(EnvironmentUnreachableError, match="Start `codex exec-server") as caught:
        await codex.environment(nobody)
    assert (caught.value.environment, caught.value.url) == ("nobody", nobody.url)
    with pytest.raises(EnvironmentUnreachableError):
        await codex.thread_start(environment=nobody)


async def test_a_wrong_token_is_an_error_that_does_not_show_it(
    codex: AsyncCodex, box: ExecServer
) -> None:
    wrong = replace(box.environment, token="wrong-secret-token", name="wrong")
    with pytest.raises(EnvironmentUnreachableError, match="token") as caught:
        await codex.environment(wrong)
    assert "wrong-secret-token" not in f"{caught.value!r} {caught.value} {wrong!r}"


async def test_a_folder_of_an_environment_is_not_looked_for_here(
    codex: AsyncCodex, model: SharedModel, box: ExecServer
) -> None:
    thread = await started(codex, box)
    await told(model, thread, run_command("mkdir only-there"))
    there = f"{folder_of(box)}/only-there"
    assert not Path(there).exists()
    other = await started(codex, box, cwd=there)
    assert (await told(model, other))[-1] == there
    # A turn moves there, and the next one stays there.
    assert (await told(model, thread, cwd=there))[-1] == there
    assert (await told(model, thread))[-1] == there
    await thread.update_settings(cwd=folder_of(box))
    assert (await told(model, thread))[-1] == folder_of(box)


async def test_a_relative_folder_is_refused(codex: AsyncCodex, box: ExecServer) -> None:
    with pytest.raises(ValueError, match="absolute in the environment"):
        await started(codex, box, cwd="src")
    thread = await started(codex, box)
    with pytest.raises(ValueError, match="absolute in the environment"):
        await thread.run("go", cwd="src")


async def test_an_image_of_a_thread_elsewhere_is_a_file_of_this_side(
    codex: AsyncCodex, model: SharedModel, box: ExecServer, tmp_path: Path
) -> None:
    image = Path(folder_of(box)) / "dot.png"  # where the box has a disk of its own
    image.write_bytes(bytes.fromhex(DOT))
    thread = await started(codex, box)
    model.script(say("a dot"), thread=thread.id)
    assert (await thread.run([LocalImageInput(image), "look"])).final_response == "a dot"
    assert "image/png" in str(model.requests[-1].body)
    with pytest.raises(FileNotFoundError):
        await thread.run([LocalImageInput(tmp_path / "none.png")])
    image.unlink()


async def test_a_thread_without_an_environment_works_here(
    codex: AsyncCodex, model: SharedModel, box: ExecServer, tmp_path: Path
) -> None:
    await codex.environment(box.environment)
    thread = await codex.thread_start(sandbox=Sandbox.full_access, cwd=tmp_path)
    assert await told(model, thread) == ["at", "host", str(tmp_path)]
    read = await codex.call(methods.thread.READ, {"threadId": thread.id})
    assert [one.environment_id for one in read.thread.environments or []] == ["local"]


async def test_checkpoints_of_a_thread_elsewhere_are_refused(
    codex: AsyncCodex, box: ExecServer
) -> None:
    with pytest.raises(CheckpointUnsupportedError, match="local files only"):
        await started(codex, box, checkpoints=True)
    thread = await started(codex, box)
    with pytest.raises(CheckpointUnsupportedError, match="environment 'box'"):
        await thread.checkpoint()


async def test_an_approval_says_in_which_environment_it_is(
    shared_model: SharedModel, model: SharedModel, box: ExecServer
) -> None:
    seen: list[tuple[str, str | None]] = []

    def decide(question: Any) -> bool:
        seen.append((question.kind, question.environment))
        return True

    handlers = Handlers(approve_command=decide, approve_file_change=decide)
    config = offline_config(shared_model, env={"WHERE": "host"})
    async with AsyncCodex(config, handlers=handlers) as codex:
        thread = await started(codex, box, sandbox=Sandbox.read_only)
        steps = run_command("echo at $WHERE", escalate=True), add_file("asked.txt", "x")
        assert await told(model, thread, *steps) == ["at", "box"]
        here = await codex.thread_start()
        await told(model, here, run_command("true", escalate=True))
    assert seen == [("command", "box"), ("file_change", "box"), ("command", None)]


# --- resumed ------------------------------------------------------------------------------------


async def test_a_thread_resumed_by_another_runtime_never_falls_back_to_the_host(
    shared_model: SharedModel, model: SharedModel, box: ExecServer, tmp_path: Path
) -> None:
    config = offline_config(shared_model, home=tmp_path, env={"WHERE": "host"})
    async with AsyncCodex(config) as codex:
        thread = await started(codex, box)
        await told(model, thread)
    async with AsyncCodex(config) as codex:
        for opens in (codex.thread_resume, codex.thread_fork):
            with pytest.raises(EnvironmentRequiredError, match="pass environment=") as caught:
                await opens(thread.id)
            assert (caught.value.thread_id, caught.value.environments) == (thread.id, ("box",))
        with pytest.raises(UnknownEnvironmentError):
            await codex.thread_resume(thread.id, environment="box")
        again = await codex.thread_resume(
            thread.id, environment=box.environment, sandbox=Sandbox.full_access
        )
        with pytest.raises(CheckpointUnsupportedError):
            await again.checkpoint()
        with pytest.raises(EnvironmentRequiredError, match="run a turn in it first"):
            await again.review()
        assert await told(model, again) == ["at", "box", folder_of(box)]
        fork = await codex.thread_fork(thread.id, sandbox=Sandbox.full_access)  # known by now
        assert await told(model, fork) == ["at", "box", folder_of(box)]
        same = await codex.thread_resume(thread.id)
        assert await told(model, same) == ["at", "box", folder_of(box)]


async def test_a_review_is_in_the_environment(
    codex: AsyncCodex, model: SharedModel, box: ExecServer
) -> None:
    thread = await started(codex, box)
    await told(model, thread)
    model.script(WHERE, say("fine"), kind="review")
    review = await thread.review(instructions="look")
    outputs = [str(getattr(item, "aggregated_output", "")) for item in review.result.items]
    assert "at box" in "".join(outputs)


async def test_a_runtime_without_a_host_has_no_shell_outside_of_environments(
    shared_model: SharedModel, model: SharedModel, box: ExecServer
) -> None:
    env = {"WHERE": "host", "CODEX_EXEC_SERVER_URL": "none"}
    async with AsyncCodex(offline_config(shared_model, env=env)) as codex:
        here = await codex.thread_start(sandbox=Sandbox.full_access)
        assert "host" not in await told(model, here, WHERE)
        thread = await started(codex, box)
        assert await told(model, thread) == ["at", "box", folder_of(box)]


# --- a box that dies ----------------------------------------------------------------------------


async def test_a_turn_in_a_dead_environment_is_refused_and_a_new_one_takes_its_place(
    codex: AsyncCodex, model: SharedModel
) -> None:
    first = ExecServer(name="mortal", env={"WHERE": "first"}).start()
    place = replace(first.environment, connect_timeout=0.5)
    thread = await codex.thread_start(environment=place, sandbox=Sandbox.full_access)
    assert (await told(model, thread))[1] == "first"
    first.close()
    before = len(model.requests)
    with pytest.raises(EnvironmentUnreachableError, match="mortal"):
        await thread.run("go")
    assert len(model.requests) == before
    async with ExecServer(name="mortal", env={"WHERE": "second"}) as second:
        await codex.environment(second.environment)
        assert (await told(model, thread))[1] == "second"


async def test_a_runtime_that_forgot_an_environment_is_told_again(
    shared_model: SharedModel, model: SharedModel, box: ExecServer, tmp_path: Path
) -> None:
    """A restarted runtime knows no environments; the client does."""
    config = offline_config(shared_model, home=tmp_path, env={"WHERE": "host"})
    async with AsyncCodex(config) as codex:
        thread = await started(codex, box)
        await told(model, thread)
    async with AsyncCodex(config) as codex:
        (await codex._ready()).places.add(box.environment, "box")
        again = await codex.thread_resume(thread.id, environment="box", sandbox=Sandbox.full_access)
        assert await told(model, again) == ["at", "box", folder_of(box)]


async def test_a_thread_at_work_elsewhere_for_another_client_is_there_for_us_too(
    codex: AsyncCodex, model: SharedModel, box: ExecServer
) -> None:
    thread = await started(codex, box)
    await told(model, thread)
    rpc = await codex._ready()
    rpc.places._threads.pop(thread.id)  # as if another client of the runtime had started it
    same = await codex.thread_resume(thread.id, sandbox=Sandbox.full_access)
    place = rpc.places.of(same.id)
    assert place is not None
    assert place.environment == "box"
    read = await codex.call(methods.thread.READ, {"threadId": same.id})
    assert [one.environment_id for one in read.thread.environments or []] == ["box"]


DOT = (
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c6360"
    "00000002000148afa4710000000049454e44ae426082"
)
