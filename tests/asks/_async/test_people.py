"""Questions to the user, and questions that a program answers: the time, tokens, attestation."""

from __future__ import annotations

import contextlib
import json
import time
from datetime import datetime, timezone
from typing import Any

import pytest

from openai_codex import (
    AsyncCodex,
    AttestationRequest,
    Handlers,
    TimeRequest,
    TokenRefresh,
    Tokens,
    TurnFailedError,
    UserInputRequest,
    methods,
)
from openai_codex.testing import LoginIssuer, ask_user, fail, offline_config, say
from openai_codex.testing.fake import FakeAppServer, ask, turn
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only

TWO = [
    {
        "id": "a",
        "header": "A",
        "question": "First?",
        "options": [{"label": "x", "description": ""}],
    },
    {"id": "b", "header": "B", "question": "Second?", "options": []},
]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("Yes", {"q1": {"answers": ["Yes"]}}),
        ({"q1": "No"}, {"q1": {"answers": ["No"]}}),
        ({"q1": ["Yes", "and more"]}, {"q1": {"answers": ["Yes", "and more"]}}),
        ({}, {}),
        ({"q2": "Yes"}, {}),  # no such question: not an answer
        (True, {}),
    ],
)
async def test_the_user_is_asked(
    codex: AsyncCodex, model: SharedModel, answer: Any, told: dict[str, Any]
) -> None:
    asked: list[UserInputRequest] = []

    def person(question: UserInputRequest) -> Any:
        asked.append(question)
        return answer

    model.script(ask_user("Shall I?", call_id="u"), say("Done"))
    thread = await codex.thread_start(handlers=Handlers(ask_user=person))
    assert (await thread.run("hi")).final_response == "Done"
    assert json.loads(model.requests[-1].function_outputs["u"]) == {"answers": told}
    (question,) = asked
    (only,) = question.questions
    assert (only.id, only.question, question.summary) == ("q1", "Shall I?", "Shall I?")
    assert [option.label for option in only.options or []] == ["Yes", "No"]
    assert question.is_blocking is False


async def test_a_text_answers_one_question_only() -> None:
    script = [turn(ask("item/tool/requestUserInput", {"itemId": "u", "questions": TWO}))]
    with FakeAppServer(script) as server:
        handlers = Handlers(ask_user=lambda _: "Yes")
        async with AsyncCodex(server.config(), handlers=handlers) as codex:
            await (await codex.thread_start()).run("hi")
            assert server.answers[0]["result"] == {"answers": {}}


async def test_the_time_comes_from_the_handler_or_the_clock(shared_model: SharedModel) -> None:
    asked: list[TimeRequest] = []

    def clock(question: TimeRequest) -> datetime:
        asked.append(question)
        return datetime(2030, 1, 2, 3, 4, 5, tzinfo=timezone.utc)

    reminder = {"enabled": True, "clock_source": "external", "reminder_interval_seconds": 1}
    config = offline_config(shared_model, features={"current_time_reminder": reminder})
    shared_model.renew()
    shared_model.script(say("one"))
    shared_model.script(say("two"))
    async with AsyncCodex(config) as codex:
        thread = await codex.thread_start(handlers=Handlers(current_time=clock))
        await thread.run("hi")
        assert "2030-01-02" in str(shared_model.requests[-1].input)
        await (await codex.thread_start()).run("hi")
        today = time.strftime("%Y-%m-%d", time.gmtime())
        assert today[:8] in str(shared_model.requests[-1].input)
    assert asked[0].thread_id == thread.id


async def test_tokens_are_refreshed_and_attested_for(shared_model: SharedModel) -> None:
    old = LoginIssuer().tokens()["access_token"]
    new = f"{old}Z0"  # nobody checks the signature
    refreshed: list[TokenRefresh] = []
    attested: list[AttestationRequest] = []

    def refresh(question: TokenRefresh) -> Tokens:
        refreshed.append(question)
        return Tokens(access_token=new, account_id="acc-1", plan_type="pro")

    def attest(question: AttestationRequest) -> str:
        attested.append(question)
        return "proof-1"

    shared_model.renew()
    shared_model.script(fail(status=401), say("Hello again"))
    shared_model.script(say("And again"))
    config = offline_config(
        shared_model, config={"model_providers.scripted.requires_openai_auth": True}
    )
    handlers = Handlers(refresh_tokens=refresh, attest=attest)
    async with AsyncCodex(config, handlers=handlers) as codex:
        login = {
            "type": "chatgptAuthTokens",
            "accessToken": old,
            "chatgptAccountId": "acc-1",
            "chatgptPlanType": "pro",
        }
        await codex.call(methods.account.LOGIN_START, login)
        thread = await codex.thread_start()
        # Without the service the runtime may have no network policy yet for the new tokens: then it
        # gives up the turn that was refused, and the next one goes on.
        with contextlib.suppress(TurnFailedError):
            await thread.run("hi")
        await thread.run("hi")
    first, second = shared_model.requests[:2]
    assert first.headers["authorization"] == f"Bearer {old}"
    assert second.headers["authorization"] == f"Bearer {new}"
    assert "proof-1" in second.headers["x-oai-attestation"]
    (question,) = refreshed
    assert (question.reason, question.previous_account_id) == ("unauthorized", "acc-1")
    assert len(attested) >= 2


async def test_without_a_handler_tokens_are_refused_and_the_client_lives(
    caplog: pytest.LogCaptureFixture,
) -> None:
    script = [turn(ask("account/chatgptAuthTokens/refresh", {"reason": "unauthorized"}))]
    with FakeAppServer(script) as server:
        async with AsyncCodex(server.config()) as codex:
            await (await codex.thread_start()).run("hi")
            assert server.answers[0]["error"]["code"] == -32000
            assert await codex.models()
    (warning,) = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    assert "Handlers.refresh_tokens" in warning


async def test_a_wrong_answer_for_tokens_shows_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    script = [turn(ask("account/chatgptAuthTokens/refresh", {"reason": "unauthorized"}))]
    with FakeAppServer(script) as server:
        wrong: Any = Handlers(refresh_tokens=lambda _: "hush-hush")  # type: ignore[arg-type,return-value]
        async with AsyncCodex(server.config(), handlers=wrong) as codex:
            await (await codex.thread_start()).run("hi")
    assert "hush-hush" not in caplog.text
