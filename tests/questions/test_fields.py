"""What a question tells of itself: each field of each kind, where the runtime sends it and not."""

from __future__ import annotations

from typing import Any

import pytest

from openai_codex.questions.kinds import question_kind

COMMAND = "item/commandExecution/requestApproval"
FILES = "item/fileChange/requestApproval"
PERMISSIONS = "item/permissions/requestApproval"
ELICITATION = "mcpServer/elicitation/request"
INPUT = "item/tool/requestUserInput"
TOKENS = "account/chatgptAuthTokens/refresh"
OLD_COMMAND = "execCommandApproval"
OLD_FILES = "applyPatchApproval"
TOOL = {"codex_approval_kind": "mcp_tool_call", "tool_name": "drop", "tool_params": {"table": "t"}}
IDS = {"threadId": "th", "turnId": "t1", "itemId": "i1"}
NO_IDS = {"thread_id": None, "turn_id": None, "item_id": None}


def ask(method: str, params: dict[str, Any], item: dict[str, Any] | None = None) -> Any:
    kind = question_kind(method, params)
    assert kind is not None
    return kind(method, params, item=item, folder="/repo")


@pytest.mark.parametrize(
    ("method", "params", "fields"),
    [
        (
            COMMAND,
            {
                **IDS,
                "command": "git 'a b'",
                "cwd": "/repo",
                "reason": "why",
                "kind": "writeStdin",
                "proposedExecpolicyAmendment": ["git", "a b"],
                "additionalPermissions": {"network": True},
                "networkApprovalContext": {"host": "h"},
            },
            {
                "kind": "command",
                "slot": "approve_command",
                "summary": "git 'a b'",
                "thread_id": "th",
                "turn_id": "t1",
                "item_id": "i1",
                "command": "git 'a b'",
                "argv": ["git", "a b"],
                "cwd": "/repo",
                "reason": "why",
                "action": "writeStdin",
                "additional_permissions": {"network": True},
                "network_approval_context": {"host": "h"},
            },
        ),
        (
            COMMAND,
            {},
            {
                **NO_IDS,
                "command": None,
                "argv": None,
                "cwd": None,
                "reason": None,
                "action": "command",
                "actions": [],
                "proposed_rule": None,
                "additional_permissions": None,
                "network_approval_context": None,
            },
        ),
        (COMMAND, {"command": "ls 'x"}, {"argv": None, "command": "ls 'x"}),
        (
            FILES,
            {**IDS, "reason": "why", "grantRoot": "/w"},
            {
                "kind": "file_change",
                "slot": "approve_file_change",
                "summary": FILES,
                "cwd": None,
                "reason": "why",
                "grant_root": "/w",
                "changes": [],
                "diff": "",
            },
        ),
        (FILES, {}, {**NO_IDS, "reason": None, "grant_root": None}),
        (
            PERMISSIONS,
            {"permissions": {"network": True, "fileSystem": None}, "cwd": "/c", "reason": "why"},
            {
                "kind": "permissions",
                "slot": "approve_permissions",
                "summary": "permissions: network",
                "permissions": {"network": True, "fileSystem": None},
                "cwd": "/c",
                "reason": "why",
            },
        ),
        (
            PERMISSIONS,
            {"permissions": 7},
            {"permissions": {}, "summary": "permissions: ", "cwd": None, "reason": None},
        ),
        (
            ELICITATION,
            {
                "serverName": "db",
                "message": "Who?",
                "mode": "url",
                "requestedSchema": {"type": "object"},
                "url": "https://x",
            },
            {
                "kind": "elicitation",
                "slot": "elicit",
                "summary": "db: Who?",
                "server": "db",
                "message": "Who?",
                "mode": "url",
                "schema": {"type": "object"},
                "url": "https://x",
            },
        ),
        (
            ELICITATION,
            {},
            {"server": "", "message": "", "mode": "form", "schema": None, "url": None},
        ),
        (
            ELICITATION,
            {"serverName": "db", "message": "May it?", "_meta": {**TOOL, "tool_description": "D"}},
            {
                "message": "May it?",
                "description": "D",
                "kind": "mcp_tool",
                "slot": "approve_mcp_tool",
                "summary": "db.drop",
                "server": "db",
                "tool": "drop",
                "arguments": {"table": "t"},
                "environment": None,
            },
        ),
        (
            ELICITATION,
            {"_meta": {"codex_approval_kind": "mcp_tool_call"}},
            {
                "description": None,
                "message": "",
                "kind": "mcp_tool",
                "summary": ".?",
                "server": "",
                "tool": None,
                "arguments": None,
            },
        ),
        (ELICITATION, {"_meta": {"codex_approval_kind": "other"}}, {"kind": "elicitation"}),
        (
            INPUT,
            {"questions": [{"id": "a", "question": "A?"}, {"question": "B?"}], "isBlocking": True},
            {"kind": "user_input", "slot": "ask_user", "summary": "A? / B?", "is_blocking": True},
        ),
        (INPUT, {}, {"summary": "", "is_blocking": False, "questions": []}),
        (
            TOKENS,
            {"reason": "unauthorized", "previousAccountId": "acc"},
            {
                "kind": "refresh_tokens",
                "slot": "refresh_tokens",
                "reason": "unauthorized",
                "previous_account_id": "acc",
            },
        ),
        (TOKENS, {}, {"reason": "", "previous_account_id": None}),
        ("currentTime/read", {}, {"kind": "current_time", "slot": "current_time"}),
        ("attestation/generate", {}, {"kind": "attest", "slot": "attest"}),
        (
            OLD_COMMAND,
            {"conversationId": "th", "callId": "c1", "command": ["git", "a b"], "cwd": "/c"},
            {
                "kind": "command",
                "thread_id": "th",
                "item_id": "c1",
                "command": "git 'a b'",
                "argv": ["git", "a b"],
                "cwd": "/c",
            },
        ),
        (OLD_COMMAND, {}, {"command": "", "argv": None}),
        (
            OLD_FILES,
            {"fileChanges": {"/repo/a": {"type": "add", "content": "x\n"}, "/repo/b": 7}},
            {"kind": "file_change", "summary": "/repo/a, /repo/b"},
        ),
        (OLD_FILES, {}, {"summary": OLD_FILES, "changes": []}),
    ],
)
def test_a_question_has_the_fields_of_its_request(
    method: str, params: dict[str, Any], fields: dict[str, Any]
) -> None:
    question = ask(method, params)
    assert {name: getattr(question, name) for name in fields} == fields
    assert question.params is params
    assert question.has_own_answer is (method == "currentTime/read")


