"""What the fake server remembers: threads, and the values of the protocol that describe them.

Shapes only, taken from the runtime's own lines. It decides nothing and sends nothing.
"""

from __future__ import annotations

import itertools
import os
import time
from typing import Any

MODEL = "gpt-5.5"
PROVIDER = "fake"


class World:
    """The conversations of one fake process; hands out ids that differ between spawns."""

    def __init__(self, spawn: int, version: str) -> None:
        self.version = version
        self.threads: dict[str, dict[str, Any]] = {}
        self.archived: set[str] = set()
        self.client_name = ""
        self.opted_out: set[str] = set()
        self._spawn = spawn
        self._ids = itertools.count(1)

    def new_id(self) -> str:
        """Return the next id, in the form of a UUID."""
        return f"{self._spawn:08x}-0000-7000-8000-{next(self._ids):012x}"

    def add_thread(self, thread_id: str, params: dict[str, Any]) -> dict[str, Any]:
        """Make a thread as thread/start, resume and fork describe it, and remember it."""
        thread = thread_value(thread_id, params, version=self.version, originator=self.client_name)
        self.threads[thread_id] = thread
        return thread


def thread_value(
    thread_id: str, params: dict[str, Any], *, version: str, originator: str
) -> dict[str, Any]:
    """Return a new thread as the protocol shows it."""
    cwd = params.get("cwd") or os.getcwd()  # noqa: PTH109  (pathlib costs start-up time)
    now = int(time.time())
    return {
        "id": thread_id,
        "environments": [{"environmentId": "local", "cwd": cwd, "runtimeWorkspaceRoots": [cwd]}],
        "extra": None,
        "sessionId": thread_id,
        "forkedFromId": None,
        "parentThreadId": None,
        "preview": "",
        "ephemeral": bool(params.get("ephemeral")),
        "section": None,
        "sectionEnteredAt": None,
        "projectId": None,
        "historyMode": "paginated",
        "modelProvider": params.get("modelProvider") or PROVIDER,
        "model": params.get("model") or MODEL,
        "reasoningEffort": None,
        "createdAt": now,
        "updatedAt": now,
        "recencyAt": now,
        "status": {"type": "idle"},
        "path": None,
        "cwd": cwd,
        "cliVersion": version,
        "originator": originator,
        "source": "vscode",
        "canAcceptDirectInput": True,
        "threadSource": None,
        "agentNickname": None,
        "agentRole": None,
        "gitInfo": None,
        "name": None,
        "daybreakEnabled": None,
        "turns": [],
    }


def opened(thread: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
    """Return the result of thread/start, thread/resume and thread/fork."""
    return {
        "thread": thread,
        "model": thread["model"],
        "modelProvider": thread["modelProvider"],
        "serviceTier": None,
        "disabledPluginIds": [],
        "cwd": thread["cwd"],
        "runtimeWorkspaceRoots": [thread["cwd"]],
        "instructionSources": [],
        "approvalPolicy": params.get("approvalPolicy") or "on-request",
        "approvalsReviewer": params.get("approvalsReviewer") or "user",
        "sandbox": sandbox_policy(params.get("sandbox")),
        "activePermissionProfile": {"id": ":read-only", "extends": None},
        "reasoningEffort": None,
        "multiAgentMode": "explicitRequestOnly",
    }


def sandbox_policy(mode: str | None) -> dict[str, Any]:
    """Return the policy that a sandbox mode stands for."""
    if mode == "danger-full-access":
        return {"type": "dangerFullAccess"}
    if mode == "workspace-write":
        return {
            "type": "workspaceWrite",
            "writableRoots": [],
            "networkAccess": False,
            "excludeTmpdirEnvVar": False,
            "excludeSlashTmp": False,
        }
    return {"type": "readOnly", "networkAccess": False}


def turn_value(turn_id: str, status: str, **details: Any) -> dict[str, Any]:
    """Return a turn as the protocol shows it."""
    turn: dict[str, Any] = {
        "id": turn_id,
        "rootTurnId": turn_id,
        "items": [],
        "itemsView": "notLoaded",
        "status": status,
        "error": None,
        "startedAt": None,
        "completedAt": None,
        "durationMs": None,
    }
    return {**turn, **details}


def model_value() -> dict[str, Any]:
    """Return the one model that model/list shows."""
    return {
        "id": MODEL,
        "model": MODEL,
        "upgrade": None,
        "upgradeInfo": None,
        "availabilityNux": None,
        "displayName": "GPT-5.5",
        "description": "A model that only says what a script tells it to.",
        "modelSpecialty": None,
        "hidden": False,
        "supportedReasoningEfforts": [
            {"reasoningEffort": "low", "description": "Fast responses with lighter reasoning"},
            {"reasoningEffort": "high", "description": "Greater reasoning depth"},
        ],
        "defaultReasoningEffort": "low",
        "inputModalities": ["text", "image"],
        "supportsPersonality": False,
        "multiAgentVersion": None,
        "additionalSpeedTiers": [],
        "serviceTiers": [],
        "defaultServiceTier": None,
        "availableAccessPrograms": None,
        "isDefault": True,
    }
