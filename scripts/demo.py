"""Show one turn as it happens: text, commands, edits; then the diff, the answer and the usage.

Everything is temporary but `--live`'s login. It must need nothing beyond the package itself.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from openai_codex import AppServerConfig, Codex, CodexError, Sandbox, TurnHandle, TurnResult
from openai_codex.testing import (
    ScriptedModel,
    Step,
    edit_file,
    offline_config,
    run_command,
    say,
    think,
    usage,
)
from openai_codex.types import (
    AgentMessageDeltaNotification,
    AgentMessageThreadItem,
    CommandExecutionThreadItem,
    FileChangeThreadItem,
    ItemCompletedNotification,
    ItemStartedNotification,
    ReasoningThreadItem,
    ThreadItem,
)

TASK = "The test fails. Find out why, fix it, and prove that it passes."

FILES = {
    "prices.py": '''\
"""Prices in whole cents."""


def total(cents: list[int], discount_percent: int = 0) -> int:
    """Return the sum, less the discount, rounded to the nearest cent."""
    return sum(cents) * (100 - discount_percent) // 100
''',
    "test_prices.py": """\
import unittest

from prices import total


class TotalTest(unittest.TestCase):
    def test_a_discount_rounds_to_the_nearest_cent(self):
        self.assertEqual(total([999, 250], 15), 1062)


if __name__ == "__main__":
    unittest.main(verbosity=0)
""",
}

WIDTH = 78
SHELLS = ("bash", "sh", "zsh")


# --- what happens --------------------------------------------------------------------------------


def main() -> None:
    """Run the demo."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--live", action="store_true", help="the real model, with your own login")
    live = parser.parse_args().live
    started = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="codex-demo-") as folder:
            repository = make_repository(Path(folder).resolve() / "shop")
            with launch(repository, live=live) as codex:
                greet(codex, repository, live=live)
                require_login(codex, live=live)
                result = one_turn(codex, repository, live=live)
            summarize(repository, result)
    except CodexError as error:
        sys.exit(f"\ndemo: {type(error).__name__}: {error}")
    except KeyboardInterrupt:
        sys.exit("\ndemo: stopped")
    say_dim(f"demo over after {time.monotonic() - started:.1f} s; nothing was left behind")


def make_repository(folder: Path) -> Path:
    """Make a git repository whose test fails."""
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    author = ("-c", "user.name=Demo", "-c", "user.email=demo@example.com")
    git(folder, *author, "-c", "commit.gpgsign=false", "commit", "--quiet", "-m", "A shop")
    return folder


@contextmanager
def launch(repository: Path, *, live: bool) -> Iterator[Codex]:
    """Start the runtime; offline it sees nothing but the scripted model."""
    if live:
        with Codex(AppServerConfig(cwd=str(repository))) as codex:
            yield codex
        return
    with ScriptedModel() as model:
        model.script(*script())
        with Codex(offline_config(model, cwd=repository)) as codex:
            yield codex


def require_login(codex: Codex, *, live: bool) -> None:
    """Stop with a word on what to do when a login is needed and nobody is logged in."""
    if not live:
        return
    account = codex.account()
    if account.requires_openai_auth and account.account is None:
        sys.exit("demo: nobody is logged in: run `codex login`, or Codex().login_chatgpt() once")


def script() -> Iterator[Step]:
    """Say what the scripted model does; the commands and the edit are carried out for real."""
    test = "python3 -B test_prices.py"
    yield think("Run the test before reading any code")
    yield say("I'll run the test first.", phase="commentary", pace=0.02)
    yield usage(input=2310, output=58)
    yield run_command(test)
    yield say(
        "1249 * 0.85 is 1061.65, and `//` always rounds down.",
        phase="commentary",
        pace=0.02,
    )
    yield usage(input=2602, cached=2304, output=91)
    yield edit_file(
        "prices.py",
        "    return sum(cents) * (100 - discount_percent) // 100",
        "    return (sum(cents) * (100 - discount_percent) + 50) // 100",
    )
    yield usage(input=2755, cached=2560, output=34)
    yield run_command(test)
    yield usage(input=2890, cached=2752, output=72)
    yield say(
        "Fixed: `total` dropped the fraction of a cent; now it rounds. The test passes.",
        phase="final_answer",
        pace=0.02,
    )


