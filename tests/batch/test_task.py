"""A task is checked when it is made, and known again by what it asks."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from openai_codex import ApprovalMode, Budget, Environment, Sandbox
from openai_codex.batch import Limits, Spent, Task, TaskError
from openai_codex.batch.places import own_environment
from openai_codex.batch.task import loaded


def test_a_record_becomes_a_task_with_its_choices_by_name() -> None:
    record = {
        "id": "a",
        "prompt": "Do it",
        "sandbox": "read_only",
        "approval": "ask",
        "setup": "make",
        "budget": {"tokens": 1000, "seconds": 60},
        "meta": {"level": 3},
    }
    task = Task.from_record(record)
    assert task.sandbox is Sandbox.read_only
    assert task.approval is ApprovalMode.ask
    assert task.setup == ("make",)
    assert task.budget == Limits(tokens=1000, seconds=60.0)
    assert Task("a", "x", budget=Budget(tokens=1000, seconds=60)).budget == task.budget
    assert Task.from_record({**record, "sandbox": "read-only"}) == task


@pytest.mark.parametrize(
    ("record", "field", "hint"),
    [
        ({"id": "a"}, "prompt", "missing"),
        ({"id": "a", "promt": "x", "prompt": "x"}, "promt", "did you mean 'prompt'"),
        ({"id": "", "prompt": "x"}, "id", "empty"),
        ({"id": 7, "prompt": "x"}, "id", "must be text"),
        ({"id": "x" * 1001, "prompt": "x"}, "id", "longer"),
        ({"id": "a", "prompt": " \n"}, "prompt", "empty"),
        ({"id": "a", "prompt": "\ud800"}, "prompt", "surrogate"),
        ({"id": "a", "prompt": "x", "sandbox": "all"}, "sandbox", "full_access"),
        ({"id": "a", "prompt": "x", "timeout": 0}, "timeout", "above 0"),
        ({"id": "a", "prompt": "x", "timeout": float("nan")}, "timeout", "at least 0"),
        ({"id": "a", "prompt": "x", "budget": {"token": 3}}, None, "token"),
        ({"id": "a", "prompt": "x", "budget": {"tokens": "many"}}, "budget", "tokens"),
        ({"id": "a", "prompt": "x", "budget": {"usd": -1}}, "budget", "usd"),
        ({"id": "a", "prompt": "x", "budget": {"tokens": 0}}, "budget", "above 0"),
        ({"id": "a", "prompt": "x", "budget": 5}, "budget", "mapping or a Budget"),
        ({"id": "a", "prompt": "x", "repo": "r", "cwd": "c"}, None, "one of"),
        ({"id": "a", "prompt": "x", "ref": "main"}, "ref", "needs repo"),
        ({"id": "a", "prompt": "x", "repo": "r", "ref": "--upload-pack=x"}, "ref", "commit"),
        ({"id": "a", "prompt": "x", "files": {"../x": ""}}, "files", "out of the folder"),
        ({"id": "a", "prompt": "x", "files": {"/etc/x": ""}}, "files", "out of the folder"),
        ({"id": "a", "prompt": "x", "files": {"x": 3}}, None, "must be text"),
        ({"id": "a", "prompt": "x", "setup": 3}, "setup", "list"),
        ({"id": "a", "prompt": "x", "setup": [3]}, "setup", "text"),
        ({"id": "a", "prompt": "x", "setup": "a\0b"}, "setup", "NUL"),
        ({"id": "a", "prompt": "x", "check": "\ud800"}, "check", "surrogate"),
        ({"id": "a", "prompt": "x", "cwd": "a\0b"}, "cwd", "NUL"),
        ({"id": "a", "prompt": "x", "repo": "a\0b"}, "repo", "NUL"),
        ({"id": "a", "prompt": "x", "files": {"a\0b": ""}}, "a name in files", "NUL"),
        ({"id": "a", "prompt": "x", "files": {"a": "\ud800"}}, "files", "surrogate"),
        ({"id": "a", "prompt": "x", "files": {".": ""}}, "files", "names a folder"),
        ({"id": "a", "prompt": "x", "files": {"a/": ""}}, "files", "names a folder"),
        ({"id": "a", "prompt": "x", "files": {"a/b": "", "./a": ""}}, "files", "a file and a"),
        ({"id": "a", "prompt": "x", "meta": 3}, "meta", "mapping"),
        ({"id": "a", "prompt": "x", "meta": {"when": object()}}, "meta", "JSON can hold"),
        ({"id": "a", "prompt": "x", "environment": 3}, "environment", "mapping, got int"),
        ({"id": "a", "prompt": "x", "environment": {"url": "http://x"}}, "environment", "ws://"),
        ({"id": "a", "prompt": "x", "environment": {"uri": "ws://x"}}, "environment", "no 'uri'"),
        ({"id": "a", "prompt": "x", "environment": {}}, "environment", "url"),
        (
            {"id": "a", "prompt": "x", "environment": {"url": "ws://x", "token": "t"}},
            "environment",
            "no place for a token",
        ),
        (
            {"id": "a", "prompt": "x", "cwd": "c", "environment": {"url": "ws://x"}},
            None,
            "one of",
        ),
        (
            {"id": "a", "prompt": "x", "budget": {"tokens": 1, "on_exceeded": "ask"}},
            "budget",
            "wrap_up",
        ),
        (
            {"id": "a", "prompt": "x", "output_type": "m:T", "output_schema": {}},
            "output_type",
            "not both",
        ),
    ],
)
def test_what_is_wrong_with_a_task_is_said_before_anything_starts(
    record: dict[str, Any], field: str | None, hint: str
) -> None:
    with pytest.raises(TaskError, match=hint) as raised:
        Task.from_record(record)
    assert raised.value.field == field


def test_a_task_that_is_not_an_object_is_refused() -> None:
    with pytest.raises(TaskError, match="JSON object"):
        Task.from_record(["a", "b"])  # type: ignore[arg-type]


def test_the_digest_tells_tasks_apart_by_what_they_ask() -> None:
    task = Task("a", "Do it", meta={"n": 1})
    assert task.digest() == Task("a", "Do it", meta={"n": 2}).digest()
    assert task.digest() != Task("a", "Do it again").digest()
    assert task.digest() != Task("a", "Do it", timeout=5).digest()
    assert Task("a", "x", output_type=int).digest() != Task("a", "x", output_type=str).digest()


def test_defaults_fill_only_what_a_task_leaves_out() -> None:
    plain = Task("a", "x").with_defaults(model="gpt-5.5", sandbox=Sandbox.read_only)
    assert (plain.model, plain.sandbox) == ("gpt-5.5", Sandbox.read_only)
    own = Task("a", "x", model="other").with_defaults(model="gpt-5.5")
    assert own.model == "other"
    with pytest.raises(TaskError, match="unknown field 'modell'"):
        Task("a", "x").with_defaults(modell="gpt-5.5")


def test_an_environment_is_read_with_its_token_where_that_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOX_TOKEN", "from-variable")
    (tmp_path / "token").write_text("from-file\n")
    place = {"url": "ws://127.0.0.1:1", "cwd": "/work"}
    tasks = [
        Task.from_record({"id": "a", "prompt": "x", "environment": {**place, **token}})
        for token in ({"token_env": "BOX_TOKEN"}, {"token_file": str(tmp_path / "token")}, {})
    ]
    tasks = pickle.loads(pickle.dumps(tasks))  # as it travels to workers
    tokens = [task.environment.to_wire("box").get("authBearerToken") for task in tasks]
    assert tokens == ["from-variable", "from-file", None]
    assert len({task.digest() for task in tasks}) == 1
    assert tasks[0].digest() != Task("a", "x").digest()


def test_tasks_in_environments_of_one_name_keep_apart() -> None:
    place = Environment("ws://127.0.0.1:1", name="box")
    one, other = (own_environment(place, task_id) for task_id in "ab")
    assert one.name != other.name
    assert one == own_environment(place, "a")


def test_a_budget_may_let_the_agent_wrap_up() -> None:
    given = {"tokens": 100, "on_exceeded": "wrap_up", "grace": 5}
    limits = Limits.of(given)
    assert limits == Limits.of(Budget(tokens=100, on_exceeded="wrap_up", grace=5))
    assert limits.to_json() == {"tokens": 100, "on_exceeded": "wrap_up", "grace": 5.0}
    left = limits.left_after(Spent(input_tokens=40))
    assert left == Budget(tokens=60, on_exceeded="wrap_up", grace=5, warn_at=None)
    assert Limits.of(Budget(tokens=1, grace=5)) == Limits(tokens=1)
    with pytest.raises(TaskError, match="no function"):
        Limits.of(Budget(tokens=1, on_exceeded=print))


def test_an_empty_command_is_no_command() -> None:
    assert Task("a", "x", setup="", check=" ").setup == ()


@pytest.mark.parametrize("code", ["1 / 0", "def (", "import sys; sys.exit(3)"])
def test_a_module_that_fails_while_it_loads_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    (tmp_path / "fails_to_load.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(TaskError, match="'fails_to_load:tool' cannot be loaded"):
        loaded("fails_to_load:tool")
