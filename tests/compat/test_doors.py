"""Paths and names of other releases lead to the same objects, and load no more than asked."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
import warnings
from pathlib import Path
from typing import get_args

import pytest

import openai_codex
from openai_codex import errors, types
from openai_codex._wire.tables import NOTIFICATIONS

DOORS = {
    "openai_codex.api": ("AsyncCodex", "Codex", "Thread", "TurnHandle", "TextInput"),
    "openai_codex.async_client": ("CodexConfig",),
    "openai_codex.client": ("CodexConfig",),
    "openai_codex.errors": ("CodexError", "CodexRpcError", "is_retryable_error"),
    "openai_codex.retry": ("retry_on_overload", "is_retryable_error"),
}
TYPED_DOORS = {
    "openai_codex.models": (
        "InitializeResponse",
        "JsonObject",
        "JsonScalar",
        "Notification",
        "TurnCompletedNotification",
        "UnknownNotification",
    ),
    "openai_codex.generated.v2_all": ("ThreadItem", "TurnCompletedNotification", "TurnStatus"),
}
OLD_NAMES = {
    "AppServerError": "CodexError",
    "AppServerRpcError": "CodexRpcError",
    "RunResult": "TurnResult",
}

# Name and parameters of each method, as the official package has them.
CODEX_CLIENT = """
__init__ config approval_handler
account_login_cancel login_id
account_login_start params
account_logout
account_read params
close
initialize
model_list include_hidden
next_login_notification login_id
next_notification
next_turn_notification turn_id
notify method params
pause_goal thread_id
register_login_notifications login_id
register_turn_notifications turn_id
request method params response_model
request_with_retry_on_overload method params response_model max_attempts initial_delay_s max_delay_s
start
stream_text thread_id text params
thread_archive thread_id
thread_compact thread_id
thread_fork thread_id params
thread_goal_clear thread_id
thread_goal_set thread_id objective status
thread_list params
thread_read thread_id include_turns
thread_resume thread_id params
thread_set_name thread_id name
thread_start params
thread_unarchive thread_id
turn_interrupt thread_id turn_id
turn_start thread_id input_items params
turn_steer thread_id expected_turn_id input_items
unregister_login_notifications login_id
unregister_turn_notifications turn_id
wait_for_login_completed login_id
wait_for_turn_completed turn_id
"""


def test_doors_lead_to_the_names_of_the_root() -> None:
    for path, names in DOORS.items():
        for name in names:
            found = getattr(importlib.import_module(path), name)
            assert found is getattr(openai_codex, name), f"{path}.{name}"


def test_doors_lead_to_the_names_of_types() -> None:
    for path, names in TYPED_DOORS.items():
        for name in names:
            found = getattr(importlib.import_module(path), name)
            assert found is getattr(types, name), f"{path}.{name}"


def test_the_old_path_of_the_models_has_every_name_of_the_protocol() -> None:
    door = importlib.import_module("openai_codex.generated.v2_all")
    assert set(dir(door)) == set(dir(types))


def test_the_low_level_clients_are_found_where_the_official_package_has_them() -> None:
    from openai_codex.api import TurnStartParams
    from openai_codex.async_client import AsyncCodexClient
    from openai_codex.client import CodexClient

    assert TurnStartParams is types.TurnStartParams
    here = {name for name in vars(CodexClient) if not name.startswith("__")}
    assert here == {name for name in vars(AsyncCodexClient) if not name.startswith("__")}


def test_the_low_level_client_has_every_method() -> None:
    from openai_codex.client import CodexClient

    for line in CODEX_CLIENT.strip().splitlines():
        name, *parameters = line.split()
        found = inspect.signature(getattr(CodexClient, name)).parameters
        assert [p for p in found if p in parameters] == parameters, name


def test_the_runtime_is_found_as_the_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    from openai_codex.client import CodexBinResolverOps, default_codex_home, resolve_codex_bin

    there = CodexBinResolverOps(lambda: Path("/packaged"), lambda path: path == Path("/mine"))
    config = openai_codex.CodexConfig
    assert resolve_codex_bin(config(), there) == Path("/packaged")
    assert resolve_codex_bin(config(codex_bin="/mine"), there) == Path("/mine")
    with pytest.raises(FileNotFoundError, match="names nothing to run: /other"):
        resolve_codex_bin(config(codex_bin="/other"), there)
    monkeypatch.setenv("CODEX_HOME", "/somewhere")
    assert default_codex_home() == "/somewhere"
    monkeypatch.delenv("CODEX_HOME")
    monkeypatch.setenv("HOME", "/home/me")
    assert default_codex_home() == "/home/me/.codex"


def test_the_payload_of_a_notification_is_one_of_all_models() -> None:
    from openai_codex.models import NotificationPayload

    payloads = get_args(NotificationPayload)
    assert {types.TurnCompletedNotification, types.UnknownNotification} <= set(payloads)
    assert len(payloads) == len(set(NOTIFICATIONS.values())) + 1


@pytest.mark.parametrize("path", [*DOORS, *TYPED_DOORS, "openai_codex"])
def test_a_door_has_no_name_that_never_was(path: str) -> None:
    door = importlib.import_module(path)
    with pytest.raises(AttributeError, match="Tyop"):
        _ = door.Tyop
    assert dir(door)


def test_doors_load_no_model_and_no_pydantic() -> None:
    code = "import sys"
    code += "".join(f", {path}" for path in (*DOORS, *TYPED_DOORS))
    code += (
        "; print([name for name in sys.modules if 'pydantic' in name or '_wire.models' in name])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(("old", "new"), OLD_NAMES.items())
def test_an_old_name_works_and_warns_where_it_is_used(old: str, new: str) -> None:
    with pytest.warns(DeprecationWarning, match=f"{old} is called {new} now") as warned:
        found = getattr(openai_codex, old)
    assert found is getattr(openai_codex, new)
    assert warned[0].filename == __file__
    assert old not in openai_codex.__all__


def test_an_old_name_can_be_imported_by_a_statement() -> None:
    with pytest.warns(DeprecationWarning, match="RunResult is called TurnResult now") as warned:
        from openai_codex import RunResult
    assert RunResult is openai_codex.TurnResult
    assert {warning.filename for warning in warned} == {__file__}


def test_old_errors_are_found_in_their_module_too() -> None:
    with pytest.warns(DeprecationWarning, match="AppServerError is called CodexError now"):
        found = getattr(errors, "AppServerError")  # noqa: B009  # the checker does not know it
    assert found is errors.CodexError


def test_the_old_name_of_a_sandbox_works_and_warns() -> None:
    with pytest.warns(DeprecationWarning, match="Sandbox.workspace is called") as warned:
        found = openai_codex.Sandbox.workspace
    assert found is openai_codex.Sandbox.workspace_write
    assert warned[0].filename == __file__
    assert [choice.name for choice in openai_codex.Sandbox] == [
        "read_only",
        "workspace_write",
        "full_access",
    ]


def test_our_own_name_of_the_settings_is_not_deprecated() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert openai_codex.AppServerConfig is openai_codex.CodexConfig
