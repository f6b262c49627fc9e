"""`openai-codex threads`, as a process against the real runtime."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path

import pytest

from openai_codex.testing import ScriptedModel, run_command, say, usage
from tests.cli.processes import Place

MANY = 10_000


def told(model: ScriptedModel, place: Place, prompt: str, answer: str = "Ok") -> str:
    """Have one turn; returns its thread's id."""
    model.script(usage(input=1200, output=34), say(answer))
    ident: str = place.run("run", "--json", prompt).lines[0]["thread_id"]
    return ident


def test_a_list_says_what_was_done_where_when_and_what_it_took(
    model: ScriptedModel, place: Place
) -> None:
    ident = told(model, place, "Mend the build")
    done = place.run("threads", "list", COLUMNS="120")
    head, row = done.out.splitlines()
    assert head.split() == ["ID", "UPDATED", "TOKENS", "DIRECTORY", "WHAT"]
    assert row.startswith(f"{ident[:13]}  20")
    assert "  1.2k  " in row
    assert row.endswith("  Mend the build")
    narrow = place.run("threads", "list", COLUMNS="80").out.splitlines()
    assert max(map(len, narrow)) <= 80
    assert "Mend" in narrow[1]


def test_a_list_as_json_has_whole_threads(model: ScriptedModel, place: Place) -> None:
    ident = told(model, place, "Mend the build")
    (thread,) = place.run("threads", "list", "--json").json["threads"]
    assert (thread["id"], thread["cwd"]) == (ident, str(place.work))
    assert thread["tokens"]["total_tokens"] == 1234


def test_a_list_can_be_limited_and_narrowed(model: ScriptedModel, place: Place) -> None:
    first, second = told(model, place, "One"), told(model, place, "Two")
    elsewhere = str(place.work.parent)
    assert ids(place, "list", "-n", "1") == [second]
    assert set(ids(place, "list", "--all")) == {first, second}
    assert set(ids(place, "list", "--here")) == {first, second}
    assert ids(place, "list", "--cwd", elsewhere) == []
    assert place.run("threads", "list", "--cwd", elsewhere).err == "there are no threads\n"


def ids(place: Place, *words: str) -> list[str]:
    threads = place.run("threads", *words, "--json").json["threads"]
    return [thread["id"] for thread in threads]


def test_search_finds_what_was_said(model: ScriptedModel, place: Place) -> None:
    ident = told(model, place, "Mend the flaky zebra test")
    told(model, place, "Something else")
    assert ids(place, "search", "zebra") == [ident]
    shown = place.run("threads", "search", "zebra").out
    assert "zebra" in shown
    assert place.run("threads", "search", "giraffe").err == "nothing found\n"


def test_show_prints_the_turns_of_a_thread(model: ScriptedModel, place: Place) -> None:
    model.script(run_command("echo hi"), say("It works.\nReally."))
    place.run("run", "--sandbox", "full-access", "Mend the build")
    shown = place.run("threads", "show", "last").out
    for line in ("asked", "  | Mend the build", "said", "  | It works.", "  | Really."):
        assert line in shown.splitlines()
    assert "ran      echo hi  (exit 0, " in shown
    assert "tokens    input_tokens 200" in shown
    facts = [line for line in shown.splitlines() if not line.startswith(("file", "directory"))]
    assert max(map(len, facts)) <= 80


def test_rename_archive_and_delete(model: ScriptedModel, place: Place) -> None:
    ident = told(model, place, "Mend the build")
    assert place.run("threads", "rename", ident[:13], "The fix").err == f"renamed {ident}\n"
    (thread,) = place.run("threads", "list", "--json").json["threads"]
    assert thread["name"] == "The fix"
    assert place.run("threads", "archive", "last", "--json").json == {"archived": [ident]}
    assert ids(place, "list") == []
    assert ids(place, "list", "--archived") == [ident]
    assert place.run("threads", "archive", "--undo", ident).code == 0
    assert ids(place, "list") == [ident]
    assert place.run("threads", "delete", "--yes", ident).err == f"deleted {ident}\n"
    assert ids(place, "list") == []


