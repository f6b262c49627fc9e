"""Answers on their way to the wire: what is sent for each, and what is refused at once."""

from __future__ import annotations

import gc
import time
from datetime import datetime, timezone
from typing import Any

import pytest

from openai_codex import (
    AlreadySettledError,
    CommandApproval,
    Decision,
    Grant,
    InvalidAnswerError,
    NetworkRule,
    PrefixRule,
    Question,
    Tokens,
    UnsendableError,
)
from openai_codex.questions.kinds import question_kind

COMMAND = "item/commandExecution/requestApproval"
FILES = "item/fileChange/requestApproval"
ELICITATION = "mcpServer/elicitation/request"
OLD_COMMAND, OLD_FILES = "execCommandApproval", "applyPatchApproval"
DENIED = {"denied": {"rejection": "declined by the client"}}
FORM = {"mode": "form", "requestedSchema": {"required": ["name"]}}
TOOL = {"mode": "form", "_meta": {"codex_approval_kind": "mcp_tool_call"}}


PERMISSIONS = "item/permissions/requestApproval"
ASKED = {"permissions": {"network": {"enabled": True}, "fileSystem": None}}
INPUT = "item/tool/requestUserInput"
ONE = {"questions": [{"id": "a", "question": "Which?"}]}


def ask(method: str, params: dict[str, Any] | None = None) -> Question:
    kind = question_kind(method, params or {})
    assert kind is not None
    return kind(method, params or {})


@pytest.mark.parametrize(
    ("method", "params", "answer", "wire"),
    [
        (COMMAND, {}, True, {"decision": "accept"}),
        (COMMAND, {}, Decision.accept_for_session, {"decision": "acceptForSession"}),
        (COMMAND, {}, Decision.cancel, {"decision": "cancel"}),
        (
            COMMAND,
            {},
            PrefixRule(("git", "pull")),
            {
                "decision": {
                    "acceptWithExecpolicyAmendment": {"execpolicy_amendment": ["git", "pull"]}
                }
            },
        ),
        (
            COMMAND,
            {},
            NetworkRule("api.example.com"),
            {
                "decision": {
                    "applyNetworkPolicyAmendment": {
                        "network_policy_amendment": {"host": "api.example.com", "action": "allow"}
                    }
                }
            },
        ),
        (FILES, {}, Decision.decline, {"decision": "decline"}),
        (OLD_COMMAND, {}, True, {"decision": "approved"}),
        (OLD_COMMAND, {}, Decision.accept_for_session, {"decision": "approved_for_session"}),
        (OLD_COMMAND, {}, Decision.cancel, {"decision": "abort"}),
        (OLD_COMMAND, {}, False, {"decision": DENIED}),
        (
            OLD_COMMAND,
            {},
            PrefixRule(("git",)),
            {
                "decision": {
                    "approved_execpolicy_amendment": {"proposed_execpolicy_amendment": ["git"]}
                }
            },
        ),
        (
            OLD_COMMAND,
            {},
            NetworkRule("x.org", allow=False),
            {
                "decision": {
                    "network_policy_amendment": {
                        "network_policy_amendment": {"host": "x.org", "action": "deny"}
                    }
                }
            },
        ),
        (OLD_FILES, {}, True, {"decision": "approved"}),
        (OLD_FILES, {}, False, {"decision": DENIED}),
        (
            "item/permissions/requestApproval",
            {"permissions": {"network": {"enabled": True}, "fileSystem": None}},
            True,
            {"permissions": {"network": {"enabled": True}}, "scope": "turn"},
        ),
        (
            ELICITATION,
            TOOL,
            Decision.accept_for_session,
            {"action": "accept", "content": {}, "_meta": {"persist": "session"}},
        ),
        (ELICITATION, FORM, {"name": "Bob"}, {"action": "accept", "content": {"name": "Bob"}}),
        (ELICITATION, {"mode": "url"}, True, {"action": "accept", "content": {}}),
        (
            "account/chatgptAuthTokens/refresh",
            {},
            Tokens("t", "acc", "pro"),
            {"accessToken": "t", "chatgptAccountId": "acc", "chatgptPlanType": "pro"},
        ),
        ("currentTime/read", {}, 12.9, {"currentTimeAt": 12}),
        (
            "currentTime/read",
            {},
            datetime(1970, 1, 1, 0, 0, 5, tzinfo=timezone.utc),
            {"currentTimeAt": 5},
        ),
        ("attestation/generate", {}, "proof", {"token": "proof"}),
        (
            "account/chatgptAuthTokens/refresh",
            {},
            Tokens("t", "acc"),
            {"accessToken": "t", "chatgptAccountId": "acc", "chatgptPlanType": None},
        ),
        (ELICITATION, FORM, False, {"action": "decline"}),
        (ELICITATION, FORM, Decision.cancel, {"action": "cancel"}),
        (ELICITATION, {"mode": "form"}, True, {"action": "accept", "content": {}}),
        (ELICITATION, TOOL, True, {"action": "accept", "content": {}}),
        (ELICITATION, TOOL, False, {"action": "decline"}),
        (ELICITATION, TOOL, Decision.cancel, {"action": "cancel"}),
        (PERMISSIONS, ASKED, False, {"permissions": {}, "scope": "turn"}),
        (PERMISSIONS, ASKED, Decision.cancel, {"permissions": {}, "scope": "turn"}),
        (
            PERMISSIONS,
            ASKED,
            Decision.accept_for_session,
            {"permissions": {"network": {"enabled": True}}, "scope": "session"},
        ),
        (
            PERMISSIONS,
            ASKED,
            Grant({"fileSystem": {}}),
            {"permissions": {"fileSystem": {}}, "scope": "turn"},
        ),
        (
            PERMISSIONS,
            ASKED,
            Grant({}, scope="session"),
            {"permissions": {}, "scope": "session"},
        ),
        (INPUT, ONE, "x", {"answers": {"a": {"answers": ["x"]}}}),
        (INPUT, ONE, {"a": ["x", "y"]}, {"answers": {"a": {"answers": ["x", "y"]}}}),
        (INPUT, ONE, {"a": ("x",)}, {"answers": {"a": {"answers": ["x"]}}}),
        (
            INPUT,
            {"questions": [{"id": "a"}, {"id": "b"}]},
            {"b": "x", "a": []},
            {"answers": {"b": {"answers": ["x"]}, "a": {"answers": []}}},
        ),
    ],
)
def test_an_answer_has_its_wire_form(
    method: str, params: dict[str, Any], answer: Any, wire: dict[str, Any]
) -> None:
    assert ask(method, params).result(answer) == wire


