"""A thread goes on in another home, with its sub-agents, its name and everything that was said."""

from __future__ import annotations

import os
import time
import zipfile
from pathlib import Path

import pytest

from openai_codex import AsyncCodex, AsyncThread, InvalidRequestError, methods
from openai_codex.sessions import (
    BundleError,
    FileSessionStore,
    SessionBundle,
    SessionError,
    SessionExistsError,
    SessionNotFoundError,
    SqliteSessionStore,
)
from openai_codex.testing import offline_config, run_command, say, spawn_agent, wait_agent
from openai_codex.types import Turn
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only

KEY = "sk-abcdefghijklmnopqrstuvwx"


async def spoken(codex: AsyncCodex, model: SharedModel, *texts: str) -> AsyncThread:
    thread = await codex.thread_start()
    await say_on(model, thread, *texts)
    return thread


async def say_on(model: SharedModel, thread: AsyncThread, *texts: str) -> None:
    for text in texts:
        model.script(say(f"answer to {text}"), thread=thread.id)
        await thread.run(text)


async def turn_ids(thread: AsyncThread) -> list[str]:
    turns: list[Turn] = [turn async for turn in thread.history(newest_first=False)]
    return [turn.id for turn in turns]


async def goes_on(
    model: SharedModel, bundle: Path | FileSessionStore | SqliteSessionStore, thread_id: str
) -> tuple[SessionBundle, list[str], str]:
    """Import into a fresh home and go on there; returns its turns before, and what was sent."""
    async with AsyncCodex(offline_config(model)) as elsewhere:
        imported = await elsewhere.thread_import(bundle, thread_id=thread_id)
        thread = await elsewhere.thread_resume(imported.thread_id)
        before = await turn_ids(thread)
        await say_on(model, thread, "and now")
        return imported, before, str(model.requests[-1].body["input"])


async def test_a_thread_goes_on_in_another_home(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path
) -> None:
    thread = await spoken(codex, model, "one", "two")
    await thread.set_name("a name")
    path = tmp_path / "thread.session"
    bundle = await codex.thread_export(thread.id, path)
    assert path.stat().st_mode & 0o077 == 0
    assert (bundle.thread_id, bundle.threads[0].name) == (thread.id, "a name")
    assert [each.is_main for each in bundle.threads] == [True]
    imported, before, sent = await goes_on(model, path, thread.id)
    assert imported == bundle
    assert before == await turn_ids(thread)
    assert "answer to one" in sent
    assert "answer to two" in sent


async def test_a_name_comes_along(codex: AsyncCodex, model: SharedModel, tmp_path: Path) -> None:
    thread = await spoken(codex, model, "one")
    await thread.set_name("a name")
    await codex.thread_export(thread.id, tmp_path / "thread.session")
    async with AsyncCodex(offline_config(model)) as elsewhere:
        await elsewhere.thread_import(tmp_path / "thread.session")
        (stored,) = (await elsewhere.thread_list()).data
    assert (stored.id, stored.name) == (thread.id, "a name")


async def test_sub_agents_come_along(model: SharedModel, tmp_path: Path) -> None:
    settings = {"model_name": "gpt-6.1-sol"}
    path = tmp_path / "thread.session"
    async with AsyncCodex(offline_config(model, **settings)) as codex:  # type: ignore[arg-type]
        thread = await codex.thread_start()
        steps = (spawn_agent("one", "look"), wait_agent(), say("done"))
        model.script(*steps, thread=thread.id)
        model.script(say("the agent looked"), agent="/root/one")
        await thread.run("go")
        bundle = await codex.thread_export(thread.id, path)
    main, agent = bundle.threads
    assert (main.is_main, agent.is_main) == (True, False)
    async with AsyncCodex(offline_config(model, **settings)) as elsewhere:  # type: ignore[arg-type]
        await elsewhere.thread_import(path)
        below = {"ancestorThreadId": thread.id, "sourceKinds": ["subAgentThreadSpawn"]}
        found = await elsewhere.call(methods.thread.LIST, below)
        assert [each.id for each in found.data] == [agent.id]
        stored = await AsyncThread(elsewhere._rpc, agent.id).read()  # type: ignore[arg-type]
        assert stored.thread.parent_thread_id == thread.id


async def test_a_thread_that_was_cut_and_one_that_was_forked_come_along_whole(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path
) -> None:
    thread = await spoken(codex, model, "one", "two", "three")
    for count in (2, 1):  # cut in the second file, then before it
        cut = (await turn_ids(thread))[count]
        params = {"threadId": thread.id, "beforeTurnId": cut}
        await codex.call(methods.thread.REVERT, params)
        await say_on(model, thread, f"instead of {count}")
    fork = await codex.thread_fork(thread.id)
    await say_on(model, fork, "forked")
    for each, count in ((thread, 2), (fork, 3)):
        path = tmp_path / f"{each.id}.session"
        bundle = await codex.thread_export(each.id, path)
        assert len(bundle.threads) == 1  # with nothing that the fork does not need
        _, before, sent = await goes_on(model, path, each.id)
        assert before == await turn_ids(each)
        assert len(before) == count
        assert "answer to one" in sent
        assert "answer to instead of 1" in sent
        assert "answer to two" not in sent
        assert "answer to three" not in sent


