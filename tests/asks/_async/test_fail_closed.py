"""Nobody answers, or answers nonsense: the answer is no, in the shape that each method requires."""

from __future__ import annotations

import asyncio  # async only
import sys
import threading

# sync: import time
from collections.abc import Callable
from typing import Any

import pytest

from openai_codex import AlreadySettledError, ApprovalMode, AsyncCodex, Handlers, Question
from openai_codex.testing import run_command, say
from openai_codex.testing.fake import FakeAppServer, ask, on, reply, turn
from tests.asks._async.apart import happened
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only

REJECTED = {"decision": {"denied": {"rejection": "declined by the client"}}}
COMMAND = "item/commandExecution/requestApproval"
QUESTIONS: dict[str, tuple[dict[str, Any], Any, str]] = {
    COMMAND: ({"itemId": "i", "command": "ls"}, {"decision": "decline"}, "approve_command"),
    "item/fileChange/requestApproval": (
        {"itemId": "i"},
        {"decision": "decline"},
        "approve_file_change",
    ),
    "item/permissions/requestApproval": (
        {"itemId": "i", "permissions": {"network": {"enabled": True}}},
        {"permissions": {}, "scope": "turn"},
        "approve_permissions",
    ),
    "mcpServer/elicitation/request": (
        {"serverName": "s", "mode": "form", "message": "m", "requestedSchema": {}},
        {"action": "decline"},
        "elicit",
    ),
    "item/tool/requestUserInput": ({"itemId": "i", "questions": []}, {"answers": {}}, "ask_user"),
    "execCommandApproval": (
        {"conversationId": "th", "callId": "c", "command": ["ls", "a b"], "cwd": "/"},
        REJECTED,
        "approve_command",
    ),
    "applyPatchApproval": (
        {
            "conversationId": "th",
            "callId": "c",
            "fileChanges": {"/a": {"type": "add", "content": "x"}},
        },
        REJECTED,
        "approve_file_change",
    ),
}
TOOL_APPROVAL = {
    "serverName": "s",
    "mode": "form",
    "message": "m",
    "_meta": {"codex_approval_kind": "mcp_tool_call", "tool_params": {}},
}


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the warnings of the approvals' log."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.name == "openai_codex.approvals" and record.levelname == "WARNING"
    ]


async def answers(
    *asked: tuple[str, dict[str, Any]], handlers: Handlers | None = None, **config: Any
) -> list[dict[str, Any]]:
    """Return what the client answers to these questions; its turn must end, and itself live."""
    script = [turn(*[ask(method, params) for method, params in asked])]
    with FakeAppServer(script) as server:
        async with AsyncCodex(server.config(**config), handlers=handlers) as codex:
            thread = await codex.thread_start()
            assert (await thread.run("hi")).status == "completed"
            assert (await thread.run("again")).status == "completed"
        return server.answers


def everything(handler: Callable[[Any], Any]) -> Handlers:
    """Let one handler answer whatever is asked."""
    return Handlers(approve=handler, elicit=handler, ask_user=handler)


@pytest.mark.parametrize("method", QUESTIONS)
async def test_without_a_handler_it_is_declined_with_one_warning_that_names_the_slot(
    method: str, caplog: pytest.LogCaptureFixture
) -> None:
    params, refusal, slot = QUESTIONS[method]
    (answer,) = await answers((method, params))
    assert answer["result"] == refusal
    (warning,) = warnings(caplog)
    assert f"set Handlers.{slot}, or read codex.questions()" in warning


async def test_an_mcp_tool_is_declined_under_its_own_slot(
    caplog: pytest.LogCaptureFixture,
) -> None:
    (answer,) = await answers(("mcpServer/elicitation/request", TOOL_APPROVAL))
    assert answer["result"] == {"action": "decline"}
    assert "set Handlers.approve_mcp_tool" in warnings(caplog)[0]


def raises(question: Question) -> Any:
    raise KeyError("T-1")


def leaves(question: Question) -> Any:
    sys.exit(2)


def stops(question: Question) -> Any:
    raise StopIteration


async def raises_later(question: Question) -> Any:
    raise KeyError("T-1")


async def leaves_later(question: Question) -> Any:
    sys.exit(2)


async def cancels(question: Question) -> Any:
    raise asyncio.CancelledError  # async only
    # sync: raise KeyError


ALL = [(method, params) for method, (params, _, _) in QUESTIONS.items()]
REFUSALS = [refusal for _, refusal, _ in QUESTIONS.values()]


@pytest.mark.parametrize(
    "handler",
    [raises, leaves, stops, raises_later, leaves_later, cancels],
    ids=lambda handler: handler.__name__,
)
async def test_a_handler_that_fails_is_declined_for(
    handler: Callable[[Any], Any], caplog: pytest.LogCaptureFixture
) -> None:
    given = await answers(*ALL, handlers=everything(handler))
    assert [answer["result"] for answer in given] == REFUSALS
    told = warnings(caplog)
    assert len(told) == len(ALL)
    assert all("Handlers." in warning and "failed: " in warning for warning in told)


