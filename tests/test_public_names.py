"""Every public name is there, documented, told the same in three places, and as others know it.

The names and signatures below are those that programs written for the official package use; ours
may have more, never less, and in the same order.
"""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import openai_codex
from openai_codex import types

IN_THE_ROOT = """
    __version__ CodexConfig Codex AsyncCodex ApprovalMode Sandbox ChatgptLoginHandle
    DeviceCodeLoginHandle AsyncChatgptLoginHandle AsyncDeviceCodeLoginHandle Thread
    AsyncThread TurnHandle AsyncTurnHandle TurnResult Input InputItem RunInput
    ExternalMessage TextInput ImageInput LocalImageInput SkillInput MentionInput
    retry_on_overload CodexError TransportClosedError JsonRpcError CodexRpcError ParseError
    InvalidRequestError MethodNotFoundError InvalidParamsError InternalRpcError
    ServerBusyError RetryLimitExceededError is_retryable_error
"""

IN_TYPES = """
    Account AccountLoginCompletedNotification ApprovalsReviewer AskForApproval
    CancelLoginAccountResponse CancelLoginAccountStatus GetAccountResponse
    InitializeResponse JsonObject ModelListResponse Notification Personality PlanType
    ReasoningEffort ReasoningSummary SandboxMode SandboxPolicy SortDirection
    ThreadArchiveResponse ThreadCompactStartResponse ThreadItem ThreadListCwdFilter
    ThreadListResponse ThreadReadResponse ThreadSetNameResponse ThreadSortKey ThreadSource
    ThreadSourceKind ThreadStartSource ThreadTokenUsage ThreadTokenUsageUpdatedNotification
    Turn TurnCompletedNotification TurnError TurnInterruptResponse TurnStatus
    TurnSteerResponse
"""
ROOT_NAMES, TYPE_NAMES = IN_THE_ROOT.split(), IN_TYPES.split()

SURFACE = """
class Codex:
    def __enter__(self): ...
    def close(self): ...
    def login_api_key(self, api_key): ...
    def login_chatgpt(self): ...
    def login_chatgpt_device_code(self): ...
    def account(self, *, refresh_token=False): ...
    def logout(self): ...
    def thread_start(
        self, *, approval_mode=ApprovalMode.auto_review, base_instructions=None,
        config=None, cwd=None, developer_instructions=None, ephemeral=None, model=None,
        model_provider=None, personality=None, sandbox=None, service_name=None,
        service_tier=None, session_start_source=None, thread_source=None
    ): ...
    def thread_list(
        self, *, archived=None, cursor=None, cwd=None, limit=None, model_providers=None,
        search_term=None, section_id=None, sort_direction=None, sort_key=None,
        source_kinds=None, use_state_db_only=None
    ): ...
    def thread_resume(
        self, thread_id, *, approval_mode=None, base_instructions=None, config=None,
        cwd=None, developer_instructions=None, include_turns=None, model=None,
        model_provider=None, personality=None, sandbox=None, service_tier=None
    ): ...
    def thread_fork(
        self, thread_id, *, approval_mode=None, base_instructions=None, config=None,
        cwd=None, developer_instructions=None, ephemeral=None, include_turns=None,
        model=None, model_provider=None, sandbox=None, service_tier=None,
        thread_source=None
    ): ...
    def thread_archive(self, thread_id): ...
    def thread_unarchive(self, thread_id): ...
    def models(self, *, include_hidden=False): ...
class ChatgptLoginHandle:
    def wait(self): ...
    def cancel(self): ...
class DeviceCodeLoginHandle:
    def wait(self): ...
    def cancel(self): ...
class Thread:
    def run(
        self, input, *, approval_mode=None, cwd=None, effort=None, model=None,
        output_schema=None, personality=None, sandbox=None, service_tier=None,
        source=None, summary=None, turn_service_tier=None
    ): ...
    def turn(
        self, input, *, approval_mode=None, cwd=None, effort=None, model=None,
        output_schema=None, personality=None, sandbox=None, service_tier=None,
        source=None, summary=None, turn_service_tier=None
    ): ...
    def read(self, *, include_turns=False): ...
    def set_name(self, name): ...
    def compact(self): ...
class TurnHandle:
    def steer(self, input): ...
    def interrupt(self): ...
    def stream(self): ...
    def run(self): ...
"""

# --- one table, three places ---------------------------------------------------------------------

SOURCE = ast.parse(Path(openai_codex.__file__).read_text(encoding="utf-8"))


def typed_names() -> Iterator[str]:
    """Yield what type checkers see: the imports under TYPE_CHECKING, as home and name."""
    for node in SOURCE.body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for line in node.body:
                assert isinstance(line, ast.ImportFrom)
                yield from (f"{line.module or ''}.{alias.name}" for alias in line.names)


