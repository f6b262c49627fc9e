"""What a command without a thread comes to, and how its parts go over the wire."""

from __future__ import annotations

from typing import Any

import pytest

from openai_codex import ExecOutput, ExecResult
from openai_codex._turns.commands import base64_of, checked_argv, terminal_size


def test_what_a_command_printed_is_text_whatever_its_bytes() -> None:
    result = ExecResult(0, b"caf\xc3\xa9 \xff", b"\xfe o\xc3\xb6")
    assert result.output == "caf\u00e9 \ufffd"
    assert result.errors == "\ufffd o\u00f6"
    assert not result.truncated


@pytest.mark.parametrize(("code", "ok"), [(0, True), (1, False), (-9, False), (124, False)])
def test_only_the_exit_code_nought_is_well(code: int, ok: bool) -> None:
    assert ExecResult(code, b"", b"").ok is ok


def test_a_piece_of_output_is_read_from_its_event() -> None:
    params = {"stream": "stderr", "deltaBase64": "YWJj/w==", "capReached": True}
    assert ExecOutput.from_wire(params) == ExecOutput("stderr", b"abc\xff", True)
    params = {"stream": "stdout", "deltaBase64": ""}
    assert ExecOutput.from_wire(params) == ExecOutput("stdout", b"", False)


def test_a_program_and_its_arguments_are_a_list_of_words() -> None:
    assert checked_argv(["ls"]) == ["ls"]
    assert checked_argv(("ls", "-l")) == ["ls", "-l"]


@pytest.mark.parametrize(
    ("argv", "error", "text"),
    [
        ("ls -l", TypeError, "argv must be a list of strings"),
        (b"ls", TypeError, "argv must be a list of strings"),
        (b"", TypeError, "argv must be a list of strings"),
        ("", TypeError, "argv must be a list of strings"),
        (["ls", 1], TypeError, "argv must be a list of strings"),
        ([None], TypeError, "argv must be a list of strings"),
        ([], ValueError, "argv must name a program"),
    ],
)
def test_what_is_no_program_is_refused(argv: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        checked_argv(argv)


def test_text_and_bytes_have_one_wire_form() -> None:
    assert base64_of("data", "\u00e9") == base64_of("data", b"\xc3\xa9") == "w6k="
    wrong: Any = 3
    with pytest.raises(TypeError, match="data must be a bytes or a str, got int"):
        base64_of("data", wrong)


def test_a_terminal_has_columns_and_rows() -> None:
    assert terminal_size(80, 24) == {"cols": 80, "rows": 24}
    assert terminal_size(1, 65535) == {"cols": 1, "rows": 65535}
    assert terminal_size(65535, 1) == {"cols": 65535, "rows": 1}


@pytest.mark.parametrize("wrong", [0, -1, 65536, 2.5, True, None])
def test_a_terminal_of_no_such_size_is_refused_by_name(wrong: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=r"^columns must be"):
        terminal_size(wrong, 24)
    with pytest.raises((TypeError, ValueError), match=r"^rows must be"):
        terminal_size(80, wrong)
