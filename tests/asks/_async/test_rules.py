"""`Rules` as the handler of every approval slot, with the real runtime's own questions."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openai_codex import AsyncCodex, Decision, Handlers, Question, Sandbox
from openai_codex.rules import Rules, command, mcp, path
from openai_codex.testing import (
    add_file,
    apply_patch,
    call_mcp,
    parallel,
    request_permissions,
    run_command,
    say,
)
from openai_codex.types import FileChangeThreadItem
from tests.conftest import SharedModel

pytestmark = pytest.mark.asyncio(loop_scope="session")  # async only


def outcomes(rules: Rules) -> list[tuple[str, str]]:
    return [(record.kind, record.outcome) for record in rules.audit]


async def test_commands_are_allowed_denied_and_asked_by_rule(
    codex: AsyncCodex, model: SharedModel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="openai_codex.approvals")
    asked: list[Any] = []

    def person(question: Question) -> Decision:
        asked.append(question)
        return Decision.decline

    rules = Rules(allow=["echo"], deny=[command("echo", "secret")], ask=person)
    commands = {
        "allowed": "echo hi",
        "denied": "echo the secret",
        "asked": "uname",
        "joined": "echo hi; uname",
    }
    calls = [run_command(text, escalate=True, call_id=ident) for ident, text in commands.items()]
    model.script(*calls, say("Done"))
    thread = await codex.thread_start(handlers=Handlers(approve=rules))
    await thread.run("hi")
    outputs = model.requests[-1].function_outputs
    assert [ident for ident in commands if "rejected by user" in outputs[ident]] == [
        "denied",
        "asked",
        "joined",
    ]
    assert [question.item_id for question in asked] == ["asked", "joined"]
    assert outcomes(rules) == [
        ("command", "allow"),
        ("command", "deny"),
        ("command", "ask"),
        ("command", "answered"),
        ("command", "ask"),
        ("command", "answered"),
    ]
    assert {record.thread_id for record in rules.audit} == {thread.id}
    decided = [r.getMessage() for r in caplog.records if r.name == "openai_codex.approvals"]
    assert sum(text.endswith(": accept") for text in decided) == 1
    assert sum(text.endswith(": decline") for text in decided) == 3


async def test_a_person_is_asked_by_an_async_function_too(
    codex: AsyncCodex, model: SharedModel
) -> None:
    async def person(question: Question) -> bool:
        await codex.models()
        return True

    rules = Rules(allow=["ls"], ask=person)
    model.script(run_command("echo hi", escalate=True, call_id="c"), say("Done"))
    thread = await codex.thread_start(handlers=Handlers(approve_command=rules))
    await thread.run("hi")
    assert "hi" in model.requests[-1].function_outputs["c"]
    assert [record.outcome for record in rules.audit] == ["ask", "answered"]
    assert "True" in rules.audit[-1].reason


def write(folder: Path, name: str, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


MOVE = """*** Begin Patch
*** Update File: src/a.py
*** Move to: {target}
@@
-one
+two
*** End Patch
"""


@pytest.mark.parametrize(
    ("patch", "outcome"),
    [
        (add_file("src/new.py", "x = 1\n"), "allow"),
        (add_file("src/generated/new.py", "x = 1\n"), "deny"),
        (add_file("README.md", "hi\n"), "deny"),
        (apply_patch(MOVE.format(target="src/b.py")), "allow"),
        (apply_patch(MOVE.format(target="elsewhere.py")), "deny"),
    ],
    ids=["inside", "denied", "outside", "moved inside", "moved out"],
)
async def test_file_changes_are_judged_by_path_rules(
    codex: AsyncCodex, model: SharedModel, tmp_path: Path, patch: Any, outcome: str
) -> None:
    write(tmp_path / "src", "a.py", "one\n")
    rules = Rules(allow=[path("src/**")], deny=[path("**/generated/**")], root=tmp_path)
    model.script(patch, say("Done"))
    thread = await codex.thread_start(
        cwd=str(tmp_path), sandbox=Sandbox.read_only, handlers=Handlers(approve=rules)
    )
    result = await thread.run("hi")
    (change,) = [item for item in result.items if isinstance(item, FileChangeThreadItem)]
    assert outcomes(rules) == [("file_change", outcome)]
    assert change.status == ("completed" if outcome == "allow" else "declined")


async def test_mcp_tools_are_judged_by_name(desk: AsyncCodex, model: SharedModel) -> None:
    rules = Rules(allow=[mcp("desk", "wr*")], deny=[mcp("*", "erase")])
    calls = parallel(
        call_mcp("desk", "write", {"a": 1}, call_id="w"),
        call_mcp("desk", "erase", {"a": 2}, call_id="e"),
    )
    model.script(calls, say("Done"))
    thread = await desk.thread_start(handlers=Handlers(approve=rules))
    await thread.run("hi")
    outputs = model.requests[-1].function_outputs
    assert "write" in str(outputs["w"])
    assert "rejected" in str(outputs["e"])
    assert outcomes(rules) == [("mcp_tool", "allow"), ("mcp_tool", "deny")]
    assert [record.subject for record in rules.audit] == ["desk/write", "desk/erase"]


@pytest.mark.parametrize(
    ("person", "granted"), [(None, False), (lambda _: True, True)], ids=["nobody", "somebody"]
)
async def test_permissions_are_covered_by_no_rule(
    codex: AsyncCodex,
    model: SharedModel,
    person: Callable[[Any], bool] | None,
    granted: bool,
) -> None:
    rules = Rules(allow=["*", path("/**"), mcp("*")], ask=person)
    model.script(request_permissions(network=True, call_id="p"), say("Done"))
    thread = await codex.thread_start(handlers=Handlers(approve=rules))
    await thread.run("hi")
    assert ('"enabled":true' in model.requests[-1].function_outputs["p"]) is granted


async def test_a_decision_that_cannot_be_noted_does_not_happen(
    codex: AsyncCodex, model: SharedModel
) -> None:
    def full(record: object) -> None:
        raise OSError("the disk is full")

    rules = Rules(allow=["echo"], on_audit=full)
    model.script(run_command("echo hi", escalate=True, call_id="c"), say("Done"))
    thread = await codex.thread_start(handlers=Handlers(approve=rules))
    await thread.run("hi")
    assert "rejected by user" in model.requests[-1].function_outputs["c"]
