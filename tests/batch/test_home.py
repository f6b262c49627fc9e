"""The home of a runtime: made from the user's, and the files of threads in it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from openai_codex.batch.errors import FolderError
from openai_codex.batch.folder import Folder
from openai_codex.batch.home import (
    copy_rollout,
    end_left_runtimes,
    find_rollout,
    holds_prompt,
    link_rollout,
    make_home,
    put_rollout,
)
from openai_codex.batch.ledger import Fold
from openai_codex.batch.store import recover

THREAD = "019ac3f2-7b1d-7c3e-9d64-000000000001"


def user(text: str) -> str:
    content = [{"type": "input_text", "text": text}]
    payload = {"type": "message", "role": "user", "content": content}
    return json.dumps({"type": "response_item", "payload": payload}) + "\n"


def test_a_home_has_the_settings_and_shares_the_login(tmp_path: Path) -> None:
    source, home = tmp_path / "source", tmp_path / "homes" / "1"
    (source / "rules").mkdir(parents=True)
    (source / "rules" / "default.rules").write_text("x")
    (source / "config.toml").write_text("model = 'x'")
    (source / "auth.json").write_text("one")
    (source / "history.jsonl").write_text("private")
    make_home(home, source)
    assert sorted(path.name for path in home.iterdir()) == ["auth.json", "config.toml", "rules"]
    (home / "auth.json").write_text("renewed by one runtime")
    assert (source / "auth.json").read_text() == "renewed by one runtime"
    assert home.stat().st_mode & 0o777 == 0o700


def test_a_home_without_a_source_is_empty(tmp_path: Path) -> None:
    make_home(tmp_path / "home", tmp_path / "gone")
    assert list((tmp_path / "home").iterdir()) == []


def test_a_thread_is_put_into_a_home_without_its_torn_last_line(tmp_path: Path) -> None:
    rollout = tmp_path / "rollout.jsonl"
    rollout.write_text('{"a":1}\n{"b"')
    assert put_rollout(tmp_path / "home", THREAD, rollout)
    found = find_rollout(tmp_path / "home", THREAD)
    assert found is not None
    assert found.read_text() == '{"a":1}\n'
    rollout.write_text('{"torn')
    assert not put_rollout(tmp_path / "home", THREAD, rollout)
    assert find_rollout(tmp_path / "home", "another") is None


@pytest.mark.parametrize("keep", [link_rollout, copy_rollout])
def test_a_thread_that_is_over_is_kept_for_its_owner_alone(
    tmp_path: Path, keep: Callable[[Path, str, Path], bool]
) -> None:
    home, kept = tmp_path / "home", tmp_path / "kept.jsonl"
    kept.write_text("of an earlier attempt, which was longer")
    assert not keep(home, THREAD, kept)
    written = _rollout_in(home, '{"a":1}\n')
    assert keep(home, THREAD, kept)
    assert kept.read_text() == '{"a":1}\n'
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.samefile(written) == (keep is link_rollout)


def test_a_thread_is_whole_at_each_moment_when_it_goes_back_to_where_it_was_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The home's file may be the kept one by another name: a write into it would empty both."""
    home, kept = tmp_path / "home", tmp_path / "kept.jsonl"
    kept.write_text('{"a":1}\n')
    assert put_rollout(home, THREAD, kept)
    assert link_rollout(home, THREAD, kept)

    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FolderError, match="No space left"):
        put_rollout(home, THREAD, kept)
    assert kept.read_text() == '{"a":1}\n'


def test_what_a_dead_driver_kept_by_a_link_is_taken_over(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.create()
    target = folder.of("one")
    target.mkdir()
    home = folder.work / "homes" / "1"
    written = _rollout_in(home, '{"a":1}\n')
    fold = Fold()
    fold.add({"event": "started", "id": "one", "attempt": 1})
    fold.add({"event": "thread", "id": "one", "thread": THREAD})
    for _ in range(2):  # first there is nothing yet, then the same file by another name
        recover(folder, fold)
        assert (target / "rollout.jsonl").read_text() == '{"a":1}\n'
        written.parent.mkdir(parents=True)
        (target / "rollout.jsonl").unlink()
        written.write_text('{"a":1}\n')
        assert link_rollout(home, THREAD, target / "rollout.jsonl")


def _rollout_in(home: Path, text: str) -> Path:
    day = home / "sessions" / "2026" / "11" / "30"
    day.mkdir(parents=True)
    path = day / f"rollout-2026-11-30T10-00-00-{THREAD}.jsonl"
    path.write_text(text)
    return path


def test_a_thread_without_its_prompt_is_not_told_to_go_on(tmp_path: Path) -> None:
    """A runtime may be killed after it made the thread's file and before it wrote the prompt."""
    rollout = tmp_path / "rollout.jsonl"
    prompt = 'Do "it" \u2013 now\nplease'
    rollout.write_text('{"type":"session_meta","payload":{}}\n' + user("<environment_context>"))
    assert not holds_prompt(rollout, prompt)
    rollout.write_text(rollout.read_text() + user(prompt) + '{"torn "user"')
    assert holds_prompt(rollout, prompt)


def test_only_the_runtime_that_was_noted_is_ended(tmp_path: Path) -> None:
    """Its number may belong to another process by now."""
    home = tmp_path / "homes" / "1"
    home.mkdir(parents=True)
    (home / "batch-runtime.json").write_text(json.dumps({"pid": os.getpid(), "start": "1"}))
    end_left_runtimes(tmp_path / "homes")
    (home / "batch-runtime.json").write_text("torn")
    end_left_runtimes(tmp_path / "homes")
