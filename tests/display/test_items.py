"""The table of a turn's items: what each was, how it ended, what went in and what came out."""

from __future__ import annotations

import re
from html import unescape
from typing import Any, cast

import pytest

from openai_codex.display.items import LONGEST_LINE, LONGEST_TEXT, items_html
from openai_codex.types import ThreadItem
from tests.transcript.attacks import ATTACKS

RUN = {
    "type": "commandExecution",
    "id": "c1",
    "command": "/bin/bash -lc 'pytest -q'",
    "commandActions": [],
    "cwd": "/repo",
    "status": "failed",
    "exitCode": 2,
    "durationMs": 1240,
    "aggregatedOutput": "one failed\n<b>two</b> failed\n",
}
MCP = {
    "type": "mcpToolCall",
    "id": "m1",
    "server": "desk",
    "tool": "look",
    "status": "completed",
    "arguments": {"pathName": "a.py"},
    "result": {
        "content": [{"type": "text", "text": "found"}],
        "structuredContent": {"hitCount": 3},
    },
    "durationMs": 20,
}
TOOL = {
    "type": "dynamicToolCall",
    "id": "d1",
    "tool": "price_of",
    "status": "completed",
    "arguments": {"article": "tea"},
    "contentItems": [{"type": "inputText", "text": "300"}],
    "success": True,
}
EDIT = {
    "type": "fileChange",
    "id": "f1",
    "status": "declined",
    "changes": [{"path": "a.py", "kind": {"type": "add"}, "diff": "new\n"}],
}


def rows(*items: dict[str, Any], typed: bool = True) -> list[list[str]]:
    """Return the cells of the table as text, of items as results have them."""
    validate = cast(Any, ThreadItem).model_validate
    html = items_html([validate(item) if typed else item for item in items])
    return [
        [text_of(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)]
        for row in re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    ]


def text_of(html: str) -> str:
    return unescape(re.sub(r"(<[^>]+>)+", "|", html)).strip("|")


@pytest.mark.parametrize("typed", [True, False])
def test_a_row_says_what_it_was_how_it_ended_and_what_came_out(typed: bool) -> None:
    assert rows(RUN, MCP, TOOL, EDIT, typed=typed) == [
        [
            "commandExecution",
            "pytest -q|output, 2 lines|one failed\n<b>two</b> failed",
            "exit 2, 1.2 s",
        ],
        [
            "mcpToolCall",
            'desk.look|arguments, 3 lines|{\n  "pathName": "a.py"\n}|result, 1 line|found|'
            'structured result, 3 lines|{\n  "hitCount": 3\n}',
            "0.0 s",
        ],
        [
            "dynamicToolCall",
            'price_of|arguments, 3 lines|{\n  "article": "tea"\n}|result, 1 line|300',
            "",
        ],
        [
            "fileChange",
            "a.py|changes, 6 lines|diff --git a/a.py b/a.py\nnew file mode 100644\n"
            "--- /dev/null\n+++ b/a.py\n@@ -0,0 +1 @@\n+new",
            "declined",
        ],
    ]


def test_an_error_of_a_tool_and_what_was_not_done_stand_out() -> None:
    failed = {**MCP, "status": "failed", "result": None, "error": {"message": "no such desk"}}
    ((_, about, ended),) = rows(failed)
    assert "error, 1 line|no such desk" in about
    assert ended == "failed, 0.0 s"
    assert items_html([RUN, failed, EDIT]).count("color:#cf222e") == 3
    assert "color:" not in items_html([MCP, {**RUN, "exitCode": 0, "status": "completed"}])


def test_messages_are_markdown_and_long_texts_are_folded() -> None:
    message = {"type": "agentMessage", "id": "a", "text": "# Done\n\n**Two** files"}
    html = items_html([message])
    assert "# Done **Two** files" in html
    assert "<strong>Two</strong>" in html
    asked = {"type": "userMessage", "id": "u", "content": [
        {"type": "text", "text": "Look"}, {"type": "localImage", "path": "a.png"},
        {"type": "image", "url": "data:image/png;base64,AAAA"},
    ]}  # fmt: skip
    thought = {"type": "reasoning", "id": "r", "summary": ["One", "Two"], "content": []}
    assert [row[1] for row in rows(asked, thought)] == [
        "Look a.png [image]|whole, 3 lines|Look\na.png\n[image]",
        "One Two|whole, 2 lines|One\nTwo",
    ]
    long = {**RUN, "command": "echo " + "x" * 300, "aggregatedOutput": "y" * (LONGEST_TEXT + 5)}
    ((_, about, _),) = rows(long)
    assert "…|command, 1 line|echo xxx" in about
    assert about.endswith("y\n… 5 more characters")


