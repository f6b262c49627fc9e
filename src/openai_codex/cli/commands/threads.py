"""`openai-codex threads`: what was done, where and when; rename, put away, delete."""

from __future__ import annotations

import argparse
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import Any

from .. import exits
from ..parser import Examples, command_parser, count, filled
from ..problems import CommandError, UsageError
from ..runtime import add_json_option, add_runtime_options, client
from ..terminal import Terminal
from ..thread_ids import thread_id_of
from ..threads.listing import list_threads, search_threads
from ..threads.showing import show_thread

DESCRIPTION = "List, search, show, rename, archive or delete stored threads."
EXAMPLES = (
    ("openai-codex threads list", "the newest, one on a line"),
    ("openai-codex threads list --here --all", "all of this directory"),
    ("openai-codex threads search 'flaky test'", "threads in which that was said"),
    ("openai-codex threads show last", "the turns of the newest thread"),
)
ID = "a thread's id, a unique beginning of it, or last"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the commands of `threads`."""
    group = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_list(group)
    _add_search(group)
    _add(
        group, "show", show_thread, "Show one thread and its turns.", [("show last", "the newest")]
    )
    rename = _add(
        group, "rename", _rename, "Name a thread.", [("rename 019ac3f2-7b1d 'The fix'", "name it")]
    )
    rename.add_argument("name", type=filled, help="the new name")
    archive = _add(
        group,
        "archive",
        _archive,
        "Put threads away, or take them out again.",
        [("archive last", "put it away"), ("archive --undo 019ac3f2-7b1d", "take it back out")],
        nargs="+",
    )
    archive.add_argument("--undo", action="store_true", help="take them out again")
    delete = _add(
        group,
        "delete",
        _delete,
        "Delete threads for good.",
        [("delete 019ac3f2-7b1d", "asks first"), ("delete --yes last", "does not ask")],
        nargs="+",
    )
    delete.add_argument("-y", "--yes", action="store_true", help="do not ask")


def _add(
    group: argparse._SubParsersAction[ArgumentParser],
    name: str,
    execute: Callable[[Namespace, Terminal], int],
    summary: str,
    examples: Examples,
    *,
    nargs: str | None = None,
    takes_id: bool = True,
) -> ArgumentParser:
    shown = [(f"openai-codex threads {command}", what) for command, what in examples]
    parser = command_parser(group, name, summary=summary, examples=shown)
    parser.set_defaults(execute=execute)
    if takes_id:
        parser.add_argument("id", nargs=nargs, metavar="ID", help=ID)
    add_json_option(parser)
    add_runtime_options(parser)
    return parser


def _add_list(group: argparse._SubParsersAction[ArgumentParser]) -> None:
    examples = [("list", "the newest"), ("list --here --json", "those of this directory, as JSON")]
    parser = _add(
        group, "list", list_threads, "List threads, newest first.", examples, takes_id=False
    )
    _add_limits(parser)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--cwd", metavar="DIR", help="only those of a directory")
    where.add_argument("--here", action="store_true", help="only those of this directory")
    parser.add_argument("--archived", action="store_true", help="those that were put away")
    parser.add_argument(
        "--cost",
        action="store_true",
        help="what they cost at the prices of their models; needs the extra [cost]",
    )


def _add_search(group: argparse._SubParsersAction[ArgumentParser]) -> None:
    examples = [("search 'flaky test'", "threads in which that was said")]
    summary = "Find threads by what was said in them."
    parser = _add(group, "search", search_threads, summary, examples, takes_id=False)
    parser.add_argument("term", type=filled, help="what to look for")
    _add_limits(parser)


def _add_limits(parser: ArgumentParser) -> None:
    many = parser.add_mutually_exclusive_group()
    many.add_argument(
        "-n", "--limit", type=count, default=20, help="how many at most (default: 20)"
    )
    many.add_argument("--all", action="store_true", help="all of them")


def _rename(options: Namespace, terminal: Terminal) -> int:
    from ... import methods

    with client(options) as codex:
        ident = thread_id_of(codex, options.id)
        codex.call(methods.thread.NAME_SET, {"threadId": ident, "name": options.name})
    _done(options, terminal, "renamed", [ident])
    return exits.DONE


def _archive(options: Namespace, terminal: Terminal) -> int:
    with client(options) as codex:
        idents = _idents(codex, options.id, archived=options.undo)
        for ident in idents:
            (codex.thread_unarchive if options.undo else codex.thread_archive)(ident)
    _done(options, terminal, "unarchived" if options.undo else "archived", idents)
    return exits.DONE


def _delete(options: Namespace, terminal: Terminal) -> int:
    from ... import methods

    with client(options) as codex:
        idents = _idents(codex, options.id)
        if not options.yes and not _is_sure(terminal, idents):
            raise CommandError("nothing was deleted", code="declined", exit_code=exits.DECLINED)
        for ident in idents:
            codex.call(methods.thread.DELETE, {"threadId": ident})
    _done(options, terminal, "deleted", idents)
    return exits.DONE


def _idents(codex: Any, given: list[str], *, archived: bool = False) -> list[str]:
    """Return the threads that are meant, each once; all of them are found before one is changed."""
    found = [thread_id_of(codex, each, archived=archived) for each in given]
    return list(dict.fromkeys(found))


def _is_sure(terminal: Terminal, idents: list[str]) -> bool:
    if not terminal.is_interactive:
        raise UsageError("delete asks first, and there is no terminal", advice="give --yes")
    terminal.err.write(f"Delete {', '.join(idents)} for good? [y/N] ")
    terminal.err.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _done(options: Namespace, terminal: Terminal, what: str, idents: list[str]) -> None:
    if options.json:
        terminal.json({what: idents})
    else:
        terminal.note("\n".join(f"{what} {ident}" for ident in idents))
