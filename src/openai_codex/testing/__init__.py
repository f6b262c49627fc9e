"""Test what you build on Codex: no network, no account, no bill, and the real runtime.

    from openai_codex import Codex
    from openai_codex.testing import ScriptedModel, offline_config, say

    with ScriptedModel() as model:
        model.script(say("Hello, world"))
        with Codex(offline_config(model)) as codex:
            assert codex.thread_start().run("Hi").final_response == "Hello, world"

This door only says where each name lives, and loads it on first touch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .issuer import LoginIssuer as LoginIssuer
    from .issuer import browser_port as browser_port
    from .model import Gate as Gate
    from .model import ModelRequest as ModelRequest
    from .model import Script as Script
    from .model import ScriptedModel as ScriptedModel
    from .model import ScriptError as ScriptError
    from .model import Step as Step
    from .model import add_file as add_file
    from .model import allow as allow
    from .model import apply_patch as apply_patch
    from .model import ask_user as ask_user
    from .model import call_mcp as call_mcp
    from .model import call_tool as call_tool
    from .model import cut as cut
    from .model import delay as delay
    from .model import delete_file as delete_file
    from .model import deny as deny
    from .model import edit_file as edit_file
    from .model import fail as fail
    from .model import headers as headers
    from .model import hold as hold
    from .model import incomplete as incomplete
    from .model import item as item
    from .model import malformed as malformed
    from .model import parallel as parallel
    from .model import request_permissions as request_permissions
    from .model import run_command as run_command
    from .model import say as say
    from .model import silence as silence
    from .model import spawn_agent as spawn_agent
    from .model import think as think
    from .model import tool_search as tool_search
    from .model import update_plan as update_plan
    from .model import usage as usage
    from .model import view_image as view_image
    from .model import wait_agent as wait_agent
    from .model import web_search as web_search
    from .model import write_stdin as write_stdin
    from .offline import offline_config as offline_config
    from .recording.divergence import ReplayDivergedError as ReplayDivergedError
    from .recording.recorder import record as record
    from .recording.replaying import replay as replay
    from .session_store import SessionStoreContract as SessionStoreContract

__all__ = [
    "Gate",
    "LoginIssuer",
    "ModelRequest",
    "ReplayDivergedError",
    "Script",
    "ScriptError",
    "ScriptedModel",
    "SessionStoreContract",
    "Step",
    "add_file",
    "allow",
    "apply_patch",
    "ask_user",
    "browser_port",
    "call_mcp",
    "call_tool",
    "cut",
    "delay",
    "delete_file",
    "deny",
    "edit_file",
    "fail",
    "headers",
    "hold",
    "incomplete",
    "item",
    "malformed",
    "offline_config",
    "parallel",
    "record",
    "replay",
    "request_permissions",
    "run_command",
    "say",
    "silence",
    "spawn_agent",
    "think",
    "tool_search",
    "update_plan",
    "usage",
    "view_image",
    "wait_agent",
    "web_search",
    "write_stdin",
]

# Where a name lives that does not live in the scripted model.
HOMES = {
    "LoginIssuer": ".issuer",
    "ReplayDivergedError": ".recording.divergence",
    "SessionStoreContract": ".session_store",
    "browser_port": ".issuer",
    "offline_config": ".offline",
    "record": ".recording.recorder",
    "replay": ".recording.replaying",
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(HOMES.get(name, ".model"), __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
