"""Tasks are read one at a time, and a file with a bad line is refused in whole."""

from __future__ import annotations

import itertools
import json
import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from openai_codex import AppServerConfig
from openai_codex.batch import Task, TasksFileError
from openai_codex.batch.options import Options
from openai_codex.batch.sources import Problem, checked_file, read_tasks


def lines(path: Path, *records: Any) -> Path:
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    return path


def test_json_lines_become_tasks(tmp_path: Path) -> None:
    path = lines(tmp_path / "t.jsonl", {"id": "a", "prompt": "ä"}, {"id": "b", "prompt": "x"})
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes() + b"\n  \n")  # a BOM, and empty lines
    assert list(read_tasks(path)) == [Task("a", "ä"), Task("b", "x")]
    digest, count = checked_file(path)
    assert (len(digest), count) == (64, 2)


def test_csv_rows_become_tasks_and_other_columns_go_into_meta(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        'id,prompt,timeout,level,budget\na,"line 1\nline 2",5,high,"{""tokens"": 7}"\nb,x,,,\n',
        encoding="utf-8",
    )
    assert list(read_tasks(str(path))) == [
        Task("a", "line 1\nline 2", timeout=5.0, budget={"tokens": 7}, meta={"level": "high"}),
        Task("b", "x", meta={"level": ""}),
    ]


def test_every_bad_line_of_a_file_is_named_before_the_start(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(
        b'{"id": "a", "prompt": "x"}\n\n{"id": "a", "prompt": "y"}\nnot json\n'
        b'{"id": "b"}\n\xff\xfe\n[1]\n'
    )
    with pytest.raises(TasksFileError) as raised:
        checked_file(path)
    assert [line for line, _ in raised.value.problems] == [3, 4, 5, 6, 7]
    assert "the id 'a' is there twice" in str(raised.value)
    assert "prompt is missing" in str(raised.value)


def test_bad_rows_of_csv_are_named(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id,prompt,timeout\na,x,soon\nb,x,1,more\n", encoding="utf-8")
    with pytest.raises(TasksFileError, match=r"(?s)line 2: timeout.*line 3: more cells"):
        checked_file(path)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("t.jsonl", '{"id": "a", "prompt": "x", "meta": ' + "[" * 100_000, "line 1: not JSON"),
        ("t.csv", "id,prompt,meta\na,x," + "[" * 100_000, "line 2: meta: "),
        ("t.csv", 'id,prompt\na,x\nb,"never closed\nc,x\n', "line 3: not CSV"),
        ("t.csv", "id,prompt,prompt\na,x,y\n", "line 1: the column 'prompt' is there twice"),
    ],
)
def test_a_file_that_would_lose_a_part_of_itself_is_refused(
    tmp_path: Path, name: str, content: str, why: str
) -> None:
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(TasksFileError, match=why):
        checked_file(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_pipe_is_no_file_of_tasks(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    with pytest.raises(TasksFileError, match="a pipe can be read once"):
        checked_file(tmp_path / "pipe.jsonl")


def test_a_task_that_a_run_cannot_take_is_named_with_its_line(tmp_path: Path) -> None:
    path = lines(tmp_path / "t.jsonl", {"id": "a", "prompt": "x", "effort": "huge"})
    with pytest.raises(TasksFileError, match="line 1: effort must be one of"):
        checked_file(path, Options().task)
    other = Options(config=AppServerConfig(codex_bin="other"))
    assert checked_file(path, other.task)[1] == 1


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TasksFileError, match=r"gone\.jsonl"):
        checked_file(tmp_path / "gone.jsonl")


def test_an_iterable_is_read_lazily_and_its_bad_members_are_told() -> None:
    def endless() -> Iterator[Any]:
        yield {"id": "a", "prompt": "x"}
        yield {"id": "b"}
        for number in itertools.count():
            yield Task(f"t{number}", "x")

    found = list(itertools.islice(read_tasks(endless()), 4))
    assert found[0] == Task("a", "x")
    assert found[1] == Problem(2, "prompt is missing")
    assert found[3] == Task("t1", "x")


def test_a_long_file_needs_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    with path.open("w") as file:
        for number in range(20_000):
            file.write(json.dumps({"id": f"t{number}", "prompt": "x" * 200}) + "\n")
    tracemalloc.start()
    try:
        assert sum(1 for _ in read_tasks(path)) == 20_000
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
