"""The search box of the site, in a real browser: the first hit is the page that one looks for."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.examples.browser import Browser

ROOT = Path(__file__).parents[2]
HITS = "[...document.querySelectorAll('.md-search-result__item > a')]"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The built site, served on loopback: a browser searches in no file of its own."""
    folder = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "mkdocs", "build", "-q", "-d", str(folder)]
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    subprocess.run(build, cwd=ROOT, env=env, check=True, capture_output=True)
    handler = functools.partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("browser")) as running:
        yield running


@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize(
    ("words", "page"),
    [
        ("cost", "guides/costs.html"),
        ("budget", "guides/costs.html"),
        ("trace", "guides/telemetry.html"),
        ("crash", "guides/survive-a-crash.html"),
        ("mcp", "guides/mcp.html"),
        ("system prompt", "guides/instructions.html"),
        ("skills", "guides/skills.html"),
        ("hooks", "guides/hooks.html"),
        ("notebook", "guides/notebooks.html"),
        ("TurnHandle", "reference/turn-handle.html"),
        ("UsageLimitError", "reference/errors.html"),
    ],
)
def test_the_first_hit_is_the_page_that_one_looks_for(
    browser: Browser, site: str, words: str, page: str
) -> None:
    browser.open("about:blank")  # nothing of the page before is taken for a hit
    browser.open(f"{site}/faq.html?q={quote(words)}")
    browser.wait_for(f"{HITS}.length > 0")
    first = browser.evaluate(f"{HITS}[0].href")
    assert first.removeprefix(f"{site}/").partition("?")[0].partition("#")[0] == page