@pytest.mark.parametrize(
    ("method", "params", "answer"),
    [
        (COMMAND, {}, "accept"),
        (COMMAND, {}, 1),
        (COMMAND, {}, Grant({})),
        (FILES, {}, PrefixRule(("git",))),
        ("item/permissions/requestApproval", {}, Grant({}, scope="for ever")),  # type: ignore[arg-type]
        (PERMISSIONS, {}, "turn"),
        (PERMISSIONS, {}, None),
        (ELICITATION, FORM, True),
        (ELICITATION, FORM, "Bob"),
        (ELICITATION, TOOL, "accept"),
        (OLD_COMMAND, {}, "approved"),
        (OLD_FILES, {}, "approved"),
        (INPUT, ONE, {"a": [1]}),
        (INPUT, ONE, {"a": {"x": "y"}}),
        (INPUT, ONE, 3),
        (INPUT, ONE, ["x"]),
        (INPUT, {}, "x"),
        ("currentTime/read", {}, "now"),
        ("currentTime/read", {}, None),
        ("attestation/generate", {}, None),
        (ELICITATION, {"mode": "openai/userVerification"}, True),
        ("item/tool/requestUserInput", {"questions": [{"id": "a"}]}, {"b": "x"}),
        ("item/tool/requestUserInput", {"questions": [{"id": "a"}]}, {"a": 1}),
        ("item/tool/requestUserInput", {"questions": [{"id": "a"}, {"id": "b"}]}, "x"),
        ("account/chatgptAuthTokens/refresh", {}, "t"),
        ("currentTime/read", {}, True),
        ("attestation/generate", {}, b"proof"),
    ],
)
def test_what_is_no_answer_is_refused(method: str, params: dict[str, Any], answer: Any) -> None:
    question = ask(method, params)
    with pytest.raises(InvalidAnswerError):
        question.answer(answer)
    assert not question.settled


