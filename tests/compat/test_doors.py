"""Paths and names of other releases lead to the same objects, and load no more than asked."""

from __future__ import annotations

import importlib
import subprocess
import sys
import warnings

import pytest

import openai_codex
from openai_codex import errors, types

DOORS = {
    "openai_codex.client": ("CodexConfig",),
    "openai_codex.errors": ("CodexError", "CodexRpcError", "is_retryable_error"),
    "openai_codex.retry": ("retry_on_overload", "is_retryable_error"),
}
TYPED_DOORS = {
    "openai_codex.models": (
        "InitializeResponse",
        "JsonObject",
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
