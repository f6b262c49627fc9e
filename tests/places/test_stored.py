"""What a stored thread's file says of its environments."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from openai_codex._places.stored import environments_in, stored_environments

ID = "01a22af6-ad80-78d2-a2b6-8c3f319088e7"  # of 2026-11-30


def state(full: bool, **names: Any) -> str:
    told = {"environments": {"environments": names}}
    return json.dumps(
        {"type": "world_state", "payload": {"full": full, "state": told}}, separators=(",", ":")
    )


def written(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        (['{"type":"session_meta"}'], ()),
        ([state(True, local={"cwd": "/"})], ()),
        ([state(True, box={"cwd": "/"})], ("box",)),
        ([state(True, local={}), state(False, local=None, box={})], ("box",)),
        ([state(True, box={}), state(True, local={})], ()),
        ([state(True, box={}), json.dumps({"text": state(True, local={})})], ("box",)),
        ([state(True, local={}, box={})], ()),
        (['{"type":"world_state","payload":{"full":true,"state":{}}}'], ()),
    ],
)
def test_the_last_state_of_the_world_counts(
    tmp_path: Path, lines: list[str], names: tuple[str, ...]
) -> None:
    assert environments_in(written(tmp_path / "file", *lines)) == names


def test_what_cannot_be_read_is_not_known(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "packed").write_bytes(b"(\xb5/\xfd")
    for name in ("empty", "packed", "none"):
        assert environments_in(tmp_path / name) is None
    assert environments_in(written(tmp_path / "odd", '{"type":"world_state",')) is None


def test_of_a_very_long_file_the_beginning_and_the_end_are_looked_at(tmp_path: Path) -> None:
    path = written(tmp_path / "long", state(True, local={"cwd": "/"}))
    with path.open("ab") as file:
        line = b'{"type":"other","text":"' + b"x" * (3 << 20) + b'"}\n'
        for _ in range(12):
            file.write(line)
    assert environments_in(path) == ()
    with path.open("a") as file:
        file.write(state(False, local=None, box={}) + "\n")
    assert environments_in(path) == ("box",)
    with path.open("ab") as file:
        file.write(line * 2)
    assert environments_in(path) == ()  # too far from either end


@pytest.mark.parametrize(
    "folder", ["sessions/2026/11/29", "sessions/2026/12/01", "archived_sessions"]
)
def test_a_thread_is_found_by_the_day_in_its_id(tmp_path: Path, folder: str) -> None:
    written(tmp_path / folder / f"rollout-2026-11-30T05-38-59-{ID}.jsonl", state(True, box={}))
    assert stored_environments(str(tmp_path), ID) == ("box",)


def test_a_home_elsewhere_and_an_odd_id_say_nothing(tmp_path: Path) -> None:
    assert stored_environments(None, ID) is None
    assert stored_environments(str(tmp_path), ID) is None
    assert stored_environments(str(tmp_path), "../..") is None
