"""What each entry of a thread becomes on a page and in Markdown, to the letter."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openai_codex.transcript.blocks import FOLD, Blocks
from openai_codex.transcript.entries import Entry
from openai_codex.transcript.html import write_html
from openai_codex.transcript.index import LONGEST, MOST_PROMPTS, Summary, summary_of, write_index
from openai_codex.transcript.jsonl import write_jsonl
from openai_codex.transcript.markdown import _pieces, write_markdown
from openai_codex.transcript.store import Store
from openai_codex.transcript.wording import Wording
from tests.transcript.test_items import rollout
from tests.transcript.test_records import NAMES, event, record, stored
from tests.transcript.test_records import written as written_to

Json = dict[str, Any]

PIXEL = "data:image/png;base64,iVBORw0KGgo="
AGENT = "01234567-89ab-cdef-0123-456789abcdef"


def page(kind: str, data: Json, *, at: str | None = None, focused: bool = False) -> str:
    return "".join(Blocks(Wording(), focused=focused).of(Entry(kind, at, data)))


def item(type_: str, **data: Any) -> str:
    return page("item", {"type": type_, "id": "i1", **data})


def markdown(kind: str, data: Json, *, focused: bool = False) -> str:
    return "\n".join(_pieces(Entry(kind, None, data), Wording(), focused=focused))


def written(type_: str, **data: Any) -> str:
    return markdown("item", {"type": type_, "id": "i1", **data})


def full(name: str, body: str) -> str:
    return f'<section class="{name} full">{body}</section>\n'


SESSION = {
    "id": "th",
    "cwd": "/repo",
    "timestamp": "2026-11-30",
    "git": {"branch": "main", "commit_hash": "0123abc"},
    "forked_from_id": "older",
    "agent_path": "/root/tests",
    "cli_version": "0.163.0",
    "base_instructions": {"text": "Be <kind>."},
}
FACTS = (
    "<dt>thread</dt><dd>th</dd><dt>directory</dt><dd>/repo</dd><dt>begun</dt><dd>2026-11-30</dd>"
    "<dt>branch</dt><dd>main</dd><dt>commit</dt><dd>0123abc</dd>"
    "<dt>goes on from</dt><dd>older</dd><dt>agent</dt><dd>/root/tests</dd>"
)


# --- entries -------------------------------------------------------------------------------------


def test_a_thread_begins_with_what_is_known_of_it() -> None:
    head = f"<section><h1>Codex thread</h1><dl>{FACTS}</dl></section>\n"
    told = "<details><summary>base instructions</summary><pre>Be &lt;kind&gt;.</pre></details>"
    assert page("session", SESSION) == head + full("context", told)
    assert page("session", SESSION, focused=True) == head
    assert page("session", {"id": "th", "git": "odd", "base_instructions": "odd"}) == (
        "<section><h1>Codex thread</h1><dl><dt>thread</dt><dd>th</dd></dl></section>\n"
    )


def test_a_turn_begins_with_its_time_and_model() -> None:
    assert page("turn", {"model": "gpt-5.5"}, at="12:00") == full("end", "turn 12:00 gpt-5.5")


@pytest.mark.parametrize(
    ("data", "name", "body"),
    [
        ({"status": "completed"}, "end", "turn completed"),
        (
            {"status": "completed", "durationMs": 2875, "usage": {"total_tokens": 12345}},
            "end",
            "turn completed, 2.9 s, thread so far 12,345 tokens",
        ),
        ({"status": "completed", "usage": {"odd": 1}}, "end", "turn completed, thread so far 0 to"),
        (
            {"status": "failed", "error": {"message": "no <more>"}},
            "end failed",
            "turn failed: no &lt;more&gt;",
        ),
        ({"status": "interrupted", "error": None}, "end", "turn interrupted"),
    ],
)
def test_a_turn_ends_with_how_it_went(data: Json, name: str, body: str) -> None:
    assert page("end", data).startswith(f'<section class="{name} full">{body}')


def test_what_the_runtime_told_the_model_is_folded() -> None:
    assert page("context", {"role": "developer", "text": "a\nb"}) == full(
        "context", "<details><summary>context (developer)</summary><pre>a\nb</pre></details>"
    )
    assert "<summary>context (context)</summary>" in page("context", {"text": "a"})


def test_a_note_is_one_line() -> None:
    assert page("note", {"text": "a\n<b>"}) == full("note", "note: a &lt;b&gt;")


def test_a_record_that_is_not_known_is_shown_whole() -> None:
    assert page("unknown", {"type": "new", "a": "\u00e4"}) == full(
        "note",
        "<details><summary>a record that is not known (new)</summary>"
        "<pre>{\n  &quot;type&quot;: &quot;new&quot;,\n  &quot;a&quot;: &quot;\u00e4&quot;\n}</pre>"
        "</details>",
    )
    assert "(?)" in page("unknown", {})


def test_an_entry_of_tomorrow_has_no_piece() -> None:
    assert page("of_tomorrow", {}) == ""


# --- items ---------------------------------------------------------------------------------------


def test_a_prompt_has_its_texts_and_its_images() -> None:
    content: list[Any] = [
        {"type": "text", "text": "Look at <this>"},
        {"type": "text", "text": "and that"},
        {"type": "image", "url": PIXEL},
        {"type": "input_image", "image_url": PIXEL},
        {"type": "local_image", "path": "/a<b>.png"},
        {"type": "image", "url": "https://x.org/a.png"},
        "odd",
    ]
    picture = f'<div><img alt="image" src="{PIXEL}"></div>'
    assert item("userMessage", content=content) == (
        '<section class="user">Look at &lt;this&gt;\nand that'
        f"{picture}{picture}<div>image: /a&lt;b&gt;.png</div>"
        "<div>image: https://x.org/a.png</div></section>\n"
    )
    assert item("userMessage") == '<section class="user"></section>\n'


def test_the_place_of_an_image_is_cut() -> None:
    shown = item("userMessage", content=[{"type": "image", "url": "data:," + "x" * 300}])
    assert f"<div>image: data:,{'x' * 194}</div>" in shown


def test_a_remark_on_the_way_is_no_answer() -> None:
    assert item("agentMessage", text="Done") == '<section class="agent">Done</section>\n'
    assert item("agentMessage", text="First", phase="commentary") == (
        '<section class="agent full">First</section>\n'
    )


def test_a_thought_is_its_summary_or_else_its_content() -> None:
    both = item("reasoning", summary=["a", "b"], content=["c"])
    assert both == full("thought", "a\nb")
    assert item("reasoning", summary=[], content=["c"]) == full("thought", "c")
    assert item("reasoning") == full("thought", "")


def test_a_command_is_what_ran_and_what_it_printed() -> None:
    done = {"command": "bash -lc 'ls <a>'", "exitCode": 0, "durationMs": 1500}
    assert item("commandExecution", **done, aggregatedOutput="a\nb") == full(
        "item", "<div>ran (exit 0, 1.5 s)</div><pre>ls &lt;a&gt;</pre><pre>a\nb</pre>"
    )
    assert item("commandExecution", command="ls", status="declined") == full(
        "item declined", "<div>ran (declined)</div><pre>ls</pre>"
    )
    assert item("commandExecution", command="ls") == full("item", "<div>ran</div><pre>ls</pre>")


@pytest.mark.parametrize(("lines", "is_folded"), [(FOLD, False), (FOLD + 1, True)])
def test_long_output_is_folded(lines: int, is_folded: bool) -> None:
    shown = item("commandExecution", command="ls", aggregatedOutput="x\n" * (lines - 1) + "x")
    assert (f"<details><summary>output, {lines} lines</summary><pre>x\n" in shown) is is_folded


CHANGES = [{"path": "/repo/a", "kind": {"type": "update"}, "diff": "@@ -1 +1 @@\n-x\n+<y>\n"}]


def test_a_change_is_a_diff_of_coloured_lines() -> None:
    shown = item("fileChange", changes=CHANGES, cwd="/repo", status="completed")
    assert shown.startswith('<section class="item full"><div>edited</div><div class="diff"><span')
    assert '<span class="head">--- a/a</span><span class="head">+++ b/a</span>' in shown
    assert '<span class="cut">-x</span><span class="add">+&lt;y&gt;</span>' in shown
    assert shown.endswith("</span></div></section>\n")


def test_a_long_diff_is_folded() -> None:
    for count, is_folded in ((FOLD, False), (5 * FOLD, True)):
        changes = [{"path": "a", "kind": {"type": "add"}, "diff": "x\n" * count}]
        shown = item("fileChange", changes=changes)
        assert ("<details><summary>diff, 6" in shown) is is_folded
        assert ("</div></details></section>" in shown) is is_folded


def test_a_tool_is_its_name_what_it_was_given_and_what_it_said() -> None:
    pre = "<pre>{\n  &quot;a&quot;: &quot;\u00e4&quot;\n}</pre>"
    assert item(
        "mcpToolCall", server="lab", tool="add", arguments={"a": "\u00e4"}, result={"b": "\u00f6"}
    ) == full(
        "item",
        f"<div>called</div><code>lab.add</code>{pre}"
        "<pre>{&quot;b&quot;: &quot;\u00f6&quot;}</pre>",
    )
    called = {"namespace": "desk", "tool": "read", "arguments": 1, "status": "failed"}
    assert item("dynamicToolCall", **called, output="so <be> it") == full(
        "item failed",
        "<div>called (failed)</div><code>desk.read</code><pre>1</pre><pre>so &lt;be&gt; it</pre>",
    )
    assert item("dynamicToolCall", tool="read", arguments=1, output="") == full(
        "item", "<div>called</div><code>read</code><pre>1</pre>"
    )
    assert item("dynamicToolCall", tool="read", arguments=1) == full(
        "item", "<div>called</div><code>read</code><pre>1</pre>"
    )
    assert item("dynamicToolCall", tool="read", arguments=1, contentItems=["x"]) == full(
        "item", "<div>called</div><code>read</code><pre>1</pre><pre>[&quot;x&quot;]</pre>"
    )


def test_long_arguments_and_results_are_folded_by_their_names() -> None:
    many = list(range(FOLD))
    shown = item("mcpToolCall", server="s", tool="t", arguments=many, result="r")
    assert f"<details><summary>arguments, {FOLD + 2} lines</summary>" in shown
    shown = item("dynamicToolCall", tool="t", arguments=1, output="r\n" * FOLD + "r")
    assert f"<details><summary>result, {FOLD + 1} lines</summary>" in shown


def test_a_sub_agent_is_linked_where_it_has_an_id() -> None:
    link = f'<a href="#agent-{AGENT}">'
    assert item(
        "subAgentActivity", kind="started", agentThreadId=AGENT, agentPath="/root/<a>"
    ) == full("item", f"sub-agent started {link}/root/&lt;a&gt;</a>")
    assert item(
        "collabAgentToolCall",
        tool="spawnAgent",
        receiverThreadIds=[AGENT, "javascript:x"],
        prompt="Do <it>",
    ) == full("item", f"sub-agent spawnAgent {link}{AGENT}</a><pre>Do &lt;it&gt;</pre>")
    assert item("subAgentActivity") == full("item", "sub-agent agent ")


def test_a_plan_is_marked_step_by_step() -> None:
    steps = [
        {"step": "Look", "status": "completed"},
        {"step": "Do <it>", "status": "in_progress"},
        {"step": "Rest", "status": "pending"},
    ]
    assert item("planUpdate", explanation="So", steps=steps) == full(
        "item", "<div>plan</div><pre>So\n[x] Look\n[&gt;] Do &lt;it&gt;\n[ ] Rest</pre>"
    )


def test_a_search_says_for_what() -> None:
    assert item("webSearch", query="<cats>") == full("item", "searched <code>&lt;cats&gt;</code>")


def test_an_item_of_tomorrow_is_shown_with_its_image() -> None:
    told = "<pre>{{\n  &quot;{}&quot;: &quot;{}&quot;\n}}</pre></details>"
    for name in ("url", "result"):
        assert item("hologram", **{name: PIXEL}) == full(
            "item",
            f"<details><summary>hologram</summary>{told.format(name, PIXEL)}"
            f'<div><img alt="image" src="{PIXEL}"></div>',
        )
    assert "\u00e4" in item("hologram", text="\u00e4")


@pytest.mark.parametrize("status", ["failed", "declined"])
def test_what_did_not_go_well_is_marked(status: str) -> None:
    assert item("fileChange", status=status).startswith(f'<section class="item {status} full">')
    assert item("fileChange", status="odd").startswith('<section class="item full">')


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("no link", "no link"),
        ("see https://x.org/a?b=1&c.", "see {https://x.org/a?b=1&amp;c}."),
        ("https://x.org (http://y.org)", "{https://x.org} ({http://y.org})"),
        ("<https://x.org>!", "&lt;{https://x.org}&gt;!"),
        ("ftp://x.org javascript:x", "ftp://x.org javascript:x"),
    ],
)
def test_addresses_are_links_and_nothing_else_is(text: str, shown: str) -> None:
    opened = shown.replace("{", "\x00").replace("}", "\x01")
    for address in ("https://x.org/a?b=1&amp;c", "https://x.org", "http://y.org"):
        link = f'<a rel="noopener noreferrer nofollow" href="{address}">{address}</a>'
        opened = opened.replace(f"\x00{address}\x01", link)
    assert item("agentMessage", text=text) == f'<section class="agent">{opened}</section>\n'


# --- pages and the index -------------------------------------------------------------------------


def said(text: str) -> tuple[str, Json]:
    return ("event_msg", {"type": "agent_message", "message": text})


def asked(text: str) -> tuple[str, Json]:
    return ("event_msg", {"type": "user_message", "message": text})


@pytest.mark.parametrize(
    ("size", "counts"), [(1, [1, 1, 1, 1, 1]), (2, [2, 2, 1]), (5, [5]), (0, [1, 1, 1, 1, 1])]
)
def test_a_page_is_full_at_its_size(tmp_path: Any, size: int, counts: list[int]) -> None:
    path = rollout(tmp_path, *(said(f"text {number}") for number in range(5)))
    out = io.StringIO()
    write_html(path, out, page_size=size)
    body = out.getvalue().partition("<main>")[2]
    parts = body.split("<template>\n")
    assert [part.count('<section class="agent">') for part in parts] == counts
    assert parts[0].rstrip().count("</main>") == 1
    assert body.count("</template>") == len(counts) - 1


def family(home: Path) -> tuple[Store, Path]:
    """Return a home with a thread that has one sub-agent, and the thread's file."""
    said_by = {name: event("agent_message", message=f"by {name}") for name in NAMES[:2]}
    path, child = (stored(home, name, id=name) for name in NAMES[:2])
    written_to(path, record("session_meta", id=NAMES[0]), said_by[NAMES[0]])
    meta = record("session_meta", id=NAMES[1], parent_thread_id=NAMES[0], agent_path="/root/<a>")
    written_to(child, meta, *[said_by[NAMES[1]]] * 3)
    return Store(home), path


