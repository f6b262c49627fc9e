"""Point 3 and 8: what goes wrong has a name and carries what is known of it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from openai_codex import (
    AppServerConfig,
    AsyncCodex,
    AsyncThread,
    ClientClosedError,
    CodexError,
    InvalidReplyError,
    RequestTimeoutError,
    StartupError,
    StartupTimeoutError,
    ThreadNotFoundError,
    UsageLimitError,
)
from openai_codex.testing import fail, offline_config
from openai_codex.testing.fake import faults, on, reply
from tests.conftest import SharedModel
from tests.faults.play import Play

NO_OBJECT: Any = 5
NOWHERE = "0199a213-81c0-7800-8aa1-bbab2a035a53"


# --- replies -------------------------------------------------------------------------------------


@pytest.mark.parametrize("result", [5, "x", [], [1], True], ids=repr)
async def test_a_result_that_is_no_object_is_a_codex_error(play: Play, result: Any) -> None:
    methods = ("model/list", "thread/start", "thread/read", "account/read", "account/login/start")
    server = play(*[on(method, reply(result), times=1) for method in methods])
    async with AsyncCodex(server.config()) as codex:
        calls = (codex.models, codex.thread_start, codex.account, codex.login_chatgpt)
        for call in calls:
            with pytest.raises(InvalidReplyError) as caught:
                await call()
            assert caught.value.method in methods
            assert "the runtime that belongs to this package" in str(caught.value)
        thread = await codex.thread_start()
        with pytest.raises(InvalidReplyError, match="thread/read"):
            await thread.read()


async def test_a_handshake_that_is_no_object_is_a_startup_error(play: Play) -> None:
    server = play(on("initialize", reply(NO_OBJECT)))
    with pytest.raises(StartupError, match="reply to initialize is no object but int"):
        async with AsyncCodex(server.config()):
            pass


# --- threads that are not there ------------------------------------------------------------------


async def test_a_thread_that_is_not_there_is_named(model: SharedModel) -> None:
    async with AsyncCodex(offline_config(model)) as codex:
        calls = (
            codex.thread_resume,
            codex.thread_fork,
            codex.thread_archive,
            codex.thread_unarchive,
        )
        for call in calls:
            for thread_id in (NOWHERE, "no such id"):
                with pytest.raises(ThreadNotFoundError) as caught:
                    await call(thread_id)
                assert caught.value.thread_id == thread_id
        assert codex._rpc is not None
        thread = AsyncThread(codex._rpc, NOWHERE)
        for act in (thread.read, thread.compact):
            with pytest.raises(ThreadNotFoundError):
                await act()
        with pytest.raises(ThreadNotFoundError, match="turn/start: thread not found"):
            await thread.run("hi")


# --- limits --------------------------------------------------------------------------------------


@pytest.mark.parametrize("plan", ["plus", "team", "enterprise"])
@pytest.mark.parametrize("ahead", [3600, 3 * 24 * 3600])
async def test_a_usage_limit_resets_when_its_message_says(
    model: SharedModel, ahead: int, plan: str
) -> None:
    moment = int(time.time()) + ahead
    details = {"resets_at": moment, "plan_type": plan}
    model.script(fail(status=429, code="usage_limit_reached", details=details))
    async with AsyncCodex(offline_config(model)) as codex:
        thread = await codex.thread_start(ephemeral=True)
        with pytest.raises(UsageLimitError, match="ry again at") as caught:
            await thread.run("hi")
    assert caught.value.resets_at == moment // 60 * 60


# --- programs that are no runtime ----------------------------------------------------------------


def program(folder: Path, text: str) -> str:
    path = folder / "codex"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("echo usage: codex FILE; exit 0", "codex printed 'usage: codex FILE', which no codex"),
        ("exit 0", "codex ended without an error: is it a codex runtime"),
        ("echo no such file >&2; exit 2", "exit code 2; last lines of its stderr:\nno such file"),
    ],
)
async def test_a_program_that_is_no_runtime_is_said_to_be_none(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(StartupError) as caught:
        async with AsyncCodex(AppServerConfig(codex_bin=program(tmp_path, text))):
            pass
    assert said in str(caught.value)


async def test_a_program_that_never_answers_is_named_by_what_it_printed(tmp_path: Path) -> None:
    chatty = program(tmp_path, "echo hello; cat >/dev/null")
    with pytest.raises(StartupTimeoutError, match="no message: 'hello'") as caught:
        async with AsyncCodex(AppServerConfig(codex_bin=chatty, startup_timeout=1)):
            pass
    assert caught.value.skipped == "hello"


async def test_a_line_that_was_skipped_is_named_when_no_reply_comes(play: Play) -> None:
    server = play(on("model/list", faults.garbage("panicked at src/main.rs"), faults.drop()))
    async with AsyncCodex(server.config(request_timeout=0.2)) as codex:
        with pytest.raises(RequestTimeoutError, match=r"skipped a line .*panicked at") as caught:
            await codex.models()
        assert caught.value.skipped == "panicked at src/main.rs"


# --- a client that is closed ---------------------------------------------------------------------


async def test_a_block_of_a_closed_client_is_refused(model: SharedModel) -> None:
    async with AsyncCodex(offline_config(model)) as codex:
        pass
    with pytest.raises(ClientClosedError, match="closed before this block was entered") as caught:
        async with codex:
            pass
    assert isinstance(caught.value, CodexError)
