"""Completion in the real shells."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.cli.processes import Place, Screen
from tests.debian import program

BASH = """
source {script}
COMP_WORDS=({words}); COMP_CWORD={place}
_openai_codex
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
CASES = [
    (["thr"], {"threads"}),
    (["threads", "re"], {"rename"}),
    (["run", "--sand"], {"--sandbox"}),
    (["run", "--sandbox", "work"], {"workspace-write"}),
    (["completion", "z"], {"zsh"}),
    (["run", "--approve", "de"], {"deny"}),
    (["threads", "list", "--her"], {"--here"}),
]


@pytest.fixture
def script(place: Place, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    shell = request.param
    path = tmp_path / f"completion.{shell}"
    done = place.run("completion", shell)
    assert done.code == 0
    path.write_text(done.out)
    return path


@pytest.mark.parametrize("script", ["bash"], indirect=True)
@pytest.mark.parametrize(("words", "wanted"), CASES)
def test_bash_completes(script: Path, words: list[str], wanted: set[str]) -> None:
    typed = " ".join(["openai-codex", *words])
    code = BASH.format(script=script, words=typed, place=len(words))
    assert wanted <= set(output([program("bash"), "-c", code]).split())


@pytest.mark.parametrize("script", ["bash", "fish"], indirect=True)
def test_an_argument_that_may_be_a_file_is_completed(
    script: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    shell = program(request.node.callspec.params["script"])
    (tmp_path / "thread.jsonl").touch()
    words = f"openai-codex export {tmp_path}/thr"
    codes = {
        "bash": BASH.format(script=script, words=words, place=2),
        "fish": f"source {script}; complete -C '{words}'",
    }
    assert output([shell, "-c", codes[Path(shell).name]]).strip() == f"{tmp_path}/thread.jsonl"


@pytest.mark.parametrize("script", ["bash"], indirect=True)
def test_bash_completes_files_where_a_file_is_wanted(script: Path, tmp_path: Path) -> None:
    (tmp_path / "picture.png").touch()
    words = f"openai-codex run --image {tmp_path}/pic"
    code = BASH.format(script=script, words=words, place=3)
    assert output([program("bash"), "-c", code]).strip() == f"{tmp_path}/picture.png"


@pytest.mark.parametrize("script", ["fish"], indirect=True)
@pytest.mark.parametrize(("words", "wanted"), CASES)
def test_fish_completes(script: Path, words: list[str], wanted: set[str]) -> None:
    typed = " ".join(["openai-codex", *words])
    code = f"source {script}; complete -C '{typed}'"
    found = {line.split("\t")[0] for line in output([program("fish"), "-c", code]).splitlines()}
    assert wanted <= found


@pytest.mark.parametrize("script", ["zsh"], indirect=True)
@pytest.mark.parametrize(("words", "wanted"), CASES)
def test_zsh_completes(script: Path, place: Place, words: list[str], wanted: set[str]) -> None:
    argv = [program("zsh"), "-f", "-i"]
    with Screen(argv, place.work, {**place.env, "PS1": "ready> "}, columns=120) as screen:
        screen.type(f"autoload -Uz compinit; compinit -D; source {script}; PS1='load''ed> '\n")
        screen.wait_for("loaded> ")
        start = len(screen.text)
        screen.type(" ".join(["openai-codex", *words]) + "\t")
        screen.wait_for(wanted.copy().pop(), after=start)
        screen.type("\x15exit\n")
        screen.end()


def output(argv: list[str]) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("shell", ["tcsh", ""])
def test_another_shell_is_wrong_usage(place: Place, shell: str) -> None:
    done = place.run("completion", *filter(None, [shell]))
    assert done.code == 2
