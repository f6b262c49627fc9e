"""Makes the pictures of an exported thread in `docs/images/`, in a real browser.

    python -m tools.export_png [--folder DIR]

A turn with a scripted model is exported as `thread.html` and looked at: light, dark, and as wide
as a phone. Needs Chromium.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from openai_codex import Codex, Sandbox
from openai_codex.testing import ScriptedModel, offline_config
from tests.examples.browser import Browser
from tools.cli_svg import FOLDER, turn

LOADED = """new Promise(resolve => document.readyState === 'complete' ? resolve(1)
  : addEventListener('load', () => resolve(1)))"""
SIZES = {"light": (860, 900), "dark": (860, 900), "phone": (380, 760)}


def main() -> None:
    """Make every picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "thread.html"
        page.write_text(exported(Path(folder)), encoding="utf-8")
        with Browser(Path(folder) / "profile") as browser:
            for name, size in SIZES.items():
                look(browser, page, name, size)
                browser.screenshot(options.folder / f"export-{name}.png")


def exported(folder: Path) -> str:
    """Return the page of a thread that looks like work."""
    work = folder / "shop"
    work.mkdir()
    (work / "prices.py").write_text("def cents(euros):\n    return euros\n")
    with ScriptedModel() as model:
        turn(model)
        with Codex(offline_config(model, cwd=work, update_plan=True)) as codex:
            thread = codex.thread_start(sandbox=Sandbox.full_access)
            thread.run("The test of the prices fails. Fix it.")
            return thread.to_html().replace(str(folder), "~")


def look(browser: Browser, page: Path, name: str, size: tuple[int, int]) -> None:
    """Open the page as wide, and as dark, as the picture wants it."""
    width, height = size
    browser._call(
        "Emulation.setDeviceMetricsOverride",
        width=width,
        height=height,
        deviceScaleFactor=1,
        mobile=False,
    )
    scheme = {"name": "prefers-color-scheme", "value": "dark" if name == "dark" else "light"}
    browser._call("Emulation.setEmulatedMedia", features=[scheme])
    browser.open(page.as_uri())
    browser.evaluate(LOADED)


if __name__ == "__main__":
    main()
