from __future__ import annotations

import pytest

from openai_codex.rules import Rules, command

CLIMBING = [
    "..",
    "../x",
    "-C../x",
    "-C..",
    "-xC../x",
    "--git-dir=../x",
    "--work-tree=..",
    "@../file",
    "data=@../file",
    "-Wl,-L../lib",
    "-I..:lib",
    "a,..,b",
    "HEAD:../x",
    "/I../include",
    "+../x",
    "..\\x",
    "--exec=cat ../x",
    "cd ..&& ls",
    "'..'",
    "src/../../x",
]
ORDINARY = [
    "HEAD..main",
    "a..b",
    "--since=2..3",
    "HEAD..",
    "..main",
    "@..",
    "@{u}..",
    "HEAD^..",
    "HEAD...main",
    "./...",
    "a/..b",
    "..hidden/x",
    "v1.0..v2.0",
    "--range=a..b",
    "x/y..z/w",
    "wait..",
    "-1",
    "--",
]


def outcome(rule: str, word: str) -> str:
    words = ["git", "log", word]
    quoted = " ".join("'" + part.replace("'", "'\\''") + "'" for part in words)
    rules = Rules(allow=[command(*rule.split(), exact=True)], ask=print)
    return rules.explain(quoted).outcome


@pytest.mark.parametrize("word", CLIMBING)
def test_a_glob_never_stands_for_a_word_that_climbs(word: str) -> None:
    assert outcome("git log *", word) == "ask"
    assert outcome(f"git log {word[:1]}*", word) == "ask"


@pytest.mark.parametrize("word", ORDINARY)
def test_a_glob_stands_for_dots_that_are_no_folder(word: str) -> None:
    assert outcome("git log *", word) == "allow"


@pytest.mark.parametrize(
    ("pattern", "word", "expected"),
    [
        ("../*", "../x", "allow"),
        ("../*", "../../x", "ask"),
        ("../*", "../x/../../y", "ask"),
        ("../*/../*", "../x/../y", "allow"),
        ("*/../*", "../../x", "ask"),
        ("-C../*", "-C../x", "allow"),
        ("-C../*", "-C../../x", "ask"),
        ("..*", "../x", "ask"),
        ("[.][.]/x", "../x", "ask"),
        ("../x", "../x", "allow"),
    ],
)
def test_a_word_climbs_no_further_than_its_rule(pattern: str, word: str, expected: str) -> None:
    assert outcome(f"git log {pattern}", word) == expected


@pytest.mark.parametrize("program", ["/tmp/git", "/repo/bin/git"])
def test_a_relative_glob_never_stands_for_an_absolute_program(program: str) -> None:
    rules = Rules(allow=["*/git status"], root="/repo", ask=print, resolve=str)
    assert rules.explain(f"{program} status").outcome == "ask"
    assert rules.explain("bin/git status").outcome == "allow"


def test_a_name_never_stands_for_a_program_in_a_folder_of_another_system() -> None:
    rules = Rules(allow=["git*"], ask=print)
    assert rules.explain("git.exe status").outcome == "allow"
    assert rules.explain("'git\\evil.exe' status").outcome == "ask"
