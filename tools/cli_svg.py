"""Makes the pictures of the command line in `docs/images/`, from real runs in a real terminal.

    python -m tools.cli_svg [--columns N] [--folder DIR]

Each command runs in tmux against the real runtime with a scripted model; what the terminal shows
when it is over becomes an SVG, at 80 columns and, as `NAME-120.svg`, at 120. Needs tmux and `rich`.
POSIX only.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from openai_codex.testing import (
    Gate,
    ScriptedModel,
    edit_file,
    hold,
    offline_config,
    run_command,
    say,
    think,
    update_plan,
    usage,
)

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs/images"
COMMAND = (sys.executable, "-m", "openai_codex")
ROWS = 42
COLUMNS = (80, 120)
_TEXT = re.compile(r'<text [^>]*?x="([\d.]+)" y="([\d.]+)"[^>]*>(.*?)</text>')
# Ids, times, sizes and prices.
_DIFFERS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4,12})+|\d[\d.,:]*")
PLAN = [
    ("Read the tests", "completed"),
    ("Fix the price", "completed"),
    ("Run them", "in_progress"),
]


def turn(model: ScriptedModel) -> None:
    """Script one turn that looks like work."""
    model.script(
        think("The test expects cents, and the code returns euros."),
        update_plan([("Read the tests", "in_progress"), ("Fix the price", "pending")]),
        run_command("cat prices.py"),
        edit_file("prices.py", "    return euros", "    return round(euros * 100)"),
        update_plan(PLAN),
        run_command("python3 -c 'import prices; print(prices.cents(3))'"),
        usage(input=4210, output=377, cached=2900),
        say("The price is in cents now, and the test passes."),
    )


PICTURES = {
    "cli-run": ("run --sandbox full-access 'Fix the failing test'", turn),
    "cli-threads": ("threads list", None),
    "cli-doctor": ("doctor", None),
}


def watched(place: Place, model: ScriptedModel, columns: int) -> str:
    """Return what a watcher sees of a turn that another client runs."""
    turn(model)
    place.command("serve", "--detach")
    try:
        runner = "run --connect here --sandbox full-access 'Fix the failing test'"
        place.command(*shlex.split(f"{runner} --quiet"))
        gate = Gate()
        model.script(run_command("wc -l prices.py"), hold(gate), say("Two lines, still."))
        words = ["run", "--quiet", "--connect", "here", "--last", "How long is it now?"]
        with place.running(*words):
            gate.wait_reached()
            return place.shot("watch --once last", columns, after=gate.open)
    finally:
        place.command("serve", "--stop")


def main() -> None:
    """Make every picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--columns", type=int, action="append", help="80 and 120 unless given")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    options = parser.parse_args()
    for columns in options.columns or COLUMNS:
        with tempfile.TemporaryDirectory() as folder, ScriptedModel(strict=False) as model:
            draw(Place(model, Path(folder)), model, columns, options.folder)


def draw(place: Place, model: ScriptedModel, columns: int, folder: Path) -> None:
    """Make every picture at one width."""
    width = "" if columns == COLUMNS[0] else f"-{columns}"

    def keep(name: str, shown: str, words: str) -> None:
        text = picture(shown, words, columns)
        (folder / f"{name}{width}.svg").write_text(text, encoding="utf-8")

    place.fill(model)
    for name, (words, script) in PICTURES.items():
        if script is not None:
            script(model)
        keep(name, place.shot(words, columns), words)
    keep("cli-watch", watched(place, model, columns), "watch --once last")