@pytest.mark.parametrize(
    "nonsense",
    [None, "accept", 1, {"no": object()}, object()],
    ids=["none", "text", "number", "unsendable", "object"],
)
async def test_nonsense_is_declined(nonsense: Any, caplog: pytest.LogCaptureFixture) -> None:
    given = await answers(*ALL, handlers=everything(lambda _: nonsense))
    assert [answer["result"] for answer in given] == REFUSALS
    assert len(warnings(caplog)) == len(ALL)


async def test_a_failing_catch_all_is_named(caplog: pytest.LogCaptureFixture) -> None:
    await answers((COMMAND, {"itemId": "i"}), handlers=Handlers(approve=raises))
    assert "the handler in Handlers.approve failed: KeyError('T-1')" in warnings(caplog)[0]


async def test_a_handler_that_takes_too_long_is_declined_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    never = threading.Event()

    def hangs(question: Question) -> Any:
        return never.wait(30)

    asked = (COMMAND, {"itemId": "i", "command": "ls"})
    (answer,) = await answers(asked, handlers=Handlers(approve=hangs), answer_timeout=0.05)
    never.set()
    assert answer["result"] == {"decision": "decline"}
    (warning,) = warnings(caplog)
    assert "the handler in Handlers.approve took longer than 0.05 s" in warning


def accepts_and_raises(question: Any) -> Any:
    question.accept()
    raise KeyError("T-1")


async def accepts_and_raises_later(question: Any) -> Any:
    question.accept()
    raise KeyError("T-1")


def accepts_twice(question: Any) -> Any:
    question.accept()
    question.accept()


