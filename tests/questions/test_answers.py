"""Answers on their way to the wire: what is sent for each, and what is refused at once."""

from __future__ import annotations

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
)
from openai_codex.questions.kinds import question_kind

COMMAND = "item/commandExecution/requestApproval"
FILES = "item/fileChange/requestApproval"
ELICITATION = "mcpServer/elicitation/request"
OLD_COMMAND, OLD_FILES = "execCommandApproval", "applyPatchApproval"
DENIED = {"denied": {"rejection": "declined by the client"}}
FORM = {"mode": "form", "requestedSchema": {"required": ["name"]}}
TOOL = {"mode": "form", "_meta": {"codex_approval_kind": "mcp_tool_call"}}


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
        (ELICITATION, FORM, True),
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
