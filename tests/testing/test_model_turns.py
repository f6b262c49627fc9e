"""A scripted model drives the real runtime: what a script says is what the turn does."""

from __future__ import annotations

from pathlib import Path

import pytest

from openai_codex.testing import (
    ScriptedModel,
    ScriptError,
    add_file,
    edit_file,
    fail,
    offline_config,
    parallel,
    run_command,
    say,
    think,
    usage,
)
from tests.testing.runtime import Runtime, reply_text

FREE = {"approvalPolicy": "never", "sandbox": "danger-full-access"}


def test_a_say_ends_a_turn_and_streams_word_by_word() -> None:
    with ScriptedModel() as model:
        model.script(say("Hello, brave new world"))
        with Runtime(offline_config(model)) as runtime:
            turn = runtime.turn(runtime.thread(), "hi")
            deltas = [params["delta"] for params in runtime.notified("item/agentMessage/delta")]
    assert reply_text(turn) == "Hello, brave new world"
    assert deltas == ["Hello, ", "brave ", "new ", "world"]


def test_a_tool_step_is_a_response_of_its_own() -> None:
    with ScriptedModel() as model:
        script = model.script(
            think("Look first", raw="hm"),
            say("I look", phase="commentary"),
            run_command("echo hi", call_id="look"),
            usage(input=7, output=3, cached=2, reasoning=1),
            say("Done", phase="final_answer"),
        )
        with Runtime(offline_config(model)) as runtime:
            turn = runtime.turn(runtime.thread(**FREE), "hi")
            said = [item["text"] for item in runtime.items("agentMessage")]
            reasoned = runtime.items("reasoning")
            (command,) = runtime.items("commandExecution")
            spent = runtime.notified("thread/tokenUsage/updated")[-1]["tokenUsage"]["last"]
    assert reply_text(turn) == "Done"
    assert said == ["I look", "Done"]
    assert (reasoned[0]["summary"], reasoned[0]["content"]) == (["Look first"], ["hm"])
    assert (command["id"], command["aggregatedOutput"]) == ("look", "hi\n")
    assert [len(model.requests), len(script.requests)] == [2, 2]
    assert model.requests[1].function_outputs["look"].endswith("Output:\nhi\n")
    assert (spent["inputTokens"], spent["cachedInputTokens"]) == (7, 2)
    assert (spent["outputTokens"], spent["reasoningOutputTokens"]) == (3, 1)


def test_patches_change_files_in_the_working_folder() -> None:
    with ScriptedModel() as model:
        model.script(add_file("a.txt", "one\ntwo\n"), edit_file("a.txt", "two", "2"), say("ok"))
        config = offline_config(model)
        with Runtime(config) as runtime:
            runtime.turn(runtime.thread(**FREE), "hi")
            kinds = [item["changes"][0]["kind"]["type"] for item in runtime.items("fileChange")]
        assert config.cwd is not None
        assert (Path(config.cwd) / "a.txt").read_text() == "one\n2\n"
    assert kinds == ["add", "update"]


def test_parallel_calls_are_one_response() -> None:
    with ScriptedModel() as model:
        calls = parallel(run_command("echo 1", call_id="one"), run_command("echo 2", call_id="two"))
        model.script(calls, say("ok"))
        with Runtime(offline_config(model)) as runtime:
            runtime.turn(runtime.thread(**FREE), "hi")
    assert len(model.requests) == 2
    assert list(model.requests[1].function_outputs) == ["one", "two"]


def test_a_failing_answer_fails_the_turn_at_once() -> None:
    with ScriptedModel() as model:
        model.script(fail(status=500, message="boom"))
        model.script(fail(code="context_length_exceeded"))
        model.script(
            fail(status=429, code="usage_limit_reached", details={"resets_at": 1800000000})
        )
        with Runtime(offline_config(model)) as runtime:
            thread = runtime.thread()
            errors = [runtime.turn(thread, "hi")["error"]["codexErrorInfo"] for _ in range(3)]
    assert errors == ["internalServerError", "contextWindowExceeded", "usageLimitExceeded"]


def test_concurrent_threads_get_their_own_scripts() -> None:
    with ScriptedModel() as model, Runtime(offline_config(model)) as runtime:
        threads = [runtime.thread(**FREE) for _ in range(5)]
        for number, thread in enumerate(threads):
            model.script(run_command("true"), say(f"answer {number}"), thread=thread)
        turns = [runtime.start(thread, "hi") for thread in reversed(threads)]
        texts = [reply_text(runtime.completed(turn)) for turn in reversed(turns)]
    assert texts == [f"answer {number}" for number in range(5)]


def test_a_script_that_runs_out_fails_the_turn_and_the_test() -> None:
    model = ScriptedModel().start()
    model.script(run_command("true", call_id="c"))
    with Runtime(offline_config(model)) as runtime:
        turn = runtime.turn(runtime.thread(**FREE), "hi")
    model.close()
    assert turn["error"]["message"].startswith(
        "the script ran out: request 2 of the turn that was told 'hi' has no answer in it.\n"
        'Add to the end of its script what the model answers next, such as say("Done").\n'
    )
    assert "no scripted answer" in turn["error"]["message"]
    with pytest.raises(ScriptError, match=r"no scripted answer .*user_text='hi'") as raised:
        model.check()
    assert "has used up: [kind=turn] call_tool('exec_command'" in str(raised.value)


def test_a_script_that_is_not_used_up_fails_the_test() -> None:
    model = ScriptedModel()
    model.script(say("never"))
    with pytest.raises(ScriptError, match=r"no turn took it: say\('never'\)"), model:
        pass


def test_an_exception_in_flight_is_not_masked() -> None:
    model = ScriptedModel()
    model.script(say("never"))
    with pytest.raises(ZeroDivisionError), model:
        raise ZeroDivisionError
