"""The web page of example 20, in a real browser: a person sees, clicks, and the agent obeys."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.examples.browser import Browser
from tests.programs import child_process

EXAMPLE = Path(__file__).parents[2] / "examples/20_human_in_the_loop_web"
WHAT = "document.querySelector('.question pre')?.textContent"
SAID = "document.querySelector('#said').textContent"
STATE = "document.querySelector('#state').textContent"
ASKED = "Tell the year"
POST = "method: 'POST', headers: {'content-type': 'application/json'}"
GONE = "document.querySelectorAll('.question').length === 0"


@pytest.fixture
def address() -> Iterator[str]:
    """The address of the example's app, which runs offline in a process of its own."""
    command = [sys.executable, str(EXAMPLE / "app.py"), "--offline", "--port", "0"]
    with child_process(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().removeprefix("open ").strip()
        process.terminate()


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with Browser(tmp_path / "profile") as browser:
        yield browser


def begin(browser: Browser, address: str) -> None:
    browser.open(address)
    browser.wait_for("document.querySelector('#task button')")
    browser.click("#task input")
    browser.type(ASKED)
    browser.click("#task button")


def test_a_person_sees_the_question_and_decides(
    address: str, browser: Browser, tmp_path: Path
) -> None:
    begin(browser, address)
    assert "date +'It is <b>%Y</b>'" in browser.wait_for(WHAT).replace("'\"'\"'", "'")
    assert "To know the year." in browser.evaluate("document.querySelector('.question').innerText")
    browser.screenshot(tmp_path / "asked.png")
    browser.click("button.accept")
    assert "notes.md" in browser.wait_for(f"{WHAT}?.includes('notes.md') && {WHAT}")
    assert browser.evaluate("document.querySelector('.diff .added').textContent") == "+# Notes\n"
    browser.click("button.decline")
    browser.wait_for(GONE)
    assert browser.wait_for(f"{SAID}.includes('.') && {SAID}") == "Done, as far as you let me."
    steps = browser.evaluate("document.querySelector('#steps').innerText")
    assert "you allowed: /bin/bash" in steps
    assert "you declined: " in steps


def test_stopping_takes_every_question_away(address: str, browser: Browser) -> None:
    begin(browser, address)
    browser.wait_for(WHAT)
    browser.click("button.cancel")
    browser.wait_for(GONE)


def test_stop_ends_the_task_and_only_one_runs_at_a_time(
    address: str, browser: Browser, tmp_path: Path
) -> None:
    begin(browser, address)
    browser.wait_for(WHAT)
    with Browser(tmp_path / "other") as other:  # another page sees the same, and cannot begin
        other.open(address)
        assert other.wait_for(f"{WHAT} && document.querySelector('#asked').textContent") == ASKED
        assert other.evaluate("document.querySelector('#task button').disabled") is True
        again = f"fetch('/turns', {{{POST}, body: '{{\"task\": \"x\"}}'}}).then(r => r.status)"
        assert other.evaluate(again) == 409
        other.click("#stop")
        other.wait_for(GONE)
        assert other.wait_for(f"{STATE} == 'interrupted' && {STATE}") == "interrupted"
    browser.wait_for(f"{STATE} == 'interrupted' && {GONE}")
    assert browser.evaluate("document.querySelector('#stop').hidden") is True
    steps = browser.evaluate("document.querySelector('#steps').innerText")
    assert "runs: " in steps


def test_the_page_fits_a_phone(address: str, browser: Browser, tmp_path: Path) -> None:
    browser.resize(360, 640)
    begin(browser, address)
    browser.wait_for(WHAT)
    browser.screenshot(tmp_path / "phone.png")
    wide = "document.documentElement.scrollWidth <= window.innerWidth"
    assert browser.evaluate(wide) is True
    browser.click("button.decline")
    browser.wait_for(f"{WHAT}?.includes('notes.md')")
    icon = "fetch('/favicon.ico').then(r => r.headers.get('content-type'))"
    assert browser.evaluate(icon) == "image/svg+xml"


def test_another_site_cannot_click(address: str, browser: Browser) -> None:
    begin(browser, address)
    browser.wait_for(WHAT)
    key = browser.evaluate("document.querySelector('.question').dataset.key")
    body = json.dumps({"decision": "accept"}).encode()
    for headers, status in (
        ({"content-type": "text/plain"}, 400),
        ({"content-type": "application/json", "host": "evil.example"}, 400),
    ):
        request = urllib.request.Request(f"{address}/questions/{key}", body, headers)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        assert refused.value.code == status
        refused.value.close()
    assert browser.evaluate("document.querySelectorAll('.question').length") == 1


def test_a_second_answer_is_refused(address: str, browser: Browser) -> None:
    begin(browser, address)
    browser.wait_for(WHAT)
    answer = """
      Promise.all(["decline", "accept"].map(decision =>
        fetch("/questions/" + document.querySelector(".question").dataset.key, {
          method: "POST", headers: {"content-type": "application/json"},
          body: JSON.stringify({decision}) }).then(reply => reply.status)))
    """
    first, second = sorted(browser.evaluate(answer))
    assert first == 204
    assert second in (404, 409)  # settled already, or not shown any more
