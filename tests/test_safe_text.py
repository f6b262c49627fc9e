"""Nothing that a model writes moves a cursor, forges a line or hides in what a person sees."""

from __future__ import annotations

import time
import unicodedata
from pathlib import Path

import pytest

import openai_codex
from openai_codex._safe_text import (
    one_line,
    runtime_line,
    runtime_lines,
    safe_lines,
    safe_repr,
    visible,
)
from tests.attacks import ATTACKS, is_safe


@pytest.mark.parametrize("attack", ATTACKS, ids=ascii)
def test_an_attack_becomes_visible_text_on_one_line(attack: str) -> None:
    shown = one_line(f"git status{attack}rm -rf /")
    assert is_safe(shown)
    assert shown.startswith("git status")
    assert shown.endswith("rm -rf /")
    assert "\\" in shown


@pytest.mark.parametrize("attack", ATTACKS, ids=ascii)
def test_a_line_ends_where_the_text_has_a_newline_and_nowhere_else(attack: str) -> None:
    lines = safe_lines(f"a{attack}b\nc\n")
    assert len(lines) == attack.count("\n") + 2
    assert all(is_safe(line.replace("\t", "").replace(" ", "")) for line in lines)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ls -l 'a b'", "ls -l 'a b'"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\x1b[2K\x1b]52;c;aGk=\x07", r"\x1b[2K\x1b]52;c;aGk=\x07"),
        ("\x85\x9b31m\u2028\u2029", r"\x85\x9b31m\u2028\u2029"),
        ("user\u202egnp.exe", r"user\u202egnp.exe"),
        ("a\u200bb\ufeff", r"a\u200bb\ufeff"),
        ("\U000e0041", r"\U000e0041"),
        ("x\ufe0f\U000e0100", r"x\ufe0f\U000e0100"),
        ("a" + 9 * " " + "b", r"a\x20{9}b"),
        ("a" + 8 * " " + "b", "a" + 8 * " " + "b"),
        ("a\u00a0\u3000\u2800b", r"a\xa0\u3000\u2800b"),
        ("\udc80", r"\udc80"),
        ("Größe 日本語 Ω é", "Größe 日本語 Ω é"),
        ("😀 done", "😀 done"),
        ("grep '\\.py' C:\\dir", "grep '\\.py' C:\\dir"),
    ],
)
def test_what_is_seen_stays_and_what_is_not_is_escaped(text: str, shown: str) -> None:
    assert one_line(text) == shown


def test_an_escape_cannot_be_forged() -> None:
    texts = [
        "a\nb",
        "a\\nb",
        "a\\\nb",
        "a\\\\nb",
        "\\x1b",
        "\x1b",
        "\\",
        "\\u202e",
        "\u202e",
        "\\.",
    ]
    assert len({visible(text) for text in texts}) == len(texts)
    assert visible("a\\nb") == r"a\\nb"


def test_accents_do_not_climb_over_other_lines() -> None:
    shown = one_line("z" + 40 * "\u0310")
    assert sum(map(bool, map(unicodedata.combining, shown))) == 4
    assert one_line("\u0310x") == r"\u0310x"
    for mark in "\u0300\u0488\U0001e8d0":  # the first of all, one that encloses, one far away
        assert one_line("z" + 6 * mark) == "z" + 4 * mark + 2 * ascii(mark)[1:-1]
    assert one_line("\u02ff" * 9) == "\u02ff" * 9


def test_a_secret_is_redacted_before_it_is_shown() -> None:
    assert one_line("token: opaque\n") == r"token: [redacted]\n"
    assert safe_lines("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\nx") == [
        "[redacted]",
        "x",
    ]


def test_no_code_hides_behind_a_secret() -> None:
    text = 'x --token="$(rm x)"'
    assert one_line(text, code=True) == text
    assert "rm" not in one_line(text)


def test_a_long_text_is_cut() -> None:
    assert one_line("a" * 50, most=10) == "a" * 9 + "…"
    assert one_line("a" * 10, most=10) == "a" * 10
    assert len(one_line("\x1b" * 10_000_000, most=100)) == 100


def test_anything_has_a_line() -> None:
    assert [one_line(value) for value in (None, 7, ["\n"])] == ["None", "7", r"['\\n']"]


@pytest.mark.parametrize("piece", [" ", "\\", "\x1b", "a\u0310", "\u200b", "\n", "a"])
def test_the_time_grows_with_the_text_and_not_faster(piece: str) -> None:
    def seconds(size: int) -> float:
        begin = time.process_time()
        one_line(piece * size)
        safe_lines(piece * size)
        return time.process_time() - begin

    assert min(seconds(80_000) for _ in range(3)) < 40 * max(seconds(10_000), 0.001)


def test_no_text_of_others_is_split_where_python_splits_lines() -> None:
    """A line ends at a newline: `splitlines` ends one at ten other characters, too."""
    package = Path(openai_codex.__file__).parent
    found = [
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if ".splitlines(" in path.read_text(encoding="utf-8")
    ]
    assert found == []


@pytest.mark.parametrize(("size", "end"), [(4 * 40 + 400, ""), (4 * 40 + 401, "…")])
def test_a_text_of_which_not_all_was_looked_at_says_so(size: int, end: str) -> None:
    text = "password=" + "x" * (size - len("password="))
    assert one_line(text, most=40) == f"password=[redacted]{end}"


def test_a_text_of_the_length_that_fits_is_not_cut() -> None:
    assert one_line("x" * 40, most=40) == "x" * 40
    assert one_line("x" * 41, most=40) == "x" * 39 + "…"
    assert one_line("x", most=0) == "…"


def test_what_the_runtime_says_is_in_our_words_line_by_line() -> None:
    said = "first\nrun `codex login` again\x1b[2J\n"
    shown = runtime_lines(said)
    assert shown[0] == "first"
    assert "openai-codex login" in shown[1]
    assert shown[1].endswith("\\x1b[2J")
    assert runtime_line(said, most=8) == "first\\n…"


def test_the_repr_of_anything_is_safe_to_show() -> None:
    assert safe_repr(["a\x1b[2J\u202e"]) == "['a\\x1b[2J\\u202e']"

    class Drawn:
        def __repr__(self) -> str:
            return "one\ntwo\u2028\n"

    assert safe_repr(Drawn()) == r"one\ntwo\u2028\n"


@pytest.mark.parametrize(
    ("letter", "shown"),
    [("\x7f", "\\x7f"), ("\xad", "\\xad"), ("\u0378", "\\u0378"), ("\U000e0001", "\\U000e0001")],
)
def test_an_escape_is_as_short_as_python_writes_it(letter: str, shown: str) -> None:
    assert one_line(f"a{letter}b") == f"a{shown}b"


@pytest.mark.parametrize("end", ["", "é"])
def test_only_a_very_long_blank_in_a_line_is_counted(end: str) -> None:
    for size in (1, 9, 64):
        assert safe_lines(f"a{' ' * size}b{end}") == [f"a{' ' * size}b{end}"]
    for size in (65, 66, 1000):
        assert safe_lines(f"a{' ' * size}b{end}") == [f"a\\x20{{{size}}}b{end}"]


def test_lines_of_anything_are_those_of_its_text() -> None:
    assert safe_lines(ValueError("a\nb")) == ["a", "b"]
