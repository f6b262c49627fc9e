"""Keyword options become the protocol's params exactly; what is omitted is not sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from openai_codex._turns.inputs import (
    ExternalMessage,
    ImageInput,
    LocalImageInput,
    MentionInput,
    SkillInput,
    TextInput,
    run_input,
    steer_input,
)
from openai_codex._turns.params import (
    options,
    resume_params,
    settings_params,
    thread_params,
    turn_params,
)
from openai_codex._turns.presets import (
    ApprovalMode,
    Sandbox,
    approval_params,
    sandbox_mode,
    sandbox_policy,
)
from openai_codex.types import (
    Personality,
    ReasoningEffort,
    ReasoningSummary,
    SortDirection,
    ThreadSortKey,
    ThreadSourceKind,
    ThreadStartSource,
)

HELLO = [{"type": "text", "text": "hi"}]

# --- inputs --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "wire"),
    [
        ("hi", HELLO),
        ("", [{"type": "text", "text": ""}]),
        (TextInput("hi"), HELLO),
        (ImageInput("data:,x"), [{"type": "image", "url": "data:,x"}]),
        (LocalImageInput("shot.png"), [{"type": "localImage", "path": "shot.png"}]),
        (
            SkillInput("deploy", "skills/deploy/SKILL.md"),
            [{"type": "skill", "name": "deploy", "path": "skills/deploy/SKILL.md"}],
        ),
        (
            MentionInput("readme", "README.md"),
            [{"type": "mention", "name": "readme", "path": "README.md"}],
        ),
        (
            [TextInput("hi"), MentionInput("r", "p")],
            [*HELLO, {"type": "mention", "name": "r", "path": "p"}],
        ),
        (["hi"], HELLO),
        ((TextInput("hi"),), HELLO),
        ([], []),
    ],
)
def test_inputs_have_their_wire_form(given: Any, wire: Any) -> None:
    assert steer_input(given) == wire
    assert run_input(given) == {"input": wire}


@pytest.mark.parametrize(
    ("message", "wire"),
    [
        (ExternalMessage("build", "it broke"), {"name": "build", "output": "it broke"}),
        (
            ExternalMessage("build", "it broke", namespace="ci"),
            {"name": "build", "output": "it broke", "namespace": "ci"},
        ),
        (
            ExternalMessage("build", [{"type": "inputText", "text": "it broke"}]),
            {"name": "build", "output": [{"type": "inputText", "text": "it broke"}]},
        ),
        (ExternalMessage("build", ""), {"name": "build", "output": ""}),
    ],
)
def test_an_external_message_is_a_tools_output(message: ExternalMessage, wire: Any) -> None:
    assert run_input(message) == {"input": [], "toolOutput": wire}


def test_an_external_message_takes_typed_content() -> None:
    from openai_codex.types import InputTextFunctionCallOutputContentItem as Text

    message = ExternalMessage("build", [Text(text="it broke")])
    assert message.to_wire()["output"] == [{"type": "input_text", "text": "it broke"}]


@pytest.mark.parametrize("name", ["", " ", "\t\n"])
def test_a_blank_tool_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"ExternalMessage\.tool_name must not be blank"):
        ExternalMessage(name, "text")


MESSAGE = ExternalMessage("build", "it broke")


@pytest.mark.parametrize("given", [[MESSAGE], [TextInput("hi"), MESSAGE], (MESSAGE,)])
def test_an_external_message_in_a_list_is_refused(given: Any) -> None:
    with pytest.raises(TypeError, match="pass it alone to run"):
        run_input(given)


def test_an_external_message_cannot_steer() -> None:
    with pytest.raises(TypeError, match="a turn by itself"):
        steer_input(MESSAGE)  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [None, 5, b"bytes", {"type": "text"}, [None], [["hi"]]])
def test_anything_else_is_refused_by_its_type(given: Any) -> None:
    with pytest.raises(TypeError, match="expected str or one of TextInput, ImageInput"):
        run_input(given)


# --- presets -------------------------------------------------------------------------------------


def test_approval_modes_have_their_wire_form() -> None:
    assert {mode: approval_params(mode) for mode in ApprovalMode} == {
        ApprovalMode.deny_all: {"approvalPolicy": "never"},
        ApprovalMode.auto_review: {
            "approvalPolicy": "on-request",
            "approvalsReviewer": "auto_review",
        },
        ApprovalMode.ask: {"approvalPolicy": "on-request", "approvalsReviewer": "user"},
        ApprovalMode.ask_always: {"approvalPolicy": "untrusted", "approvalsReviewer": "user"},
    }
    assert approval_params(None) == {}


def test_a_sandbox_is_a_word_for_a_thread_and_an_object_for_a_turn() -> None:
    assert [(sandbox_mode(each), sandbox_policy(each)) for each in (*Sandbox, None)] == [
        ("read-only", {"type": "readOnly"}),
        ("workspace-write", {"type": "workspaceWrite"}),
        ("danger-full-access", {"type": "dangerFullAccess"}),
        (None, None),
    ]


def test_presets_have_the_values_that_settings_and_stored_options_name() -> None:
    modes = ["deny_all", "auto_review", "ask", "ask_always"]
    assert [mode.value for mode in ApprovalMode] == [mode.name for mode in ApprovalMode] == modes
    assert [each.value for each in Sandbox] == ["read-only", "workspace-write", "full-access"]
    assert ApprovalMode("deny_all") is ApprovalMode.deny_all


@pytest.mark.parametrize("wrong", ["auto_review", "deny_all", "never", 1, True, Sandbox.read_only])
def test_a_raw_approval_mode_is_refused_naming_the_choices(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"ApprovalMode\.deny_all, ApprovalMode\.auto_review"):
        approval_params(wrong)


@pytest.mark.parametrize("wrong", ["read-only", "readOnly", "danger-full-access", ApprovalMode.ask])
def test_a_raw_sandbox_is_refused_naming_the_choices(wrong: Any) -> None:
    for convert in (sandbox_mode, sandbox_policy):
        with pytest.raises(ValueError, match=r"Sandbox\.read_only, Sandbox\.workspace_write"):
            convert(wrong)


# --- options -------------------------------------------------------------------------------------


def test_what_is_omitted_is_not_sent() -> None:
    assert thread_params(approval_mode=None, sandbox=None, model=None) == {}
    assert turn_params("th", "hi") == {"threadId": "th", "input": HELLO}
    assert resume_params(include_turns=None, approval_mode=None, sandbox=None) == {}


def test_what_is_false_or_empty_or_nought_is_sent() -> None:
    assert options(ephemeral=False, base_instructions="", limit=0, config={}) == {
        "ephemeral": False,
        "baseInstructions": "",
        "limit": 0,
        "config": {},
    }


def test_every_option_of_a_new_thread() -> None:
    assert thread_params(
        approval_mode=ApprovalMode.auto_review,
        sandbox=Sandbox.workspace_write,
        base_instructions="base",
        config={"model_reasoning_effort": "low"},
        cwd="work",
        developer_instructions="dev",
        ephemeral=True,
        model="gpt-5.5",
        model_provider="mock",
        personality=Personality.friendly,
        service_name="service",
        service_tier="flex",
        session_start_source=ThreadStartSource.startup,
    ) == {
        "approvalPolicy": "on-request",
        "approvalsReviewer": "auto_review",
        "sandbox": "workspace-write",
        "baseInstructions": "base",
        "config": {"model_reasoning_effort": "low"},
        "cwd": "work",
        "developerInstructions": "dev",
        "ephemeral": True,
        "model": "gpt-5.5",
        "modelProvider": "mock",
        "personality": "friendly",
        "serviceName": "service",
        "serviceTier": "flex",
        "sessionStartSource": "startup",
    }


@pytest.mark.parametrize(("include", "excluded"), [(True, False), (False, True)])
def test_include_turns_goes_out_inverted(include: bool, excluded: bool) -> None:
    params = resume_params(
        include_turns=include, approval_mode=None, sandbox=Sandbox.full_access, thread_id="th"
    )
    assert params == {
        "threadId": "th",
        "excludeTurns": excluded,
        "sandbox": "danger-full-access",
    }


def test_every_option_of_a_turn() -> None:
    assert turn_params(
        "th",
        "hi",
        approval_mode=ApprovalMode.deny_all,
        sandbox=Sandbox.read_only,
        cwd="work",
        effort=ReasoningEffort.low,
        model="gpt-5.5",
        output_schema={"type": "object"},
        personality=Personality.pragmatic,
        service_tier="flex",
        source="ci",
        summary=ReasoningSummary.concise,
        turn_service_tier="priority",
    ) == {
        "threadId": "th",
        "input": HELLO,
        "approvalPolicy": "never",
        "sandboxPolicy": {"type": "readOnly"},
        "cwd": "work",
        "effort": "low",
        "model": "gpt-5.5",
        "outputSchema": {"type": "object"},
        "personality": "pragmatic",
        "serviceTier": "flex",
        "turnTrigger": "ci",
        "summary": "concise",
        "serviceTierForTurn": "priority",
    }


def test_filters_of_a_list_are_plain_values() -> None:
    assert options(
        cwd=["a", "b"],
        sort_key=ThreadSortKey.updated_at,
        sort_direction=SortDirection.desc,
        source_kinds=[ThreadSourceKind.cli, ThreadSourceKind.app_server],
        use_state_db_only=True,
        section_id="s",
    ) == {
        "cwd": ["a", "b"],
        "sortKey": "updated_at",
        "sortDirection": "desc",
        "sourceKinds": ["cli", "appServer"],
        "useStateDbOnly": True,
        "sectionId": "s",
    }


def test_a_path_goes_out_as_text() -> None:
    assert turn_params("t", "hi", cwd=Path("/srv/app"))["cwd"] == "/srv/app"


@pytest.mark.parametrize(("name", "content"), [(None, "x"), (3, "x")])
def test_an_outside_message_needs_a_name(name: Any, content: str) -> None:
    with pytest.raises(ValueError, match="tool_name must not be blank"):
        ExternalMessage(name, content)


def test_an_outside_message_needs_content() -> None:
    content: Any = None
    with pytest.raises(TypeError, match="content must be text or a list of items, got NoneType"):
        ExternalMessage("deploy", content)


def test_inputs_can_be_fields_of_somebodys_model() -> None:
    adapter: TypeAdapter[ExternalMessage] = TypeAdapter(ExternalMessage)
    message = ExternalMessage("deploy", "went well")
    wire = {"tool_name": "deploy", "content": "went well", "namespace": None}
    assert adapter.validate_python({"tool_name": "deploy", "content": "went well"}) == message
    assert adapter.dump_python(message) == wire
    with pytest.raises(ValidationError, match="must not be blank"):
        adapter.validate_python({"tool_name": " ", "content": "x"})


def test_settings_are_those_that_were_given() -> None:
    given = settings_params("th", approval_mode=None, sandbox=Sandbox.read_only, model="m")
    assert given == {
        "threadId": "th",
        "model": "m",
        "sandboxPolicy": sandbox_policy(Sandbox.read_only),
    }


def test_the_scheme_of_an_image_is_ascii() -> None:
    with pytest.raises(ValueError, match="ImageInput"):
        run_input([ImageInput("dat\u00e4:image/png;base64,AA==")])
