"""Programs that use the low-level client of the official package work, and fail closed."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import Any

import pytest

from openai_codex import AsyncCodex, CodexError, TransportClosedError, UnsupportedByRuntimeError
from openai_codex._async.codex_client import AsyncCodexClient
from openai_codex.testing import LoginIssuer, offline_config, run_command, say, silence
from openai_codex.types import (
    ChatgptLoginAccountResponse,
    InitializeResponse,
    ModelListResponse,
    ThreadGoalStatus,
    TurnStartParams,
    TurnStatus,
)
from tests.conftest import SharedModel

ASKS = {"approvalPolicy": "on-request", "approvalsReviewer": "user", "sandbox": "read-only"}


def touch(path: Path) -> Any:
    return run_command(f"touch {path}", escalate=True, justification="to see")


async def drain(client: AsyncCodexClient) -> None:
    while True:
        await client.next_notification()


async def test_a_program_of_the_wild_runs_a_turn_and_reads_its_events(model: SharedModel) -> None:
    model.script(say("Hello there", phase="final_answer"))
    client = AsyncCodexClient(offline_config(model))
    await client.start()
    try:
        assert type(await client.initialize()) is InitializeResponse
        thread = (await client.thread_start({"ephemeral": True})).thread
        turn = (await client.turn_start(thread.id, "hi")).turn
        client.register_turn_notifications(turn.id)
        methods, text = [], ""
        while True:
            event = await client.next_turn_notification(turn.id)
            methods.append(event.method)
            if event.method == "item/agentMessage/delta":
                text += event.payload.delta
            if event.method == "turn/completed":
                break
        client.unregister_turn_notifications(turn.id)
        assert (methods[0], text) == ("turn/started", "Hello there")
        assert "turn/started" not in [(await client.next_notification()).method for _ in range(3)]
    finally:
        await client.close()
        await client.close()


async def test_text_is_streamed_and_ends_are_waited_for(model: SharedModel) -> None:
    model.script(say("Hello there"))
    model.script(say("and again"))
    async with AsyncCodexClient(offline_config(model)) as client:
        thread_id = (await client.thread_start()).thread.id
        pieces = [piece.delta async for piece in client.stream_text(thread_id, "hi")]
        assert "".join(pieces) == "Hello there"
        params = TurnStartParams(thread_id=thread_id, input=[], cwd=str(Path.cwd()))
        item = {"type": "text", "text": "more"}
        turn = (await client.turn_start(thread_id, item, params)).turn
        done = await client.wait_for_turn_completed(turn.id)
        assert done.turn.status is TurnStatus.completed
        assert len((await client.thread_read(thread_id, include_turns=True)).thread.turns) == 2


async def test_a_turn_is_steered_and_interrupted(model: SharedModel) -> None:
    model.default(silence())
    async with AsyncCodexClient(offline_config(model)) as client:
        thread_id = (await client.thread_start()).thread.id
        turn_id = (await client.turn_start(thread_id, [{"type": "text", "text": "hi"}])).turn.id
        assert (await client.next_turn_notification(turn_id)).method == "turn/started"
        await client.turn_steer(thread_id, turn_id, "and more")
        await client.turn_interrupt(thread_id, turn_id)
        done = await client.wait_for_turn_completed(turn_id)
        assert done.turn.status is TurnStatus.interrupted


async def test_the_approval_handler_answers_everything(model: SharedModel, tmp_path: Path) -> None:
    model.script(touch(tmp_path / "yes"), say("done"))
    asked: list[tuple[str, dict[str, Any]]] = []

    def approve(method: str, params: dict[str, Any] | None) -> dict[str, Any]:
        asked.append((method, params or {}))
        return {"decision": "accept"}

    async with AsyncCodexClient(offline_config(model), approval_handler=approve) as client:
        thread_id = (await client.thread_start(ASKS)).thread.id
        turn_id = (await client.turn_start(thread_id, "go")).turn.id
        await client.wait_for_turn_completed(turn_id)
    ((method, params),) = asked
    assert method == "item/commandExecution/requestApproval"
    assert params["threadId"] == thread_id
    assert (tmp_path / "yes").exists()


@pytest.mark.parametrize("answer", ["nobody", "raises", "yes"])
async def test_what_is_not_answered_well_is_declined(
    answer: str, model: SharedModel, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model.script(touch(tmp_path / "no"), say("done"))

    def handler(method: str, params: dict[str, Any] | None) -> Any:
        if answer == "raises":
            raise LookupError("no idea")
        return "yes"

    given = None if answer == "nobody" else handler
    async with AsyncCodexClient(offline_config(model), given) as client:
        thread_id = (await client.thread_start(ASKS)).thread.id
        turn_id = (await client.turn_start(thread_id, "go")).turn.id
        done = await client.wait_for_turn_completed(turn_id)
    assert done.turn.status is TurnStatus.completed
    assert not (tmp_path / "no").exists()
    mine = [record for record in caplog.records if record.name == "openai_codex.approvals"]
    assert [record.levelno for record in mine] == [logging.WARNING]
    assert "declined" in mine[0].getMessage()


async def test_requests_are_sent_as_they_are_and_come_back_as_models(model: SharedModel) -> None:
    async with AsyncCodexClient(offline_config(model)) as client:
        models = await client.request("model/list", {}, response_model=ModelListResponse)
        assert models == await client.model_list()
        again = await client.request_with_retry_on_overload(
            "model/list", {}, response_model=ModelListResponse, max_attempts=2
        )
        assert again == models
        raw = await client.request("model/list", None, response_model=dict)
        assert raw == await client._request_raw("model/list", {})
        assert raw["data"][0]["id"] == models.data[0].id
        assert await client._request_raw("account/logout") == {}
        with pytest.raises(UnsupportedByRuntimeError):
            await client.request("no/such", {}, response_model=dict)
        with pytest.raises(TypeError, match="params must be a dict"):
            await client._request_raw("model/list", [])  # type: ignore[arg-type]


async def test_threads_are_managed(model: SharedModel) -> None:
    model.script(say("one"))
    async with AsyncCodexClient(offline_config(model)) as client:
        thread_id = (await client.thread_start()).thread.id
        await client.wait_for_turn_completed((await client.turn_start(thread_id, "hi")).turn.id)
        await client.thread_set_name(thread_id, "mine")
        assert (await client.thread_resume(thread_id)).thread.name == "mine"
        copy = (await client.thread_fork(thread_id, {"ephemeral": False})).thread
        assert copy.id != thread_id
        assert thread_id in [t.id for t in (await client.thread_list({"limit": 10})).data]
        await client.thread_archive(thread_id)
        assert (await client.thread_unarchive(thread_id)).thread.id == thread_id


async def test_goals_are_set_paused_and_cleared(model: SharedModel) -> None:
    config = offline_config(model)
    config.config_overrides = (*config.config_overrides, "features.goals=true")
    async with AsyncCodexClient(config) as client:
        thread_id = (await client.thread_start()).thread.id
        goal = await client.thread_goal_set(
            thread_id, objective="be done", status=ThreadGoalStatus.paused
        )
        assert goal.goal.objective == "be done"
        assert (await client.pause_goal(thread_id)).goal.status is ThreadGoalStatus.paused
        await client.thread_goal_clear(thread_id)


async def test_the_account_is_read_and_a_login_can_be_waited_for(model: SharedModel) -> None:
    with LoginIssuer() as issuer:
        async with AsyncCodexClient(offline_config(model, issuer=issuer)) as client:
            assert await client.account_read() is not None
            login = await client.account_login_start({"type": "chatgpt"})
            assert isinstance(login, ChatgptLoginAccountResponse)
            client.register_login_notifications(login.login_id)
            await client.account_login_cancel(login.login_id)
            done = await client.wait_for_login_completed(login.login_id)
            assert (done.login_id, done.success) == (login.login_id, False)
            with pytest.raises(CodexError, match="no login 'other' is under way"):
                await client.next_login_notification("other")
            client.unregister_login_notifications(login.login_id)
            await client.account_logout()


async def test_a_client_that_is_not_running_says_so(model: SharedModel) -> None:
    client = AsyncCodexClient(offline_config(model))
    for _ in range(2):  # it can be started again
        with pytest.raises(TransportClosedError, match="call start"):
            await client.model_list()
        await client.start()
        await client.start()
        assert (await client.model_list()).data
        await client.close()


async def test_the_end_of_the_runtime_ends_every_wait(model: SharedModel) -> None:
    model.default(silence())
    async with AsyncCodexClient(offline_config(model)) as client:
        thread_id = (await client.thread_start()).thread.id
        turn_id = (await client.turn_start(thread_id, "hi")).turn.id
        with pytest.warns(DeprecationWarning, match=r"_proc is private.*codex\.process"):
            process = client._proc
        assert process is not None
        assert process.poll() is None
        assert "app-server" in process.args
        process.kill()
        with pytest.raises(TransportClosedError):
            await client.wait_for_turn_completed(turn_id)
        with pytest.raises(TransportClosedError):
            await drain(client)


# --- from a client of ours -----------------------------------------------------------------------


async def test_the_private_client_of_a_client_works_and_warns(
    model: SharedModel, tmp_path: Path
) -> None:
    model.script(touch(tmp_path / "yes"), say("done"))
    async with AsyncCodex(offline_config(model)) as codex:
        with pytest.warns(DeprecationWarning, match=r"codex\._client is private.*codex\.call"):
            client = codex._client
        await client.start()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            assert codex._client is client
            assert client._sync is client
            assert client._proc is not None
            assert codex.process is not None
            assert client._proc.pid == codex.process.pid
            client._sync._approval_handler = lambda method, params: {"decision": "accept"}
            assert client._approval_handler is not None
        assert (await client._request_raw("model/list", {}))["data"]
        started = await client.thread_start(ASKS)
        turn_id = (await client.turn_start(started.thread.id, "go")).turn.id
        done = await client.wait_for_turn_completed(turn_id)
        assert done.turn.status is TurnStatus.completed
        assert (tmp_path / "yes").exists()


async def test_a_handler_set_on_the_private_client_is_asked_by_the_clients_own_threads(
    model: SharedModel, tmp_path: Path
) -> None:
    model.script(touch(tmp_path / "yes"), say("done"))
    async with AsyncCodex(offline_config(model)) as codex:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            codex._client._approval_handler = lambda method, params: {"decision": "accept"}
        result = await (await codex.thread_start()).run("go")
    assert result.final_response == "done"
    assert (tmp_path / "yes").exists()