def page_of(path: Path, **options: Any) -> str:
    out = io.StringIO()
    write_html(path, out, **options)
    return out.getvalue()


def test_a_sub_agent_has_pages_of_its_own_and_a_place_in_the_tree(tmp_path: Path) -> None:
    store, path = family(tmp_path)
    whole = page_of(path, store=store, page_size=2)
    assert (
        '<header>\n<label><input type="checkbox" id="focused"> only prompts and answers</label>\n'
        '<details class="full" open><summary>Agents</summary>'
        f'<ul><li><a href="#agent-{NAMES[0]}">{NAMES[0]}</a>'
        f'<ul><li><a href="#agent-{NAMES[1]}">/root/&lt;a&gt;</a></li></ul></li></ul></details>\n'
        "</header>\n"
    ) in whole
    parts = whole.partition("<main>")[2].split("<template>\n")
    assert [part.count("<section") for part in parts] == [2, 2, 2]
    assert parts[0].startswith(f'\n<div id="agent-{NAMES[0]}"></div>\n')
    assert parts[1].startswith(f'<div id="agent-{NAMES[1]}"></div>\n')
    assert "<title>Codex thread " + NAMES[0] in whole


def test_a_page_without_sub_agents_has_no_tree(tmp_path: Path) -> None:
    store, path = family(tmp_path)
    for options in ({"store": store, "focused": True}, {}):
        shown = page_of(path, **options)
        assert "Agents</summary>" not in shown
        assert f"by {NAMES[1]}" not in shown
        assert f"by {NAMES[0]}" in shown
    assert 'id="focused"' not in page_of(path, focused=True)


