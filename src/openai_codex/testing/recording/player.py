"""The process that plays a recording: lines in, lines out, and a report of how it went.

    python -I -S player.py RECORDING REPORT PATIENCE

It must start fast: no site-packages, no pydantic, no asyncio. What to say is decided in `playback`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openai_codex.testing.recording.divergence import Diverged
    from openai_codex.testing.recording.playback import Playback

DIVERGED = -32099
EXIT_DIVERGED = 3


class Player:
    """The playback joined to the pipes; `serve` returns the exit code."""

    def __init__(self, playback: Playback, report: Path, patience: float | None) -> None:
        self._playback = playback
        self._report = report
        self._patience = patience

    def serve(self) -> int:
        """Play until stdin ends or the client leaves the recording."""
        self._note({"event": "started"})
        self._send(self._playback.start())
        for message in self._messages():
            if divergence := self._take(message):
                return self._stop(divergence, message)
        unasked = [{"line": entry.line, "method": entry.method} for entry in self._playback.unasked]
        self._note({"event": "ended", "unasked": unasked})
        return 0

    def _take(self, message: dict[str, Any] | None) -> Diverged | None:
        from openai_codex.testing.recording.divergence import Diverged

        if message is None:
            return self._playback.silence(self._patience or 0)
        try:
            self._send(self._playback.receive(message))
        except Diverged as divergence:
            return divergence
        return None

    def _messages(self) -> Iterator[dict[str, Any] | None]:
        """Yield what the client says; None when it has waited for too long."""
        import queue
        import threading

        lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        threading.Thread(target=_read_into, args=(lines,), daemon=True).start()
        while True:
            try:
                line = lines.get(timeout=self._patience if self._playback.is_awaited else None)
            except queue.Empty:
                yield None
                continue
            if line is None:
                return
            yield json.loads(line)

    def _stop(self, divergence: Diverged, message: dict[str, Any] | None) -> int:
        """Tell the client, as far as it waits for a reply, and everyone else by the end of it."""
        self._note({"event": "diverged", "text": divergence.text, "line": divergence.line})
        if message is not None and "id" in message and "method" in message:
            error = {"code": DIVERGED, "message": divergence.text}
            self._send([{"id": message["id"], "error": error}])
        print(divergence.text, file=sys.stderr, flush=True)  # noqa: T201 - the client keeps it
        return EXIT_DIVERGED

    def _send(self, messages: Iterable[dict[str, Any] | str]) -> None:
        for message in messages:
            text = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)
            sys.stdout.buffer.write(text.encode() + b"\n")
        sys.stdout.buffer.flush()

    def _note(self, event: dict[str, Any]) -> None:
        with self._report.open("a", encoding="utf-8") as file:
            file.write(json.dumps(event) + "\n")


def _read_into(lines: Any) -> None:
    for line in sys.stdin.buffer:
        lines.put(line)
    lines.put(None)


def main(recording: str, report: str, patience: str) -> int:
    """Play the recording; returns the exit code."""
    from openai_codex.testing.recording import tape
    from openai_codex.testing.recording.matching import Bindings
    from openai_codex.testing.recording.playback import Playback

    home = str(Path.home())
    folders = {"cwd": str(Path.cwd()), "home": home}
    codex_home = os.environ.get("CODEX_HOME") or str(Path(home, ".codex"))
    defaults = {**folders, "codex_home": codex_home, "port": "9", "client_version": "0"}
    path = Path(recording)
    playback = Playback(tape.read(path), Bindings(defaults), name=path.name)
    return Player(playback, Path(report), float(patience) or None).serve()


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[3]))
    # Not sys.exit: it would wait for the thread that reads stdin.
    sys.stdout.flush()
    os._exit(main(*sys.argv[1:]))
