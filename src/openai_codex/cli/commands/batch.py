"""`openai-codex batch`: run many tasks, watch them, run some again, see what came of them."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..._safe_text import one_line
from ...batch import (
    Outcome,
    Summary,
    TaskError,
    async_run_batch,
    collect,
    reopen,
    report,
    results,
    status,
)
from ...batch.feed import Blocking
from ...batch.progress import Progress, line_of, progress_for
from ...batch.sources import json_lines
from .. import exits
from ..money import known_prices
from ..parser import Examples, command_parser, seconds
from ..problems import UsageError
from ..run.prompt import effort_of
from ..runtime import add_json_option, add_runtime_options, runtime_config
from ..tables import table
from ..terminal import Terminal

if TYPE_CHECKING:
    from ...batch import AsyncBatch
    from ...prices import Prices

DESCRIPTION = (
    "Run many tasks and lose none: each has a folder with its result, the whole goes on where it "
    "was when it is started again. Exit codes: 0 all ok, 3 some failed or are left, 4 a budget was "
    "spent, 130 interrupted."
)
EXAMPLES = (
    ("openai-codex batch run tasks.jsonl -o out -j 8", "run them, eight at once"),
    ("openai-codex batch run tasks.jsonl -o out", "again: goes on with what is left"),
    ("openai-codex batch retry out --class task_failed", "run those once more, from zero"),
    ("openai-codex batch report out", "write out/report.html"),
)
LOOK_EVERY = 0.5
CLASSES = [outcome.value for outcome in Outcome if outcome is not Outcome.ok]


def add_arguments(parser: ArgumentParser) -> None:
    """Add the commands of `batch`."""
    group = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_run(group)
    _add_retry(group)
    _add(
        group, "status", _status, "Show how a batch stands.", [("status out", "also while it runs")]
    )
    _add(
        group,
        "collect",
        _collect,
        "Write preds.jsonl: the patches in the form of SWE-bench.",
        [("collect out", "prints where it is")],
    )
    _add(
        group,
        "report",
        _report,
        "Write report.html, with a transcript of each task.",
        [("report out", "prints where it is")],
    )


def _add(
    group: argparse._SubParsersAction[ArgumentParser],
    name: str,
    execute: Callable[[Namespace, Terminal], int],
    summary: str,
    examples: Examples,
) -> ArgumentParser:
    shown = [(f"openai-codex batch {command}", what) for command, what in examples]
    parser = command_parser(group, name, summary=summary, examples=shown)
    parser.set_defaults(execute=execute)
    if name != "run":
        parser.add_argument("out", metavar="OUT", help="the folder of the batch")
    add_json_option(parser)
    return parser


def _add_run(group: argparse._SubParsersAction[ArgumentParser]) -> None:
    parser = _add(
        group,
        "run",
        _run,
        "Run the tasks of a file, or go on with them.",
        [
            ("run tasks.jsonl -o out -j 8", "eight turns at once"),
            ("run tasks.csv -o out --budget tokens=2000000,seconds=3600", "within limits"),
            ("run tasks.jsonl -o out --engine tcp://host:8786", "on a dask cluster"),
        ],
    )
    parser.add_argument(
        "tasks", metavar="TASKS", help="a JSON Lines or CSV file; - reads JSON Lines"
    )
    parser.add_argument("-o", "--out", required=True, help="the folder of the batch")
    parser.add_argument(
        "--fresh", action="store_true", help="delete what is there, start from zero"
    )
    _add_run_options(parser)


def _add_retry(group: argparse._SubParsersAction[ArgumentParser]) -> None:
    parser = _add(
        group,
        "retry",
        _retry,
        "Run tasks again that did not become ok.",
        [
            ("retry out --class infrastructure", "what was not the agent's fault"),
            ("retry out --id task-7 --id task-9", "these two"),
        ],
    )
    parser.add_argument(
        "--class",
        dest="classes",
        action="append",
        default=[],
        choices=CLASSES,
        help="all with this outcome; may be repeated",
    )
    parser.add_argument(
        "--id", dest="ids", action="append", default=[], help="the task with this id"
    )
    parser.add_argument("--tasks", help="the file of tasks, where it is not where it was")
    _add_run_options(parser)


def _add_run_options(parser: ArgumentParser) -> None:
    parser.add_argument("-j", "--concurrency", type=_count, metavar="N", help="turns at once")
    parser.add_argument("--runtimes", type=_count, metavar="N", help="runtime processes")
    parser.add_argument("--engine", default="local", help="local, dask, or tcp://HOST:PORT")
    parser.add_argument(
        "--budget", type=_budget, metavar="tokens=N,seconds=N", help="for all tasks"
    )
    parser.add_argument("--retries", type=_number, default=2, metavar="N", help="default 2")
    parser.add_argument(
        "--max-pause", type=seconds, metavar="SECONDS", help="wait no longer for limits"
    )
    parser.add_argument("--keep", choices=("failed", "always", "never"), default="failed")
    for name in ("model", "effort", "sandbox", "approval"):
        parser.add_argument(f"--{name}", help="for tasks that do not say")
    parser.add_argument(
        "--timeout", type=seconds, metavar="SECONDS", help="for tasks that do not say"
    )
    add_runtime_options(parser, connects=False)  # a batch starts its own


def _count(text: str) -> int:
    number = _number(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def _budget(text: str) -> dict[str, float]:
    pairs = [part.partition("=") for part in text.split(",")]
    try:
        return {name.strip(): float(value) for name, _, value in pairs}
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not like tokens=100000") from None


# --- running -------------------------------------------------------------------------------------


def _run(options: Namespace, terminal: Terminal) -> int:
    """Run a batch; returns its exit code."""
    tasks = Blocking(_typed()) if options.tasks == "-" else options.tasks
    return _carried_out(tasks, options, terminal, fresh=options.fresh)


def _typed() -> Iterator[Any]:
    for _, record in json_lines(_lines_of(sys.stdin.fileno())):
        yield record  # or what is wrong with the line: refused, as every member that is no task


def _lines_of(file: int) -> Iterator[bytes]:
    """Yield lines as they come, holding no lock of `sys.stdin`: the process may end meanwhile."""
    rest = bytearray()
    while piece := os.read(file, 65536):
        rest += piece
        if b"\n" in piece:
            *lines, last = bytes(rest).split(b"\n")
            rest = bytearray(last)
            yield from lines
    yield bytes(rest)


def _retry(options: Namespace, terminal: Terminal) -> int:
    """Reopen tasks and run them; returns the batch's exit code."""
    if not options.classes and not options.ids:
        raise UsageError("retry what?", advice=f"give --id or --class, one of {', '.join(CLASSES)}")
    tasks = options.tasks or _tasks_of(options.out)
    chosen = reopen(options.out, outcomes=options.classes, ids=options.ids)
    if not chosen:
        terminal.note("there is no such task in this batch")
        return status(options.out).exit_code
    return _carried_out(tasks, options, terminal, only=chosen)


