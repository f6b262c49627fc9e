"""How the server answers when nothing is scripted: pure, one function per method.

Every function returns what to send, in order; the body without `method` is the reply. Turns are
played elsewhere. A method that is not listed answers `{}`.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from .world import World, model_value, opened

if TYPE_CHECKING:
    from collections.abc import Callable

    Body = dict[str, Any]
    Handler = Callable[[World, dict[str, Any]], list[Body]]

INVALID_REQUEST = -32600
WITHOUT_PARAMS = {
    "account/gatewayOAuth/cancel",
    "account/gatewayOAuth/login",
    "account/gatewayOAuth/read",
    "account/logout",
    "account/rateLimits/read",
    "account/usage/read",
    "account/workspaceMessages/read",
    "config/mcpServer/reload",
    "configRequirements/read",
    "externalAgentConfig/import/readHistories",
    "memory/reset",
    "remoteControl/disable",
    "remoteControl/enable",
    "remoteControl/status/read",
    "rollout/compress",
    "windowsSandbox/readiness",
}


class MissingFieldError(Exception):
    """Raised when a request lacks a parameter; names it."""


class Params(dict[str, Any]):
    """Parameters of a request; a missing one is the client's mistake."""

    def __missing__(self, name: str) -> Any:
        raise MissingFieldError(name)


def respond(world: World, method: str, params: dict[str, Any] | None) -> list[Body]:
    """Return everything that this request makes the server send."""
    if not world.client_name and method != "initialize":
        return [refusal("Not initialized")]
    if params is None and method not in WITHOUT_PARAMS:
        return [refusal("Invalid request: missing field `params`")]
    handler = METHODS.get(method)
    try:
        return handler(world, Params(params or {})) if handler else [result({})]
    except MissingFieldError as missing:
        return [refusal(f"Invalid request: missing field `{missing}`")]


def result(value: dict[str, Any]) -> Body:
    """Return the body of a reply."""
    return {"result": value}


def refusal(message: str, *, code: int = INVALID_REQUEST, data: Any = None) -> Body:
    """Return the body of an error reply."""
    error: dict[str, Any] = {"code": code, "message": message}
    return {"error": error if data is None else {**error, "data": data}}


def notification(method: str, **params: Any) -> Body:
    """Return the body of a notification."""
    return {"method": method, "params": params}


def thread_status(thread_id: str, kind: str, **details: Any) -> Body:
    """Return `thread/status/changed`."""
    status = {"type": kind, **details}
    return notification("thread/status/changed", threadId=thread_id, status=status)


def _initialize(world: World, params: dict[str, Any]) -> list[Body]:
    if world.client_name:
        return [refusal("Already initialized")]
    client = params.get("clientInfo")
    if not isinstance(client, dict) or not {"name", "version"} <= set(client):
        return [refusal("Invalid request: missing field `clientInfo`")]
    world.client_name = str(client["name"])
    capabilities = params.get("capabilities") or {}
    world.opted_out = set(capabilities.get("optOutNotificationMethods") or [])
    sender = f"{client['name']}; {client['version']}"
    identity = {
        "userAgent": f"{client['name']}/{world.version} (Fake 1; x86_64) fake ({sender})",
        "codexHome": os.environ.get("CODEX_HOME", "/fake/codex-home"),
        "platformFamily": "windows" if sys.platform == "win32" else "unix",
        "platformOs": {"darwin": "macos", "win32": "windows"}.get(sys.platform, "linux"),
    }
    return [result(identity)]


def _thread_start(world: World, params: dict[str, Any]) -> list[Body]:
    thread = world.add_thread(world.new_id(), params)
    return [result(opened(thread, params)), notification("thread/started", thread=thread)]


def _thread_resume(world: World, params: dict[str, Any]) -> list[Body]:
    """Find any thread: another process of the same server may have made it."""
    thread_id = params["threadId"]
    if thread_id in world.archived:
        return [refusal(f"thread {thread_id} is archived; unarchive it first")]
    known = world.threads.get(thread_id)
    thread = known or world.add_thread(thread_id, params)
    loaded = [] if known else [thread_status(thread_id, "idle")]
    return [
        *loaded,
        result(opened(_with_turns(thread, not params.get("excludeTurns")), params)),
        notification("thread/goal/cleared", threadId=thread_id),
    ]


def _thread_fork(world: World, params: dict[str, Any]) -> list[Body]:
    source = world.threads.get(params["threadId"])
    if source is None:
        return [refusal(f"no rollout found for thread id {params['threadId']}")]
    thread = world.add_thread(world.new_id(), {"cwd": source["cwd"], **params})
    thread["forkedFromId"] = source["id"]
    thread["turns"] = list(source["turns"])
    shown = _with_turns(thread, not params.get("excludeTurns"))
    return [
        result(opened(shown, params)),
        notification("thread/started", thread=_with_turns(thread, False)),
    ]


def _thread_read(world: World, params: dict[str, Any]) -> list[Body]:
    thread = world.threads.get(params["threadId"])
    if thread is None:
        return [refusal(f"thread not loaded: {params['threadId']}")]
    return [result({"thread": _with_turns(thread, bool(params.get("includeTurns")))})]


