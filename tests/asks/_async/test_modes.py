"""What each approval mode sends, with and without somebody here who answers."""

from __future__ import annotations

from typing import Any

import pytest

from openai_codex import ApprovalMode, AsyncCodex, Handlers
from openai_codex.testing.fake import FakeAppServer

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only

APPROVES = Handlers(approve=lambda _: True)
ASKS_NOT = Handlers(ask_user=lambda _: "Yes")

REVIEW = {"approvalPolicy": "on-request", "approvalsReviewer": "auto_review"}
ASK = {"approvalPolicy": "on-request", "approvalsReviewer": "user"}
ALWAYS = {"approvalPolicy": "untrusted", "approvalsReviewer": "user"}
NEVER = {"approvalPolicy": "never"}


def approvals(params: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if name.startswith("approval")}


@pytest.mark.parametrize(
    ("mode", "alone", "answered"),
    [
        (ApprovalMode.auto_review, REVIEW, ASK),
        (ApprovalMode.ask, ASK, ASK),
        (ApprovalMode.ask_always, ALWAYS, ALWAYS),
        (ApprovalMode.deny_all, NEVER, NEVER),
    ],
)
async def test_start_says_who_decides(
    mode: ApprovalMode, alone: dict[str, Any], answered: dict[str, Any]
) -> None:
    with FakeAppServer([]) as server:
        async with AsyncCodex(server.config()) as codex:
            await codex.thread_start(approval_mode=mode)
            await codex.thread_start(approval_mode=mode, handlers=ASKS_NOT)
            await codex.thread_start(approval_mode=mode, handlers=APPROVES)
            async with codex.questions():
                await codex.thread_start(approval_mode=mode)
        async with AsyncCodex(server.config(), handlers=APPROVES) as codex:
            await codex.thread_start(approval_mode=mode)
        sent = [approvals(params) for params in server.requests("thread/start")]
    assert sent == [alone, alone, answered, answered, answered]


async def test_the_default_of_start_asks_where_somebody_answers() -> None:
    with FakeAppServer([]) as server:
        async with AsyncCodex(server.config(), handlers=APPROVES) as codex:
            await codex.thread_start()
        assert approvals(server.requests("thread/start")[0]) == ASK


@pytest.mark.parametrize(
    ("mode", "alone", "answered"),
    [
        (None, {}, {"approvalsReviewer": "user"}),
        (ApprovalMode.auto_review, REVIEW, ASK),
        (ApprovalMode.deny_all, NEVER, NEVER),
    ],
)
async def test_resume_and_fork_ask_where_somebody_answers(
    mode: ApprovalMode | None, alone: dict[str, Any], answered: dict[str, Any]
) -> None:
    with FakeAppServer([]) as server:
        async with AsyncCodex(server.config()) as codex:
            thread = await codex.thread_start()
            for handlers in (None, APPROVES):
                forked = await codex.thread_fork(thread.id, approval_mode=mode, handlers=handlers)
                await codex.thread_resume(forked.id, approval_mode=mode, handlers=handlers)
        for method in ("thread/fork", "thread/resume"):
            sent = [approvals(params) for params in server.requests(method)]
            assert sent == [alone, answered]


async def test_a_turn_asks_where_somebody_answers() -> None:
    with FakeAppServer([]) as server:
        async with AsyncCodex(server.config()) as codex:
            for handlers in (None, APPROVES):
                thread = await codex.thread_start(handlers=handlers)
                await thread.run("hi")
                await thread.run("hi", approval_mode=ApprovalMode.auto_review)
        sent = [approvals(params) for params in server.requests("turn/start")]
    assert sent == [{}, REVIEW, {}, ASK]


async def test_attestation_is_announced_where_there_is_a_handler_for_it() -> None:
    with FakeAppServer([]) as server:
        for handlers in (APPROVES, Handlers(attest=lambda _: "token")):
            async with AsyncCodex(server.config(), handlers=handlers) as codex:
                await codex.models()
        capabilities = [params["capabilities"] for params in server.requests("initialize")]
    assert capabilities == [
        {"experimentalApi": True},
        {"experimentalApi": True, "requestAttestation": True},
    ]