def test_delete_asks_first(model: ScriptedModel, place: Place) -> None:
    ident = told(model, place, "Mend the build")
    refused = place.run("threads", "delete", ident)
    assert (refused.code, "--yes" in refused.err) == (2, True)
    with place.at_terminal("threads", "delete", ident) as screen:
        screen.wait_for("[y/N]")
        screen.type("n\n")
        assert screen.end() == 5
    assert ids(place, "list") == [ident]
    with place.at_terminal("threads", "delete", ident) as screen:
        screen.wait_for("[y/N]")
        screen.type("y\n")
        assert screen.end() == 0
    assert ids(place, "list") == []


@pytest.mark.parametrize(
    ("words", "code", "what"),
    [
        (("show", "0199aaaa"), 2, "there is no thread 0199aaaa"),
        (("show", "last"), 2, "there is no thread yet"),
        (("show", "01999999-9999-7999-8999-999999999999"), 1, "there is no thread 01999999"),
        (("rename", "01999999-9999-7999-8999-999999999999", "x"), 1, "there is no thread 01999999"),
        (("rename", "last", " "), 2, "argument name: it is empty"),
        (("search", ""), 2, "argument term: it is empty"),
        (("archive", "--undo", "last"), 2, "there is no archived thread yet"),
        (("list", "--cwd", ""), 2, "argument --cwd: its value is empty"),
        (("list", "-n", "0"), 2, "'0' is not a whole number above 0"),
        (("show",), 2, "the following arguments are required: ID"),
        ((), 2, "the following arguments are required: COMMAND"),
    ],
)
def test_a_thread_that_is_not_there_is_a_line(
    place: Place, words: tuple[str, ...], code: int, what: str
) -> None:
    done = place.run("threads", *words)
    assert (done.code, done.out) == (code, "")
    assert what in done.err
    assert "Traceback" not in done.err


def test_a_beginning_of_several_ids_names_them(model: ScriptedModel, place: Place) -> None:
    first, second = told(model, place, "One"), told(model, place, "Two")
    common = first[: next(i for i in range(36) if first[i] != second[i])]
    done = place.run("threads", "show", common)
    assert done.code == 2
    assert first in done.err
    assert second in done.err


def test_a_list_of_10000_threads_is_quick(model: ScriptedModel, place: Place) -> None:
    told(model, place, "The first of many")
    multiply(place.home, MANY)
    began = time.monotonic()
    done = place.run("threads", "list", "--json")
    took = time.monotonic() - began
    assert len(done.json["threads"]) == 20
    small = time.monotonic()
    place.run("account")
    assert took < 3 * (time.monotonic() - small) + 1.0  # little more than to start the runtime


def multiply(home: Path, count: int) -> None:
    """Copy the one thread that the runtime's index knows, `count` times."""
    with sqlite3.connect(home / "state_5.sqlite") as index:
        cursor = index.execute("select * from threads limit 1")
        names = [column[0] for column in cursor.description]
        row = dict(zip(names, cursor.fetchone(), strict=True))
        path = Path(row["rollout_path"])
        for number in range(count):
            ident = f"{row['id'][:-12]}{number:012d}"
            copy = path.with_name(path.name.replace(row["id"], ident))
            copy.hardlink_to(path)
            values = {**row, "id": ident, "rollout_path": str(copy)}
            marks = ",".join("?" * len(names))
            index.execute(f"insert into threads values ({marks})", [values[n] for n in names])
    index.close()
    assert json.dumps(str(path))


def test_last_is_the_newest_of_those_that_a_command_is_about(
    model: ScriptedModel, place: Place
) -> None:
    first, second = told(model, place, "One"), told(model, place, "Two")
    assert place.run("threads", "archive", "last", second).err == f"archived {second}\n"
    assert place.run("threads", "archive", "--undo", "last").err == f"unarchived {second}\n"
    assert sorted(ids(place, "list")) == sorted([first, second])