def _tasks_of(out: str) -> str:
    try:
        manifest = json.loads((Path(out) / "manifest.json").read_text(encoding="utf-8"))
        path = manifest["tasks"]["path"]
    except (OSError, ValueError, KeyError):
        path = None
    if path is None or not Path(path).is_file():
        raise UsageError("the file of the tasks is not known", advice="name it with --tasks")
    return str(path)


def _carried_out(tasks: Any, options: Namespace, terminal: Terminal, **more: Any) -> int:
    names = ("model", "effort", "sandbox", "approval", "timeout")
    given = {name: getattr(options, name) for name in names}
    effort_of(options)
    try:
        batch_options: dict[str, Any] = {
            "config": runtime_config(options),
            "concurrency": options.concurrency,
            "runtimes": options.runtimes,
            "engine": options.engine,
            "budget": options.budget,
            "retries": options.retries,
            "max_pause": options.max_pause,
            "keep": options.keep,
            "prices": _prices(options),
            "defaults": {name: value for name, value in given.items() if value is not None},
            **more,
        }
        return asyncio.run(_watched(tasks, options.out, batch_options, terminal))
    except TaskError as error:
        raise UsageError(str(error)) from error


def _prices(options: Namespace) -> Prices | None:
    """What tokens cost, where that can be known; raises MissingExtraError where it must be."""
    prices = known_prices()
    if prices is None and "usd" not in (options.budget or {}):
        return None
    return prices if prices is not None and options.engine == "local" else _catalogue()


