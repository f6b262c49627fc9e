"""The live view in a real kernel: one output, updated in place while the turn runs."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from tests.notebooks.kernel import execute_code, html_of

BEGIN = """
from openai_codex import AsyncCodex, Codex, Sandbox
from openai_codex.display import live
from openai_codex.testing import ScriptedModel, offline_config, run_command, say, think, update_plan

model = ScriptedModel().start()
"""
ONE = """
model.script(think("<b>Hm</b>"), run_command("echo hi"), say("<script>hurt()</script> **Done**"))
async with AsyncCodex(offline_config(model)) as codex:
    thread = await codex.thread_start(sandbox=Sandbox.full_access)
    result = await live(await thread.turn("Go")).run()
"""
LONG = """
model.script(
    update_plan([("Look", "in_progress"), ("Tell", "pending")]),
    run_command("read one < gate; echo $one; read two < end; echo $two", yield_time_ms=30_000),
    say("Done"),
)
with Codex(offline_config(model, update_plan=True, cwd=".")) as codex:
    thread = codex.thread_start(sandbox=Sandbox.full_access)
    result = live(thread.turn("Go")).run()
"""
END = "model.close()"


def test_a_live_turn_is_one_output_that_is_updated(tmp_path: Path) -> None:
    _, cell, _ = execute_code(tmp_path, BEGIN, ONE, END)
    (page,) = html_of(cell)
    assert "thought  &lt;b&gt;Hm&lt;/b&gt;" in page
    assert "ran      echo hi" in page
    assert "&lt;script&gt;hurt()&lt;/script&gt; <strong>Done</strong>" in page
    assert "completed - " in page
    assert "<script>" not in page


def test_a_command_is_seen_while_it_runs(tmp_path: Path) -> None:
    """It waits for this test, which lets it go on when what it does is on the screen."""
    # Two of them: what is written once is not closed yet, maybe, when the command reads again.
    gate, end = tmp_path / "gate", tmp_path / "end"
    os.mkfifo(gate)
    os.mkfifo(end)
    pages: list[str] = []
    waited_for = {"running  read one": (gate, "first\n"), "  | first": (end, "second\n")}

    def watch(message: dict[str, Any]) -> None:
        if message["msg_type"] == "update_display_data":
            pages.append(message["content"]["data"]["text/html"])
            shown = next((text for text in waited_for if text in pages[-1]), None)
            if shown is not None:
                fifo, text = waited_for.pop(shown)
                fifo.write_text(text)

    _, cell, _ = execute_code(tmp_path, BEGIN, LONG, END, watch=watch)
    assert waited_for == {}
    during = next(page for page in pages if "  | first" in page)
    assert "[&gt;] Look" in during
    assert "working - " in during
    (last,) = html_of(cell)
    assert last == pages[-1]
    assert "running" not in last
    assert "ran      read one" in last
    assert "completed - " in last


def test_the_time_goes_on_while_nothing_comes(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    footers: set[str] = set()
    released: list[int] = []

    def watch(message: dict[str, Any]) -> None:
        if message["msg_type"] == "update_display_data":
            page = message["content"]["data"]["text/html"]
            if "running  read one" in page:
                footers.update(re.findall(r"working - \d+ s", page))
                if len(footers) == 2 and not released:
                    released.append(gate.write_text("first\n"))

    code = LONG.replace("read two < end", "two=x")
    _, cell, _ = execute_code(tmp_path, BEGIN, code, END, watch=watch)
    assert len(footers) >= 2
    assert "completed - " in html_of(cell)[0]
