"""`types`, `methods` and `generated.v2_all` have every name and load only what is touched."""

from __future__ import annotations

import subprocess
import sys

import pytest

from openai_codex import types
from openai_codex._wire.index import ALIASES, MODULES
from openai_codex.generated import v2_all

SURFACE = [
    "Account",
    "AccountLoginCompletedNotification",
    "ApprovalsReviewer",
    "AskForApproval",
    "CancelLoginAccountResponse",
    "CancelLoginAccountStatus",
    "GetAccountResponse",
    "InitializeResponse",
    "JsonObject",
    "ModelListResponse",
    "Notification",
    "Personality",
    "PlanType",
    "ReasoningEffort",
    "ReasoningSummary",
    "SandboxMode",
    "SandboxPolicy",
    "SortDirection",
    "ThreadArchiveResponse",
    "ThreadCompactStartResponse",
    "ThreadItem",
    "ThreadListCwdFilter",
    "ThreadListResponse",
    "ThreadReadResponse",
    "ThreadSetNameResponse",
    "ThreadSortKey",
    "ThreadSource",
    "ThreadSourceKind",
    "ThreadStartSource",
    "ThreadTokenUsage",
    "ThreadTokenUsageUpdatedNotification",
    "Turn",
    "TurnCompletedNotification",
    "TurnError",
    "TurnInterruptResponse",
    "TurnStatus",
    "TurnSteerResponse",
]


def modules_after(code: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after this code."""
    script = f"{code}\nimport sys\nprint(*sys.modules)"
    command = [sys.executable, "-W", "error", "-c", script]
    return set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())


def wire_models(modules: set[str]) -> set[str]:
    return {name for name in modules if name.startswith("openai_codex._wire.models.")}


def test_the_doors_open_without_pydantic() -> None:
    code = (
        "import openai_codex.types, openai_codex.generated.v2_all\n"
        "from openai_codex import methods\n"
        "methods.thread.START.encode({}), methods.account.LOGOUT, list(methods.all())\n"
        "from openai_codex._wire import decode_notification\n"
        "decode_notification('no/such', {})\n"
    )
    loaded = modules_after(code)
    assert not {"pydantic", "pydantic_core", "asyncio"} & loaded
    assert wire_models(loaded) == set()


def test_a_delta_loads_one_module_of_models() -> None:
    code = (
        "from openai_codex._wire import decode_notification\n"
        "decode_notification('item/agentMessage/delta', {})\n"
    )
    assert wire_models(modules_after(code)) == {"openai_codex._wire.models.item_agent_message"}


def test_a_plain_turn_loads_a_small_part_of_the_models() -> None:
    code = (
        "from openai_codex import methods\n"
        "from openai_codex._wire import decode_notification\n"
        "for name in ('initialize', 'thread/start', 'turn/start'):\n"
        "    methods.find(name).params, methods.find(name).result\n"
        "for method in ('turn/started', 'item/started', 'item/agentMessage/delta',\n"
        "               'item/completed', 'thread/tokenUsage/updated', 'turn/completed'):\n"
        "    decode_notification(method, {})\n"
        "from openai_codex._wire.base import WireModel\n"
        "import gc\n"
        "types = [thing for thing in gc.get_objects() if isinstance(thing, type)]\n"
        "assert 100 < len([t for t in types if issubclass(t, WireModel)]) < 160\n"
    )
    assert len(wire_models(modules_after(code))) < 25


@pytest.mark.parametrize("name", SURFACE)
def test_types_has_every_public_name(name: str) -> None:
    if name == "Notification":
        assert types.Notification.__name__ == name
        return
    assert getattr(types, name) is getattr(v2_all, name)
    assert name in vars(types)["__all__"]


def test_types_has_every_wire_name() -> None:
    assert {*MODULES, *ALIASES} <= set(dir(types)) == set(dir(v2_all))
    for name in MODULES:
        assert getattr(types, name).__name__ == name
    for alias, name in ALIASES.items():
        same = getattr(types, alias) is getattr(types, name)
        assert same is not alias.startswith("Nullable"), alias


def test_a_name_that_there_is_not_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="Telepathy"):
        _ = types.Telepathy  # type: ignore[attr-defined]
    with pytest.raises(ImportError):
        from openai_codex.types import Telepathy  # type: ignore[attr-defined]  # noqa: F401