def test_a_call_bears_the_name_of_its_server_or_else_of_its_namespace() -> None:
    names: tuple[dict[str, str], ...] = ({"server": "s", "namespace": "n"}, {"namespace": "n"}, {})
    found = rows(*({"type": "dynamicToolCall", "tool": "t", **each} for each in names), typed=False)
    assert [about for _, about, _ in found] == ["s.t", "n.t", "t"]


def test_a_text_is_folded_where_its_line_does_not_hold_it() -> None:
    fits, longer = "x" * LONGEST_LINE, "x" * (LONGEST_LINE + 1)
    for item in (
        {"type": "commandExecution", "command": ""},
        {"type": "reasoning", "summary": []},
        {"type": "userMessage", "content": []},
        {"type": "plan", "text": ""},
    ):
        name = next(each for each in item if each != "type")
        found = rows(
            *({**item, name: text if item[name] == "" else [text]} for text in (fits, longer)),
            typed=False,
        )
        assert ["|" in about for _, about, _ in found] == [False, True], item["type"]


def test_what_an_item_of_no_known_kind_says_alone_is_not_said_twice() -> None:
    found = rows(
        {"type": "review", "id": "1", "text": "fine"},
        {"type": "review", "id": "1", "text": "fine", "depth": 3},
        typed=False,
    )
    assert [about for _, about, _ in found] == [
        "fine",
        'fine|all of it, 4 lines|{\n  "text": "fine",\n  "depth": 3\n}',
    ]


def test_the_cells_of_a_row_begin_at_its_top_and_left() -> None:
    html = items_html([RUN, MCP])
    assert html.count('<td style="text-align:left;vertical-align:top') == 6
    assert html.count(";vertical-align:top;white-space:nowrap") == 2
    assert html.count('<td style="text-align:left;vertical-align:top"><span ') == 2


def test_what_is_of_no_known_kind_is_shown_whole() -> None:
    found = rows(
        {"type": "webSearch", "id": "w", "query": "tea", "action": {"type": "search"}},
        {"type": "quantumLeap", "id": "q", "name": "far", "depthLevel": 3},
        {"type": "contextCompaction", "id": "k"},
        {"type": "exitedReviewMode", "id": "v", "review": {"a": 1}},
    )
    assert [row[0] for row in found] == [
        "webSearch",
        "quantumLeap",
        "contextCompaction",
        "exitedReviewMode",
    ]
    assert '"depthLevel": 3' in found[1][1]
    assert found[1][1].startswith("far|all of it")
    assert found[2][1] == ""
    assert found[3][1].startswith('{ "a": 1 }|all of it')


@pytest.mark.parametrize("value", [None, 7, "x", [], [7, None], {}, {"a": [None]}, True])
def test_an_item_of_any_shape_has_its_row(value: Any) -> None:
    names = (
        *("type", "command", "exitCode", "durationMs", "status", "aggregatedOutput", "arguments"),
        *("result", "error", "contentItems", "content", "summary", "changes", "text", "server"),
    )
    shapes = [{**base, name: value} for base in (RUN, MCP, TOOL, EDIT, {}) for name in names]
    html = items_html([*shapes, value])
    assert html.count("<tr>") == len(shapes) + 1
    assert html.count("<td") == html.count("</td>") == 3 * html.count("<tr>")


@pytest.mark.parametrize("attack", ATTACKS, ids=ascii)
def test_nothing_of_an_attack_becomes_markup(attack: str) -> None:
    html = items_html(
        [
            {**RUN, "command": attack, "aggregatedOutput": attack, "status": attack},
            {**MCP, "server": attack, "arguments": {attack: attack}, "error": {"message": attack}},
            {**MCP, "result": {"content": [{"text": attack}], "structuredContent": attack}},
            {**EDIT, "changes": [{"path": attack, "kind": {"type": "add"}, "diff": attack}]},
            {"type": "agentMessage", "text": f"{attack}\n{attack}"},
            {"type": attack, attack: attack},
        ]
    )
    known = (
        "table|tr|td|span|div|details|summary|p|pre|code|em|strong|del|a|br|hr|blockquote|ul|ol|li"
    )
    assert set(re.findall(r"</?(\w+)", html)) <= set(known.split("|")) | {"th"}
    assert not re.search(r"<[^>]*\son\w+=", html)
