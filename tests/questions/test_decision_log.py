"""Every decision has one line in the log, with its reason and the ids of what it is about."""

from __future__ import annotations

import gc
import logging
import weakref
from typing import Any

import pytest

from openai_codex.questions import AlreadySettledError, Question
from openai_codex.questions.decision_log import DecisionLog
from openai_codex.questions.hooks import CommandEnd, TurnNews
from openai_codex.questions.kinds import question_kind
from openai_codex.questions.log_ids import ids_in

COMMAND = "item/commandExecution/requestApproval"
PERMISSIONS = "item/permissions/requestApproval"
INPUT = "item/tool/requestUserInput"
ELICITATION = "mcpServer/elicitation/request"
TOOL = {"mode": "form", "_meta": {"codex_approval_kind": "mcp_tool_call"}}
IDS = {"threadId": "th", "turnId": "t1", "itemId": "i1"}


def ask(
    method: str = COMMAND, params: dict[str, Any] | None = None, log: DecisionLog | None = None
) -> Question:
    """Return a question whose answers are written down as the client does."""
    given = {**IDS, "command": "ls"} if params is None else params
    kind = question_kind(method, given)
    assert kind is not None
    if log is None:
        return kind(method, given)
    return kind(method, given, prepare=lambda asked, result: lambda: log.decided(asked, result))


@pytest.fixture
def shown(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "openai_codex.approvals")
    return caplog


@pytest.mark.parametrize(
    ("method", "params", "result", "told"),
    [
        (COMMAND, {}, {"decision": "accept"}, "accept"),
        (
            COMMAND,
            {},
            {"decision": {"acceptWithExecpolicyAmendment": {}}},
            "acceptWithExecpolicyAmendment",
        ),
        (ELICITATION, TOOL, {"action": "decline"}, "decline"),
        (COMMAND, {}, None, "declined"),
        (COMMAND, {}, {"odd": 1}, "answered"),
        (INPUT, {}, {"answers": {}}, "answered"),
        (INPUT, {}, None, "declined"),
        (
            PERMISSIONS,
            {},
            {"permissions": {"network": {"enabled": True}, "fileSystem": None}, "scope": "session"},
            "granted for the session: network",
        ),
        (PERMISSIONS, {}, {"permissions": {"a": 1, "b": 2}}, "granted for the turn: a, b"),
        (PERMISSIONS, {}, {"permissions": {}, "scope": "turn"}, "granted nothing"),
        (PERMISSIONS, {}, None, "granted nothing"),
    ],
)
def test_an_answer_has_a_name_in_the_log(
    method: str, params: dict[str, Any], result: Any, told: str
) -> None:
    assert ask(method, params).told(result) == told


def test_a_decision_is_written_down_with_its_ids(shown: pytest.LogCaptureFixture) -> None:
    ask(log=DecisionLog()).answer(True)
    (record,) = shown.records
    assert record.levelno == logging.INFO
    assert "ls" in record.getMessage()
    assert record.getMessage().endswith(": accept")
    assert record.__dict__.items() >= {"thread_id": "th", "turn_id": "t1", "item_id": "i1"}.items()


def test_questions_of_older_runtimes_name_their_ids_otherwise() -> None:
    assert ids_in({"conversationId": "c", "callId": "i"}) == {
        "thread_id": "c",
        "turn_id": None,
        "item_id": "i",
    }


def test_a_decline_says_why_and_lets_go_of_its_question(shown: pytest.LogCaptureFixture) -> None:
    log, error = DecisionLog(), ValueError("a bug")
    question = ask(log=log)
    log.decline(question, "the handler failed", error)
    (record,) = shown.records
    assert record.levelno == logging.WARNING
    assert record.getMessage().startswith("declined ")
    assert record.getMessage().endswith(": the handler failed")
    assert record.exc_info is not None
    assert record.exc_info[1] is error
    assert record.__dict__.items() >= {"thread_id": "th", "turn_id": "t1", "item_id": "i1"}.items()
    held = weakref.ref(question)
    shown.clear()
    del question, record
    gc.collect()
    assert held() is None


@pytest.mark.parametrize(
    ("reason", "error", "level"),
    [
        ("answered", ValueError(), logging.WARNING),  # it failed after its own answer
        ("answered", None, logging.INFO),
        ("turn over", ValueError(), logging.INFO),
    ],
)
def test_what_comes_too_late_is_written_down_and_changes_nothing(
    shown: pytest.LogCaptureFixture, reason: str, error: Exception | None, level: int
) -> None:
    log = DecisionLog()
    question = ask(log=log)
    question.settled.settle(reason)
    log.decline(question, "too slow", error)
    (record,) = shown.records
    assert record.levelno == level
    assert record.getMessage().endswith(f"was settled first ({reason}): too slow")
    assert record.__dict__["item_id"] == "i1"
    assert question.settled.reason == reason


def test_a_second_answer_says_how_the_question_was_settled() -> None:
    question = ask()
    question.decline()
    with pytest.raises(AlreadySettledError, match=r"^the question is settled already: declined$"):
        question.answer(True)


@pytest.mark.parametrize(("level", "count"), [(logging.DEBUG, 1), (logging.INFO, 0)])
def test_what_is_asked_is_for_those_who_debug(
    caplog: pytest.LogCaptureFixture, level: int, count: int
) -> None:
    caplog.set_level(level, "openai_codex.approvals")
    DecisionLog().asked(ask())
    assert len(caplog.records) == count
    assert all(record.getMessage().startswith("asked ") for record in caplog.records)
    assert all(record.__dict__["turn_id"] == "t1" for record in caplog.records)


def test_hooks_are_told_what_the_runtime_said() -> None:
    item = {
        "id": "c1",
        "command": "ls",
        "cwd": "/repo",
        "status": "completed",
        "exitCode": 2,
        "aggregatedOutput": "a\n",
    }
    assert CommandEnd.from_wire({**IDS, "item": item}) == CommandEnd(
        "th", "t1", "c1", "ls", "/repo", "completed", 2, "a\n"
    )
    never_ran = {"id": "c1", "command": "ls", "status": "declined", "aggregatedOutput": None}
    assert CommandEnd.from_wire({**IDS, "item": never_ran}) == CommandEnd(
        "th", "t1", "c1", "ls", None, "declined", None, ""
    )
    turn = {"id": "t1", "rootTurnId": "t0", "status": "failed", "error": {"message": "no"}}
    news = TurnNews.from_wire({"threadId": "th", "turn": turn})
    assert news == TurnNews("th", "t1", "t0", "failed", "no")
    assert news.is_agents
    own = TurnNews.from_wire({"threadId": "th", "turn": {"id": "t1", "status": "completed"}})
    assert own == TurnNews("th", "t1", "t1", "completed")
    assert not own.is_agents
