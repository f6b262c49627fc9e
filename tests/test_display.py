"""Results look well in a notebook and at a prompt, and nothing of the model's becomes markup."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from rich.console import Console

from openai_codex.display import MOST_LINES, Diff, diff_of, thread_html
from openai_codex.notification import Notification
from openai_codex.result import TurnCollector, TurnResult

EVIL = "<script>alert(1)</script>"

ADD = {"path": "new.txt", "kind": {"type": "add"}, "diff": "one\ntwo\n"}
UPDATE = {
    "path": "a.py",
    "kind": {"type": "update", "move_path": None},
    "diff": "@@ -1,2 +1,2 @@\n one\n-two\n+three\n",
}
DELETE = {"path": "old.txt", "kind": {"type": "delete"}, "diff": "gone\n"}
MOVE = {"path": "a", "kind": {"type": "update", "move_path": "b"}, "diff": "@@ -1 +1 @@\n-x\n+y"}


def result_of(*items: dict[str, Any], **turn: Any) -> TurnResult[Any]:
    collector = TurnCollector("u1")
    for item in items:
        feed(collector, "item/completed", {"item": item, "threadId": "t1", "turnId": "u1"})
    turn = {"id": "u1", "items": [], "status": "completed", "durationMs": 2100, **turn}
    feed(collector, "turn/completed", {"threadId": "t1", "turn": turn})
    return collector.result()


def feed(collector: TurnCollector, method: str, params: dict[str, Any]) -> None:
    collector.feed(Notification.from_wire(method, params, 0))


def message(text: str) -> dict[str, Any]:
    return {"type": "agentMessage", "id": f"m-{len(text)}", "text": text}


def change(*changes: dict[str, Any], status: str = "completed") -> dict[str, Any]:
    return {"type": "fileChange", "id": f"f-{status}", "status": status, "changes": list(changes)}


def command(text: str) -> dict[str, Any]:
    return {
        "type": "commandExecution",
        "id": "c1",
        "command": text,
        "commandActions": [],
        "cwd": "/repo",
        "status": "completed",
    }


def test_a_result_is_one_readable_line() -> None:
    assert repr(result_of(message("Done. " * 30))) == (
        "TurnResult(id='u1', status='completed', "
        "final_response='Done. Done. Done. Done. Done. Done. Done. Done. Done. Done.…', "
        "duration_ms=2100, items=[agentMessage])"
    )


def test_a_failed_result_says_why() -> None:
    shown = repr(result_of(status="failed", error={"message": "no more"}))
    assert "status='failed', final_response=None, error='no more'" in shown


@pytest.mark.parametrize(
    "item",
    [
        message(EVIL),
        command(EVIL),
        change({**UPDATE, "path": EVIL, "diff": f"@@\n-{EVIL}\n+{EVIL}\n"}),
        {"type": "reasoning", "id": "r1", "summary": [EVIL]},
        {"type": "userMessage", "id": "um", "content": [{"type": "text", "text": EVIL}]},
        {"type": EVIL, "id": "x1"},
    ],
    ids=lambda item: str(item["type"])[:8],
)
def test_what_comes_from_the_model_is_escaped(item: dict[str, Any]) -> None:
    page = result_of(item, status="failed", error={"message": EVIL})._repr_html_()
    assert "<script" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 2
    assert thread_html("Thread", EVIL).count("<script") == 0


def test_a_page_shows_the_answer_the_items_and_the_diff() -> None:
    page = result_of(command("pytest -q"), change(UPDATE), message("Fixed."))._repr_html_()
    text = re.sub(r"<[^>]+>", "\n", page)
    for line in ("turn completed", " in 2.1 s", "Fixed.", "3 items", "pytest -q", "+three"):
        assert line in text.splitlines(), line


def test_a_page_needs_nothing_from_elsewhere() -> None:
    page = result_of(change(UPDATE), message("Fixed."))._repr_html_()
    assert re.findall(r"https?:|url\(|<link|<style|<img", page) == []


def test_changes_become_one_unified_diff() -> None:
    assert diff_of([ADD, UPDATE, DELETE, MOVE]) == (
        "--- /dev/null\n+++ new.txt\n@@ -0,0 +1,2 @@\n+one\n+two\n"
        "--- a.py\n+++ a.py\n@@ -1,2 +1,2 @@\n one\n-two\n+three\n"
        "--- old.txt\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-gone\n"
        "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n"
    )


def test_the_diff_of_a_result_leaves_out_what_was_declined() -> None:
    result = result_of(change(ADD), change(UPDATE, status="declined"))
    assert result.diff == diff_of([ADD])
    assert result_of(message("Hi")).diff == ""


def test_a_long_diff_is_cut_on_the_page_alone() -> None:
    diff = Diff("".join(f"+{number}\n" for number in range(MOST_LINES + 7)))
    assert "… 7 more lines" in diff._repr_html_()
    assert diff.count("\n") == MOST_LINES + 7


def test_a_diff_shows_in_colour_with_rich_and_its_brackets_are_no_markup() -> None:
    out = io.StringIO()
    Console(file=out, force_terminal=True, color_system="standard", width=60).print(
        Diff("@@ -1 +1 @@\n-[red]old[/red]\n+new\n")
    )
    assert "\x1b[31m-[red]old[/red]" in out.getvalue()
    assert "\x1b[32m+new" in out.getvalue()
