"""Options on their way out: what is omitted is not sent, and each has its name on the wire."""

from __future__ import annotations

import pytest

from openai_codex import ApprovalMode, ExternalMessage, Sandbox, TextInput
from openai_codex._async.commands import ExecOptions
from openai_codex._turns.params import options, resume_params, thread_params, turn_params
from openai_codex.types import ReadOnlySandboxPolicy, ReasoningEffort, ThreadSourceKind


def test_what_is_omitted_is_not_sent() -> None:
    assert thread_params(approval_mode=None, sandbox=None, model=None) == {}
    assert resume_params(include_turns=None, approval_mode=None, sandbox=None) == {}
    assert turn_params("th", "hi") == {
        "threadId": "th",
        "input": [{"type": "text", "text": "hi"}],
    }


def test_include_turns_goes_out_inverted() -> None:
    for asked in (True, False):
        params = resume_params(include_turns=asked, approval_mode=None, sandbox=None)
        assert params == {"excludeTurns": not asked}


def test_a_new_thread_asks_for_its_reviewer() -> None:
    assert thread_params(approval_mode=ApprovalMode.auto_review, sandbox=None) == {
        "approvalPolicy": "on-request",
        "approvalsReviewer": "auto_review",
    }


@pytest.mark.parametrize(
    ("sandbox", "mode", "policy"),
    [
        (Sandbox.read_only, "read-only", "readOnly"),
        (Sandbox.workspace_write, "workspace-write", "workspaceWrite"),
        (Sandbox.full_access, "danger-full-access", "dangerFullAccess"),
    ],
)
def test_a_sandbox_is_a_word_for_threads_and_an_object_for_turns(
    sandbox: Sandbox, mode: str, policy: str
) -> None:
    assert thread_params(approval_mode=None, sandbox=sandbox)["sandbox"] == mode
    assert turn_params("th", "hi", sandbox=sandbox)["sandboxPolicy"] == {"type": policy}


def test_options_have_their_names_on_the_wire() -> None:
    sent = turn_params(
        "th",
        TextInput("hi"),
        effort=ReasoningEffort("high"),
        output_schema={"type": "object"},
        service_tier="flex",
        source="cron",
        turn_service_tier="priority",
    )
    del sent["threadId"], sent["input"]
    assert sent == {
        "effort": "high",
        "outputSchema": {"type": "object"},
        "serviceTier": "flex",
        "turnTrigger": "cron",
        "serviceTierForTurn": "priority",
    }


def test_enums_and_models_go_out_as_plain_json() -> None:
    policy = ReadOnlySandboxPolicy(network_access=True)
    sent = options(source_kinds=[ThreadSourceKind.cli], sandbox_policy=policy)
    assert sent == {
        "sourceKinds": ["cli"],
        "sandboxPolicy": {"type": "readOnly", "networkAccess": True},
    }
    assert type(sent["sourceKinds"][0]) is str


def test_an_external_message_goes_out_beside_an_empty_input() -> None:
    sent = turn_params("th", ExternalMessage("ci", "red", namespace="hooks"))
    assert sent == {
        "threadId": "th",
        "input": [],
        "toolOutput": {"name": "ci", "output": "red", "namespace": "hooks"},
    }


@pytest.mark.parametrize(
    ("cwd", "folder", "roots"),
    [
        ("/repo", None, ["/repo"]),
        ("sub", "/repo", ["/repo/sub"]),
        ("sub", None, None),  # what it is relative to, the runtime alone knows
        (None, "/repo", None),
    ],
)
def test_the_workspace_of_a_command_is_its_folder(
    cwd: str | None, folder: str | None, roots: list[str] | None
) -> None:
    given = ExecOptions(["true"], cwd=cwd, sandbox=Sandbox.workspace_write)
    assert given.params("id", folder)["sandboxPolicy"].get("writableRoots") == roots
    reads = ExecOptions(["true"], cwd=cwd, sandbox=Sandbox.read_only)
    assert "writableRoots" not in reads.params("id", folder)["sandboxPolicy"]
