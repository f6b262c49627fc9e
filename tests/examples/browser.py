"""A headless Chromium of the system, driven over its DevTools pipe: open, look, click, type.

Needs no package and no open port. Where there is no Chromium it installs Debian's, as root, and
fails in words where it cannot: a test of a web page without a browser proves nothing.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.debian import program

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-first-run",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--window-size=900,700",
)
# Chromium reads commands from descriptor 3 and writes to descriptor 4; duplicates come first, since
# either of these numbers may be the other pipe's end.
LAUNCHER = """
import os, sys
commands, answers = (os.dup(os.dup(int(number))) for number in sys.argv[1:3])
for there, number in ((commands, 3), (answers, 4)):
    os.dup2(there, number)
    os.set_inheritable(number, True)
os.execvp(sys.argv[3], sys.argv[3:])
"""
SEEN = """
new Promise(resolve => {
  const look = () => { const found = %s; if (found) { watch.disconnect(); resolve(found) } };
  const watch = new MutationObserver(look);
  watch.observe(document, {subtree: true, childList: true, characterData: true, attributes: true});
  look();
})
"""
MIDDLE = """
(() => { const box = document.querySelector(%s).getBoundingClientRect();
         return [box.x + box.width / 2, box.y + box.height / 2] })()
"""


class Browser:
    """One tab of a new browser with an empty profile in `folder`."""

    def __init__(self, folder: Path) -> None:
        commands, self._commands = os.pipe()
        self._answers, answers = os.pipe()
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        argv = [program(*NAMES), *FLAGS, *sandbox, f"--user-data-dir={folder}", "about:blank"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", LAUNCHER, str(commands), str(answers), *argv],
            pass_fds=(commands, answers),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(commands)
        os.close(answers)
        self._ids = itertools.count(1)
        self._unread = b""
        self._session: str | None = None
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        found = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = found["sessionId"]

    def __enter__(self) -> Browser:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._commands)  # the browser ends with its pipe
        os.close(self._answers)
        self._process.wait(20)

    def open(self, url: str) -> None:
        """Go to an address; `wait_for` tells when something is there."""
        self._call("Page.navigate", url=url)

    def wait_for(self, expression: str) -> Any:
        """Wait until the page's content makes an expression true; returns its value."""
        return self.evaluate(SEEN % expression)

    def evaluate(self, expression: str) -> Any:
        """Return the JSON value of a JavaScript expression, awaited."""
        told = self._call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def click(self, selector: str) -> None:
        """Click into the middle of an element, as a mouse does."""
        x, y = self.evaluate(MIDDLE % json.dumps(selector))
        for kind in ("mousePressed", "mouseReleased"):
            mouse = {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1}
            self._call("Input.dispatchMouseEvent", **mouse)

    def type(self, text: str) -> None:
        """Type text where the cursor is."""
        self._call("Input.insertText", text=text)

    def resize(self, width: int, height: int) -> None:
        """Show the page as a screen of so many pixels does."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": True}
        self._call("Emulation.setDeviceMetricsOverride", **size)

    def screenshot(self, path: Path) -> None:
        """Store what the tab shows."""
        path.write_bytes(base64.b64decode(self._call("Page.captureScreenshot")["data"]))

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._ids)
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while (told := self._read()).get("id") != number:
            pass
        assert "error" not in told, told
        result: dict[str, Any] = told["result"]
        return result

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._unread:
            data = os.read(self._answers, 65536)
            assert data, "the browser is gone"
            self._unread += data
        line, _, self._unread = self._unread.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        return message