@pytest.mark.parametrize("write", [write_html, write_jsonl, write_markdown])
def test_a_document_has_everything_unless_it_is_asked_to_be_focused(
    tmp_path: Path, write: Callable[..., None]
) -> None:
    thought = ("event_msg", {"type": "agent_reasoning", "text": "thinking"})
    over = ("event_msg", {"type": "task_complete", "error": {"message": "broke"}})
    path = rollout(tmp_path, ("session_meta", SESSION), asked("why"), thought, said("so"), over)
    shown = {}
    for options in ({}, {"focused": True}):
        out = io.StringIO()
        write(path, out, **options)
        shown[bool(options)] = [
            word for word in ("why", "thinking", "so", "broke") if word in out.getvalue()
        ]
    assert shown == {False: ["why", "thinking", "so", "broke"], True: ["why", "so"]}


def summary(**session: Any) -> Summary:
    return Summary("a&b.html", session, ("Do <it>", "Again"), 12345)


def row(one: Summary) -> str:
    out = io.StringIO()
    write_index([one], out)
    return out.getvalue().partition("</th></tr>\n")[2].partition("</table>")[0]


def test_a_row_of_the_index_is_a_link_to_its_page() -> None:
    git = {"branch": "main", "commit_hash": "0123456789abcdef"}
    shown = row(summary(cwd="/repo", git=git, timestamp="2026-11-30T12:34:56Z"))
    assert shown == (
        '<tr><td>2026-11-30 12:34</td><td><a href="a&amp;b.html">Do &lt;it&gt;</a>'
        "<ul><li>Again</li></ul></td><td>/repo<br>main<br>0123456789ab</td><td>12,345</td></tr>\n"
    )


