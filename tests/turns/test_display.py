"""Results look well in a notebook and at a prompt, and nothing of the model's becomes markup."""

from __future__ import annotations

import io
import re
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from rich.console import Console

from openai_codex._turns.collector import TurnCollector
from openai_codex._turns.notification import Notification
from openai_codex._turns.result import TurnResult
from openai_codex._turns.spend import Spend
from openai_codex.display.cards import MOST_LINES, Diff, diff_of, thread_html
from tests.attacks import ATTACKS, is_safe

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


def test_an_answer_of_sixty_letters_is_whole_and_one_of_more_is_cut_to_as_many() -> None:
    assert f"final_response='{'x' * 60}'," in repr(result_of(message("x" * 60)))
    assert f"final_response='{'x' * 59}…'," in repr(result_of(message("x" * 61)))


def test_a_result_with_an_object_shows_it_without_secrets() -> None:
    result = result_of(message("{}"))
    assert "output=" not in repr(result)
    result.output = {"town": "Bern\u202e", "token": "opaque"}
    assert r"output={'town': 'Bern\u202e'," in repr(result)
    assert "opaque" not in repr(result)


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
        assert line in text.split("\n"), line


def test_a_page_needs_nothing_from_elsewhere() -> None:
    page = result_of(change(UPDATE), message("Fixed."))._repr_html_()
    assert re.findall(r"https?:|url\(|<link|<style|<img", page) == []


def test_changes_become_one_diff_in_gits_format() -> None:
    assert diff_of([ADD, UPDATE, DELETE, MOVE]) == (
        "diff --git a/new.txt b/new.txt\nnew file mode 100644\n"
        "--- /dev/null\n+++ b/new.txt\n@@ -0,0 +1,2 @@\n+one\n+two\n"
        "diff --git a/a.py b/a.py\n"
        "--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n one\n-two\n+three\n"
        "diff --git a/old.txt b/old.txt\ndeleted file mode 100644\n"
        "--- a/old.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-gone\n"
        "diff --git a/a b/b\nrename from a\nrename to b\n"
        "--- a/a\n+++ b/b\n@@ -1 +1 @@\n-x\n+y\n"
    )


def test_the_diff_of_a_result_leaves_out_what_was_declined() -> None:
    result = result_of(change(ADD), change(UPDATE, status="declined"))
    assert result.diff == diff_of([ADD])
    assert result_of(message("Hi")).diff == ""


ODD_CHANGES: list[Any] = [None, 7, "x", {}, [None], [7], [{}], [[]], [{"path": None}]]
ODD_ITEMS: list[dict[str, Any]] = [
    {"type": "fileChange", "id": "1"},
    {"type": "fileChange", "id": "1", "status": "completed"},
    *(
        {"type": "fileChange", "id": "1", "status": "completed", "changes": changes}
        for changes in ODD_CHANGES
    ),
    *(
        {"type": "fileChange", "id": "1", "status": status, "changes": [{**ADD, **odd}]}
        for status in ("completed", None, 7, {"a": 1})
        for odd in (
            {"diff": None},
            {"diff": 7},
            {"diff": ["x"]},
            {"kind": "add"},
            {"kind": "update"},
            {"kind": None},
            {"kind": 7},
            {"kind": {"type": 7}},
            {"kind": {"type": "update", "move_path": 7}},
            {"kind": {"type": "update"}, "diff": "no hunk at all"},
            {"kind": {"type": "update"}, "diff": "@@ -x +y @@\n+a"},
            {"path": 7},
        )
    ),
    {"type": 7, "id": "1"},
    {"type": None},
    {"type": ["x"]},
    {},
    {"type": "userMessage", "id": "1", "content": 7},
    {"type": "userMessage", "id": "1", "content": [7, None, {"type": 7}]},
    {"type": "reasoning", "id": "1", "summary": "x"},
    {"type": "reasoning", "id": "1", "summary": [7, None]},
    {"type": "commandExecution", "id": "1", "command": 7},
    {"type": "agentMessage", "id": "1", "text": 7},
    {"type": "agentMessage", "id": "1", "text": None},
    {"type": "agentMessage", "id": ["x"], "text": {"a": 1}},
]


@pytest.mark.parametrize("item", ODD_ITEMS, ids=ascii)
def test_an_item_of_any_shape_is_shown(item: dict[str, Any]) -> None:
    result = result_of(item, message("Hi"))
    assert len(result.items) == 2
    assert isinstance(result.diff, str)
    assert "turn completed" in result._repr_html_()
    assert "status='completed'" in repr(result)


@pytest.mark.parametrize(
    "turn",
    [
        {"status": 7},
        {"status": None},
        {"status": "x", "error": "text"},
        {"status": "failed", "error": {"message": None}},
        {"status": "failed", "error": []},
        {"durationMs": "x"},
    ],
)
def test_a_turn_of_any_shape_is_shown(turn: dict[str, Any]) -> None:
    result = result_of(message("Hi"), **turn)
    assert result._repr_html_().startswith("<div")
    assert repr(result).startswith("TurnResult(id='u1', status=")
    assert isinstance(result.completed, bool)


def test_what_is_no_change_is_shown_raw() -> None:
    assert diff_of(["text", {"path": 7}, None]) == "# text\n# {'path': 7}\n# None\n"


def lines_of(page: str) -> list[str]:
    return unescape(re.sub(r"<[^>]+>", "\n", page)).split("\n")


@pytest.mark.parametrize("attack", ATTACKS, ids=ascii)
def test_no_attack_leaves_the_line_that_it_is_shown_on(attack: str) -> None:
    text = f"a{attack}b"
    result = result_of(
        command(text),
        change({**UPDATE, "path": text}, {**ADD, "diff": text}),
        {"type": "reasoning", "id": "r1", "summary": [text]},
        {"type": text, "id": "x1"},
        {**message("x"), "text": text},
        status="failed",
        error={"message": text},
    )
    out = io.StringIO()
    Console(file=out, width=400, legacy_windows=False).print(result.diff)
    shown = [repr(result), *lines_of(result._repr_html_()), *out.getvalue().split("\n")]
    for line in [*shown, *lines_of(thread_html("Thread", text))]:
        # Text of several lines keeps its tabs and up to 64 blanks.
        assert is_safe(line.replace("\t", " ").replace(" ", "")), line


def test_a_result_shows_no_secret() -> None:
    secret = "token: opaque"
    result = result_of(command(secret), message(secret), error={"message": secret}, status="failed")
    assert "opaque" not in repr(result) + result._repr_html_()


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


def test_a_card_shows_money_and_sub_agents_where_there_are_some() -> None:
    result = result_of(message("done"))
    one = Spend(input_tokens=1000, output_tokens=10)
    result.spent = Spend(
        input_tokens=2000, output_tokens=20, usd=Decimal("1.25"), by_agent={"T1": one, "T2": one}
    )
    html = result._repr_html_()
    assert "$1.2500" in html
    assert "2,020 tokens with 1 sub-agents" in html
    result.spent = Spend(input_tokens=1000, output_tokens=10, by_agent={"T1": one})
    assert "sub-agents" not in result._repr_html_()


def test_what_is_spent_adds_up_and_says_its_calls() -> None:
    one = Spend(model_calls=1, tool_calls=2, commands=3)
    assert sum([one, one]) == Spend(model_calls=2, tool_calls=4, commands=6)
    assert str(one).split("\n")[-1] == "calls   1 model, 3 commands, 2 tools"
    with pytest.raises(TypeError):
        _ = 1 + one