@pytest.mark.parametrize(
    ("handler", "error"),
    [
        (accepts_and_raises, KeyError),
        (accepts_and_raises_later, KeyError),
        (accepts_twice, AlreadySettledError),
    ],
    ids=lambda value: value.__name__,
)
async def test_a_handler_that_fails_after_its_answer_is_told_of_and_the_answer_stands(
    handler: Any, error: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    asked = (COMMAND, {"itemId": "i", "command": "ls"})
    (answer,) = await answers(asked, handlers=Handlers(approve=handler))
    assert answer["result"] == {"decision": "accept"}
    (told,) = [record for record in caplog.records if record.levelname == "WARNING"]
    assert "settled first (answered): the handler in Handlers.approve failed" in told.getMessage()
    assert told.exc_info is not None
    assert told.exc_info[0] is error
    assert told.exc_info[2] is not None


async def test_a_handler_that_fails_when_its_question_is_settled_elsewhere_is_not_to_blame(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", logger="openai_codex.approvals")
    asked, failed = threading.Event(), threading.Event()

    async def fails(question: Question) -> Any:
        asked.set()
        try:
            await asyncio.Event().wait()  # async only
            # sync: question.settled.wait()
        finally:
            failed.set()
            raise KeyError("T-1")

    script = [turn(ask(COMMAND, {"itemId": "i"}, until="other client"))]
    with FakeAppServer(script) as server:
        async with AsyncCodex(server.config(), handlers=Handlers(approve=fails)) as codex:
            running = await (await codex.thread_start()).turn("hi")
            await happened(asked)
            server.release("other client")
            await happened(failed)
            assert (await running.run()).status == "completed"
        assert server.answers == []
    assert warnings(caplog) == []


async def test_a_handler_that_has_answered_may_take_longer_than_there_is_time_to_answer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", logger="openai_codex.approvals")
    late, over = threading.Event(), threading.Event()

    async def goes_on(question: Any) -> None:
        if question.command == "ls":
            question.accept()
            await happened(late)
            over.set()
        else:
            await question.settled  # async only
            # sync: question.settled.wait()

    handlers = Handlers(approve=goes_on)  # type: ignore[arg-type]
    asked = [ask(COMMAND, {"itemId": "i", "command": command}) for command in ("ls", "df")]
    script = [turn(*asked)]
    with FakeAppServer(script) as server:
        async with AsyncCodex(server.config(answer_timeout=0.05), handlers=handlers) as codex:
            thread = await codex.thread_start()
            assert (await thread.run("hi")).status == "completed"
            late.set()  # the time to answer is over: the second question was declined after it
            await happened(over)
    first, second = (r.getMessage() for r in caplog.records if r.name == "openai_codex.approvals")
    assert first == "approve_command 'ls': accept"
    assert "took longer than 0.05 s" in second


async def test_a_question_that_nobody_answers_in_time_is_declined(
    caplog: pytest.LogCaptureFixture,
) -> None:
    script = [turn(ask(COMMAND, {"itemId": "i", "command": "ls"}))]
    with FakeAppServer(script) as server:
        async with AsyncCodex(server.config(answer_timeout=0.05)) as codex:
            questions = codex.questions()
            thread = await codex.thread_start()
            running = await thread.turn("hi")
            question = await questions.__anext__()
            assert (await running.run()).status == "completed"
            assert question.settled.reason == "declined"
        assert server.answers[0]["result"] == {"decision": "decline"}
    assert "nobody answered within 0.05 s: set Handlers.approve_command" in warnings(caplog)[0]


async def test_an_unknown_method_gets_an_error(caplog: pytest.LogCaptureFixture) -> None:
    (answer,) = await answers(("item/dance/requestApproval", {"itemId": "i"}))
    assert answer["error"]["code"] == -32601
    assert "item/dance/requestApproval" in warnings(caplog)[0]


async def test_malformed_params_are_answered() -> None:
    broken = [
        (method, {"permissions": 1, "questions": 2, "fileChanges": 3}) for method in QUESTIONS
    ]
    given = await answers(*broken, handlers=everything(lambda question: bool(question.summary)))
    results = [answer.get("result") for answer in given]
    assert len(results) == len(broken)
    assert results[2] == {"permissions": {}, "scope": "turn"}
    assert results[4] == {"answers": {}}
    assert results[6] == REJECTED


async def test_a_late_answer_raises_and_harms_nothing(
    codex: AsyncCodex, model: SharedModel
) -> None:
    kept: list[Question] = []

    def keep(question: Question) -> bool:
        kept.append(question)
        return False

    model.script(run_command("echo hi", escalate=True), say("Done"))
    thread = await codex.thread_start(handlers=Handlers(approve=keep))
    await thread.run("hi")
    with pytest.raises(AlreadySettledError, match="answered"):
        kept[0].answer(True)
    model.script(say("Still here"))
    assert (await thread.run("hi")).final_response == "Still here"


async def test_the_real_runtime_hears_no_when_nobody_answers(
    codex: AsyncCodex, model: SharedModel, caplog: pytest.LogCaptureFixture
) -> None:
    model.script(run_command("echo hi", escalate=True, call_id="c"), say("Done"))
    thread = await codex.thread_start(approval_mode=ApprovalMode.ask)
    assert (await thread.run("hi")).final_response == "Done"
    assert "rejected by user" in model.requests[-1].function_outputs["c"]
    assert len(warnings(caplog)) == 1


async def test_decisions_are_logged_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="openai_codex.approvals")
    command = "curl -H 'Authorization: Bearer hush-hush' http://x"
    await answers(
        (COMMAND, {"itemId": "i", "command": command}), handlers=Handlers(approve=lambda _: True)
    )
    (told,) = [r.getMessage() for r in caplog.records if r.name == "openai_codex.approvals"]
    assert told.startswith("approve_command ")
    assert told.endswith(": accept")
    assert "hush-hush" not in told


class Stopped(BaseException):
    """What ends a handler from outside, as the end of its program does."""


def is_stopped(question: Question) -> Any:
    raise Stopped


async def is_stopped_later(question: Question) -> Any:
    raise Stopped


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("handler", [is_stopped, is_stopped_later])
async def test_a_handler_that_is_stopped_is_declined_for(
    handler: Callable[[Any], Any], caplog: pytest.LogCaptureFixture
) -> None:
    asked = (COMMAND, {"itemId": "i", "command": "ls"})
    (answer,) = await answers(asked, handlers=Handlers(approve=handler))
    assert answer["result"] == {"decision": "decline"}
    assert "the handler in Handlers.approve was stopped" in warnings(caplog)[0]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("hook", [is_stopped, is_stopped_later])
async def test_a_hook_that_is_stopped_is_declined_for(
    hook: Callable[[Any], Any], caplog: pytest.LogCaptureFixture
) -> None:
    asked = (COMMAND, {"itemId": "i", "command": "ls"})
    handlers = Handlers(before_command=hook, approve=lambda question: True)
    (answer,) = await answers(asked, handlers=handlers)
    assert answer["result"] == {"decision": "decline"}
    assert "the hook in Handlers.before_command was stopped" in warnings(caplog)[0]


async def test_a_question_that_comes_before_the_reply_to_a_resume_finds_its_handler() -> None:
    asked = ask(COMMAND, {"threadId": "th-1", "itemId": "i", "command": "ls"})
    with FakeAppServer([on("thread/resume", asked, reply())]) as server:
        async with AsyncCodex(server.config()) as codex:
            accepts = Handlers(approve=lambda _: True)
            await codex.thread_resume("th-1", handlers=accepts)
        assert [answer["result"] for answer in server.answers] == [{"decision": "accept"}]