@pytest.mark.parametrize("kind", [FileSessionStore, SqliteSessionStore])
async def test_stores_keep_bundles_under_the_ids_of_their_threads(
    codex: AsyncCodex,
    model: SharedModel,
    tmp_path: Path,
    kind: type[FileSessionStore] | type[SqliteSessionStore],
) -> None:
    thread, store = await spoken(codex, model, "one"), kind(tmp_path / "store")
    await codex.thread_export(thread.id, store)
    assert store.keys() == [thread.id]
    _, before, _ = await goes_on(model, store, thread.id)
    assert before == await turn_ids(thread)
    with pytest.raises(TypeError, match="needs thread_id="):
        await codex.thread_import(store)
    with pytest.raises(SessionNotFoundError):
        await codex.thread_import(store, thread_id="01a22a1f-e586-7b12-bcf4-ad5c33b489c1")


async def test_nothing_but_conversations_is_in_a_bundle(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path
) -> None:
    home = Path(codex.metadata.codex_home)
    await codex.login_api_key(KEY)
    thread = await spoken(codex, model, "one")
    await codex.thread_export(thread.id, tmp_path / "thread.session")
    await codex.logout()
    with zipfile.ZipFile(tmp_path / "thread.session") as archive:
        names = archive.namelist()
        content = b"".join(archive.read(name) for name in names)
    assert len(names) == 2
    assert names[0].startswith(f"threads/{thread.id}/rollout-")
    assert names[1] == "manifest.json"
    assert KEY.encode() not in content
    assert home.is_dir()


async def test_secrets_in_what_was_said_are_taken_out_unless_every_word_is_asked_for(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path
) -> None:
    thread = await codex.thread_start()
    model.script(run_command(f"echo {KEY}"), say(f"It is {KEY}."), thread=thread.id)
    await thread.run(f"Use {KEY} for ACME")
    await thread.set_name(f"about {KEY}")
    plain, clean, mine = (tmp_path / name for name in ("plain", "clean", "mine"))
    await codex.thread_export(thread.id, plain, redact=False)
    bundle = await codex.thread_export(thread.id, clean)
    await codex.thread_export(thread.id, mine, redact=lambda text: text.replace("ACME", "them"))
    assert (bundle.redacted, bundle.threads[0].name) == (True, "about [redacted]")
    found = [content(path).count(KEY.encode()) for path in (plain, clean)]
    assert found[0] > 2
    assert found[1] == 0
    assert b"ACME" not in content(mine)
    _, before, sent = await goes_on(model, clean, thread.id)
    assert before == await turn_ids(thread)
    assert "Use [redacted] for ACME" in sent


def content(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


async def test_a_thread_with_nothing_stored_is_refused_in_words(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path
) -> None:
    path = tmp_path / "thread.session"
    fresh = await codex.thread_start()
    with pytest.raises(SessionError, match="after its first turn"):
        await codex.thread_export(fresh.id, path)
    ephemeral = await codex.thread_start(ephemeral=True)
    with pytest.raises(SessionError, match="is ephemeral"):
        await codex.thread_export(ephemeral.id, path)
    with pytest.raises(InvalidRequestError):
        await codex.thread_export("01a22a1f-e586-7b12-bcf4-ad5c33b489c1", path)
    assert list(tmp_path.iterdir()) == []


async def test_a_thread_that_is_here_already_stays_as_it_is(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path
) -> None:
    thread = await spoken(codex, model, "one")
    await codex.thread_export(thread.id, tmp_path / "thread.session")
    await codex.thread_import(tmp_path / "thread.session")
    await say_on(model, thread, "two")
    with pytest.raises(SessionExistsError, match=thread.id):
        await codex.thread_import(tmp_path / "thread.session")
    assert len(await turn_ids(thread)) == 2


async def test_a_file_that_is_no_bundle_is_refused(codex: AsyncCodex, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("hello")
    with pytest.raises(BundleError, match="not a session"):
        await codex.thread_import(tmp_path / "other")
    with pytest.raises(FileNotFoundError):
        await codex.thread_import(tmp_path / "missing")
    with pytest.raises(TypeError, match="source must be"):
        await codex.thread_import(1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="redact must be callable"):
        await codex.thread_export("x", tmp_path / "x", redact="yes")  # type: ignore[arg-type]


async def test_a_thread_that_the_runtime_compressed_is_unpacked_first(
    model: SharedModel, tmp_path: Path
) -> None:
    config = offline_config(model)
    async with AsyncCodex(config) as codex:
        thread = await spoken(codex, model, "one")
        path = Path((await thread.read()).thread.path or "")
    old = time.time() - 90 * 86_400
    os.utime(path, (old, old))
    async with AsyncCodex(config) as codex:
        await codex.call(methods.rollout.COMPRESS)
        while path.exists():
            await codex.models()
        await codex.thread_export(thread.id, tmp_path / "thread.session")
    _, before, _ = await goes_on(model, tmp_path / "thread.session", thread.id)
    assert len(before) == 1