def test_a_prefix_rule_takes_words_and_at_least_one() -> None:
    with pytest.raises(TypeError, match="takes words"):
        PrefixRule("git pull")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="accept every command"):
        PrefixRule(())
    assert PrefixRule(["git"]).words == ("git",)  # type: ignore[arg-type]


def test_tokens_show_no_secret() -> None:
    assert "hush" not in repr(Tokens("hush", "acc-1"))
    with pytest.raises(InvalidAnswerError) as raised:
        ask("account/chatgptAuthTokens/refresh").answer("hush")
    assert "hush" not in str(raised.value)


def test_the_old_approvals_say_what_the_new_ones_say() -> None:
    old = ask(OLD_COMMAND, {"conversationId": "th", "command": ["ls", "a b"], "callId": "c"})
    assert (old.summary, old.thread_id, old.item_id) == ("ls 'a b'", "th", "c")
    changes = {
        "/a": {"type": "add", "content": "x"},
        "/b": {"type": "update", "unified_diff": "-y", "move_path": "/c"},
    }
    patch: Any = ask(OLD_FILES, {"fileChanges": changes})
    assert "+x" in patch.diff
    assert "-y" in patch.diff
    assert [change.kind.type for change in patch.changes] == ["add", "update"]
    assert patch.changes[1].kind.move_path == "/c"


def test_an_unknown_method_is_of_no_kind() -> None:
    assert question_kind("item/dance/requestApproval", {}) is None


def test_an_answer_that_comes_too_late_says_why_and_so_does_the_question() -> None:
    late = "resolved elsewhere"
    question = CommandApproval(COMMAND, {}, prepare=lambda question, result: lambda: late)
    with pytest.raises(AlreadySettledError, match=late):
        question.answer(True)
    assert question.settled.reason == late


def test_what_may_be_a_token_is_not_shown_when_it_is_refused() -> None:
    question = ask("attestation/generate")
    with pytest.raises(InvalidAnswerError, match="a token as text") as caught:
        question.answer(b"hush-hush")
    assert "hush" not in str(caught.value)
    with pytest.raises(InvalidAnswerError, match="Tokens") as caught:
        ask("account/chatgptAuthTokens/refresh").answer("hush-hush")
    assert "hush" not in str(caught.value)


# --- how an answer is given ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "params", "wire"),
    [
        (COMMAND, {}, {"decision": "decline"}),
        (FILES, {}, {"decision": "decline"}),
        (PERMISSIONS, ASKED, {"permissions": {}, "scope": "turn"}),
        (ELICITATION, FORM, {"action": "decline"}),
        (ELICITATION, TOOL, {"action": "decline"}),
        (INPUT, ONE, {"answers": {}}),
        (OLD_COMMAND, {}, {"decision": DENIED}),
        (OLD_FILES, {}, {"decision": DENIED}),
        ("account/chatgptAuthTokens/refresh", {}, None),
        ("attestation/generate", {}, None),
    ],
)
def test_a_no_has_its_wire_form_and_settles(
    method: str, params: dict[str, Any], wire: dict[str, Any] | None
) -> None:
    sent: list[Any] = []
    kind = question_kind(method, params)
    assert kind is not None
    question = kind(method, params, prepare=lambda asked, result: lambda: sent.append(result))
    question.decline()
    assert sent == [wire]
    assert question.settled.reason == "declined"


def test_the_machines_clock_answers_the_question_for_the_time() -> None:
    before = int(time.time())
    told = ask("currentTime/read").refusal()
    assert told is not None
    assert before <= told["currentTimeAt"] <= time.time()


