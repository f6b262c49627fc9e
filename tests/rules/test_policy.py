from __future__ import annotations

from datetime import timezone
from typing import Any

import pytest

from openai_codex.rules import AuditRecord, Rules, command, mcp, path
from tests.rules.asked import (
    CommandQuestion,
    FileQuestion,
    FileUpdate,
    OtherQuestion,
    ToolQuestion,
)


def test_what_no_rule_settles_is_denied_where_nobody_is_asked() -> None:
    rules = Rules(allow=["git status"])
    verdict = rules.judge(CommandQuestion("git push"))
    assert (verdict.outcome, verdict.rule) == ("deny", None)
    assert verdict.reason == "no allow rule matches, and there is nobody to ask"
    assert rules.judge(OtherQuestion()).outcome == "deny"
    assert rules.judge(OtherQuestion("new kind")).outcome == "deny"


def test_a_verdict_names_its_rule() -> None:
    rules = Rules(allow=["git status"], deny=["rm"])
    assert rules.explain("git status").rule == command("git", "status")
    assert rules.explain("git status").reason == "allowed by command('git', 'status')"
    assert rules.explain("rm x").reason == "denied by command('rm')"


def test_rules_are_a_handler_that_answers_yes_no_or_what_ask_says() -> None:
    asked: list[object] = []

    def ask(question: object) -> str:
        asked.append(question)
        return "accept"

    rules = Rules(allow=["git status"], deny=["rm"], ask=ask)
    push = CommandQuestion("git push")
    assert rules(CommandQuestion("git status")) is True
    assert rules(CommandQuestion("rm x")) is False
    assert rules(push) == "accept"
    assert asked == [push]
    assert Rules()(push) is False
    assert [record.outcome for record in rules.audit] == ["allow", "deny", "ask", "answered"]


async def test_an_async_ask_is_awaited_by_the_caller_and_kept() -> None:
    async def ask(question: object) -> bool:
        return True

    rules = Rules(ask=ask)
    answer = rules(CommandQuestion("git push"))
    assert [record.outcome for record in rules.audit] == ["ask"]
    assert await answer is True
    assert rules.audit[-1].reason == "the ask handler said True"


def test_an_ask_that_raises_is_not_hidden() -> None:
    def ask(question: object) -> bool:
        raise KeyError(question)

    with pytest.raises(KeyError):
        Rules(ask=ask)(CommandQuestion("git push"))


def test_judging_keeps_a_record_and_logs_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="openai_codex.approvals")
    rules = Rules(allow=["git status"], deny=["rm"])
    rules.judge(CommandQuestion("/bin/bash -lc 'git status'"))
    rules.judge(CommandQuestion("rm x\nrm y"))
    first, second = rules.audit
    assert first.time.tzinfo is timezone.utc
    assert first == AuditRecord(
        time=first.time,
        kind="command",
        subject="/bin/bash -lc 'git status'",
        outcome="allow",
        rule="command('git', 'status')",
        reason="allowed by command('git', 'status')",
        thread_id="th",
        turn_id="t1",
        item_id="call-1",
    )
    assert (second.outcome, second.rule) == ("deny", "command('rm')")
    assert [(entry.levelname, entry.getMessage()) for entry in caplog.records] == [
        (
            "INFO",
            "allow command \"/bin/bash -lc 'git status'\": allowed by command('git', 'status')",
        ),
        ("WARNING", "deny command 'rm x\\nrm y': denied by command('rm')"),
    ]
    assert [entry.__dict__["audit"] for entry in caplog.records] == [first, second]
    names = ("thread_id", "turn_id", "item_id")
    assert [caplog.records[0].__dict__[name] for name in names] == ["th", "t1", "call-1"]


def test_records_name_what_was_asked() -> None:
    rules = Rules()
    rules.judge(CommandQuestion(argv=["git", "push"]))
    rules.judge(FileQuestion([FileUpdate("/a", "add"), FileUpdate("/b", None)]))
    rules.judge(ToolQuestion("tracker", None))
    rules.judge(OtherQuestion())
    assert [(record.kind, record.subject) for record in rules.audit] == [
        ("command", "git push"),
        ("file_change", "add /a, change /b"),
        ("mcp_tool", "tracker/?"),
        ("permissions", ""),
    ]
    assert rules.audit[1].thread_id is None


def test_a_dry_run_keeps_nothing() -> None:
    rules = Rules(allow=["git status", path("*"), mcp("tracker")], root="/repo")
    assert rules.explain("git status").outcome == "allow"
    assert rules.explain_change("a").outcome == "allow"
    assert rules.explain_tool("tracker", "read").outcome == "allow"
    assert rules.audit == ()


def test_the_record_is_bounded_and_holds_no_secret() -> None:
    told: list[AuditRecord] = []
    rules = Rules(audit_size=2, on_audit=told.append)
    for number in range(3):
        rules.judge(CommandQuestion(f"curl --token=abc{number} x"))
    assert [record.subject for record in rules.audit] == ["curl --token=[redacted] x"] * 2
    assert len(told) == 3


def test_what_cannot_be_recorded_does_not_happen() -> None:
    def on_audit(record: AuditRecord) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        Rules(allow=["git status"], on_audit=on_audit)(CommandQuestion("git status"))


def test_what_is_not_a_rule_is_refused() -> None:
    with pytest.raises(TypeError, match=r"a rule is a string, command\(\), path\(\) or mcp\(\)"):
        Rules(allow=[3])  # type: ignore[list-item]


def test_importing_rules_loads_no_model_and_no_event_loop() -> None:
    import subprocess
    import sys

    program = (
        "import sys, openai_codex.rules\n"
        "print([name for name in ('pydantic', 'asyncio', 'subprocess') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("name", ["allow", "deny"])
def test_a_text_is_no_list_of_rules(name: str) -> None:
    options: Any = {name: "rm"}
    with pytest.raises(TypeError, match=rf"{name} takes a list of rules: {name}=\['rm'\]"):
        Rules(**options)