def test_a_row_of_the_index_may_lack_everything() -> None:
    shown = row(Summary("a.html", {"git": "odd"}, (), 0))
    assert shown == (
        '<tr><td></td><td><a href="a.html">(no prompt)</a></td><td></td><td>0</td></tr>\n'
    )


def test_a_summary_has_the_first_prompts_and_the_last_tokens(tmp_path: Any) -> None:
    ends = [
        ("event_msg", {"type": "token_count", "info": {"total_token_usage": {"total_tokens": n}}})
        for n in (5, 9)
    ]
    over: tuple[str, Json] = ("event_msg", {"type": "task_complete"})
    prompts = [asked(f"{number}\n" + "x" * LONGEST) for number in range(MOST_PROMPTS + 1)]
    path = rollout(
        tmp_path, ("session_meta", SESSION), *prompts, said("no"), ends[0], over, ends[1], over
    )
    found = summary_of(path, "th.html")
    assert (found.file, found.session["id"], found.tokens) == ("th.html", "th", 9)
    assert len(found.prompts) == MOST_PROMPTS
    assert found.prompts[0] == ("0 " + "x" * LONGEST)[:LONGEST]


@pytest.mark.parametrize("usage", [None, "odd", {}, {"total_tokens": "many"}])
def test_a_usage_of_another_shape_counts_nothing(tmp_path: Any, usage: Any) -> None:
    info = {"total_token_usage": {"total_tokens": 5}}
    path = rollout(
        tmp_path,
        ("event_msg", {"type": "token_count", "info": info}),
        ("event_msg", {"type": "task_complete"}),
        ("event_msg", {"type": "token_count", "info": {"total_token_usage": usage}}),
        ("event_msg", {"type": "task_complete"}),
    )
    assert summary_of(path, "x").tokens == 5


