"""`openai-codex export`, as a process; it starts no runtime."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from pathlib import Path

import pytest

from openai_codex.testing import ScriptedModel, run_command, say
from tests.cli.conftest import make_place
from tests.cli.processes import COMMAND, Place
from tests.conftest import SharedModel

KEY = "sk-proj-abcdefghijklmnopqrstuvwxyz012345"


def store_thread(model: ScriptedModel, place: Place) -> str:
    """Have a turn, and return its thread's id."""
    model.script(run_command(f"echo {KEY}"), say("It works"))
    lines = place.run("run", "--json", "--sandbox", "full-access", "Fix the build").lines
    found: str = lines[0]["thread_id"]
    return found


@pytest.fixture(scope="module")
def kept(shared_model: SharedModel, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A place with a thread, made once for all tests that only read it."""
    shared_model.renew()
    place = make_place(shared_model, tmp_path_factory.mktemp("kept"))
    store_thread(shared_model, place)
    return place


@pytest.fixture(scope="module")
def ident(kept: Place) -> str:
    """The id of the thread that is kept."""
    found: str = kept.run("threads", "list", "--json").json["threads"][0]["id"]
    return found


@pytest.mark.parametrize("name", ["whole", "beginning", "last", "path"])
def test_a_thread_is_named_in_every_way(kept: Place, ident: str, name: str) -> None:
    path = next((kept.home / "sessions").rglob("*.jsonl"))
    given = {"whole": ident, "beginning": ident[:13], "last": "last", "path": str(path)}[name]
    done = kept.run("export", given, CODEX_BIN="/nowhere")
    assert done.code == 0
    assert done.out.startswith("<!doctype html>")
    assert ident in done.out


def test_the_file_says_its_kind_by_its_ending(kept: Place, ident: str) -> None:
    for ending, first in (
        (".html", "<!doctype html>"),
        (".md", "\n# Thread"),
        (".jsonl", '{"type"'),
    ):
        target = kept.work / f"thread{ending}"
        done = kept.run("export", ident, "-o", str(target))
        assert (done.code, done.out, done.err) == (0, "", f"wrote {target}\n")
        assert target.read_text().startswith(first)
    assert [path.name for path in kept.work.iterdir() if path.name.startswith(".t")] == []


def test_secrets_leave_only_when_asked_for(kept: Place, ident: str) -> None:
    for kind in ("--html", "--md", "--jsonl"):
        assert KEY not in kept.run("export", ident, kind).out
        assert KEY in kept.run("export", ident, kind, "--no-redact").out
        assert "echo" not in kept.run("export", ident, kind, "--focused").out


def test_many_threads_get_an_index(model: ScriptedModel, place: Place) -> None:
    store_thread(model, place)
    model.script(say("Ok"))
    place.run("run", "-q", "Another prompt")
    done = place.run("export", "--all", "-o", "out/", "--json")
    written = [Path(name) for name in done.json["written"]]
    assert len(written) == 3
    index = (place.work / "out" / "index.html").read_text()
    assert index.index("Another prompt") < index.index("Fix the build")
    assert f'href="{written[0].name}"' in index


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ((), 2, "name threads, or give --all"),
        (("--all", "last"), 2, "name threads, or give --all"),
        (("--all",), 2, "there are no threads below"),
        (("last",), 2, "there are no threads below"),
        (("0199-none",), 2, "'0199-none' is no thread id"),
        (("last", "-o", ""), 2, "argument -o/--output: its value is empty"),
        (("none.jsonl",), 2, "none.jsonl: there is no such file"),
        (("x.jsonl", "y.jsonl"), 2, "x.jsonl: there is no such file"),
        (("--page-size", "0", "last"), 2, "'0' is not a whole number above 0"),
    ],
)
def test_what_cannot_be_exported_is_a_line(
    place: Place, words: tuple[str, ...], code: int, told: str
) -> None:
    done = place.run("export", *words)
    assert (done.code, done.out) == (code, "")
    assert told in done.err
    assert "Traceback" not in done.err


def test_a_folder_that_is_not_there_is_a_line(kept: Place, ident: str) -> None:
    done = kept.run("export", ident, "-o", "no/such/file.html")
    assert done.code == 1
    assert done.err == "error: no/such: No such file or directory: create it\n"


def test_a_file_in_the_place_of_a_folder_is_named(kept: Place, ident: str) -> None:
    (kept.work / "a-file").write_text("mine")
    done = kept.run("export", ident, "-o", "a-file/x.html")
    assert (done.code, done.err) == (1, "error: a-file is no folder\n")


@pytest.mark.parametrize("kind", ["html", "md", "jsonl"])
@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="only Linux has it")
def test_json_is_one_value_where_the_source_fails(kept: Place, kind: str) -> None:
    done = kept.run("export", "/proc/self/mem", f"--{kind}", "--json")  # its first read fails
    assert (done.code, "cannot read" in done.json["error"]["message"]) == (1, True)


def test_many_threads_do_not_go_to_a_pipe(kept: Place, ident: str) -> None:
    done = kept.run("export", ident, ident)
    assert (done.code, "give -o DIR" in done.err) == (2, True)


def test_the_lines_are_entries(kept: Place, ident: str) -> None:
    kinds = [
        json.loads(line)["type"] for line in kept.run("export", ident, "--jsonl").out.splitlines()
    ]
    assert kinds[0] == "session"
    assert kinds[-1] == "end"


@pytest.mark.parametrize(("kind", "first"), [("html", "<!doctype html>"), ("md", "\n# Thread")])
def test_a_document_as_json_is_one_value(kept: Place, ident: str, kind: str, first: str) -> None:
    printed = kept.run("export", ident, f"--{kind}", "--json").json
    assert printed["kind"] == kind
    assert printed["document"] == kept.run("export", ident, f"--{kind}").out
    assert printed["document"].startswith(first)


def test_a_device_or_a_pipe_is_written_to_and_not_replaced(kept: Place, ident: str) -> None:
    pipe = kept.work / "pipe"
    os.mkfifo(pipe)
    argv = [*COMMAND, "export", ident, "--md", "-o", str(pipe)]
    with subprocess.Popen(argv, cwd=kept.work, env=kept.env, stderr=subprocess.PIPE) as process:
        text = pipe.read_text(encoding="utf-8")
        assert process.wait(60) == 0
    assert text == kept.run("export", ident, "--md").out
    assert pipe.is_fifo()
    pipe.unlink()


def test_a_new_document_is_readable_for_its_owner_alone(kept: Place, ident: str) -> None:
    target, link = kept.work / "new.md", kept.work / "link.md"
    link.symlink_to("linked.md")
    old = kept.work / "old.md"
    old.write_text("old")
    old.chmod(0o604)
    for path in (target, link, old):
        assert kept.run("export", ident, "-o", str(path)).code == 0
    assert mode(target) == mode(kept.work / "linked.md") == 0o600
    assert mode(old) == 0o604
    assert link.is_symlink()
    assert (kept.work / "linked.md").read_text() == target.read_text()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_files_of_one_name_in_two_folders_are_two_documents(kept: Place, ident: str) -> None:
    source = next((kept.home / "sessions").rglob("*.jsonl")).read_bytes()
    for folder in ("a", "b"):
        (kept.work / folder).mkdir()
        (kept.work / folder / "one.jsonl").write_bytes(source)
    words = ("a/one.jsonl", "b/one.jsonl", "a/one.jsonl")
    written = kept.run("export", *words, "-o", "both", "--json").json["written"]
    assert written == ["both/one.html", "both/one-2.html", "both/index.html"]
    assert mode(kept.work / "both/index.html") == mode(kept.work / "both/one.html") == 0o600


def test_many_threads_do_not_go_to_a_file(kept: Place, ident: str) -> None:
    (kept.work / "file.html").write_text("mine")
    done = kept.run("export", "--all", "-o", "file.html")
    assert (done.code, done.err) == (
        2,
        "error: file.html is a file, and many threads need a folder\n",
    )
    assert (kept.work / "file.html").read_text() == "mine"
