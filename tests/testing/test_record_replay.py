"""Sessions of the real runtime, recorded and replayed through the real clients."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from openai_codex import AsyncCodex, Codex
from openai_codex._turns.presets import ApprovalMode
from openai_codex.config import AppServerConfig
from openai_codex.errors import CodexRpcError, TransportClosedError
from openai_codex.questions import CommandApproval
from openai_codex.questions.handlers import Handlers
from openai_codex.testing import (
    ReplayDivergedError,
    ScriptedModel,
    call_tool,
    offline_config,
    parallel,
    record,
    replay,
    run_command,
    say,
    think,
)
from openai_codex.tools import tool
from tests.programs import child_process

App = Callable[[AppServerConfig], Any]


def record_app(path: Path, app: App, script: Callable[[ScriptedModel], object]) -> Any:
    with ScriptedModel() as model:
        script(model)
        with record(path, offline_config(model)) as config:
            return app(config)


def replay_app(path: Path, app: App, **settings: Any) -> Any:
    with replay(path, **settings) as config:
        return app(config)


def two_turns(config: AppServerConfig) -> list[Any]:
    with Codex(config) as codex:
        thread = codex.thread_start()
        return [thread.run("Hi").final_response, thread.run("Bye").final_response, thread.id]


def scripts_two_turns(model: ScriptedModel) -> None:
    model.script(think("Hm"), say("Hello, world"))
    model.script(run_command("echo hi", call_id="c"), say("done"))


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recorded") / "session.jsonl"
    assert record_app(path, two_turns, scripts_two_turns)[:2] == ["Hello, world", "done"]
    return path


def test_a_replay_says_what_was_recorded_and_starts_no_runtime(session: Path) -> None:
    with replay(session) as config:
        assert config.launch_args_override is not None
        assert two_turns(config) == ["Hello, world", "done", "T1"]


def test_a_recording_is_the_same_when_it_is_made_again(tmp_path: Path) -> None:
    def script(model: ScriptedModel) -> None:
        model.script(think("Hm"), say("Hello, world"))
        model.script(say("done"))

    for name in ("first", "second"):
        record_app(tmp_path / name, two_turns, script)
    # Sorted, since the runtime itself leaves the order of some lines to chance.
    first, second = (sorted((tmp_path / n).read_text().splitlines()) for n in ("first", "second"))
    assert first == second


def test_a_recording_holds_nothing_of_this_machine(session: Path) -> None:
    text = session.read_text()
    assert str(Path.home()) not in text.replace("<<home>>", "")
    assert "/scripted-codex-" not in text
    assert "127.0.0.1:<<port1>>" in text or "127.0.0.1" not in text


def test_another_question_fails_where_it_is_asked_and_at_the_end(session: Path) -> None:
    def asks_otherwise(config: AppServerConfig) -> None:
        with Codex(config) as codex, pytest.raises(CodexRpcError, match="recorded: 'Hi'"):
            codex.thread_start().run("Hello")

    with pytest.raises(ReplayDivergedError, match=r"params\.input\[0\]\.text") as caught:
        replay_app(session, asks_otherwise)
    line = json.loads(session.read_text().splitlines()[(caught.value.line or 0) - 1])
    assert line[">"]["params"]["input"][0]["text"] == "Hi"


def test_the_error_of_the_block_is_kept_as_the_cause(session: Path) -> None:
    def asks_otherwise(config: AppServerConfig) -> None:
        with Codex(config) as codex:
            codex.thread_start().run("Hello")

    with pytest.raises(ReplayDivergedError) as caught:
        replay_app(session, asks_otherwise)
    assert isinstance(caught.value.__cause__, CodexRpcError)


def test_a_session_that_stops_early_names_what_is_missing(session: Path) -> None:
    def one_turn(config: AppServerConfig) -> None:
        with Codex(config) as codex:
            codex.thread_start().run("Hi")

    with pytest.raises(ReplayDivergedError, match=r"did not ask all.*\n  line \d+: turn/start$"):
        replay_app(session, one_turn)


def test_a_replay_without_a_client_or_with_an_open_one_is_no_success(session: Path) -> None:
    with pytest.raises(ReplayDivergedError, match="was never started"), replay(session):
        pass
    left_open: list[Codex] = []
    with pytest.raises(ReplayDivergedError, match="still open"), replay(session) as config:
        left_open.append(Codex(config))
    left_open[0].close()


def test_an_error_of_the_test_itself_comes_through(session: Path) -> None:
    with pytest.raises(ZeroDivisionError), replay(session) as config, Codex(config):
        _ = 1 / 0


def test_nothing_recorded_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no client used the config"), record(tmp_path / "s"):
        pass
    assert not (tmp_path / "s").exists()


@tool
def weather(city: str) -> str:
    """Tell the weather."""
    return f"sunny in {city}"


def asks_much(config: AppServerConfig) -> list[Any]:
    asked: list[str] = []

    def approve(question: CommandApproval) -> bool:
        asked.append(question.command or "")
        return "touch" in (question.command or "")

    with Codex(config, handlers=Handlers(approve_command=approve)) as codex:
        thread = codex.thread_start(approval_mode=ApprovalMode.ask, tools=[weather])
        result = thread.run("Do it")
        kinds = [item.type for item in result.items]
    return [sorted(asked), kinds, result.final_response]


def scripts_much(model: ScriptedModel) -> None:
    commands = [
        run_command(f"{program} x", escalate=True, justification="I must", call_id=program)
        for program in ("touch", "rm")
    ]
    model.script(
        parallel(*commands), call_tool("weather", {"city": "Rome"}, call_id="w"), say("so be it")
    )


def test_questions_tools_and_answers_are_replayed(tmp_path: Path) -> None:
    path = tmp_path / "approval.jsonl"
    live = record_app(path, asks_much, scripts_much)
    assert len(live[0]) == 2
    sent = [line for line in path.read_text().splitlines() if line.startswith('{">"')]
    answers = sorted(line[line.index("result") :] for line in sent if "result" in line)
    assert [text for text in answers if "sunny in Rome" in text]
    assert ['"accept"' in text for text in answers].count(True) == 1
    assert ['"decline"' in text for text in answers].count(True) == 1
    for _ in range(3):
        assert replay_app(path, asks_much) == live


def test_a_client_that_falls_silent_is_told_what_was_expected(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    messages: list[dict[str, Any]] = [
        {">": {"id": 0, "method": "initialize", "params": {}}},
        {"<": {"id": 0, "result": {"userAgent": "x/0.163.0"}}},
        {">": {"method": "initialized"}},
        {">": {"id": 1, "method": "thread/start", "params": {}}},
        {"<": {"id": 1, "result": {"thread": {"id": "<<T1>>"}}}},
        {">": {"id": 2, "method": "turn/start", "params": {"threadId": "<<T1>>"}}},
        {"<": {"id": 2, "result": {"turn": {"id": "<<U1>>"}}}},
        {"<": {"method": "turn/started", "params": {"threadId": "<<T1>>", "turn": {}}}},
        {">": {"id": 3, "method": "turn/interrupt", "params": {"threadId": "<<T1>>"}}},
        {"<": {"method": "turn/completed", "params": {"threadId": "<<T1>>", "turn": {}}}},
    ]
    head = {"recording": 1, "runtime": "0.163.0"}
    path.write_text("".join(json.dumps(message) + "\n" for message in [head, *messages]))
    with pytest.raises(ReplayDivergedError, match=r"s.jsonl:10: .* said nothing for 0\.2 s"):
        replay_app(path, waits_for_ever, patience=0.2)


def waits_for_ever(config: AppServerConfig) -> None:
    from subprocess import PIPE

    assert config.launch_args_override is not None
    with child_process(
        config.launch_args_override, stdin=PIPE, stdout=PIPE, stderr=PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        for method, params in [
            ("initialize", {}),
            ("initialized", None),
            ("thread/start", {}),
            ("turn/start", {"threadId": "T1"}),
        ]:
            message = {"method": method, **({} if params is None else {"id": 5, "params": params})}
            process.stdin.write(json.dumps(message).encode() + b"\n")
            process.stdin.flush()
        assert b"said nothing" in process.stderr.read()


def test_a_client_hears_of_the_divergence_when_its_connection_ends(session: Path) -> None:
    def goes_on(config: AppServerConfig) -> None:
        with Codex(config) as codex:
            thread = codex.thread_start()
            with pytest.raises(CodexRpcError):
                thread.run("Hello")
            with pytest.raises(TransportClosedError, match="the client left the recording"):
                thread.run("Hi")

    with pytest.raises(ReplayDivergedError):
        replay_app(session, goes_on)


COUNT = 4


def scripts_many(model: ScriptedModel) -> None:
    model.default(lambda request: say(f"you said {request.user_text}"))


async def ask_many(config: AppServerConfig) -> list[str | None]:
    async with AsyncCodex(config) as codex:

        async def ask(number: int) -> str | None:
            thread = await codex.thread_start()
            return (await thread.run(f"number {number}")).final_response

        return await asyncio.gather(*map(ask, range(COUNT)))


def test_concurrent_tasks_are_replayed(tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    wanted = [f"you said number {number}" for number in range(COUNT)]
    assert record_app(path, lambda config: asyncio.run(ask_many(config)), scripts_many) == wanted
    assert replay_app(path, lambda config: asyncio.run(ask_many(config))) == wanted


def ask_from_threads(config: AppServerConfig) -> list[str | None]:
    with Codex(config) as codex, ThreadPoolExecutor(COUNT) as pool:
        # Not in the race: nothing tells one start of a thread from another.
        threads = [codex.thread_start() for _ in range(COUNT)]

        def ask(number: int) -> str | None:
            return threads[number].run(f"number {number}").final_response

        return list(pool.map(ask, range(COUNT)))


def test_threads_that_race_get_their_own_answers(tmp_path: Path) -> None:
    path = tmp_path / "race.jsonl"
    wanted = [f"you said number {number}" for number in range(COUNT)]
    assert record_app(path, ask_from_threads, scripts_many) == wanted
    for _ in range(3):
        assert replay_app(path, ask_from_threads) == wanted


def test_folders_of_another_run_are_given_to_the_client(tmp_path: Path) -> None:
    path = tmp_path / "folders.jsonl"
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()

    def app(folder: Path) -> App:
        def run(config: AppServerConfig) -> str:
            with Codex(config) as codex:
                thread = codex.thread_start(cwd=str(folder))
                thread.run("where?")
                return thread.read().thread.cwd

        return run

    def script(model: ScriptedModel) -> None:
        model.script(say("here"))

    assert str(record_app(path, app(tmp_path / "one"), script)) == str(tmp_path / "one")
    assert str(replay_app(path, app(tmp_path / "two"))) == str(tmp_path / "two")


def test_an_api_key_is_not_recorded_and_another_may_be_replayed(tmp_path: Path) -> None:
    path = tmp_path / "login.jsonl"

    def app(key: str) -> App:
        def run(config: AppServerConfig) -> None:
            with Codex(config) as codex:
                codex.login_api_key(key)

        return run

    record_app(path, app("my-own-key"), lambda model: None)
    assert "my-own-key" not in path.read_text()
    replay_app(path, app("another"))
