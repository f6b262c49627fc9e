"""The client itself: what it says of the runtime, typed calls, and its end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from openai_codex import (
    AppServerConfig,
    AsyncCodex,
    ClientClosedError,
    InvalidRequestError,
    __version__,
    methods,
)
from openai_codex.testing import offline_config, say, silence
from openai_codex.types import (
    ModelListResponse,
    ReasoningEffort,
    ThreadListParams,
    ThreadListResponse,
    ThreadLoadedListResponse,
)
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only


async def test_metadata_answers_to_both_spellings(codex: AsyncCodex) -> None:
    told = codex.metadata
    assert told.server_info.name == told.serverInfo.name == "codex_python_sdk"
    assert told.server_info.version == told.serverInfo.version == AppServerConfig().client_version
    assert told.user_agent == told.userAgent
    assert told.user_agent.startswith("codex_python_sdk/")
    assert told.codex_home


async def test_process_tells_of_the_runtime(codex: AsyncCodex) -> None:
    process = codex.process
    assert process is not None
    assert process.is_alive
    assert process.returncode is None
    assert process.version == codex.metadata.server_info.version
    assert process.command[-1] == "app-server"
    assert f"pid {process.pid}" in repr(codex)


async def test_the_client_name_shows_in_the_requests(model: SharedModel) -> None:
    config = offline_config(
        model, client_name="my_app", client_title="My App", client_version="4.5.6"
    )
    async with AsyncCodex(config) as codex:
        model.script(say("ok"))
        await (await codex.thread_start(ephemeral=True)).run("hi")
        assert codex.metadata.server_info.name == "my_app"
    (request,) = model.requests
    assert request.headers["originator"] == "my_app"
    assert "(my_app; 4.5.6)" in request.headers["user-agent"]


async def test_call_takes_a_dict_or_a_model_and_returns_a_model(codex: AsyncCodex) -> None:
    by_dict = await codex.call(methods.thread.LIST, {"limit": 1})
    by_model = await codex.call(methods.thread.LIST, ThreadListParams(limit=1))
    assert isinstance(by_dict, ThreadListResponse)
    assert by_dict.data == by_model.data


async def test_call_without_params_sends_what_the_method_needs(codex: AsyncCodex) -> None:
    loaded = await codex.call(methods.thread.LOADED_LIST)
    assert isinstance(loaded, ThreadLoadedListResponse)
    models = await codex.call(methods.model.LIST)
    assert isinstance(models, ModelListResponse)


async def test_call_refuses_a_name_and_says_where_its_constant_is(codex: AsyncCodex) -> None:
    name: Any = "thread/read"
    with pytest.raises(TypeError, match=r"methods\.find\('thread/read'\)"):
        await codex.call(name, {"threadId": "any"})
    assert methods.find(name) is methods.thread.READ


async def test_call_raises_the_refusal_with_its_data(codex: AsyncCodex) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        await codex.call(methods.thread.READ, {"threadId": "no-uuid"})
    assert raised.value.code == -32600
    assert "invalid thread id" in raised.value.message
    assert raised.value.method == "thread/read"


async def test_models_lists_what_can_be_chosen(codex: AsyncCodex) -> None:
    shown = await codex.models()
    everything = await codex.models(include_hidden=True)
    names = [entry.model for entry in shown.data]
    assert "gpt-5.5" in names
    assert not any(entry.hidden for entry in shown.data)
    assert set(names) < {entry.model for entry in everything.data}


async def test_models_can_be_asked_for_by_what_they_can(codex: AsyncCodex) -> None:
    every = (await codex.models(include_hidden=True)).data
    for effort in ("low", "xhigh"):
        found = (await codex.models(include_hidden=True, effort=effort)).data
        wanted = [
            model.id
            for model in every
            if effort in [each.reasoning_effort.value for each in model.supported_reasoning_efforts]
        ]
        assert [model.id for model in found] == wanted
    assert (await codex.models(input="image", effort=ReasoningEffort.low)).data
    assert (await codex.models(input="smell")).data == []
    assert [model.is_default for model in (await codex.models()).data].count(True) == 1
    wrong: Any = 3
    with pytest.raises(TypeError, match="effort must be a string"):
        await codex.models(effort=wrong)
    with pytest.raises(ValueError, match=r"got 'hihg' \(did you mean 'high'\?\)"):
        await codex.models(effort="hihg")
    assert (await codex.models(effort=ReasoningEffort("newest"))).data == []


async def test_ids_names_and_flags_of_the_wrong_kind_are_not_sent(codex: AsyncCodex) -> None:
    thread = await codex.thread_start()
    wrong: Any = 3
    nothing: Any = None
    for attempt, name in (
        (lambda: codex.thread_resume(nothing), "thread_id"),
        (lambda: codex.thread_fork(nothing), "thread_id"),
        (lambda: codex.thread_archive(wrong), "thread_id"),
        (lambda: codex.thread_unarchive(wrong), "thread_id"),
        (lambda: thread.set_name(wrong), "name"),
        (lambda: thread.read(include_turns=wrong), "include_turns"),
        (lambda: codex.account(refresh_token=wrong), "refresh_token"),
        (lambda: codex.models(include_hidden=wrong), "include_hidden"),
    ):
        with pytest.raises(TypeError, match=f"{name} must be"):
            await attempt()


async def test_leaving_the_block_ends_the_runtime(model: SharedModel) -> None:
    async with AsyncCodex(offline_config(model)) as codex:
        pass
    process = codex.process
    assert process is not None
    assert not process.is_alive
    assert process.returncode == 0


async def test_close_is_idempotent_and_final(model: SharedModel) -> None:
    codex = AsyncCodex(offline_config(model))
    await codex.models()
    await codex.close()
    await codex.close()
    with pytest.raises(ClientClosedError):
        await codex.thread_start()
    assert "closed" in repr(codex)


async def test_an_exception_leaves_the_block_unchanged_and_the_runtime_ended(
    model: SharedModel,
) -> None:
    codex = AsyncCodex(offline_config(model))
    with pytest.raises(ZeroDivisionError):
        async with codex:
            raise ZeroDivisionError
    process = codex.process
    assert process is not None
    assert not process.is_alive


async def test_close_while_a_turn_runs_wakes_its_waiters(model: SharedModel) -> None:
    async with AsyncCodex(offline_config(model)) as codex:
        model.default(silence())
        turn = await (await codex.thread_start()).turn("hi")
        await codex.close()
        with pytest.raises(ClientClosedError):
            await turn.run()


async def test_a_name_with_slashes_does_not_hide_the_runtimes_version(model: SharedModel) -> None:
    config = replace(offline_config(model), client_name="acme/2 bot")
    async with AsyncCodex(config) as codex:
        assert codex.process is not None
        assert codex.process.version == __version__
        told = codex.metadata.server_info
        assert (told.name, told.version) == ("acme/2 bot", __version__)


async def test_options_of_another_kind_are_refused_before_anything_starts() -> None:
    wrong: Any = {"codex_bin": "x"}
    with pytest.raises(TypeError, match="config must be an AppServerConfig, got dict"):
        AsyncCodex(wrong)
    with pytest.raises(TypeError, match="handlers must be a Handlers, got dict"):
        AsyncCodex(handlers=wrong)


async def test_call_refuses_params_that_are_neither_a_model_nor_a_dict(codex: AsyncCodex) -> None:
    wrong: Any = [1]
    with pytest.raises(TypeError, match="params must be a model or a dict, got list"):
        await codex.call(methods.thread.LIST, wrong)
    with pytest.raises(KeyError, match="no request is called 'thread/lst'"):
        methods.find("thread/lst")


async def test_lists_of_models_and_threads_print_as_short_tables(model: SharedModel) -> None:
    async with AsyncCodex(offline_config(model)) as codex:
        models = await codex.models()
        lines = str(models).splitlines()
        assert lines[0] == f"ModelListResponse: {len(models.data)} models"
        assert lines[1].split() == ["id", "name", "effort", "default"]
        assert lines[2].split()[0] == models.data[0].id
        model.script(say("ok"))
        thread = await codex.thread_start()
        await thread.run("Fix the tests")
        lines = str(await codex.thread_list()).splitlines()
        assert lines[0] == "ThreadListResponse: 1 thread"
        assert thread.id in lines[2]
        assert "Fix the tests" in lines[2]
