"""Requests are routed by what they say of themselves, never by the order of arrival."""

from __future__ import annotations

import json
from typing import Any

import pytest

from openai_codex.testing import ModelRequest, Script, ScriptError, Step, run_command, say
from openai_codex.testing.model.routes import Router
from openai_codex.testing.model.script import Route

LS = run_command("ls")


def request(thread: str = "T1", turn: str = "U1", **metadata: Any) -> ModelRequest:
    told = {"thread_id": thread, "turn_id": turn, "request_kind": "turn", **metadata}
    body = {"client_metadata": {"turn_id": turn, "x-codex-turn-metadata": json.dumps(told)}}
    return ModelRequest({"thread-id": thread}, body)


def script(*steps: Step, kind: str = "turn", **route: str) -> Script:
    return Script(steps, Route(kind, **route))


def router(*scripts: Script) -> Router:
    made = Router()
    for one in scripts:
        made.add(one)
    return made


def test_a_turn_keeps_its_script_while_others_run() -> None:
    routes = router(script(LS, say("one")), script(LS, say("two")))
    assert routes.route(request(turn="U1")) == (LS,)
    assert routes.route(request(turn="U2", thread="T2")) == (LS,)
    assert routes.route(request(turn="U2", thread="T2")) == (say("two"),)
    assert routes.route(request(turn="U1")) == (say("one"),)


def test_a_script_for_a_thread_goes_before_an_older_one_for_anyone() -> None:
    routes = router(script(say("any")), script(say("mine"), thread="T2"))
    assert routes.route(request(turn="U1", thread="T2")) == (say("mine"),)
    assert routes.route(request(turn="U2", thread="T2")) == (say("any"),)


def test_a_sub_agent_never_takes_the_script_of_the_main_agent() -> None:
    sub = {"subagent_kind": "thread_spawn", "agent_name": "/root/sub"}
    routes = router(script(say("main")), script(say("sub"), kind="subagent", agent="/root/sub"))
    assert routes.route(request(turn="U2", thread="T2", **sub)) == (say("sub"),)
    with pytest.raises(ScriptError, match="agent='/root/sub'"):
        routes.route(request(turn="U3", thread="T2", **sub))


@pytest.mark.parametrize(
    "told",
    [
        {"request_kind": "compaction"},
        {"request_kind": "memory"},
        {"subagent_kind": "review"},
        {"subagent_kind": "guardian"},
        {"turn_trigger": "goal"},
    ],
)
def test_the_runtimes_own_calls_leave_the_scripts_of_turns_alone(told: dict[str, str]) -> None:
    routes = router(script(say("mine")))
    assert routes.route(request(turn="U0", **told))
    assert routes.route(request(turn="U1")) == (say("mine"),)
    assert routes.leftovers() == []


def test_a_compaction_in_the_middle_of_a_turn_does_not_move_its_script() -> None:
    routes = router(script(LS, say("end")))
    assert routes.route(request()) == (LS,)
    assert routes.route(request(request_kind="compaction")) != (say("end"),)
    assert routes.route(request()) == (say("end"),)


def test_a_script_for_a_kind_goes_before_the_built_in_answer() -> None:
    routes = router(script(say("{}"), kind="review"))
    assert routes.route(request(subagent_kind="review")) == (say("{}"),)


def test_the_default_answers_each_turn_afresh_and_what_a_script_leaves_open() -> None:
    routes = router(script(LS))
    routes.set_default((LS, say("default")))
    assert routes.route(request(turn="U1")) == (LS,)
    assert routes.route(request(turn="U1")) == (LS,)
    assert routes.route(request(turn="U2")) == (LS,)
    assert routes.route(request(turn="U1")) == (say("default"),)
    assert routes.route(request(turn="U2")) == (say("default"),)
    assert routes.leftovers() == []


def test_a_request_without_an_answer_is_a_problem_that_shows_both_sides() -> None:
    routes = router(script(say("for another"), thread="T9"))
    with pytest.raises(ScriptError) as raised:
        routes.route(request(thread="T1"))
    assert routes.problems == [str(raised.value)]
    assert "thread='T1'" in str(raised.value)
    assert "waiting for others: [kind=turn thread=T9] say('for another')" in str(raised.value)


def test_a_request_without_an_answer_says_what_to_add() -> None:
    sub = {"subagent_kind": "thread_spawn", "agent_name": "/root/sub"}
    with pytest.raises(ScriptError, match="the script ran out: nothing is scripted for the turn"):
        router().route(request())
    with pytest.raises(ScriptError, match=r"no script fits .*\nAdd a turn: model\.script\(say"):
        router(script(say("x"), thread="T9")).route(request())
    with pytest.raises(ScriptError, match=r"Add model\.script\(say.*agent='/root/sub'\)"):
        router().route(request(**sub))


def test_leftovers_show_what_was_not_asked_for() -> None:
    routes = router(script(LS, say("end")), script(say("never")))
    routes.route(request())
    assert routes.leftovers() == [
        "[kind=turn] no turn took it: say('never')",
        "[kind=turn] not asked for after 1 responses: say('end')",
    ]
