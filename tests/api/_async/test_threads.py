"""Conversations: started, taken up again, copied, listed, put away, named, shortened."""

from __future__ import annotations

from pathlib import Path

import pytest

from openai_codex import (
    ApprovalMode,
    AsyncCodex,
    AsyncThread,
    InvalidRequestError,
    Sandbox,
    methods,
)
from openai_codex.testing import offline_config, say
from openai_codex.types import (
    ApprovalsReviewer,
    SortDirection,
    ThreadListResponse,
    ThreadResumeParams,
    ThreadResumeResponse,
    ThreadSortKey,
    ThreadSource,
    ThreadSourceKind,
    ThreadStartSource,
)
from tests.api._async.reached import requested
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only


async def settings(codex: AsyncCodex, thread: AsyncThread) -> ThreadResumeResponse:
    """Ask what is in force; a resume without options changes nothing."""
    params = ThreadResumeParams(thread_id=thread.id, exclude_turns=True)
    return await codex.call(methods.thread.RESUME, params)


async def spoken(codex: AsyncCodex, model: SharedModel, text: str = "hi") -> AsyncThread:
    """Start a thread and let it have one turn: only then is it stored."""
    thread = await codex.thread_start()
    model.script(say(f"answer to {text}"), thread=thread.id)
    await thread.run(text)
    return thread


async def idle(thread: AsyncThread, model: SharedModel) -> None:
    """Wait for the end of a compaction that has just been asked for."""
    await requested(model, 2)
    while (await thread.read()).thread.status.type != "idle":
        pass


def ids(page: ThreadListResponse) -> list[str]:
    return [thread.id for thread in page.data]


# --- start ---------------------------------------------------------------------------------------


async def test_start_options_reach_the_model(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path
) -> None:
    thread = await codex.thread_start(
        base_instructions="Be the base.",
        developer_instructions="Be brief.",
        config={"model_reasoning_effort": "high"},
        cwd=str(tmp_path),
        model="gpt-5.5-special",
        model_provider="scripted",
        service_name="tests",
        session_start_source=ThreadStartSource.startup,
        thread_source=ThreadSource("user"),
    )
    script = model.script(say("ok"))
    await thread.run("hi")
    (request,) = script.requests
    assert request.model == "gpt-5.5-special"
    assert "Be the base." in request.instructions
    assert "Be brief." in request.instructions
    assert request.body["reasoning"]["effort"] == "high"
    assert any(str(tmp_path) in text for text in request.texts)


async def test_a_new_thread_is_reviewed_whatever_config_toml_says(
    model: SharedModel, tmp_path: Path
) -> None:
    (tmp_path / "config.toml").write_text('approval_policy = "never"\n')
    async with AsyncCodex(offline_config(model, home=tmp_path)) as codex:
        thread = await spoken(codex, model)
        now = await settings(codex, thread)
        told = await codex.call(methods.config.READ, {"includeLayers": False})
    assert told.config.approval_policy == "never"
    assert now.approval_policy == "on-request"
    assert now.approvals_reviewer is ApprovalsReviewer.auto_review


async def test_an_ephemeral_thread_is_not_stored(codex: AsyncCodex, model: SharedModel) -> None:
    thread = await codex.thread_start(ephemeral=True)
    model.script(say("ok"))
    await thread.run("hi")
    assert (await thread.read()).thread.ephemeral
    with pytest.raises(InvalidRequestError):
        await codex.thread_archive(thread.id)


async def test_an_unknown_provider_of_a_thread_is_refused(codex: AsyncCodex) -> None:
    with pytest.raises(InvalidRequestError, match="nowhere"):
        await codex.thread_start(model_provider="nowhere")


# --- resume and fork -----------------------------------------------------------------------------


async def test_resume_in_a_new_process_goes_on_where_the_thread_was(
    model: SharedModel, tmp_path: Path
) -> None:
    config = offline_config(model, home=tmp_path)
    async with AsyncCodex(config) as codex:
        thread = await spoken(codex, model, "remember me")
    async with AsyncCodex(config) as codex:
        again = await codex.thread_resume(thread.id)
        script = model.script(say("I do"))
        result = await again.run("do you?")
    assert again.id == thread.id
    assert result.final_response == "I do"
    assert "remember me" in script.requests[0].texts
    assert "answer to remember me" in script.requests[0].texts


async def test_resume_and_fork_keep_what_is_stored(model: SharedModel) -> None:
    config = offline_config(model)
    async with AsyncCodex(config) as codex:
        thread = await codex.thread_start(approval_mode=ApprovalMode.deny_all)
        model.script(say("ok"))
        await thread.run("hi")
    async with AsyncCodex(config) as codex:
        resumed = await codex.thread_resume(thread.id)
        forked = await codex.thread_fork(thread.id)
        for one in (resumed, forked):
            assert (await settings(codex, one)).approval_policy == "never"


async def test_a_resumed_thread_keeps_its_sandbox_and_a_fork_does_not(model: SharedModel) -> None:
    config = offline_config(model)
    async with AsyncCodex(config) as codex:
        thread = await codex.thread_start(sandbox=Sandbox.full_access)
        model.script(say("ok"))
        await thread.run("hi")
    async with AsyncCodex(config) as codex:
        resumed = await codex.thread_resume(thread.id)
        assert (await settings(codex, resumed)).sandbox.type == "dangerFullAccess"
        forked = await codex.thread_fork(thread.id)
        assert (await settings(codex, forked)).sandbox.type == "readOnly"
        fenced = await codex.thread_fork(thread.id, sandbox=Sandbox.workspace_write)
        assert (await settings(codex, fenced)).sandbox.type == "workspaceWrite"


