"""What the runtime prints is drained fast, and neither moves a cursor nor shows a secret."""

from __future__ import annotations

import logging
import time

import pytest

from openai_codex._drivers.process.stderr import StderrTail
from tests.attacks import ATTACKS, is_safe

KEY = [
    "-----BEGIN PRIVATE KEY-----",
    *(f"MII{number}" for number in range(60)),
    "-----END PRIVATE KEY-----",
]


def tail_of(*lines: str) -> StderrTail:
    tail = StderrTail()
    tail.feed("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass"))
    return tail


@pytest.mark.parametrize("attack", ATTACKS, ids=ascii)
def test_an_attack_becomes_visible(attack: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "openai_codex.runtime")
    text = tail_of(f"a{attack}b").text
    # Colours are taken out, what follows a newline is another line, and tables may be wide.
    for line in [*text.split("\n"), *caplog.messages]:
        assert is_safe(line.replace("\t", "").replace(" ", "")), line


def test_a_key_over_many_lines_is_hidden_though_its_begin_has_left_the_tail() -> None:
    for cut in (10, 50, len(KEY)):
        assert "MII" not in tail_of(*KEY[:cut]).text
    assert tail_of(*KEY, "after").text.endswith("after")


def test_a_key_over_many_lines_is_hidden_from_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "openai_codex.runtime")
    tail_of("before", *KEY, "after")
    assert "MII" not in caplog.text
    assert caplog.messages[0] == "before"
    assert caplog.messages[-1] == "after"


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("2026-01-01 ERROR codex: x", logging.ERROR),
        ("2026-01-01 \x1b[31mERROR\x1b[0m codex: x", logging.ERROR),
        ("Error: x", logging.ERROR),
        ("2026-01-01  WARN codex: x", logging.WARNING),
        ("no Errors", logging.INFO),
    ],
)
def test_a_line_has_the_level_that_it_names(
    line: str, level: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "openai_codex.runtime")
    tail_of(line)
    assert [record.levelno for record in caplog.records] == [level]


def test_what_nobody_logs_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[bytes] = []
    monkeypatch.setattr("openai_codex._drivers.process.stderr._shown", looked.append)
    monkeypatch.setattr(logging.getLogger("openai_codex.runtime"), "level", logging.CRITICAL)
    tail_of(*(f"ERROR token: opaque {number}" for number in range(1000)))
    assert looked == []


def test_a_flood_is_drained_much_faster_than_a_runtime_prints() -> None:
    tail = StderrTail()
    line = b"2026-01-01T00:00:00Z  INFO codex_core: token: opaque " + b"x" * 80 + b"\n"
    block = line * (64 * 1024 // len(line))
    begin = time.process_time()
    for _ in range(160):
        tail.feed(block)
    rate = 160 * len(block) / (time.process_time() - begin) / 1e6
    assert rate > 20, f"{rate:.1f} MB/s"
    assert "opaque" not in tail.text


def test_the_text_is_that_of_now_however_often_it_is_asked_for() -> None:
    tail = StderrTail()
    assert tail.text == ""
    for number in range(3):
        tail.feed(f"line {number}\n".encode())
        assert tail.text == tail.text == "\n".join(f"line {each}" for each in range(number + 1))