# --- Markdown ------------------------------------------------------------------------------------


def test_a_thread_begins_with_what_is_known_of_it_in_markdown() -> None:
    assert markdown("session", SESSION) == (
        "# Thread `th`\n\n- cwd: `/repo`\n- timestamp: `2026-11-30`\n- cli_version: `0.163.0`\n"
        "- commit: `0123abc`"
    )
    assert markdown("session", {"id": "a`b", "git": {}}) == "# Thread ``a`b``\n"


def test_a_prompt_and_an_answer_are_quotes() -> None:
    picture = {"type": "image", "url": PIXEL}
    texts = [{"type": "text", "text": "Look <b>"}, {"type": "text", "text": "there"}]
    assert written("userMessage", content=[*texts, picture]) == (
        "## Prompt\n> Look &lt;b>\n> there\n*with 1 image*"
    )
    paths = [{"type": kind, "path": "a"} for kind in ("local_image", "localImage")]
    assert written("userMessage", content=[*paths, "odd"]) == "## Prompt\n>\n*with 2 images*"
    assert written("agentMessage", text="Done\n\nAll") == "### Answer\n> Done\n>\n> All"
    assert written("agentMessage", text="") == "### Answer\n>"


def test_in_a_quote_a_fence_keeps_its_tags_and_is_closed() -> None:
    assert written("agentMessage", text="```html\n<b>\n```\n<i>") == (
        "### Answer\n> ```html\n> <b>\n> ```\n> &lt;i>"
    )
    assert written("agentMessage", text="````\n```\n<b>") == (
        "### Answer\n> ````\n> ```\n> <b>\n> ````"
    )
    assert written("agentMessage", text="~~~\n<b>\n```\n<i>") == (
        "### Answer\n> ~~~\n> <b>\n> ```\n> <i>\n> ~~~"
    )