def test_an_answer_is_sent_once_and_settles() -> None:
    sent: list[Any] = []
    question = CommandApproval(
        COMMAND, {}, prepare=lambda asked, result: lambda: sent.append((asked, result))
    )
    assert not question.settled
    question.accept()
    assert sent == [(question, {"decision": "accept"})]
    assert question.settled.reason == "answered"
    for again in (question.accept, question.decline):
        with pytest.raises(AlreadySettledError, match="answered"):
            again()
    assert len(sent) == 1


def test_a_question_that_belongs_to_no_client_can_be_answered_as_well() -> None:
    question = ask(COMMAND)
    question.answer(False)
    assert question.settled.reason == "answered"


def test_an_answer_that_is_no_json_leaves_the_question_open() -> None:
    question = ask(ELICITATION, FORM)
    with pytest.raises(UnsendableError, match=r"content\.name is of type object"):
        question.answer({"name": object()})
    assert not question.settled


def test_a_question_of_no_known_kind_takes_no_answer_and_can_be_declined() -> None:
    question = Question("item/dance", {})
    with pytest.raises(InvalidAnswerError, match="item/dance cannot be answered by this client"):
        question.answer(True)
    assert question.refusal() is None
    assert (question.kind, question.slot, question.summary) == ("unknown", "", "item/dance")


@pytest.mark.parametrize(
    ("question", "answer", "text"),
    [
        (ask(COMMAND), "yes", "expected a Decision or a bool, a PrefixRule or a NetworkRule, got"),
        (ask(FILES), "yes", "expected a Decision or a bool, got str: 'yes'"),
        (ask(OLD_COMMAND), 1, "a Decision or a bool, a PrefixRule or a NetworkRule, got int: 1"),
        (ask(PERMISSIONS), "yes", "expected a Decision or a bool or a Grant, got str"),
        (ask(ELICITATION, FORM), "Bob", "a Decision or a bool or a dict of the form's fields"),
        (ask(ELICITATION, FORM), True, "expected a dict of the form's fields, got bool: True"),
        (ask(INPUT, ONE), 3, "a dict of question id to text, or a text for one question, got int"),
        (ask(INPUT, ONE), {"a": 3}, "expected a text or a list of texts, got int: 3"),
        (ask(INPUT, ONE), {"b": "x", "c": "y"}, r"no question with the id \['b', 'c'\]"),
        (ask("currentTime/read"), "now", "expected a datetime or unix seconds, got str"),
    ],
)
def test_the_error_for_a_wrong_answer_says_what_would_be_one(
    question: Question, answer: Any, text: str
) -> None:
    with pytest.raises(InvalidAnswerError, match=text):
        question.answer(answer)


# --- what holds a question ----------------------------------------------------------------------


@pytest.mark.parametrize(("is_settled", "count"), [(False, 1), (True, 0)])
def test_an_open_question_that_nobody_holds_any_more_is_let_go(
    is_settled: bool, count: int
) -> None:
    let_go: list[str] = []
    question = ask(COMMAND)
    question._let_go = lambda gone: let_go.append(gone.method)
    if is_settled:
        question.decline()
    del question
    gc.collect()
    assert let_go == [COMMAND] * count


def test_a_repr_says_what_is_asked_and_how_it_was_settled() -> None:
    question = ask(COMMAND, {"command": "ls"})
    assert repr(question) == "<CommandApproval 'ls', open>"
    question.decline()
    assert repr(question) == "<CommandApproval 'ls', declined>"
    odd = ask(PERMISSIONS, {"permissions": {}})
    assert repr(odd) == "<PermissionsApproval 'permissions: ', open>"


def test_the_params_of_a_question_have_their_types() -> None:
    ids = {"threadId": "th", "turnId": "t1", "itemId": "i1", "startedAtMs": 1}
    payload: Any = ask(COMMAND, {**ids, "command": "ls"}).payload
    assert (payload.thread_id, payload.command) == ("th", "ls")


@pytest.mark.parametrize(
    ("named", "environment"),
    [("lab", "lab"), ("local", None), (None, None), (7, None)],
)
def test_an_approval_names_the_place_that_it_is_about(named: Any, environment: str | None) -> None:
    question: Any = ask(COMMAND, {"environmentId": named})
    assert question.environment == environment