def test_all_the_lazy_table_and_the_typed_imports_agree() -> None:
    homes = {f"{home}.{name}" for home, names in openai_codex._HOMES.items() for name in names}
    typed = set(typed_names())
    doors = {name for name in typed if name.startswith((".", "renames."))}
    assert doors >= {".methods", ".types"}
    assert typed - doors == homes
    named = [name for names in openai_codex._HOMES.values() for name in names]
    assert sorted([*named, "__version__", "methods", "types"]) == sorted(openai_codex.__all__)


def test_names_are_sorted_and_unique() -> None:
    assert len(set(openai_codex.__all__)) == len(openai_codex.__all__)
    assert dir(openai_codex) == sorted(openai_codex.__all__)


@pytest.mark.parametrize("name", openai_codex.__all__)
def test_a_public_name_is_there_and_shows_the_package_as_its_home(name: str) -> None:
    value = getattr(openai_codex, name)
    if inspect.isclass(value):
        assert value.__module__ == "openai_codex"
        assert value.__name__ == name or name == "CodexConfig"


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'openai_codex' has no attribute 'Nothing'"):
        _ = openai_codex.Nothing  # type: ignore[attr-defined]


def test_a_star_import_brings_everything() -> None:
    text = "from openai_codex import *; import openai_codex as o; print({*o.__all__} - {*dir()})"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


# --- what is said of them ------------------------------------------------------------------------


def documented() -> Iterator[tuple[str, Any]]:
    for name in openai_codex.__all__:
        value = getattr(openai_codex, name)
        if inspect.isclass(value) or inspect.isroutine(value) or inspect.ismodule(value):
            yield name, value
        if inspect.isclass(value):
            for member, what in vars(value).items():
                if not member.startswith("_") and (inspect.isfunction(what) or _is_property(what)):
                    yield f"{name}.{member}", what


def _is_property(value: object) -> bool:
    return isinstance(value, property)


@pytest.mark.parametrize(("name", "value"), list(documented()))
def test_a_public_name_has_a_docstring_of_its_own(name: str, value: Any) -> None:
    text = (value.__doc__ or "").strip()
    assert text
    assert not text.startswith(f"{name}(")  # what a dataclass writes when nobody else did
    assert text.split("\n")[0].rstrip().endswith((".", ":", ";"))


# --- as others know them -------------------------------------------------------------------------


def test_every_name_of_the_official_package_is_there() -> None:
    assert [name for name in ROOT_NAMES if name not in openai_codex.__all__] == []
    assert [name for name in TYPE_NAMES if not hasattr(types, name)] == []
    assert [name for name in TYPE_NAMES if name not in types.__all__] == []


def surface() -> Iterator[tuple[str, str, inspect.Signature]]:
    """Yield each class and method that others know, with its signature."""
    known: dict[str, Any] = {"ApprovalMode": openai_codex.ApprovalMode}
    exec(textwrap.dedent(SURFACE), known)
    for name, kind in known.items():
        if inspect.isclass(kind) and kind.__module__ == "builtins":
            for method, function in vars(kind).items():
                if inspect.isfunction(function):
                    yield name, method, inspect.signature(function)


def shape(signature: inspect.Signature) -> list[tuple[str, Any, Any]]:
    return [(p.name, p.kind, p.default) for p in signature.parameters.values()]


@pytest.mark.parametrize("face", ["", "Async"])
@pytest.mark.parametrize(("name", "method", "known"), list(surface()))
def test_a_method_takes_what_others_pass_in_the_same_order(
    face: str, name: str, method: str, known: inspect.Signature
) -> None:
    if face and method == "__enter__":
        method = "__aenter__"
    ours = getattr(getattr(openai_codex, face + name), method)
    theirs = {parameter[0] for parameter in shape(known)}
    mine = shape(inspect.signature(ours))
    assert [parameter for parameter in mine if parameter[0] in theirs] == shape(known)
    extras = [p for p in inspect.signature(ours).parameters.values() if p.name not in theirs]
    assert all(p.kind is p.KEYWORD_ONLY and p.default is not p.empty for p in extras)
    assert inspect.iscoroutinefunction(ours) is (bool(face) and method != "stream")


def test_the_surface_was_read_whole() -> None:
    assert len(list(surface())) == 27
    assert len(ROOT_NAMES) == 37


@pytest.mark.parametrize("face", ["", "Async"])
def test_metadata_is_a_property(face: str) -> None:
    client = getattr(openai_codex, f"{face}Codex")
    assert isinstance(inspect.getattr_static(client, "metadata"), property)


def test_the_enums_have_the_values_that_others_know() -> None:
    modes = {mode.name: mode.value for mode in openai_codex.ApprovalMode}
    assert modes.items() >= {"deny_all": "deny_all", "auto_review": "auto_review"}.items()
    assert {sandbox.name: sandbox.value for sandbox in openai_codex.Sandbox} == {
        "read_only": "read-only",
        "workspace_write": "workspace-write",
        "full_access": "full-access",
    }
    assert issubclass(openai_codex.Sandbox, str)
