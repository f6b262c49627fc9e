"""`openai-codex run`: its options, and what they may be."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser, Namespace
from decimal import Decimal

from ..parser import count, seconds
from ..runtime import add_runtime_options
from ..terminal import Terminal

DESCRIPTION = (
    "Run one turn. What the agent does is shown on the standard error while it happens; its "
    "answer goes to the standard output."
)
EXAMPLES = (
    ('openai-codex run "Why does the build fail?"', "in this directory, with its config"),
    ("openai-codex run --sandbox workspace-write 'Fix it'", "may write below this directory"),
    ("git diff | openai-codex run --stdin 'Review this'", "the prompt, then what is piped in"),
    ("openai-codex run --last 'And now the tests'", "go on with the newest thread of here"),
    ("openai-codex run --json 'List the TODOs' | jq .", "one JSON value for each event"),
    ("openai-codex run --schema rating.json 'Rate it'", "an answer that fits a JSON schema"),
    ("openai-codex run --budget-tokens 200000 'Tidy up'", "stop when that is spent"),
    ("openai-codex run --approve rules ci.rules 'Go'", "decide by a file of rules"),
)
SANDBOXES = ("read-only", "workspace-write", "full-access")


def prepare(words: list[str]) -> list[str]:
    """Return the arguments with `--approve rules FILE` as one value, for the parser."""
    for place in range(len(words) - 2):
        if words[place : place + 2] == ["--approve", "rules"]:
            return [*words[: place + 1], f"rules:{words[place + 2]}", *words[place + 3 :]]
    return words


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of `run`."""
    parser.add_argument("prompt", nargs="?", help="what to do; - or nothing reads it from stdin")
    parser.add_argument("--stdin", action="store_true", help="add what is piped in to the prompt")
    parser.add_argument(
        "--image",
        action="append",
        default=[],
        metavar="FILE",
        help="show an image; may be repeated",
    )
    parser.add_argument("-C", "--cd", metavar="DIR", help="the directory to work in")
    parser.add_argument("-m", "--model", help="the model")
    parser.add_argument("--effort", help="how hard it thinks, such as low, medium or high")
    parser.add_argument(
        "-s",
        "--sandbox",
        choices=SANDBOXES,
        metavar="MODE",
        help="what commands may touch: read-only, workspace-write or full-access; default: "
        "what config.toml says",
    )
    parser.add_argument(
        "--approve",
        type=_approve,
        metavar="ask|deny|rules FILE",
        help="who decides what the sandbox does not allow: you at the terminal (the default "
        "there), nobody (the default elsewhere), or a file with a rule on each line: `allow git "
        "status`, `allow path src/**`, `allow mcp SERVER TOOL`, `deny rm`",
    )
    _add_limits(parser)
    _add_thread_options(parser)
    _add_answer_options(parser)
    add_runtime_options(parser)


def _add_limits(parser: ArgumentParser) -> None:
    parser.add_argument("--timeout", type=seconds, metavar="SECONDS", help="stop the turn then")
    parser.add_argument(
        "--budget-tokens",
        type=count,
        metavar="N",
        help="stop the turn when so many tokens are spent, sub-agents included (exit code 4)",
    )
    parser.add_argument(
        "--budget-usd",
        type=_dollars,
        metavar="AMOUNT",
        help="the same in US dollars; needs the extra [cost]",
    )


def _add_thread_options(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("thread")
    which = group.add_mutually_exclusive_group()
    which.add_argument("--resume", metavar="ID", help="go on with this thread")
    which.add_argument("--last", action="store_true", help="go on with the newest thread of here")
    which.add_argument("--ephemeral", action="store_true", help="do not store the thread")


def _add_answer_options(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("answer")
    shape = group.add_mutually_exclusive_group()
    shape.add_argument("--schema", metavar="FILE", help="a JSON schema that the answer must fit")
    shape.add_argument(
        "--output-type", metavar="MODULE:TYPE", help="a Python type that the answer must have"
    )
    group.add_argument("--json", action="store_true", help="print one JSON value for each event")
    group.add_argument("-q", "--quiet", action="store_true", help="show nothing but the answer")


def execute(options: Namespace, terminal: Terminal) -> int:
    """Run the turn; returns the exit code."""
    from ..run.turn import run_turn

    return run_turn(options, terminal)


def _dollars(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except ArithmeticError:
        amount = Decimal(0)
    if not amount.is_finite() or amount <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not an amount above 0")
    return amount


def _approve(text: str) -> str:
    if text in ("ask", "deny") or text.startswith("rules:"):
        return text
    raise argparse.ArgumentTypeError(f"{text!r} is not ask, deny, or rules FILE")
