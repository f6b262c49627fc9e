"""The command line itself: help, version, what it costs, and what a wrong word gets."""

from __future__ import annotations

import io
import json
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from openai_codex import __version__
from openai_codex.cli.catalogue import COMMANDS
from openai_codex.cli.main import main
from tests.cli.processes import COMMAND, Place
from tools.gen_commands import pages

SCRIPT = Path(sys.executable).with_name("openai-codex")
NAMES = [entry.name for entry in COMMANDS]
ROUNDS = 15


@pytest.mark.parametrize("words", [(), ("--help",), ("-h",), ("help",)])
def test_help_lists_every_command_and_fits_into_80_columns(
    place: Place, words: tuple[str, ...]
) -> None:
    done = place.run(*words)
    assert done.code == 0
    assert [name for name in NAMES if f"\n  {name} " not in done.out] == []
    assert max(map(len, done.out.splitlines())) <= 80
    assert "examples:" in done.out
    assert "exit codes:" in done.out


def test_the_console_script_is_the_same_program(place: Place) -> None:
    done = subprocess.run([SCRIPT, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"openai-codex {__version__}\n" == place.run("-V").out


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_help_with_examples_in_80_columns(place: Place, name: str) -> None:
    done = place.run(name, "--help", COLUMNS="80")
    assert done.code == 0
    assert f"usage: openai-codex {name}" in done.out
    assert "examples:\n" in done.out
    assert [line for line in done.out.splitlines() if len(line) > 80] == []
    assert place.run("help", name, COLUMNS="80").out == done.out


def test_an_unknown_command_is_named_with_the_one_that_was_meant(place: Place) -> None:
    done = place.run("thread")
    assert (done.code, done.out) == (2, "")
    assert done.err == "openai-codex: there is no command 'thread': did you mean threads?\n"


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_option_is_wrong_usage_without_a_traceback(place: Place, name: str) -> None:
    done = place.run(name, "--no-such-option")
    assert (done.code, done.out) == (2, "")
    assert "Traceback" not in done.err


def test_an_unknown_command_is_json_where_json_is_asked_for(place: Place) -> None:
    done = place.run("thread", "--json")
    assert done.code == 2
    assert done.json["error"]["advice"] == "did you mean threads?"


def test_version_and_help_load_no_command_and_no_parser() -> None:
    code = (
        "import sys, json; from openai_codex.cli.main import main; main(['{}']);"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    )
    for word in ("--help", "--version"):
        done = subprocess.run(
            [sys.executable, "-c", code.format(word)], capture_output=True, text=True, check=True
        )
        loaded = set(json.loads(done.stderr))
        assert loaded & {"argparse", "asyncio", "pydantic", "subprocess", "rich"} == set()
        assert not [name for name in loaded if name.startswith("openai_codex.cli.commands")]


def test_help_costs_little_more_than_an_interpreter() -> None:
    bare = [sys.executable, "-c", "pass"]
    ours = [*COMMAND, "--help"]
    costs = [(cpu_of(bare), cpu_of(ours)) for _ in range(ROUNDS)]
    least_bare, least_ours = (min(column) for column in zip(*costs, strict=True))
    assert least_ours <= 1.5 * least_bare + 0.020


def cpu_of(argv: list[str]) -> float:
    """Return the CPU seconds that a process takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(argv, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_a_reader_that_goes_away_ends_it_quietly(place: Place) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [*COMMAND, "--help"], stdout=writing, stderr=subprocess.PIPE, text=True, env=place.env
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


def test_a_runtime_that_cannot_start_is_one_line_that_says_what_to_do(place: Place) -> None:
    done = place.run("threads", "list", CODEX_HOME=str(place.home / "missing"))
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: ")
    assert "openai-codex doctor" in done.err
    assert done.err.count("\n") == 1


def test_a_problem_is_json_where_json_is_asked_for(place: Place) -> None:
    done = place.run("threads", "list", "--json", "--codex-bin", "/nowhere/codex")
    assert done.code == 1
    assert done.json["error"]["code"] == "runtimeNotFound"
    assert "--codex-bin" in done.json["error"]["advice"]


def test_an_override_that_is_none_is_wrong_usage(place: Place) -> None:
    done = place.run("account", "-c", "nonsense")
    assert (done.code, done.err) == (2, "error: --config nonsense: expected KEY=VALUE\n")


def test_the_pages_of_the_commands_are_those_of_the_parsers() -> None:
    folder = Path(__file__).parents[2] / "docs/commands"
    written = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    assert written == pages()


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("record", "replay")])
def test_wrong_usage_is_json_where_json_is_asked_for(place: Place, name: str) -> None:
    done = place.run(name, "--json", "--no-such-option")
    assert done.code == 2
    assert done.json["error"]["code"] == "usage"
    assert f"see `openai-codex {name}" in done.json["error"]["advice"]
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ("run", "--resume", "", "x"),
        ("run", "--cd=", "x"),
        ("run", "-m", "", "x"),
        ("threads", "list", "--connect", ""),
        ("account", "--codex-bin", ""),
        ("watch", "last", "--token-file", ""),
    ],
)
def test_an_option_without_a_value_is_refused(place: Place, words: tuple[str, ...]) -> None:
    done = place.run(*words)
    assert (done.code, done.out) == (2, "")
    assert "its value is empty: see `openai-codex" in done.err


def test_a_token_without_an_address_is_refused(place: Place) -> None:
    done = place.run("account", "--token-file", "some.token")
    assert (done.code, "--token-file goes with --connect" in done.err) == (2, True)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has it")
@pytest.mark.parametrize(
    "words", [("--help",), ("--version",), ("account",), ("account", "--json"), ("export",)]
)
@pytest.mark.parametrize("is_buffered", [True, False])
def test_a_full_disk_is_a_line(place: Place, words: tuple[str, ...], is_buffered: bool) -> None:
    env = {**place.env, "PYTHONUNBUFFERED": "" if is_buffered else "1"}
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        done = subprocess.run(
            [*COMMAND, *words], stdout=full, stderr=subprocess.PIPE, text=True, env=env
        )
    assert done.returncode == (2 if words == ("export",) else 1)
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("error: ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has it")
@pytest.mark.parametrize("words", [("nosuch",), ("nosuch", "--json"), ("export",)])
def test_where_nothing_can_be_told_the_exit_code_tells(
    place: Place, words: tuple[str, ...]
) -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        done = subprocess.run(
            [*COMMAND, *words], stdout=subprocess.DEVNULL, stderr=full, env=place.env
        )
    assert done.returncode == 2


def test_an_output_without_a_number_may_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    told = io.StringIO()
    monkeypatch.setattr(sys, "stdout", Full())
    monkeypatch.setattr(sys, "stderr", told)
    assert main(["--version"]) == 1
    assert "No space left on device" in told.getvalue()


@pytest.mark.parametrize("words", [("--json",), ()])
def test_a_key_is_shown_nowhere_as_a_message(place: Place, words: tuple[str, ...]) -> None:
    key = "sk-proj-abcdefghijklmnopqrstuvwxyz012345"
    for name in ((key,), ("threads", "list", f"--api-key={key}")):
        done = place.run(*name, *words)
        assert done.code == 2
        assert key not in done.out + done.err


@pytest.mark.parametrize("words", [("--help",), ("account",), ("account", "--json")])
def test_a_closed_output_is_no_error(place: Place, words: tuple[str, ...]) -> None:
    shell = 'exec "$@" >&- 2>&-'
    done = subprocess.run(["sh", "-c", shell, "sh", *COMMAND, *words], env=place.env)
    assert done.returncode == 0


def test_an_error_is_told_in_words_of_the_command_line() -> None:
    import openai_codex
    from openai_codex.cli.problems import _IN_OUR_WORDS

    root = Path(openai_codex.__file__).parent
    sources = "".join(path.read_text(encoding="utf-8") for path in root.glob("**/*.py"))
    joined = re.sub(r'"\n\s*f?"', "", sources)
    assert [theirs for theirs, _ in _IN_OUR_WORDS if joined.count(theirs) < 2] == []


def test_a_runtime_that_is_not_there_is_named_by_its_option(place: Place) -> None:
    done = place.run("account", "--codex-bin", "/nowhere/codex")
    assert done.err.startswith("error: --codex-bin names nothing to run: /nowhere/codex: ")
    refused = place.run("account", "--connect", "ws://127.0.0.1:1")
    told = "(Connection refused): start one with `openai-codex serve`\n"
    assert refused.err == f"error: nobody listens at ws://127.0.0.1:1 {told}"
