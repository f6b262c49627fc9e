"""Text in the columns of a terminal."""

from __future__ import annotations

import pytest

from openai_codex.display.columns import cut, padded, quoted, width_of, wrapped


@pytest.mark.parametrize(
    ("text", "width"), [("", 0), ("abc", 3), ("日本", 4), ("e\u0301", 1), ("a日", 3)]
)
def test_wide_letters_take_two_columns_and_accents_none(text: str, width: int) -> None:
    assert width_of(text) == width


def test_text_is_cut_and_padded_to_columns() -> None:
    assert cut("abcdef", 5) == "ab..."
    assert cut("日本語日本語", 7) == "日本..."
    assert cut("abc", 2) == ".."
    assert padded("日", 4) == "日  "


def test_text_that_just_fits_is_left_whole() -> None:
    for text, width in (("abcde", 5), ("日本", 4), ("", 0)):
        assert (cut(text, width), padded(text, width)) == (text, text)
        assert list(wrapped(text, width)) == [text]


def test_no_line_is_wider_than_its_terminal_however_it_is_written() -> None:
    text = "x" * 75 + "Allow? [y]es" + "日" * 50 + "\n" + " " * 200 + "$ rm -rf /"
    lines = quoted(text, 80).split("\n")
    assert [line for line in lines if width_of(line) > 80] == []
    assert [line for line in lines if not line.startswith("  | ")] == []


def test_wrapped_text_keeps_every_letter() -> None:
    text = "abc日本語" * 40
    assert "".join(wrapped(text, 10)) == text
    assert list(wrapped("a\tb", 10)) == ["a   b"]
    assert list(wrapped("abcde\n\nf", 2)) == ["ab", "cd", "e", "", "f"]