def test_a_command_has_the_rule_and_the_actions_that_the_runtime_proposes() -> None:
    action = {"type": "search", "command": "rg x", "query": "x", "path": None}
    params = {"proposedExecpolicyAmendment": ["git", "a b"], "commandActions": [action]}
    question = ask(COMMAND, params)
    assert question.proposed_rule.words == ("git", "a b")
    assert [(each.type, each.query) for each in question.actions] == [("search", "x")]


def test_the_item_of_a_call_tells_what_the_request_leaves_out() -> None:
    item = {"tool": "select", "arguments": {"n": 1}}
    question = ask(ELICITATION, {"_meta": {"codex_approval_kind": "mcp_tool_call"}}, item)
    assert (question.tool, question.arguments) == ("select", {"n": 1})


def test_the_changes_of_an_old_patch_are_those_of_a_new_one() -> None:
    changes = {
        "/repo/a": {"type": "add", "content": "x\n"},
        "/repo/b": {"unified_diff": "@@ -1 +1 @@\n-x\n+y\n", "move_path": "/repo/c"},
    }
    question = ask(OLD_FILES, {"fileChanges": changes})
    first, second = question.changes
    assert (first.path, first.kind.type, first.diff) == ("/repo/a", "add", "x\n")
    assert (second.path, second.kind.type, second.kind.move_path) == (
        *("/repo/b", "update", "/repo/c"),
    )
    assert "diff --git a/b b/c" in question.diff
    assert "+x\n" in question.diff