def one_turn(codex: Codex, repository: Path, *, live: bool) -> TurnResult[object]:
    """Give the task and show the turn as it goes."""
    # Offline we know every command; a machine without a working sandbox can show the demo too.
    sandbox = Sandbox.workspace_write if live else Sandbox.full_access
    thread = codex.thread_start(cwd=str(repository), sandbox=sandbox, ephemeral=True)
    print(f"{style('you', 'bold')}    {TASK}")
    turn = thread.turn(TASK)
    watch(turn)
    return turn.run()


# --- what is shown -------------------------------------------------------------------------------


def greet(codex: Codex, repository: Path, *, live: bool) -> None:
    """Say what runs, where, and which model answers."""
    runtime = codex.metadata.server_info.version
    model = "your login, a real model" if live else "scripted model, offline"
    say_dim(f"codex runtime {runtime} | {model}")
    say_dim(f"temporary repository {repository}\n")


def watch(turn: TurnHandle) -> None:
    """Print the turn's events live."""
    speaking = False
    for event in turn.stream():
        match event.payload:
            case ItemStartedNotification(item=AgentMessageThreadItem()):
                print(f"\n{style('codex', 'bold')}  ", end="", flush=True)
                speaking = True
            case AgentMessageDeltaNotification(delta=text) if speaking:
                print(text, end="", flush=True)
            case ItemCompletedNotification(item=AgentMessageThreadItem()):
                print()
                speaking = False
            case ItemStartedNotification(item=CommandExecutionThreadItem(command=command)):
                print(f"\n{style('run', 'cyan')}    {plain(command)}", flush=True)
            case ItemCompletedNotification(item=item):
                show_item(item)
            case _:
                pass


def show_item(item: ThreadItem) -> None:
    """Print what an item came to."""
    match item:
        case ReasoningThreadItem(summary=[*parts]) if parts:
            say_dim(f"\nthink  {' '.join(parts)}")
        case CommandExecutionThreadItem(aggregated_output=output, exit_code=code):
            for line in (output or "").strip().splitlines()[-6:]:
                say_dim(f"       {line}".rstrip())
            color = "green" if code == 0 else "red"
            print(style(f"       exit code {code}", color), flush=True)
        case FileChangeThreadItem(changes=changes):
            for change in changes:
                print(f"\n{style('edit', 'cyan')}   {Path(change.path).name}", flush=True)
        case _:
            pass


def summarize(repository: Path, result: TurnResult[object]) -> None:
    """Print the diff, the final answer and the usage."""
    heading("diff")
    for line in git(repository, "diff", "--no-color", "--no-ext-diff").splitlines():
        print(style(line, {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "plain")))
    heading("final response")
    for line in (result.final_response or "(none)").splitlines():
        print(textwrap.fill(line, WIDTH))
    heading("usage")
    if result.usage is not None:
        spent = result.usage.total
        table = (
            ("input", spent.input_tokens, "cached", spent.cached_input_tokens),
            ("output", spent.output_tokens, "reasoning", spent.reasoning_output_tokens),
        )
        for name, count, part, of_it in table:
            print(f"{name:<6} {count:>7,}   of it {part:<9} {of_it:>7,}")
    seconds = (result.duration_ms or 0) / 1000
    print(f"turn {result.status.value} in {seconds:.1f} s with {len(result.items)} items\n")


def heading(title: str) -> None:
    """Print a line that begins a part."""
    print(style(f"\n-- {title} {'-' * (WIDTH - len(title) - 4)}", "dim"))


def say_dim(text: str) -> None:
    """Print what matters less."""
    print(style(text, "dim"), flush=True)


def style(text: str, name: str) -> str:
    """Colour the text, on a terminal only and unless NO_COLOR is set."""
    if name == "plain" or not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    codes = {"bold": 1, "dim": 2, "red": 31, "green": 32, "cyan": 36}
    return f"\x1b[{codes[name]}m{text}\x1b[0m"


def plain(command: str) -> str:
    """Return what the shell was told, without the shell."""
    shell, *arguments = shlex.split(command)
    return arguments[-1] if arguments and Path(shell).name in SHELLS else command


def git(folder: Path, *arguments: str) -> str:
    """Run git in the repository and return what it prints."""
    program = shutil.which("git")
    if program is None:
        sys.exit("demo: needs git")
    command = [program, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
