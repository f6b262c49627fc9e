"""What a person decides on cannot be forged: no text of the other side leaves its line."""

from __future__ import annotations

from typing import Any

import pytest

from openai_codex.questions import InvalidAnswerError, Question
from openai_codex.questions.kinds import question_kind
from tests.attacks import ATTACKS, is_safe


def ask(method: str, params: dict[str, Any], item: dict[str, Any] | None = None) -> Question:
    kind = question_kind(method, params)
    assert kind is not None
    return kind(method, params, item=item)


def command(text: str) -> Question:
    params = {"command": f"ls {text} x", "reason": text, "cwd": text}
    return ask("item/commandExecution/requestApproval", params)


def questions(text: str) -> list[Question]:
    change = {"path": f"/repo/{text}", "kind": {"type": "add"}, "diff": text}
    elicitation = {"serverName": text, "message": text}
    tool = {"codex_approval_kind": "mcp_tool_call", "tool_name": text, "tool_description": text}
    return [
        command(text),
        ask("item/fileChange/requestApproval", {"reason": text}, {"changes": [change]}),
        ask("item/permissions/requestApproval", {"permissions": {text: 1}, "reason": text}),
        ask("mcpServer/elicitation/request", elicitation),
        ask("mcpServer/elicitation/request", {**elicitation, "_meta": tool}),
        ask("item/tool/requestUserInput", {"questions": [{"id": "1", "question": text}]}),
        ask("execCommandApproval", {"command": ["ls", text], "reason": text}),
        ask("applyPatchApproval", {"fileChanges": {text: {"type": "add"}}, "reason": text}),
        ask("account/chatgptAuthTokens/refresh", {"reason": text}),
        Question(text, {}),
    ]


@pytest.mark.parametrize("attack", ATTACKS, ids=ascii)
def test_no_attack_leaves_the_line_that_it_is_shown_on(attack: str) -> None:
    for question in questions(attack):
        names = ("summary", "reason", "message", "description")
        shown = [getattr(question, name) for name in names if hasattr(question, name)]
        assert all(is_safe(text) for text in (*shown, repr(question)) if text), question.method


@pytest.mark.parametrize("attack", ATTACKS, ids=ascii)
def test_the_raw_text_stays_in_the_fields_that_hold_data(attack: str) -> None:
    question: Any = command(attack)
    assert question.command == f"ls {attack} x"
    assert question.params["reason"] == attack
    assert question.cwd == attack


def test_secrets_are_hidden_from_the_summary_but_no_code_is() -> None:
    assert command("--token opaque").summary == "ls --token [redacted] x"
    hidden = command('--token="$(rm -rf /)"')
    assert "$(rm -rf /)" in hidden.summary


@pytest.mark.parametrize(
    "changes",
    [None, 7, "x", [7], [None], ["x"], [{}], [{"path": None}], [{"path": 7, "kind": "add"}]],
)
def test_a_file_change_of_any_shape_has_a_summary(changes: Any) -> None:
    question: Any = ask("item/fileChange/requestApproval", {}, {"changes": changes})
    assert is_safe(question.summary)
    assert len(question.changes) == (0 if changes is None else 1)
    assert isinstance(question.diff, str)


@pytest.mark.parametrize("method", ["attestation/generate", "account/chatgptAuthTokens/refresh"])
def test_the_error_for_a_wrong_answer_shows_none_of_it(method: str) -> None:
    question = ask(method, {})
    with pytest.raises(InvalidAnswerError) as caught:
        question.answer({"token": "opaque"})
    assert "opaque" not in str(caught.value) + repr(caught.value)
    assert not question.settled