async def test_resume_and_fork_change_what_they_are_told_to(
    codex: AsyncCodex, model: SharedModel
) -> None:
    thread = await spoken(codex, model)
    forked = await codex.thread_fork(
        thread.id,
        approval_mode=ApprovalMode.deny_all,
        developer_instructions="Be a fork.",
        model="gpt-5.5-fork",
        sandbox=Sandbox.read_only,
        thread_source=ThreadSource("user"),
    )
    now = await settings(codex, forked)
    assert (now.approval_policy, now.model, now.sandbox.type) == (
        "never",
        "gpt-5.5-fork",
        "readOnly",
    )


async def test_a_fork_shares_the_past_and_not_the_future(
    codex: AsyncCodex, model: SharedModel
) -> None:
    thread = await spoken(codex, model, "common")
    forked = await codex.thread_fork(thread.id)
    assert forked.id != thread.id
    fork_script = model.script(say("fork"), thread=forked.id)
    trunk_script = model.script(say("trunk"), thread=thread.id)
    await forked.run("left")
    await thread.run("right")
    assert {"common", "left"} < set(fork_script.requests[0].texts)
    assert {"common", "right"} < set(trunk_script.requests[0].texts)
    assert "left" not in trunk_script.requests[0].texts
    assert (await forked.read()).thread.forked_from_id == thread.id


@pytest.mark.parametrize("include_turns", [None, True, False])
async def test_include_turns_is_taken_by_resume_and_fork(
    codex: AsyncCodex, model: SharedModel, include_turns: bool | None
) -> None:
    thread = await spoken(codex, model)
    resumed = await codex.thread_resume(thread.id, include_turns=include_turns)
    forked = await codex.thread_fork(thread.id, include_turns=include_turns)
    assert resumed.id == thread.id != forked.id


async def test_resume_of_an_unknown_thread_is_refused(codex: AsyncCodex) -> None:
    with pytest.raises(InvalidRequestError, match="no rollout found"):
        await codex.thread_resume("01a1b2c3-0000-7000-8000-000000000000")


# --- list, archive, read, name, compact ----------------------------------------------------------


async def test_the_list_takes_every_filter(model: SharedModel, tmp_path: Path) -> None:
    async with AsyncCodex(offline_config(model)) as codex:
        apples = await spoken(codex, model, "apples")
        pears = await spoken(codex, model, "pears")
        everything = await codex.thread_list(use_state_db_only=True)
        assert set(ids(everything)) == {apples.id, pears.id}
        found = await codex.thread_list(search_term="apples")
        assert ids(found) == [apples.id]
        here = everything.data[0].cwd
        assert len(ids(await codex.thread_list(cwd=here))) == 2
        assert ids(await codex.thread_list(cwd=[str(tmp_path)])) == []
        assert ids(await codex.thread_list(model_providers=["other"])) == []
        assert len(ids(await codex.thread_list(model_providers=["scripted"]))) == 2
        assert ids(await codex.thread_list(source_kinds=[ThreadSourceKind.exec])) == []


async def test_the_list_pages_in_both_directions(model: SharedModel) -> None:
    async with AsyncCodex(offline_config(model)) as codex:
        made = [(await spoken(codex, model, f"number {n}")).id for n in range(3)]
        for direction, wanted in ((SortDirection.asc, made), (SortDirection.desc, made[::-1])):
            seen: list[str] = []
            cursor: str | None = None
            while cursor is not None or not seen:
                page = await codex.thread_list(
                    limit=1,
                    cursor=cursor,
                    sort_key=ThreadSortKey.updated_at,
                    sort_direction=direction,
                    use_state_db_only=True,
                )
                seen += ids(page)
                cursor = page.next_cursor
            assert seen == wanted


async def test_an_archived_thread_is_put_away_until_it_is_taken_out(
    codex: AsyncCodex, model: SharedModel
) -> None:
    thread = await spoken(codex, model)
    await codex.thread_archive(thread.id)
    assert thread.id not in ids(await codex.thread_list(use_state_db_only=True))
    assert thread.id in ids(await codex.thread_list(archived=True, use_state_db_only=True))
    back = await codex.thread_unarchive(thread.id)
    assert back.id == thread.id
    resumed = await codex.thread_resume(back.id)
    model.script(say("back"))
    assert (await resumed.run("hi")).final_response == "back"


async def test_read_returns_the_thread_and_its_turns_if_asked(
    codex: AsyncCodex, model: SharedModel
) -> None:
    thread = await spoken(codex, model, "read me")
    assert (await thread.read()).thread.turns == []
    stored = (await thread.read(include_turns=True)).thread
    assert (stored.id, stored.preview) == (thread.id, "read me")
    assert [item.type for item in stored.turns[0].items] == ["userMessage", "agentMessage"]


async def test_a_name_stays_with_the_thread(codex: AsyncCodex, model: SharedModel) -> None:
    thread = await spoken(codex, model)
    await thread.set_name("Groceries")
    assert (await thread.read()).thread.name == "Groceries"


async def test_compact_shortens_the_history(codex: AsyncCodex, model: SharedModel) -> None:
    thread = await spoken(codex, model, "a long story")
    summary = model.script(say("They told a story."), kind="compaction")
    await thread.compact()
    await idle(thread, model)
    after = model.script(say("Yes"))
    await thread.run("and then?")
    assert len(summary.requests) == 1
    texts = "\n".join(after.requests[0].texts)
    assert "They told a story." in texts
    assert "answer to a long story" not in texts
