"""Transcripts as HTML, Markdown and JSON lines: whole, redacted, bounded; nothing in them acts."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from openai_codex.transcript import write_html, write_index, write_jsonl, write_markdown
from openai_codex.transcript.index import summary_of
from tests.transcript.attacks import ATTACKS, rollout_of
from tests.transcript.conftest import KEY, Stored

WRITERS: list[Callable[..., None]] = [write_html, write_markdown, write_jsonl]
MIB = 1024 * 1024


def text_of(write: Callable[..., None], path: Path, **options: Any) -> str:
    out = io.StringIO()
    write(path, out, **options)
    return out.getvalue()


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("name", ["paginated", "legacy"])
def test_everything_that_was_said_and_done_is_there(
    stored: Stored, write: Callable[..., None], name: str
) -> None:
    text = html.unescape(text_of(write, stored.path(getattr(stored, name))))
    wanted = (
        "Do a thing",
        "Let me look",
        "exit 3",
        "+bye",
        "cats",
        "unsupported call: nope",
        "Done",
    )
    assert [words for words in wanted if words not in text] == []


@pytest.mark.parametrize("write", WRITERS)
def test_secrets_are_taken_out_unless_they_are_asked_for(
    stored: Stored, write: Callable[..., None]
) -> None:
    path = stored.path(stored.paginated)
    assert KEY not in text_of(write, path)
    assert KEY in text_of(write, path, redacted=False)


@pytest.mark.parametrize("write", WRITERS)
def test_focused_has_prompts_and_answers_alone(stored: Stored, write: Callable[..., None]) -> None:
    text = text_of(write, stored.path(stored.paginated), focused=True)
    assert "Do a thing" in text
    assert "Done" in text
    assert "Let me look" not in text
    assert "hello" not in text


def test_sub_agents_follow_as_a_tree(stored: Stored) -> None:
    path = stored.path(stored.parents["none"])
    page = text_of(write_html, path, store=stored.store)
    (child,) = stored.store.agent(path).children
    assert page.count(f'href="#agent-{child.id}"') >= 2  # in the tree, and where it was started
    assert page.count(f'id="agent-{child.id}"') == 1
    assert "echo in the child" in page
    assert "Child is done" in text_of(write_markdown, path, store=stored.store)
    assert "echo in the child" not in text_of(write_html, path)


def test_a_page_holds_no_more_items_than_it_is_told(stored: Stored) -> None:
    page = text_of(write_html, stored.path(stored.paginated), page_size=3)
    pages = re.split(r"<main>|<template>", page)[1:]
    assert len(pages) > 4
    assert all(part.count("<section") <= 3 for part in pages)
    assert page.count("<template>") == page.count("</template>") == len(pages) - 1


def test_images_are_inline_and_long_output_is_folded(stored: Stored, tmp_path: Path) -> None:
    page = text_of(write_html, stored.path(stored.paginated))
    assert '<img alt="image" src="data:image/png;base64,' in page
    long = "\n".join(f"line {number}" for number in range(40))
    folded = text_of(write_html, rollout_of(tmp_path, long))
    assert "<summary>output, 40 lines</summary>" in folded


def test_a_plan_is_a_list_of_steps(tmp_path: Path) -> None:
    plan = [{"step": "Look <b>", "status": "completed"}, {"step": "Do", "status": "in_progress"}]
    call = {"type": "function_call", "name": "update_plan", "call_id": "1"}
    call["arguments"] = json.dumps({"plan": plan, "explanation": "So"})
    path = tmp_path / "rollout-plan.jsonl"
    path.write_text(json.dumps({"type": "response_item", "payload": call}))
    assert "<pre>So\n[x] Look &lt;b&gt;\n[&gt;] Do</pre>" in text_of(write_html, path)
    assert "```\nSo\n[x] Look <b>\n[>] Do\n```" in text_of(write_markdown, path)


# --- the policy ----------------------------------------------------------------------------------


class Elements(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


OURS = [
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "header",
    "label",
    "input",
    "details",
    "summary",
    "ul",
    "li",
    "a",
    "nav",
    "button",
    "span",
    "noscript",
    "main",
    "template",
    "section",
    "div",
    "dl",
    "dt",
    "dd",
    "h1",
    "pre",
    "code",
    "img",
    "script",
]
ALLOWED = [
    "lang",
    "charset",
    "http-equiv",
    "content",
    "name",
    "type",
    "id",
    "class",
    "hidden",
    "open",
    "href",
    "rel",
    "alt",
    "src",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_text_becomes_an_element_or_an_attribute(tmp_path: Path, attack: str) -> None:
    page = text_of(write_html, rollout_of(tmp_path, attack))
    elements = Elements(page).found
    assert {tag for tag, _ in elements} <= set(OURS)
    assert {name for _, attributes in elements for name in attributes} <= set(ALLOWED)
    links = [a["href"] for tag, a in elements if tag == "a"]
    assert [link for link in links if not str(link).startswith(("http://", "https://"))] == []
    assert sum(tag == "script" for tag, _ in elements) == 1
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_the_policy_allows_our_script_and_style_alone(stored: Stored) -> None:
    page = text_of(write_html, stored.path(stored.paginated))
    policies = [a.get("content") for t, a in Elements(page).found if a.get("http-equiv")]
    (told,) = policies
    for tag in ("script", "style"):
        body = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert body is not None
        digest = base64.b64encode(hashlib.sha256(body[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in str(told)
    assert str(told).startswith("default-src 'none'; ")


@pytest.mark.parametrize("attack", ATTACKS)
def test_markdown_has_no_heading_tag_or_fence_but_ours(tmp_path: Path, attack: str) -> None:
    text = text_of(write_markdown, rollout_of(tmp_path, attack))
    bare: list[str] = []
    fence = ""
    for line in text.splitlines():
        found = re.match(r"(`{3,})", line)
        if found and not fence:
            fence = found[1]
        elif fence and line == fence:
            fence = ""
        elif not fence:
            bare.append(line)
    assert fence == ""
    headings = [line for line in bare if line.startswith("#")]
    assert set(headings) <= {"# Thread `t`", "## Prompt", "### Answer"}
    unquoted = "\n".join(line for line in bare if not line.startswith(">"))
    tags = re.findall(r"<[^>]*>", re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", unquoted))
    quoted = [line for line in bare if line.startswith(">")]
    assert "<script" not in "\n".join(quoted)
    assert set(tags) <= {"<details>", "<summary>", "</summary>", "</details>"}


def test_a_diff_has_no_line_that_the_change_did_not_have(tmp_path: Path) -> None:
    page = text_of(write_html, rollout_of(tmp_path, "a\n+++ forged\n@@ -1 +1 @@", as_file=True))
    rows = re.findall(r'<span class="(\w+)">(.*?)</span>', page)
    assert ("add", "++++ forged") in rows
    assert ("add", "+@@ -1 +1 @@") in rows
    headers = [kind for kind, line in rows if line.startswith(("--- ", "+++ "))]
    assert headers == ["head", "head"]


@pytest.mark.parametrize("write", [write_html, write_markdown])
@pytest.mark.parametrize("kind", ["paginated", "legacy"])
def test_a_diff_names_files_as_git_does_from_the_folder_of_the_thread(
    stored: Stored, write: Callable[..., None], kind: str
) -> None:
    document = text_of(write, stored.path(getattr(stored, kind)))
    assert "diff --git a/hello.txt b/hello.txt" in document
    assert "+++ b/hello.txt" in document


# --- the index, and long threads -----------------------------------------------------------------


def test_an_index_has_a_row_for_each_thread(stored: Stored) -> None:
    summaries = [summary_of(path, f"{ident}.html") for ident, path in stored.store.files.items()]
    out = io.StringIO()
    write_index(summaries, out)
    page = out.getvalue()
    assert page.count("<tr>") == len(summaries) + 1
    assert f'<a href="{stored.paginated}.html">Do a thing</a>' in page
    assert ">660<" in page


def test_an_index_leaves_tags_in_prompts_alone(tmp_path: Path) -> None:
    out = io.StringIO()
    write_index([summary_of(rollout_of(tmp_path, "<b onclick=x>"), "x.html")], out)
    assert "&lt;b onclick=x&gt;" in out.getvalue()


MEASURED = """
import resource, sys, time
from openai_codex.transcript import write_html
began = time.process_time()
with open(sys.argv[2], "w") as out:
    write_html(sys.argv[1], out)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(time.process_time() - began, peak)
"""


def test_a_long_thread_takes_linear_time_and_bounded_memory(stored: Stored, tmp_path: Path) -> None:
    lines = stored.path(stored.legacy).read_text().splitlines(keepends=True)
    costs = {}
    for size in (2 * MIB, 20 * MIB):
        path = tmp_path / f"{size}.jsonl"
        with path.open("w") as file:
            file.write(lines[0])
            while file.tell() < size:
                file.writelines(lines[5:])
        command = [sys.executable, "-c", MEASURED, str(path), str(tmp_path / "page.html")]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        seconds, peak = map(float, done.stdout.split())
        costs[size] = seconds, peak
    (short, little), (long, much) = costs[2 * MIB], costs[20 * MIB]
    assert long < 20 * short
    assert much < 1.3 * little  # kilobytes


def test_json_lines_are_one_entry_each(stored: Stored) -> None:
    lines = text_of(write_jsonl, stored.path(stored.paginated)).splitlines()
    kinds = [json.loads(line)["type"] for line in lines]
    assert kinds[0] == "session"
    assert kinds.count("end") == 2