def test_a_thought_is_a_quote_of_its_summary_or_else_its_content() -> None:
    assert written("reasoning", summary=["a", "b"], content=["c"]) == "*Thought*\n> a\n> b"
    assert written("reasoning", summary=[], content=["c"]) == "*Thought*\n> c"
    assert written("reasoning") == "*Thought*\n>"


def test_a_command_and_its_output_stand_in_fences() -> None:
    done = {"command": "bash -lc ls", "exitCode": 2, "durationMs": 1500, "status": "failed"}
    assert written("commandExecution", **done, aggregatedOutput="a\nb") == (
        "*Ran* (exit 2, 1.5 s, failed)\n```sh\nls\n```\n"
        "<details><summary>output, 2 lines</summary>\n\n```\na\nb\n```\n\n</details>"
    )
    assert written("commandExecution", command="ls") == "*Ran*\n```sh\nls\n```"


def test_a_fence_is_longer_than_any_inside_it() -> None:
    shown = written("commandExecution", command="echo '````'")
    assert shown == "*Ran*\n`````sh\necho '````'\n`````"


def test_a_change_is_a_diff_in_markdown() -> None:
    shown = written("fileChange", changes=CHANGES, cwd="/repo", status="declined")
    assert shown.startswith("*Edited* (declined)\n```diff\ndiff --git a/a b/a\n")
    assert shown.endswith("-x\n+<y>\n```")
    assert written("fileChange", changes=[]).startswith("*Edited*\n```diff\n")


def test_a_plan_is_a_fence_in_markdown() -> None:
    assert written("planUpdate", steps=[{"step": "Look", "status": "in_progress"}]) == (
        "*Plan*\n```\n[>] Look\n```"
    )


def test_other_items_are_folded_in_markdown() -> None:
    assert written("webSearch", query="\u00e4") == (
        "<details><summary>webSearch, 3 lines</summary>\n\n"
        '```\n{\n  "query": "\u00e4"\n}\n```\n\n</details>'
    )
    assert written("<b>").startswith("<details><summary>&lt;b>, 1 line</summary>\n")


def test_notes_and_unknown_records_in_markdown() -> None:
    assert markdown("note", {"text": "so"}) == "*Note* `so`"
    assert markdown("unknown", {"a": "\u00e4"}) == (
        "<details><summary>a record that is not known, 1 line</summary>\n\n"
        '```\n{"a": "\u00e4"}\n```\n\n</details>'
    )
    for kind in ("note", "unknown"):
        assert markdown(kind, {"text": "so"}, focused=True) == ""


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ({"status": "completed"}, ""),
        ({"status": "failed", "error": {"message": "no `more`"}}, "*Turn failed* `` no `more` ``"),
        ({"status": "interrupted"}, "*Turn interrupted*"),
    ],
)
def test_only_a_turn_that_did_not_end_well_is_told_of_in_markdown(data: Json, shown: str) -> None:
    assert markdown("end", data) == shown
    assert markdown("end", data, focused=True) == ""


@pytest.mark.parametrize("kind", ["turn", "context"])
def test_what_says_little_is_left_out_of_markdown(kind: str) -> None:
    assert markdown(kind, {"text": "x"}) == ""


def test_focused_markdown_has_prompts_and_answers_alone() -> None:
    for kind in ("userMessage", "agentMessage", "reasoning", "commandExecution"):
        shown = markdown("item", {"type": kind, "text": "x", "command": "x"}, focused=True)
        assert bool(shown) is kind.endswith("Message")


# --- wording -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (None, []),
        ("", []),
        (7, ["7"]),
        ("abcde", ["abcde"]),
        ("abcdef", ["abcde", "... 1 more characters"]),
        ("x" * 1005, ["xxxxx", "... 1,000 more characters"]),
    ],
)
def test_text_is_cut_at_its_bound_and_says_so(text: object, lines: list[str]) -> None:
    assert [line for line in Wording(most=5).lines(text) if line] == lines


def test_a_line_is_one_line() -> None:
    assert Wording().line("  a \n\n b  ") == "a b"


def test_values_are_redacted_all_the_way_down_and_images_stay() -> None:
    key = "sk-proj-abcdefghijklmnopqrstuvwxyz012345"
    value = {"a": [key, {"b": key}, 7], "image": f"data:image/png;base64,{key}"}
    assert Wording(redacted=False).value(value) is value
    shown = Wording().value(value)
    assert key not in json.dumps(shown["a"])
    assert (shown["image"], shown["a"][2]) == (value["image"], 7)
