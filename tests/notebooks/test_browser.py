"""What a real kernel put out, in a real browser: it reads well, and nothing of a model's acts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.examples.browser import Browser
from tests.notebooks.kernel import execute_code, html_of
from tests.transcript.attacks import ATTACKS

BEGIN = """
import json
import shlex
from pathlib import Path

from IPython.display import display
from openai_codex import AsyncCodex, Sandbox, TurnFailedError
from openai_codex.display import live
from openai_codex.testing import (
    ScriptedModel, add_file, call_tool, fail, offline_config, run_command, say, think
)

model = ScriptedModel().start()
codex = AsyncCodex(offline_config(model, cwd="."))


def echo(text: str) -> str:
    "Say it again."
    return text


attacks = json.loads(Path("attacks.json").read_text())
"""
CARDS = """
for number, attack in enumerate(attacks):
    thread = await codex.thread_start(sandbox=Sandbox.full_access, tools=[echo])
    command = run_command(f"printf %s {shlex.quote(attack)}; false")
    wrong = f"[{attack}](https://ok.example/{attack}) **{attack}** `{attack}"
    model.script(
        think(attack), say(f"{attack}\\n{attack}"), command, call_tool("echo", {"text": attack}),
        add_file(f"new-{number}", attack), say(f"{attack}\\n\\n- {attack}\\n\\n> {wrong}"),
    )
    result = await live(await thread.turn(attack)).run()
    display(result, result.diff)
    model.script(fail(code="insufficient_quota", message=attack))
    try:
        await thread.run("more")
    except TurnFailedError as error:
        display(error.result)
"""
READABLE = """
thread = await codex.thread_start(sandbox=Sandbox.full_access)
model.script(
    run_command("echo out; exit 3"),
    say("# Found\\n\\n1. one\\n2. **two**\\n\\n| a | b |\\n|---|---|\\n| `x` | "
        "[docs](https://docs.example/page) |\\n\\n```python\\nprint('" + "long " * 60 + "')\\n```"),
)
result = await thread.run("Look")
result
"""
END = "await codex.close()\nmodel.close()"

# As a notebook does it: the HTML of each output becomes a node, and scripts in it are run.
PAGE = """<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>notebook</title><main></main><script>
for (const html of %s) {
  const node = document.createElement('div');
  node.className = 'output';
  node.innerHTML = html;
  document.querySelector('main').append(node);
  for (const script of node.querySelectorAll('script')) {
    const fresh = document.createElement('script');
    fresh.textContent = script.textContent;
    script.replaceWith(fresh);
  }
}
document.querySelectorAll('details').forEach(each => { each.open = true });
document.title = 'shown';
</script>"""
LOADED = "document.title === 'shown'"
ACTIVE = "script, style, link, meta, base, img, svg, iframe, form, input, button, object, embed"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("browser")) as running:
        yield running


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The HTML that the cells of a notebook put out."""
    folder = tmp_path_factory.mktemp("kernel")
    (folder / "attacks.json").write_text(json.dumps(ATTACKS))
    _, attacked, readable, _ = execute_code(folder, BEGIN, CARDS, READABLE, END)
    return {"attacked": html_of(attacked), "readable": html_of(readable)}


def show(browser: Browser, folder: Path, pages: list[str]) -> str:
    """Show outputs as a notebook does; returns the address."""
    page = folder / "notebook.html"
    page.write_text(PAGE % json.dumps(pages).replace("</", "<\\/"), encoding="utf-8")
    browser.open(page.as_uri())
    browser.wait_for(LOADED)
    return page.as_uri()


def found(browser: Browser, selector: str) -> Any:
    return browser.evaluate(f"document.querySelectorAll({json.dumps(selector)}).length")


@pytest.mark.xdist_group("browser")
def test_nothing_of_an_attack_runs_loads_or_leads_anywhere(
    browser: Browser, outputs: dict[str, list[str]], tmp_path: Path
) -> None:
    pages = outputs["attacked"]
    assert len(pages) == 4 * len(ATTACKS)  # the live view, the card, the diff, the failed turn
    address = show(browser, tmp_path, pages)
    assert found(browser, ".output") == len(pages)
    assert browser.evaluate("typeof window.hurt") == "undefined"
    assert browser.evaluate("location.href") == address
    assert browser.evaluate("getComputedStyle(document.body).display") == "block"
    inside = ", ".join(f".output {name}" for name in ACTIVE.split(", "))
    assert found(browser, inside) == 0
    attributes = "[...document.querySelectorAll('.output *')].flatMap(e => e.getAttributeNames())"
    named = set(browser.evaluate(f"[...new Set({attributes})]"))
    allowed = {"class", "style", "open", "href", "rel", "target", "start", "role", "aria-level"}
    assert named <= allowed
    links = browser.evaluate("[...document.querySelectorAll('.output a')].map(a => a.protocol)")
    assert set(links) == {"https:"}
    assert browser.evaluate("performance.getEntriesByType('resource').length") == 0
    shown = browser.evaluate("document.querySelector('main').innerText")
    assert shown.count("<script>window.hurt = 1</script>") >= 10  # as the text that it is


@pytest.mark.xdist_group("browser")
def test_an_answer_reads_as_markdown_and_fits_a_phone(
    browser: Browser, outputs: dict[str, list[str]], tmp_path: Path
) -> None:
    show(browser, tmp_path, outputs["readable"])
    assert browser.evaluate("document.querySelector('[role=heading]').innerText") == "Found"
    assert browser.evaluate("document.querySelector('ol').children.length") == 2
    assert browser.evaluate("document.querySelector('strong').innerText") == "two"
    assert browser.evaluate("document.querySelector('table').rows[0].innerText") == "a\tb"
    cells = "[...document.querySelectorAll('details td:last-child')].map(cell => cell.innerText)"
    assert any(text.startswith("exit 3, ") for text in browser.evaluate(cells))
    browser.resize(360, 740)
    try:
        assert browser.evaluate("document.documentElement.scrollWidth") <= 360
    finally:
        browser._call("Emulation.clearDeviceMetricsOverride")
