"""An exported page in a real browser: it opens, turns pages, focuses, and nothing in it runs."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from openai_codex.transcript import write_html
from tests.examples.browser import Browser
from tests.transcript.attacks import ATTACKS, rollout_of
from tests.transcript.conftest import Stored

MIB = 1024 * 1024
LOADED = """new Promise(resolve => document.readyState === 'complete' ? resolve(location.href)
  : addEventListener('load', () => resolve(location.href)))"""
NUMBER = "document.querySelector('#pages span').textContent.trim()"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("browser")) as running:
        yield running


def page_of(path: Path, folder: Path, **options: object) -> str:
    page = folder / "page.html"
    with page.open("w", encoding="utf-8") as out:
        write_html(path, out, **options)  # type: ignore[arg-type]
    return page.as_uri()


def show(browser: Browser, address: str) -> None:
    """Open an address and wait until it is loaded."""
    browser.open(address)
    assert browser.evaluate(LOADED) == address


@pytest.mark.xdist_group("browser")
def test_nothing_of_an_attack_runs_or_leaves(browser: Browser, tmp_path: Path) -> None:
    for number, attack in enumerate(ATTACKS):
        folder = tmp_path / str(number)
        folder.mkdir()
        address = page_of(rollout_of(folder, attack), folder, page_size=4)
        show(browser, address)
        browser.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        for page in (2, 3, 4):
            browser.evaluate(f"location.hash = 'page-{page}'")
            browser.wait_for(f"{NUMBER}.startsWith('page {page} ')")
            assert browser.evaluate("typeof window.hurt") == "undefined", attack
        assert browser.evaluate("location.href").startswith(address)
        assert browser.evaluate("getComputedStyle(document.body).display") == "block"
        assert browser.evaluate("document.querySelectorAll('iframe, form, base, svg').length") == 0


@pytest.mark.xdist_group("browser")
def test_pages_turn_and_prompts_can_be_had_alone(
    browser: Browser, stored: Stored, tmp_path: Path
) -> None:
    address = page_of(stored.path(stored.paginated), tmp_path, page_size=4)
    show(browser, address)
    total = int(browser.evaluate(NUMBER).split()[-1])
    assert total > 4
    browser.click("#pages button:last-of-type")
    browser.wait_for(f"{NUMBER} === 'page 2 of {total}'")
    seen = "[...document.querySelectorAll('main .full')].filter(e => e.offsetHeight).length"
    assert browser.evaluate(seen) > 0
    browser.click("#focused")
    assert browser.evaluate(seen) == 0
    browser.click("#pages button:first-of-type")
    browser.wait_for(f"{NUMBER} === 'page 1 of {total}'")


@pytest.mark.xdist_group("browser")
def test_a_link_leads_to_a_sub_agent_on_another_page(
    browser: Browser, stored: Stored, tmp_path: Path
) -> None:
    path = stored.path(stored.parents["none"])
    show(browser, page_of(path, tmp_path, store=stored.store))
    (child,) = stored.store.agent(path).children
    browser.evaluate(f"document.querySelector('main a[href$=\"{child.id}\"]').click()")
    browser.wait_for("document.querySelector('main').textContent.includes('echo in the child')")


@pytest.mark.xdist_group("browser")
def test_a_thread_of_100_megabytes_opens(browser: Browser, stored: Stored, tmp_path: Path) -> None:
    lines = stored.path(stored.legacy).read_text().splitlines(keepends=True)
    output = json.dumps("x" * 76 + "\n")[1:-1] * 2000
    lines = [line.replace("Process exited", f"Output:\\n{output}Process exited") for line in lines]
    path = tmp_path / "long.jsonl"
    with path.open("w") as file:
        file.write(lines[0])
        while file.tell() < 100 * MIB:
            file.writelines(lines[5:])
    address = page_of(path, tmp_path, redacted=False)
    show(browser, address)
    browser.evaluate("location.hash = 'page-100'")
    browser.wait_for(f"{NUMBER}.startsWith('page 100 of ')")
    assert browser.evaluate("document.querySelectorAll('main section').length") == 50


@pytest.mark.xdist_group("browser")
def test_a_phone_shows_it_without_scrolling_sideways(
    browser: Browser, stored: Stored, tmp_path: Path
) -> None:
    address = page_of(stored.path(stored.paginated), tmp_path)
    show(browser, address)
    browser._call(
        "Emulation.setDeviceMetricsOverride",
        width=360,
        height=740,
        deviceScaleFactor=1,
        mobile=True,
    )
    try:
        assert browser.evaluate("document.documentElement.scrollWidth") == 360
        for scheme, color in (("dark", "rgb(13, 17, 23)"), ("light", "rgb(255, 255, 255)")):
            wanted = {"name": "prefers-color-scheme", "value": scheme}
            browser._call("Emulation.setEmulatedMedia", features=[wanted])
            style = "getComputedStyle(document.body).backgroundColor"
            assert browser.evaluate(style) == color
    finally:
        browser._call("Emulation.clearDeviceMetricsOverride")
        browser._call("Emulation.setEmulatedMedia", features=[])


@pytest.mark.xdist_group("browser")
def test_all_of_a_thread_is_printed_dark_on_white(
    browser: Browser, stored: Stored, tmp_path: Path
) -> None:
    """Pages that are not shown, folded output and a dark screen do not matter to a printer."""
    address = page_of(stored.path(stored.paginated), tmp_path, page_size=2)
    show(browser, address)
    browser.evaluate(
        "addEventListener('beforeprint', () => { window.printed = {"
        "sections: document.querySelectorAll('main section').length,"
        "folded: document.querySelectorAll('details:not([open])').length } })"
    )
    shown = browser.evaluate("document.querySelectorAll('main section').length")
    pdf = base64.b64decode(browser._call("Page.printToPDF", printBackground=True)["data"])
    assert pdf.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) >= 1
    printed = browser.evaluate("window.printed")
    assert printed["sections"] > shown
    assert printed["folded"] == 0
    assert browser.evaluate("document.querySelectorAll('main section').length") == shown
    dark = {"name": "prefers-color-scheme", "value": "dark"}
    browser._call("Emulation.setEmulatedMedia", media="print", features=[dark])
    try:
        style = "getComputedStyle(document.body)"
        assert browser.evaluate(f"{style}.backgroundColor") == "rgb(255, 255, 255)"
        assert browser.evaluate(f"{style}.color") == "rgb(31, 35, 40)"
        hidden = "getComputedStyle(document.querySelector('nav')).display"
        assert browser.evaluate(hidden) == "none"
    finally:
        browser._call("Emulation.setEmulatedMedia", media="", features=[])
