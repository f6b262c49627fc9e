"""`openai-codex export`: threads as HTML, Markdown or JSON lines. Starts no runtime."""

from __future__ import annotations

import io
import itertools
import json
import os
import shutil
import stat
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from .. import exits
from ..parser import count
from ..problems import CommandError, UsageError
from ..runtime import add_json_option
from ..terminal import Terminal
from ..thread_ids import one_of

if TYPE_CHECKING:
    from ...transcript.store import Store

DESCRIPTION = (
    "Write threads as documents. One HTML file needs nothing else: no server, no network. What "
    "looks like a secret is taken out, unless --no-redact. A new file is readable for you alone. "
    "No runtime is started."
)
EXAMPLES = (
    ("openai-codex export last -o thread.html", "the newest thread, everything that was done"),
    ("openai-codex export 019ac3f2-7b1d --md --focused", "prompts and answers, for a pull request"),
    ("openai-codex export --all -o threads/", "all threads, with an index page"),
    ("openai-codex export rollout.jsonl --jsonl | jq .", "one entry on a line, from a file"),
)
IN_MEMORY = 8 * 1024 * 1024
ENDINGS = {"html": ".html", "md": ".md", "jsonl": ".jsonl"}


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of `export`."""
    parser.add_argument(
        "threads",
        nargs="*",
        metavar="ID|FILE",
        help="a thread's id, a unique beginning of it, last, or the path of a rollout file",
    )
    parser.add_argument("--all", action="store_true", help="all threads")
    kind = parser.add_mutually_exclusive_group()
    for name, what in (("html", "HTML"), ("md", "Markdown"), ("jsonl", "JSON lines")):
        kind.add_argument(
            f"--{name}",
            dest="kind",
            action="store_const",
            const=name,
            help=f"write {what}{' (the default)' if name == 'html' else ''}",
        )
    parser.add_argument(
        "-o", "--output", metavar="FILE|DIR", help="where to write; default: the standard output"
    )
    parser.add_argument("--focused", action="store_true", help="only prompts and answers")
    parser.add_argument("--no-redact", action="store_true", help="leave secrets in")
    parser.add_argument(
        "--page-size", type=count, default=50, metavar="N", help="items on a page of HTML"
    )
    add_json_option(parser, "print what was written as JSON; without -o, the document in it")


def execute(options: Namespace, terminal: Terminal) -> int:
    """Write the documents; returns the exit code."""
    from ...transcript.store import Store

    store = Store()
    paths = _paths(options, store)
    kind = options.kind or _kind_of(options.output)
    if options.all or len(paths) > 1 or _is_folder(options.output):
        written = _write_many(paths, kind, options, store)
    elif options.output in (None, "-"):
        _print(paths[0], kind, options, terminal, store)
        written = []
    else:
        written = [_write_file(paths[0], kind, Path(options.output), options, store)]
    _report(written, options, terminal)
    return exits.DONE


def _paths(options: Namespace, store: Store) -> list[Path]:
    if options.all == bool(options.threads):
        raise UsageError("name threads, or give --all", advice="see `openai-codex threads list`")
    if options.all:
        found = list(store.files.values())
        if not found:
            raise UsageError(f"there are no threads below {store.home}")
        return found
    return [_path(given, store) for given in options.threads]


def _path(given: str, store: Store) -> Path:
    if given.endswith(".jsonl") or os.sep in given:
        if not Path(given).is_file():
            raise UsageError(f"{given}: there is no such file")
        return Path(given)
    if given == "last":
        if not store.files:
            raise UsageError(f"there are no threads below {store.home}")
        return max(store.files.values(), key=lambda path: path.stat().st_mtime_ns)
    found: Path = store.path_of(one_of(given, store.files))
    return found


def _kind_of(output: str | None) -> str:
    suffix = Path(output).suffix if output else ""
    return next((kind for kind, ending in ENDINGS.items() if ending == suffix), "html")


def _is_folder(output: str | None) -> bool:
    return output is not None and (output.endswith(os.sep) or Path(output).is_dir())


# --- writing -------------------------------------------------------------------------------------


def _write(path: Path, kind: str, out: IO[str], options: Namespace, store: Store) -> None:
    from ... import transcript

    given: dict[str, Any] = {"redacted": not options.no_redact, "focused": options.focused}
    if kind == "html":
        transcript.write_html(path, out, page_size=options.page_size, store=store, **given)
    elif kind == "md":
        transcript.write_markdown(path, out, store=store, **given)
    else:
        transcript.write_jsonl(path, out, store=store, **given)


def _write_file(path: Path, kind: str, target: Path, options: Namespace, store: Store) -> str:
    """Write one document to a file; to a pipe or a device as it comes."""
    if not target.parent.is_dir():
        if target.parent.exists():
            raise CommandError(f"{target.parent} is no folder", code="os")
        missing = f"{target.parent}: No such file or directory"
        raise CommandError(missing, code="os", advice="create it")
    if target.exists() and not target.is_file():
        with target.open("w", encoding="utf-8", newline="\n") as out:
            _write(path, kind, out, options, store)
    else:
        _write_whole(target, lambda out: _write(path, kind, out, options, store))
    return str(target)


def _write_whole(target: Path, write: Callable[[IO[str]], None]) -> None:
    """Write a file whole or not at all: the old one stays until the new one is there."""
    place = target.resolve()  # where a link leads to, so that it stays a link
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name[:64]}.")
    part = Path(name)
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as out:  # noqa: PTH123 - a handle
            write(out)
        if place.exists():  # a new one keeps 0600: it holds whole conversations
            part.chmod(stat.S_IMODE(place.stat().st_mode))
        part.replace(place)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _write_many(paths: list[Path], kind: str, options: Namespace, store: Store) -> list[str]:
    if options.output in (None, "-"):
        raise UsageError("many threads need a folder", advice="give -o DIR")
    folder = Path(options.output)
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file, and many threads need a folder")
    folder.mkdir(parents=True, exist_ok=True)
    paths = list(dict.fromkeys(paths))
    targets = [folder / f"{stem}{ENDINGS[kind]}" for stem in _stems(paths)]
    pairs = zip(paths, targets, strict=True)
    written = [_write_file(path, kind, target, options, store) for path, target in pairs]
    if kind == "html":
        written.append(_write_index(paths, targets, folder, options))
    return written


def _stems(paths: list[Path]) -> Iterator[str]:
    """Yield a name for each file; files of one name in two folders get numbers."""
    seen: set[str] = {"index"}  # which is the page of all
    for path in paths:
        numbered = (f"{path.stem}-{number}" for number in itertools.count(2))
        stem = next(name for name in itertools.chain([path.stem], numbered) if name not in seen)
        seen.add(stem)
        yield stem


def _write_index(paths: list[Path], targets: list[Path], folder: Path, options: Namespace) -> str:
    from ...transcript.index import summary_of, write_index

    newest_first = reversed(list(zip(paths, targets, strict=True)))
    summaries = (summary_of(path, target.name) for path, target in newest_first)
    index = folder / "index.html"
    _write_whole(index, lambda out: write_index(summaries, out, redacted=not options.no_redact))
    return str(index)


class _JsonText(io.TextIOBase):
    """A text that is written as the inside of a JSON string, a piece at a time."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out

    def write(self, text: str) -> int:
        """Write a piece."""
        return self._out.write(json.dumps(text)[1:-1])


def _print(path: Path, kind: str, options: Namespace, terminal: Terminal, store: Store) -> None:
    if not options.json:
        _write(path, kind, terminal.out, options, store)
        return
    # Whole before anything is printed: half of a JSON value is none, where the source fails.
    with tempfile.SpooledTemporaryFile(IN_MEMORY, "w+", encoding="ascii") as whole:
        _write(path, kind, _JsonText(whole), options, store)  # type: ignore[arg-type]
        whole.seek(0)
        terminal.out.write(f'{{"kind": "{kind}", "document": "')
        shutil.copyfileobj(whole, terminal.out)
        terminal.out.write('"}\n')


def _report(written: list[str], options: Namespace, terminal: Terminal) -> None:
    if options.json and written:
        terminal.json({"written": written})
        return
    for name in written[-1:] if len(written) > 1 else written:
        terminal.note(f"wrote {name}")