def _thread_list(world: World, params: dict[str, Any]) -> list[Body]:
    wanted = bool(params.get("archived"))
    threads = [t for t in world.threads.values() if (t["id"] in world.archived) is wanted]
    data = [_with_turns(thread, False) for thread in reversed(threads)]
    page = data[: params.get("limit") or len(data)]
    return [result({"data": page, "nextCursor": None, "backwardsCursor": None})]


def _thread_archive(world: World, params: dict[str, Any]) -> list[Body]:
    thread_id = params["threadId"]
    if thread_id not in world.threads:
        return [refusal(f"no rollout found for thread id {thread_id}")]
    world.archived.add(thread_id)
    world.threads[thread_id]["status"] = {"type": "notLoaded"}
    return [
        thread_status(thread_id, "notLoaded"),
        result({}),
        notification("thread/archived", threadId=thread_id),
    ]


def _thread_unarchive(world: World, params: dict[str, Any]) -> list[Body]:
    thread_id = params["threadId"]
    if thread_id not in world.archived:
        return [refusal(f"no archived rollout found for thread id {thread_id}")]
    world.archived.discard(thread_id)
    thread = _with_turns(world.threads[thread_id], False)
    return [result({"thread": thread}), notification("thread/unarchived", threadId=thread_id)]


def _thread_name_set(world: World, params: dict[str, Any]) -> list[Body]:
    thread = world.threads.get(params["threadId"])
    if thread is None:
        return [refusal(f"thread not found: {params['threadId']}")]
    thread["name"] = params["name"]
    renamed = {"threadId": params["threadId"], "threadName": params["name"]}
    return [result({}), notification("thread/name/updated", **renamed)]


def _thread_unsubscribe(world: World, params: dict[str, Any]) -> list[Body]:
    known = params["threadId"] in world.threads
    return [result({"status": "unsubscribed" if known else "notLoaded"})]


def _loaded_list(world: World, params: dict[str, Any]) -> list[Body]:
    return [result({"data": list(world.threads), "nextCursor": None})]


def _turns_list(world: World, params: dict[str, Any]) -> list[Body]:
    thread = world.threads.get(params["threadId"])
    turns = list(reversed(thread["turns"])) if thread else []
    return [result({"data": turns, "nextCursor": None, "backwardsCursor": None})]


def _model_list(world: World, params: dict[str, Any]) -> list[Body]:
    return [result({"data": [model_value()], "nextCursor": None})]


def _account_read(world: World, params: dict[str, Any]) -> list[Body]:
    return [result({"account": None, "requiresOpenaiAuth": False, "workspaceRouting": None})]


def _account_logout(world: World, params: dict[str, Any]) -> list[Body]:
    return [result({}), notification("account/updated", authMode=None, planType=None)]


def _login_start(world: World, params: dict[str, Any]) -> list[Body]:
    """Log in with an API key at once; begin the other flows and leave their end to the script."""
    kind = params.get("type")
    login_id = world.new_id()
    if kind == "apiKey":
        done = {"loginId": None, "success": True, "error": None}
        return [
            result({"type": "apiKey"}),
            notification("account/login/completed", **done),
            notification("account/updated", authMode="apikey", planType=None),
        ]
    if kind == "chatgpt":
        return [result({"type": kind, "loginId": login_id, "authUrl": "http://127.0.0.1:9/auth"})]
    device = {"verificationUrl": "http://127.0.0.1:9/device", "userCode": "FAKE-CODE"}
    return [result({"type": kind, "loginId": login_id, **device})]


def _login_cancel(world: World, params: dict[str, Any]) -> list[Body]:
    ended = {"loginId": params["loginId"], "success": False, "error": "Login was not completed"}
    return [result({"status": "canceled"}), notification("account/login/completed", **ended)]


def _limits_read(world: World, params: dict[str, Any]) -> list[Body]:
    return [refusal("codex account authentication required to read rate limits")]


def _with_turns(thread: dict[str, Any], wanted: bool) -> dict[str, Any]:
    return thread if wanted else {**thread, "turns": []}


def _on_stage(world: World, params: dict[str, Any]) -> list[Body]:
    """Refuse what names no thread; the rest of these requests is played on the stage."""
    return [result({"threadId": params["threadId"]})]


METHODS: dict[str, Handler] = {
    "account/login/cancel": _login_cancel,
    "account/login/start": _login_start,
    "account/logout": _account_logout,
    "account/rateLimits/read": _limits_read,
    "account/read": _account_read,
    "initialize": _initialize,
    "model/list": _model_list,
    "review/start": _on_stage,
    "thread/archive": _thread_archive,
    "thread/compact/start": _on_stage,
    "thread/fork": _thread_fork,
    "thread/list": _thread_list,
    "thread/loaded/list": _loaded_list,
    "thread/name/set": _thread_name_set,
    "thread/read": _thread_read,
    "thread/resume": _thread_resume,
    "thread/start": _thread_start,
    "thread/turns/list": _turns_list,
    "thread/unarchive": _thread_unarchive,
    "thread/unsubscribe": _thread_unsubscribe,
    "turn/interrupt": _on_stage,
    "turn/start": _on_stage,
    "turn/steer": _on_stage,
}
