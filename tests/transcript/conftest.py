"""Stored threads of every kind, written by the real runtime once for all tests of this room."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from openai_codex import (
    Codex,
    InputItem,
    LocalImageInput,
    Sandbox,
    TextInput,
    TurnFailedError,
    methods,
)
from openai_codex.testing import (
    ScriptedModel,
    add_file,
    call_tool,
    delete_file,
    edit_file,
    fail,
    offline_config,
    run_command,
    say,
    think,
    wait_agent,
    web_search,
)
from openai_codex.transcript.store import Store

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
KEY = "sk-proj-abcdefghijklmnopqrstuvwxyz012345"


@dataclass(frozen=True)
class Stored:
    """Ids of threads in one home."""

    store: Store
    paginated: str
    legacy: str
    fork: str
    reverted: str
    parents: dict[str, str]

    def path(self, ident: str) -> Path:
        return self.store.path_of(ident)


@pytest.fixture(scope="session")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    folder = tmp_path_factory.mktemp("stored")
    work = folder / "work"
    work.mkdir()
    (work / "dot.png").write_bytes(PIXEL)
    with ScriptedModel() as model:
        config = offline_config(model, home=folder / "home", cwd=work)
        with Codex(config) as codex:
            paginated, legacy, fork = plain_threads(model, codex, work)
            reverted = reverted_thread(model, codex)
        agents = offline_config(model, home=folder / "home", cwd=work, model_name="gpt-6.1-sol")
        with Codex(agents) as codex:
            parents = {turns: thread_with_agent(model, codex, turns) for turns in ("all", "none")}
    return Stored(Store(folder / "home"), paginated, legacy, fork, reverted, parents)


def plain_threads(model: ScriptedModel, codex: Codex, work: Path) -> tuple[str, str, str]:
    prompt: list[InputItem] = [TextInput("Do a thing"), LocalImageInput(str(work / "dot.png"))]
    model.script(*steps())
    thread = codex.thread_start(sandbox=Sandbox.full_access)
    thread.run(prompt)
    params: dict[str, Any] = {"cwd": str(work), "historyMode": "legacy"}
    params |= {"sandbox": "danger-full-access", "approvalPolicy": "never"}
    old = codex.call(methods.thread.START, params).thread.id
    model.script(*steps())
    type(thread)(thread._rpc, old).run(prompt)
    model.script(say("Forked"))
    fork = codex.thread_fork(thread.id, include_turns=False)
    fork.run("After the fork")
    model.script(fail(code="insufficient_quota", message="no more"))
    with pytest.raises(TurnFailedError):
        thread.run("Fail")
    return thread.id, old, fork.id


def reverted_thread(model: ScriptedModel, codex: Codex) -> str:
    """Have three turns, and take the last back twice."""
    thread = codex.thread_start()
    for number in (1, 2, 3):
        model.script(say(f"Answer {number}"))
        thread.run(f"Prompt {number}")
    for number in (4, 5):
        turn = next(iter(thread.history(page_size=1)))
        params = {"threadId": thread.id, "beforeTurnId": turn.id}
        codex.call(methods.thread.REVERT, params)
        model.script(say(f"Answer {number}"))
        thread.run(f"Prompt {number}")
    return thread.id


def steps() -> list[Any]:
    return [
        think("Let me look"),
        run_command(f"echo {KEY}; exit 3"),
        add_file("hello.txt", "hello\nworld\n"),
        edit_file("hello.txt", "hello", "bye"),
        delete_file("hello.txt"),
        web_search("cats"),
        call_tool("nope", {"a": 1}),
        say("Done"),
    ]


def thread_with_agent(model: ScriptedModel, codex: Codex, turns: str) -> str:
    spawn = {"task_name": f"sub_{turns}", "message": "A task", "fork_turns": turns}
    call = call_tool("spawn_agent", spawn, namespace="collaboration")
    model.script(call, wait_agent(), say("Parent is done"))
    child = f"/root/sub_{turns}"
    model.script(run_command("echo in the child"), say("Child is done"), agent=child)
    thread = codex.thread_start(sandbox=Sandbox.full_access)
    thread.run(f"Prompt of the parent {turns}")
    return thread.id
