"""The home of a runtime: made from the user's, and the files of threads in it."""

from __future__ import annotations

import json
import os
from pathlib import Path

from openai_codex.batch.home import (
    end_left_runtimes,
    find_rollout,
    holds_prompt,
    make_home,
    put_rollout,
)

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
