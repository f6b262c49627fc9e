"""A file of what passes: whole lines, redacted, bounded, for its owner alone."""

from __future__ import annotations

import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from openai_codex import Codex
from openai_codex.telemetry import wire_log
from openai_codex.testing import ScriptedModel, offline_config, say

SECRET = "sk-proj-" + "a1B2" * 12


def test_a_turn_is_written_down_without_its_secrets(model: ScriptedModel, tmp_path: Path) -> None:
    path = tmp_path / "wire.log"
    model.script(say(f"It is {SECRET}"))
    with wire_log(path) as tap, Codex(replace(offline_config(model), wire_tap=tap)) as codex:
        codex.thread_start().run(f"keep {SECRET}")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert any(' > {"id":0,"method":"initialize"' in line for line in lines)
    assert any(' < {"method":"turn/completed"' in line for line in lines)
    assert SECRET not in path.read_text(encoding="utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_comes_in_pieces_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "wire.log"
    with wire_log(path) as tap:
        for piece in (b'{"a":', b'"b"}\n{"c"', b":1}\n\n"):
            tap("<", piece)
            tap(">", b'{"sent":1}\n')
    texts = [line.split(" ", 1)[1] for line in path.read_text().splitlines()]
    assert [text for text in texts if text[0] == "<"] == ['< {"a":"b"}', '< {"c":1}']
    tap("<", b"late\n")  # closed: nothing happens
    assert "late" not in path.read_text()
    assert "wire.log" in repr(tap)


def test_files_are_rotated_and_the_oldest_goes(tmp_path: Path) -> None:
    path = tmp_path / "wire.log"
    path.write_text("older\n")
    path.chmod(0o644)
    with wire_log(path, max_bytes=100, backups=2) as tap:
        for number in range(12):
            tap("<", f"message {number}\n".encode())
        tap("<", b"x" * 1000 + b"\n")
    names = sorted(each.name for each in tmp_path.iterdir())
    assert names == ["wire.log", "wire.log.1", "wire.log.2"]
    assert all(each.stat().st_size <= 100 for each in tmp_path.iterdir())
    assert all(stat.S_IMODE(each.stat().st_mode) == 0o600 for each in tmp_path.iterdir())
    assert "cut" in path.read_text()
    with wire_log(path, max_bytes=100, backups=0) as tap:
        tap("<", b"new\n")
    assert "new" in path.read_text()


def test_threads_do_not_mix_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "wire.log"

    def write(way: str) -> None:
        for _ in range(50):
            tap(way, b"a" * 50 + b"\n")

    with wire_log(path, max_bytes=None) as tap:
        threads = [threading.Thread(target=write, args=(way,)) for way in "<>"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    texts = [line.split(" ", 1)[1] for line in path.read_text().splitlines()]
    assert sorted(texts) == ["< " + "a" * 50] * 50 + ["> " + "a" * 50] * 50


def test_what_cannot_be_meant_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="max_bytes"):
        wire_log(tmp_path / "x", max_bytes=0)
    with pytest.raises(ValueError, match="backups"):
        wire_log(tmp_path / "x", backups=-1)
    with pytest.raises(TypeError, match="path"):
        wire_log(3)  # type: ignore[arg-type]
    with pytest.raises(OSError, match="nowhere"):
        wire_log(tmp_path / "nowhere" / "x")
