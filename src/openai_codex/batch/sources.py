"""Where tasks come from: JSON lines, CSV, iterables; always one at a time.

Reads and checks; starts nothing. A file is read twice: once in whole before the start, so that a
bad line or a doubled id is refused before anything is spent, and then line by line as tasks run.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Union

from .errors import TaskError, TasksFileError
from .task import FIELDS, Task

__all__ = ["Problem", "TaskSource", "checked_file", "id_key", "json_lines", "read_tasks"]

TaskSource = Union[str, "Path", Iterable[Task | Mapping[str, Any]]]

LONGEST_CELL = 256 * 1024 * 1024


@dataclass(frozen=True)
class Problem:
    """A line, or a member of an iterable, that is not a task: its number from 1, and why."""

    line: int
    why: str


def read_tasks(source: TaskSource) -> Iterator[Task | Problem]:
    """Yield the tasks of a file or an iterable, lazily, and what is wrong with the others."""
    if isinstance(source, (str, Path)):
        for _, task in _of_file(Path(source)):
            yield task
        return
    for number, given in enumerate(source, 1):
        yield _task(number, given)


def checked_file(path: Path, accept: Callable[[Task], object] = lambda _: None) -> tuple[str, int]:
    """Read a file of tasks in whole; return its sha256 and how many tasks it has.

    `accept` raises TaskError for a task that this run cannot take. Raises TasksFileError for bad
    lines. It needs about 64 bytes of memory for each task.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        raise TasksFileError(
            path, [(0, "a pipe can be read once, and a file is read twice; - reads a pipe")]
        )
    problems: list[tuple[int, str]] = []
    seen: set[int] = set()
    for line, task in _of_file(path):
        why = task.why if isinstance(task, Problem) else _refused(task, seen, accept)
        if why is not None:
            problems.append((line, why))
    if problems:
        raise TasksFileError(path, problems)
    return _sha256(path), len(seen)


def _refused(task: Task, seen: set[int], accept: Callable[[Task], object]) -> str | None:
    key = id_key(task.id)
    if key in seen:
        return f"the id {task.id!r} is there twice"
    seen.add(key)
    try:
        accept(task)
    except TaskError as error:
        return str(error)
    return None


def id_key(task_id: str) -> int:
    """A number of 64 bits that stands for an id where a million of them are kept."""
    digest = hashlib.blake2b(task_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1024 * 1024):
            digest.update(piece)
    return digest.hexdigest()


def _of_file(path: Path) -> Iterator[tuple[int, Task | Problem]]:
    read = _csv_lines if path.suffix.lower() in (".csv", ".tsv") else _json_lines
    try:
        for line, given in read(path):
            yield line, given if isinstance(given, Problem) else _task(line, given)
    except OSError as error:
        raise TasksFileError(path, [(0, error.strerror or str(error))]) from error


def _json_lines(path: Path) -> Iterator[tuple[int, Any]]:
    with path.open("rb") as file:
        yield from json_lines(file)


def json_lines(lines: Iterable[bytes]) -> Iterator[tuple[int, Any]]:
    """Yield the number and the JSON value of each line, a Problem for one that has none."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
        except (ValueError, RecursionError) as error:
            yield number, Problem(number, f"not JSON in UTF-8: {error}")
        else:
            yield number, record


def _csv_lines(path: Path) -> Iterator[tuple[int, Any]]:
    csv.field_size_limit(max(LONGEST_CELL, csv.field_size_limit()))  # prompts pass its 128 KiB
    dialect = "excel-tab" if path.suffix.lower() == ".tsv" else "excel"
    with path.open(newline="", encoding="utf-8-sig") as file:
        # Strict: else a quote that is never closed makes one cell of all the rows that follow.
        rows = csv.DictReader(file, dialect=dialect, strict=True)
        twice = _doubled(rows)
        if twice is not None:
            yield 1, Problem(1, twice)
            return
        while True:
            try:
                row = next(rows, None)
            except (csv.Error, UnicodeDecodeError) as error:
                begins = rows.line_num + 1
                yield begins, Problem(begins, f"not CSV in UTF-8: {error}")
                return  # where the next row begins is not known
            if row is None:
                return
            yield rows.line_num, _row(rows.line_num, row)


def _doubled(rows: csv.DictReader[str]) -> str | None:
    """What is wrong with a header that names a column twice: one of the two would be lost."""
    try:
        names = list(rows.fieldnames or ())
    except (csv.Error, UnicodeDecodeError):
        return None  # the first row meets it again
    twice = [name for number, name in enumerate(names) if name in names[:number]]
    return f"the column {twice[0]!r} is there twice" if twice else None


JSON_COLUMNS = (
    *("files", "environment", "output_schema", "budget", "meta"),
    *("setup", "check", "teardown", "tools"),
)
NUMBERS = ("timeout", "command_timeout")


def _row(number: int, row: Mapping[str | Any, Any]) -> dict[str, Any] | Problem:
    """A row as a task: empty cells are left out, columns of other names go into `meta`."""
    if None in row:
        return Problem(number, "more cells than the header has")
    record: dict[str, Any] = {}
    meta: dict[str, Any] = {}
    for name, cell in row.items():
        if name in FIELDS and cell not in ("", None):
            try:
                record[name] = _cell(name, cell)
            except (ValueError, RecursionError) as error:
                return Problem(number, f"{name}: {error}")
        elif name not in FIELDS:
            meta[str(name)] = cell
    if meta:
        record["meta"] = {**meta, **record.get("meta", {})}
    return record


def _cell(name: str, cell: str) -> Any:
    if name in NUMBERS:
        return float(cell)
    if name in JSON_COLUMNS and cell[:1] in ("{", "["):
        return json.loads(cell)
    return cell


def _task(number: int, given: Any) -> Task | Problem:
    if isinstance(given, (Task, Problem)):
        return given
    try:
        return Task.from_record(given)
    except (TaskError, TypeError) as error:
        return Problem(number, str(error))
