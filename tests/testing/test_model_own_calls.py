"""The runtime's own calls get sane answers that no test has to script."""

from __future__ import annotations

import json

import pytest

from openai_codex.testing import (
    ScriptedModel,
    Step,
    allow,
    deny,
    offline_config,
    run_command,
    say,
    usage,
)
from tests.testing.runtime import Runtime, reply_text

FREE = {"approvalPolicy": "never", "sandbox": "danger-full-access"}


def test_a_compaction_gets_a_summary() -> None:
    with ScriptedModel() as model:
        model.script(say("one"))
        model.script(say("two"))
        with Runtime(offline_config(model)) as runtime:
            thread = runtime.thread()
            runtime.turn(thread, "hi")
            runtime.call("thread/compact/start", threadId=thread)
            compacted = runtime.until(lambda message: message.get("method") == "turn/completed")
            assert reply_text(runtime.turn(thread, "more")) == "two"
    assert compacted["params"]["turn"]["status"] == "completed"
    assert [request.kind for request in model.requests] == ["turn", "compaction", "turn"]


def test_a_compaction_in_the_middle_of_a_turn_leaves_its_script_alone() -> None:
    with ScriptedModel() as model:
        model.script(usage(input=5000, output=100), run_command("true"), say("end"))
        limit = {"model_auto_compact_token_limit": 300}
        with Runtime(offline_config(model, config=limit)) as runtime:
            assert reply_text(runtime.turn(runtime.thread(**FREE), "hi")) == "end"
    assert [request.kind for request in model.requests] == ["turn", "compaction", "turn"]


def test_a_review_finds_nothing_unless_it_is_scripted() -> None:
    finding = {
        "title": "Bug here",
        "body": "why",
        "confidence_score": 0.9,
        "priority": 1,
        "code_location": {
            "absolute_file_path": "/a.py",
            "line_range": {"start": 1, "end": 2},
        },
    }
    found = {
        "findings": [finding],
        "overall_correctness": "patch is incorrect",
        "overall_explanation": "no",
        "overall_confidence_score": 0.8,
    }
    with ScriptedModel() as model, Runtime(offline_config(model)) as runtime:
        thread = runtime.thread()
        target = {"type": "custom", "instructions": "look"}
        reviews = []
        for script in ((), (say(json.dumps(found)),)):
            if script:
                model.script(*script, kind="review")
            runtime.call("review/start", threadId=thread, target=target)
            runtime.until(lambda message: message.get("method") == "turn/completed")
            reviews.append(runtime.items("exitedReviewMode")[-1]["review"])
    assert reviews[0] == "No findings."
    assert "Bug here" in reviews[1]


def test_a_goal_is_reached_so_that_it_ends() -> None:
    with ScriptedModel() as model, Runtime(offline_config(model)) as runtime:
        model.script(say("hi"))
        thread = runtime.thread(ephemeral=False)
        runtime.turn(thread, "hi")
        runtime.call("thread/goal/set", threadId=thread, objective="paint", status="active")
        runtime.until(lambda message: message.get("method") == "turn/completed")
        goal = runtime.call("thread/goal/get", threadId=thread)["goal"]
    assert goal["status"] == "complete"
    assert [request.kind for request in model.requests] == ["turn", "goal", "goal"]


@pytest.mark.parametrize(
    ("verdict", "status"), [(allow("fine"), "completed"), (deny(), "declined"), (None, "declined")]
)
def test_an_automatic_review_of_an_approval_is_scripted_and_denies_else(
    verdict: Step | None, status: str
) -> None:
    with ScriptedModel() as model:
        model.script(run_command("echo hi", escalate=True, call_id="c"), say("ok"))
        if verdict is not None:
            model.script(verdict, kind="guardian")
        reviewer = {"approvals_reviewer": "auto_review"}
        with Runtime(offline_config(model, config=reviewer)) as runtime:
            runtime.turn(runtime.thread(approvalPolicy="on-request"), "hi")
            (command,) = runtime.items("commandExecution")
    assert command["status"] == status
    assert "guardian" in [request.kind for request in model.requests]


def test_the_built_in_provider_falls_back_from_its_websocket_at_once() -> None:
    with ScriptedModel() as model:
        model.script(say("over http"))
        provider = {"model_provider": "openai", "openai_base_url": model.base_url}
        with Runtime(offline_config(model, config=provider)) as runtime:
            runtime.call("account/login/start", type="apiKey", apiKey="sk-test")
            assert reply_text(runtime.turn(runtime.thread(), "hi")) == "over http"
    assert "GET /v1/responses" in model.strays
    assert model.requests[0].headers["authorization"] == "Bearer sk-test"
