"""What a turn is started with: each option reaches the runtime, and bad ones never leave."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from openai_codex import (
    ApprovalMode,
    AsyncCodex,
    AsyncThread,
    ExternalMessage,
    ImageInput,
    InvalidRequestError,
    LocalImageInput,
    MentionInput,
    Sandbox,
    SkillInput,
    TextInput,
    methods,
)
from openai_codex.testing import run_command, say
from openai_codex.types import (
    CommandExecutionThreadItem,
    JsonObject,
    Personality,
    ReasoningEffort,
    ReasoningSummary,
    ThreadResumeParams,
    ThreadResumeResponse,
    UserMessageThreadItem,
)
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


async def settings(codex: AsyncCodex, thread: AsyncThread) -> ThreadResumeResponse:
    """Ask what is in force; a resume without options changes nothing."""
    params = ThreadResumeParams(thread_id=thread.id, exclude_turns=True)
    return await codex.call(methods.thread.RESUME, params)


# --- inputs --------------------------------------------------------------------------------------


async def test_a_list_of_inputs_reaches_the_model_in_order(
    thread: AsyncThread, model: SharedModel, tmp_path: Path
) -> None:
    picture = tmp_path / "dot.png"
    picture.write_bytes(base64.b64decode(PIXEL))
    script = model.script(say("Seen"))
    url = f"data:image/png;base64,{PIXEL}"
    await thread.run(
        [TextInput("one"), ImageInput(url), LocalImageInput(str(picture)), TextInput("two")]
    )
    (request,) = script.requests
    assert len(request.images) == 2
    assert request.images[0] == url
    assert request.user_text.startswith("one")
    assert request.user_text.endswith("two")


async def test_a_single_input_item_needs_no_list(thread: AsyncThread, model: SharedModel) -> None:
    script = model.script(say("ok"))
    await thread.run(TextInput("alone"))
    assert script.requests[0].user_text == "alone"


async def test_a_skill_brings_its_text(
    codex: AsyncCodex, thread: AsyncThread, model: SharedModel
) -> None:
    skill = Path(codex.metadata.codex_home) / "skills/greet/SKILL.md"
    skill.parent.mkdir(parents=True)
    skill.write_text("---\nname: greet\ndescription: greets\n---\nAlways bow.\n")
    await codex.call(methods.skills.LIST, {"forceReload": True})  # it may not have seen it yet
    script = model.script(say("ok"))
    await thread.run([TextInput("hello"), SkillInput("greet", str(skill))])
    assert any("Always bow." in text for text in script.requests[0].texts)


async def test_a_mention_is_kept_with_the_message(thread: AsyncThread, model: SharedModel) -> None:
    model.script(say("ok"))
    result = await thread.run([TextInput("see"), MentionInput("notes", "/notes.md")])
    message = result.items[0]
    assert isinstance(message, UserMessageThreadItem)
    assert [part.type for part in message.content] == ["text", "mention"]


async def test_an_external_message_starts_a_turn(thread: AsyncThread, model: SharedModel) -> None:
    script = model.script(say("Noted"))
    message = ExternalMessage("ci", "build 7 is red", namespace="hooks")
    assert (await thread.run(message)).final_response == "Noted"
    (output,) = script.requests[0].function_outputs.values()
    assert "build 7 is red" in json.dumps(output)


async def test_an_external_message_may_hold_content_items(
    thread: AsyncThread, model: SharedModel
) -> None:
    script = model.script(say("Noted"))
    content: list[JsonObject] = [
        {"type": "input_text", "text": "first"},
        {"type": "input_text", "text": "second"},
    ]
    await thread.run(ExternalMessage("ci", content))
    (output,) = script.requests[0].function_outputs.values()
    assert [part["text"] for part in output] == ["first", "second"]


async def test_an_external_message_in_a_list_is_refused_before_it_is_sent(
    thread: AsyncThread, model: SharedModel
) -> None:
    with pytest.raises(TypeError, match="ExternalMessage is a turn by itself"):
        await thread.run([TextInput("a"), ExternalMessage("ci", "b")])  # type: ignore[list-item]
    assert model.requests == []


async def test_an_external_message_needs_a_tool_name() -> None:
    with pytest.raises(ValueError, match="tool_name"):
        ExternalMessage("  ", "text")


async def test_what_is_no_input_is_refused_before_it_is_sent(
    thread: AsyncThread, model: SharedModel
) -> None:
    with pytest.raises(TypeError, match="got int"):
        await thread.run(3)  # type: ignore[call-overload]
    assert model.requests == []


async def test_a_refusal_of_the_runtime_is_raised_by_turn(
    thread: AsyncThread, model: SharedModel
) -> None:
    with pytest.raises(InvalidRequestError, match="remote image URLs"):
        await thread.turn(ImageInput("https://example.com/a.png"))
    assert model.requests == []


# --- options -------------------------------------------------------------------------------------


async def test_effort_summary_and_schema_reach_the_model(
    thread: AsyncThread, model: SharedModel
) -> None:
    schema: JsonObject = {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    }
    script = model.script(say('{"city":"Ulm"}'))
    result = await thread.run(
        "where?",
        effort=ReasoningEffort("low"),
        summary=ReasoningSummary.model_validate("concise"),
        output_schema=schema,
    )
    (request,) = script.requests
    assert request.output_schema == schema
    assert request.body["reasoning"] == {"effort": "low", "summary": "concise"}
    assert result.final_response == '{"city":"Ulm"}'


async def test_an_output_schema_is_for_one_turn(thread: AsyncThread, model: SharedModel) -> None:
    model.script(say("{}"))
    model.script(say("free"))
    await thread.run("one", output_schema={"type": "object", "additionalProperties": False})
    await thread.run("two")
    assert [request.output_schema is None for request in model.requests] == [False, True]


async def test_service_tiers_are_sent_for_the_thread_or_for_one_turn(
    codex: AsyncCodex, model: SharedModel
) -> None:
    thread = await codex.thread_start(service_tier="flex")
    for _ in range(3):
        model.script(say("ok"))
    await thread.run("one")
    await thread.run("two", turn_service_tier="priority")
    await thread.run("three")
    tiers = [request.body.get("service_tier") for request in model.requests]
    assert tiers == ["flex", "priority", "flex"]


async def test_source_names_the_starter_of_the_turn(
    thread: AsyncThread, model: SharedModel
) -> None:
    script = model.script(say("ok"))
    await thread.run("hi", source="nightly-build")
    assert script.requests[0].metadata["turn_trigger"] == "nightly-build"


async def test_an_override_persists_to_later_turns(
    codex: AsyncCodex, thread: AsyncThread, model: SharedModel, tmp_path: Path
) -> None:
    model.script(run_command("pwd"), say("ok"))
    model.script(run_command("pwd"), say("ok"))
    await thread.run(
        "one",
        cwd=str(tmp_path),
        model="gpt-5.5-other",
        effort=ReasoningEffort("high"),
        approval_mode=ApprovalMode.deny_all,
        personality=Personality.friendly,
    )
    second = await thread.run("two")
    assert [request.model for request in model.requests] == ["gpt-5.5-other"] * 4
    assert model.requests[-1].body["reasoning"]["effort"] == "high"
    (command,) = [item for item in second.items if isinstance(item, CommandExecutionThreadItem)]
    assert command.aggregated_output == f"{tmp_path}\n"
    now = await settings(codex, thread)
    assert (now.approval_policy, now.model) == ("never", "gpt-5.5-other")


async def test_omitted_options_rewrite_nothing(codex: AsyncCodex, model: SharedModel) -> None:
    thread = await codex.thread_start(
        approval_mode=ApprovalMode.deny_all, sandbox=Sandbox.read_only
    )
    model.script(say("ok"))
    await thread.run("hi")
    now = await settings(codex, thread)
    assert (now.approval_policy, now.sandbox.type) == ("never", "readOnly")


@pytest.mark.parametrize(
    ("sandbox", "wire"),
    [
        (Sandbox.read_only, "readOnly"),
        (Sandbox.workspace_write, "workspaceWrite"),
        (Sandbox.full_access, "dangerFullAccess"),
    ],
)
async def test_each_sandbox_is_taken_by_threads_and_turns(
    codex: AsyncCodex, model: SharedModel, sandbox: Sandbox, wire: str
) -> None:
    model.default(say("ok"))
    by_thread = await codex.thread_start(sandbox=sandbox)
    await by_thread.run("hi")
    by_turn = await codex.thread_start()
    await by_turn.run("hi", sandbox=sandbox)
    assert (await settings(codex, by_thread)).sandbox.type == wire
    assert (await settings(codex, by_turn)).sandbox.type == wire


async def test_a_read_only_sandbox_keeps_commands_from_writing(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path
) -> None:
    thread = await codex.thread_start(sandbox=Sandbox.read_only, cwd=str(tmp_path))
    script = model.script(run_command("touch made", call_id="touch"), say("ok"))
    await thread.run("hi")
    assert "Process exited with code 1" in script.requests[-1].function_outputs["touch"]
    assert not (tmp_path / "made").exists()


async def test_a_raw_string_for_a_choice_is_refused_before_it_is_sent(
    codex: AsyncCodex, thread: AsyncThread, model: SharedModel
) -> None:
    with pytest.raises(ValueError, match=r"ApprovalMode\.deny_all, ApprovalMode\.auto_review"):
        await thread.run("hi", approval_mode="deny_all")  # type: ignore[call-overload]
    with pytest.raises(ValueError, match=r"Sandbox\.workspace_write"):
        await thread.turn("hi", sandbox="read-only")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"Sandbox\.full_access"):
        await codex.thread_start(sandbox="danger-full-access")  # type: ignore[arg-type]
    assert model.requests == []