def _catalogue() -> Prices:
    from ...prices import catalogue_prices

    return catalogue_prices()


async def _watched(tasks: Any, out: str, options: dict[str, Any], terminal: Terminal) -> int:
    on_event = terminal.json if terminal.as_json else None
    batch = async_run_batch(tasks, out, on_event=on_event, **options)
    with _signals(batch, terminal):  # first: Ctrl-C must not break off what draws the progress
        summary = await _shown(batch, None if terminal.as_json else progress_for(terminal.err))
    _say(summary, terminal)
    return summary.exit_code


async def _shown(batch: AsyncBatch, progress: Progress | None) -> Summary:
    running = asyncio.ensure_future(batch.wait())
    try:
        while not running.done():
            await asyncio.wait((running,), timeout=LOOK_EVERY)
            _show(progress, batch)
        return running.result()
    finally:
        if progress is not None:
            progress.close()


def _show(progress: Progress | None, batch: AsyncBatch) -> None:
    if progress is not None and batch.has_begun:
        progress.show(batch.status, batch.doing)


@contextlib.contextmanager
def _signals(batch: AsyncBatch, terminal: Terminal) -> Iterator[None]:
    """Ctrl-C once drains, twice interrupts; being terminated, or left alone, interrupts."""
    loop = asyncio.get_running_loop()
    presses = 0

    def press() -> None:
        nonlocal presses
        presses += 1
        if presses == 1:
            terminal.note("finishing what runs; Ctrl-C again to interrupt it")
            batch.drain()
        else:
            batch.interrupt()

    def on_signal(number: int, _: object) -> None:
        loop.call_soon_threadsafe(press if number == signal.SIGINT else batch.interrupt)

    before = {number: signal.signal(number, on_signal) for number in _heard()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _heard() -> Iterator[signal.Signals]:
    yield from (signal.SIGINT, signal.SIGTERM)
    hangup = getattr(signal, "SIGHUP", None)  # Windows has none
    if hangup is not None and signal.getsignal(hangup) is not signal.SIG_IGN:  # else it is nohup
        yield hangup


def _say(summary: Summary, terminal: Terminal) -> None:
    if terminal.as_json:
        terminal.json({"event": "summary", **summary.to_json()})
        return
    terminal.say(one_line(str(summary)))
    if summary.exit_code in (exits.INTERRUPTED, exits.BUDGET) or summary.halted is not None:
        terminal.say("the same command goes on from here")


# --- looking -------------------------------------------------------------------------------------


def _status(options: Namespace, terminal: Terminal) -> int:
    """Show how a batch stands; returns the exit code that it would end with now."""
    summary = status(options.out)
    if terminal.as_json:
        terminal.json(summary.to_json())
        return summary.exit_code
    terminal.say(line_of(summary, 0.0))
    failed = [result for result in results(options.out) if not result.ok]
    if failed:
        rows = [  # a long id must leave room for what became of it
            (one_line(result.id, most=28), result.outcome.value, result.why.partition("\n")[0])
            for result in failed
        ]
        for line in table(("task", "outcome", "why"), rows, terminal.width):
            terminal.say(line)
    return summary.exit_code


def _collect(options: Namespace, terminal: Terminal) -> int:
    """Write `preds.jsonl`; returns 0."""
    return _written(collect(options.out), terminal)


def _report(options: Namespace, terminal: Terminal) -> int:
    """Write `report.html`; returns 0."""
    return _written(report(options.out), terminal)


def _written(path: Path, terminal: Terminal) -> int:
    if terminal.as_json:
        terminal.json({"path": str(path)})
    else:
        terminal.say(one_line(str(path)))
    return exits.DONE