class Place:
    """A user's home and project, with a few threads in it."""

    def __init__(self, model: ScriptedModel, folder: Path) -> None:
        self._folder = folder / "shop"
        self._folder.mkdir()
        (self._folder / "prices.py").write_text("def cents(euros):\n    return euros\n")
        home = folder / "home"
        config = offline_config(model, home=home, cwd=self._folder, update_plan=True)
        (home / "config.toml").write_text("\n".join(config.config_overrides) + "\n")
        self._env = {**os.environ, **(config.env or {}), "HOME": str(folder)}
        self._hidden = {str(folder): "~", str(ROOT / ".venv"): "/opt/venv"}

    def fill(self, model: ScriptedModel) -> None:
        """Have a few threads."""
        for prompt in ("Explain the module", "Add a discount of 10 %", "Write a changelog entry"):
            model.script(usage(input=1800, output=240), say("Done."))
            self.command("run", "-q", prompt)

    def command(self, *words: str) -> None:
        """Run a command to its end."""
        subprocess.run([*COMMAND, *words], **self._here, check=True, capture_output=True)

    @contextmanager
    def running(self, *words: str) -> Iterator[None]:
        """Have a command running for this block."""
        with subprocess.Popen([*COMMAND, *words], **self._here, stdout=subprocess.DEVNULL):
            yield

    @property
    def _here(self) -> dict[str, Any]:
        return {"env": self._env, "cwd": self._folder}

    def shot(self, words: str, columns: int, *, after: Callable[[], None] | None = None) -> str:
        """Return what the terminal shows after a command, with its colours.

        `after` is called once the command shows something.
        """
        command = f"{shlex.join(COMMAND)} {words}"
        with terminal(columns, self._folder, self._env) as tmux:
            done = f"done-{uuid.uuid4()}"
            tmux("send-keys", f"clear; {command}; tmux wait-for -S {done}", "Enter")
            if after is not None:
                while "ran " not in tmux("capture-pane", "-p"):
                    time.sleep(0.1)
                after()
            subprocess.run([*tmux.argv, "wait-for", done], check=True, timeout=120)
            shown = tmux("capture-pane", "-e", "-p")
        for real, name in self._hidden.items():
            shown = shown.replace(real, name)
        lines = shown.rstrip().splitlines()
        return "\n".join(line for line in lines if "READY" not in line)


class Tmux:
    """A server of its own."""

    def __init__(self, env: dict[str, str]) -> None:
        self.argv = [_tmux(), "-L", f"pictures-{uuid.uuid4()}", "-f", os.devnull]
        self._env = env

    def __call__(self, *words: str) -> str:
        """Run a command of tmux."""
        done = subprocess.run(
            [*self.argv, *words], env=self._env, check=True, capture_output=True, text=True
        )
        return done.stdout


@contextmanager
def terminal(columns: int, folder: Path, env: dict[str, str]) -> Iterator[Tmux]:
    """Give a terminal with a quiet shell in a folder."""
    shell = {**env, "PS1": "READY ", "TERM": "xterm-256color", "COLUMNS": "", "LINES": ""}
    shell = {name: value for name, value in shell.items() if name not in ("COLUMNS", "LINES")}
    tmux = Tmux(shell)
    size = ("-x", str(columns), "-y", str(ROWS))
    tmux("new-session", "-d", *size, "-c", str(folder), "env", "PS1=READY ", "sh")
    try:
        yield tmux
    finally:
        tmux("kill-server")


def picture(shown: str, words: str, columns: int) -> str:
    """Return the SVG of what a terminal shows."""
    console = Console(record=True, width=columns, file=io.StringIO(), force_terminal=True)
    console.print(Text(f"$ openai-codex {words}", style="bold"))
    console.print(Text.from_ansi(shown))
    options: dict[str, Any] = {"title": "openai-codex", "unique_id": "cli"}
    return "\n".join(line.rstrip() for line in console.export_svg(**options).splitlines()) + "\n"


def rows(svg: str) -> list[str]:
    """Return what a picture says, row by row, without what differs from run to run."""
    found: dict[float, list[tuple[float, str]]] = {}
    for x, y, text in _TEXT.findall(svg):
        found.setdefault(float(y), []).append((float(x), unescape(text).replace("\xa0", " ")))
    lines = ("".join(text for _, text in sorted(row)) for _, row in sorted(found.items()))
    return [_DIFFERS.sub("0", line).rstrip() for line in lines]


def _tmux() -> str:
    found = shutil.which("tmux")
    if found is None:
        sys.exit("the pictures need tmux: install it")
    return found


if __name__ == "__main__":
    main()
