"""The items and questions of a turn, in the runtime's shapes. Values only."""

from __future__ import annotations

from typing import Any


def agent_message(item_id: str, text: str, phase: str | None) -> dict[str, Any]:
    """Return an agentMessage item."""
    return {
        "type": "agentMessage",
        "id": item_id,
        "text": text,
        "phase": phase,
        "memoryCitation": None,
    }


def reasoning(item_id: str, summary: list[str]) -> dict[str, Any]:
    """Return a reasoning item."""
    return {"type": "reasoning", "id": item_id, "summary": summary, "content": []}


def command(item_id: str, text: str, cwd: str) -> dict[str, Any]:
    """Return a commandExecution item that has just started."""
    return {
        "type": "commandExecution",
        "id": item_id,
        "command": f"/bin/bash -c '{text}'",
        "cwd": cwd,
        "processId": None,
        "source": "agent",
        "status": "inProgress",
        "commandActions": [{"type": "unknown", "command": text}],
        "aggregatedOutput": None,
        "exitCode": None,
        "durationMs": None,
    }


def command_question(item: dict[str, Any], reason: str | None) -> dict[str, Any]:
    """Return the params of the approval of a command, without the ids of thread and turn."""
    text = item["commandActions"][0]["command"]
    amendment = {"acceptWithExecpolicyAmendment": {"execpolicy_amendment": text.split()}}
    return {
        "kind": "command",
        "itemId": item["id"],
        "environmentId": "local",
        "startedAtMs": 0,
        "reason": reason,
        "command": item["command"],
        "cwd": item["cwd"],
        "commandActions": item["commandActions"],
        "proposedExecpolicyAmendment": text.split(),
        "availableDecisions": ["accept", amendment, "cancel"],
    }


def file_change(item_id: str, path: str, diff: str) -> dict[str, Any]:
    """Return a fileChange item that is about to add a file."""
    change = {"path": path, "kind": {"type": "add"}, "diff": diff}
    return {"type": "fileChange", "id": item_id, "changes": [change], "status": "inProgress"}


def dynamic_tool(item_id: str, call: dict[str, Any]) -> dict[str, Any]:
    """Return a dynamicToolCall item that has just started."""
    return {
        "type": "dynamicToolCall",
        "id": item_id,
        **call,
        "status": "inProgress",
        "contentItems": None,
        "success": None,
        "durationMs": None,
    }


def question_form(name: str, text: str, options: list[str]) -> dict[str, Any]:
    """Return the params of a question to the user, without ids."""
    question = {
        "id": name,
        "header": name,
        "question": text,
        "isOther": True,
        "isSecret": False,
        "options": [{"label": label, "description": ""} for label in options],
    }
    return {"questions": [question], "isBlocking": True, "autoResolutionMs": None}


def token_usage(spent: int, made: int, cached: int, reasoned: int) -> dict[str, int]:
    """Return the tokens of one model call."""
    return {
        "totalTokens": spent + made,
        "inputTokens": spent,
        "cachedInputTokens": cached,
        "cacheWriteInputTokens": 0,
        "outputTokens": made,
        "reasoningOutputTokens": reasoned,
    }


def turn_error(message: str, info: Any, details: str | None) -> dict[str, Any]:
    """Return a TurnError."""
    return {"message": message, "codexErrorInfo": info, "additionalDetails": details}
