"""`openai-codex run`, as a process against the real runtime."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from codex_cli_bin import bundled_codex_path  # type: ignore[import-untyped]

from openai_codex.testing import (
    Gate,
    ScriptedModel,
    add_file,
    fail,
    hold,
    run_command,
    say,
    think,
    update_plan,
    usage,
)
from tests.cli.processes import COMMAND, Place
from tests.programs import child_process

FULL = ("--sandbox", "full-access")
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def test_the_answer_goes_to_stdout_and_what_is_done_to_stderr(
    model: ScriptedModel, place: Place
) -> None:
    plan = update_plan([("Look", "in_progress"), ("Write", "pending")])
    edit = add_file("new.txt", "one\ntwo\n")
    model.script(think("Hm"), plan, run_command("echo hi"), edit, say("All\ndone"))
    done = place.run("run", *FULL, "Do it")
    assert (done.code, done.out) == (0, "All\ndone\n")
    lines = done.err.splitlines()
    assert lines[0] == "thought  Hm"
    assert lines[1] == "plan     Look  (0/2 done)"
    assert lines[2].startswith("ran      echo hi  (exit 0, ")
    assert lines[3] == "edited   new.txt  (+2 -0)"
    assert lines[4].startswith("completed - ")
    assert lines[5].startswith("thread 0")


def test_quiet_prints_the_answer_alone(model: ScriptedModel, place: Place) -> None:
    model.script(run_command("echo hi"), say("Done"))
    done = place.run("run", "--quiet", *FULL, "Do it")
    assert (done.code, done.out, done.err) == (0, "Done\n", "")


def test_the_prompt_comes_from_stdin_or_is_followed_by_it(
    model: ScriptedModel, place: Place
) -> None:
    for _ in range(3):
        model.script(say("Ok"))
    assert place.run("run", "-q", input="From a pipe").code == 0
    assert place.run("run", "-q", "-", input="With a dash").code == 0
    assert place.run("run", "-q", "--stdin", "Review", input="a diff").code == 0
    asked = [request.user_text for request in model.requests]
    assert asked == ["From a pipe", "With a dash", "Review\n\na diff"]


def test_options_reach_the_model(model: ScriptedModel, place: Place, tmp_path: Path) -> None:
    (tmp_path / "dot.png").write_bytes(PIXEL)
    model.script(say("Ok"))
    words = ("-m", "gpt-5.4", "--effort", "high", "--image", str(tmp_path / "dot.png"))
    assert place.run("run", "-q", *words, "Look").code == 0
    body = model.requests[0].body
    assert (body["model"], body["reasoning"]["effort"]) == ("gpt-5.4", "high")
    assert "data:image/png;base64," in json.dumps(body["input"])


def test_a_schema_or_a_type_shapes_the_answer(model: ScriptedModel, place: Place) -> None:
    (place.work / "s.json").write_text(
        '{"type": "object", "properties": {"n": {"type": "integer"}}}'
    )
    (place.work / "shapes.py").write_text(
        "from dataclasses import dataclass\n\n@dataclass\nclass Rating:\n    stars: int\n"
    )
    model.script(say('{"n": 1}'))
    model.script(say('{"stars": 4}'))
    assert place.run("run", "-q", "--schema", "s.json", "Rate").out == '{"n": 1}\n'
    typed = place.run("run", "-q", "--output-type", "shapes:Rating", "Rate")
    assert json.loads(typed.out) == {"stars": 4}
    assert "stars" in json.dumps(model.requests[1].body["text"])


def test_an_answer_that_never_fits_its_type_fails(model: ScriptedModel, place: Place) -> None:
    (place.work / "shapes.py").write_text("Counts = list[int]\n")
    model.script(say("no"))
    model.script(say("still no"))
    done = place.run("run", "-q", "--output-type", "shapes:Counts", "Count")
    assert (done.code, done.out) == (1, "")
    assert "loosen the type" in done.err


def test_an_answer_to_a_schema_that_is_no_json_fails(model: ScriptedModel, place: Place) -> None:
    (place.work / "s.json").write_text('{"type": "object"}')
    for answer in ("I cannot", '{"n": NaN}', "[" * 100_000, "I cannot"):
        model.script(say(answer))
    for answer in ("I cannot", '{"n": NaN}', "[" * 100_000):
        done = place.run("run", "-q", "--schema", "s.json", "Rate")
        assert (done.code, done.out) == (1, f"{answer}\n")  # it was paid for
        assert "it is no JSON" in done.err
        assert done.err.count("\n") == 1
    last = place.run("run", "--json", "--schema", "s.json", "Rate").lines[-1]
    assert (last["type"], last["code"]) == ("turn.failed", "outputValidation")
    assert (last["final_response"], last["usage"]["input_tokens"]) == ("I cannot", 100)


def test_a_thread_goes_on_by_id_by_its_beginning_or_as_the_last(
    model: ScriptedModel, place: Place
) -> None:
    for text in ("One", "Two", "Three", "Four"):
        model.script(say(text))
    first = place.run("run", "--json", "First").lines
    ident = first[0]["thread_id"]
    for words in (("--resume", ident), ("--resume", ident[:13]), ("--last",)):
        lines = place.run("run", "--json", *words, "Next").lines
        assert lines[0]["thread_id"] == ident
    assert [text for text in model.requests[3].texts if text in ("First", "Next")] == [
        *("First", "Next", "Next", "Next")
    ]


def test_an_ephemeral_thread_is_not_stored(model: ScriptedModel, place: Place) -> None:
    model.script(say("Ok"))
    done = place.run("run", "--ephemeral", "Hi")
    assert done.code == 0
    assert "thread 0" not in done.err
    assert place.run("threads", "list", "--json").json == {"threads": []}


# --- usage ---------------------------------------------------------------------------------------


def test_another_runtime_may_know_more_words_for_the_effort(
    model: ScriptedModel, place: Place
) -> None:
    model.script(say("Ok"))
    binary = str(bundled_codex_path())
    assert place.run("run", "--codex-bin", binary, "--effort", "huge", "Hi").code == 0
    assert model.requests[0].body["reasoning"]["effort"] == "huge"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "the prompt is empty"),
        (("   ",), "the prompt is empty"),
        (("--cd", "nowhere", "x"), "--cd nowhere: there is no such directory"),
        (("--image", "no.png", "x"), "--image no.png: there is no such file"),
        (("--schema", "no.json", "x"), "--schema no.json: "),
        (("--output-type", "no_such:Thing", "x"), "--output-type no_such:Thing: "),
        (("--output-type", "json", "x"), "expected MODULE:TYPE"),
        (("--resume", "zzz", "x"), "'zzz' is no thread id"),
        (("--resume", "0000-0000", "x"), "there is no thread 0000-0000"),
        (("--last", "x"), "there is no thread of "),
        (("--approve", "ask", "x"), "--approve ask needs a terminal"),
        (("--approve", "rules", "no.rules", "x"), "cannot read the rules of no.rules"),
        (("--approve", "maybe", "x"), "'maybe' is not ask, deny, or rules FILE"),
        (("--timeout", "0", "x"), "'0' is not a number of seconds above 0"),
        (("--sandbox", "none", "x"), "invalid choice: 'none'"),
        (("--effort", "huge", "x"), "--effort huge: expected one of none, minimal, low"),
        (("--output-type", "broken:T", "x"), "broken cannot be imported: SyntaxError"),
        (("--output-type", "raises:T", "x"), "raises cannot be imported: ZeroDivisionError"),
        (("--output-type", "ends:T", "x"), "ends cannot be imported: SystemExit: 3"),
        (("--output-type", "..above:T", "x"), "..above cannot be imported"),
        (("--output-type", "ok:No.Such", "x"), "has no attribute 'No'"),
    ],
)
def test_a_wrong_option_is_refused_before_anything_is_sent(
    place: Place, words: tuple[str, ...], told: str
) -> None:
    modules = {"broken": "def (", "raises": "1 / 0", "ends": "raise SystemExit(3)", "ok": ""}
    for name, text in modules.items():
        (place.work / f"{name}.py").write_text(text)
    done = place.run("run", *words)
    assert (done.code, done.out) == (2, "")
    assert told in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("permit git status", "line 2: a rule begins with `allow` or `deny`"),
        ("allow", "line 2: a rule begins with `allow` or `deny`"),
        ("allow 'git", "line 2: No closing quotation"),
        ("allow path a b", "line 2: "),
        ("allow path ../x", "line 2: "),
    ],
)
def test_a_wrong_line_of_a_rules_file_is_named(place: Place, line: str, told: str) -> None:
    (place.work / "ci.rules").write_text(f"# ours\n{line}\n")
    done = place.run("run", "--approve", "rules", "ci.rules", "x")
    assert (done.code, done.out) == (2, "")
    assert told in done.err


# --- how it ends ---------------------------------------------------------------------------------


def test_a_failed_turn_exits_1_and_says_why(model: ScriptedModel, place: Place) -> None:
    model.script(fail(code="insufficient_quota", message="no more"))
    done = place.run("run", "Hi")
    assert (done.code, done.out) == (1, "")
    assert "openai-codex account" in done.err
    assert "Traceback" not in done.err


def test_a_failed_turn_has_a_typed_code_in_json(model: ScriptedModel, place: Place) -> None:
    model.script(run_command("true"), fail(code="insufficient_quota", message="no more"))
    done = place.run("run", "--json", *FULL, "Hi")
    last = done.lines[-1]
    assert done.code == 1
    assert (last["type"], last["code"]) == ("turn.failed", "usageLimitExceeded")
    assert last["usage"]["input_tokens"] == 100  # of the call that went well
    assert last["error"]["message"]


def test_a_turn_that_takes_too_long_is_stopped(model: ScriptedModel, place: Place) -> None:
    gate = Gate()
    model.script(hold(gate), say("Late"))
    done = place.run("run", "--timeout", "1", "--json", "Hi")
    gate.open()
    assert done.code == 1
    assert done.lines[-1]["code"] == "turnTimeout"
    assert "--timeout" in done.err


def test_ctrl_c_stops_the_turn_and_exits_130(model: ScriptedModel, place: Place) -> None:
    gate = Gate()
    model.script(hold(gate), say("Late"))
    with place.at_terminal("run", "Hi") as screen:
        model.wait_for_request(1)
        screen.wait_for("working")
        screen.interrupt()
        assert screen.end() == 130
    gate.open()
    assert "Traceback" not in screen.text
    turns = place.run("threads", "show", "last", "--json").json["turns"]
    assert [turn["status"] for turn in turns] == ["interrupted"]


def test_ctrl_c_ends_the_json_lines_with_what_was_used(model: ScriptedModel, place: Place) -> None:
    gate = Gate()
    model.script(run_command("true"), hold(gate), say("Late"))
    argv = [*COMMAND, "run", "--json", *FULL, "Hi"]
    with child_process(argv, stdout=subprocess.PIPE, cwd=place.work, env=place.env) as process:
        gate.wait_reached()
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        lines = [json.loads(line) for line in process.stdout]
        assert process.wait(60) == 130
    gate.open()
    last = lines[-1]
    assert (last["type"], last["code"]) == ("turn.failed", "interrupted")
    assert last["error"]["code"] == "interrupted"
    assert last["usage"]["input_tokens"] == last["spent"]["input_tokens"] == 100


@pytest.mark.parametrize("words", [("--budget-tokens", "1500"), ("--budget-usd", "0.01")])
def test_a_budget_stops_the_turn_with_exit_code_4_and_its_usage(
    model: ScriptedModel, place: Place, words: tuple[str, str]
) -> None:
    spent = usage(input=900, output=100)
    # The turn is stopped while its last command runs, however long the prices take to load.
    last_command = run_command("sleep 60", yield_time_ms=10_000)
    model.script(spent, run_command("true"), spent, last_command)
    done = place.run("run", "--json", *FULL, *words, "Tidy up")
    last = done.lines[-1]
    assert done.code == 4
    assert (last["type"], last["code"]) == ("turn.failed", "budgetExceeded")
    assert last["usage"]["input_tokens"] == 1800
    assert last["spent"]["tokens"] == 2000
    assert float(last["spent"]["usd"]) > 0
    assert "--resume" in done.err


def test_money_is_shown_where_prices_are_known(model: ScriptedModel, place: Place) -> None:
    model.script(usage(input=100_000, output=1000), say("Done"))
    done = place.run("run", "Go")
    assert re.search(r"completed - 100,000 tokens in, 1,000 out - \$\d+\.\d\d", done.err)
    (thread,) = place.run("threads", "list", "--cost", "--json").json["threads"]
    assert float(thread["usd"]) > 0
    assert "$" in place.run("threads", "list", "--cost").out


@pytest.mark.parametrize("value", ["0", "-1", "x", "nan"])
def test_a_budget_is_above_zero(place: Place, value: str) -> None:
    for option in ("--budget-tokens", "--budget-usd"):
        done = place.run("run", f"{option}={value}", "x")
        assert (done.code, "above 0" in done.err) == (2, True)


# --- approvals -----------------------------------------------------------------------------------


def test_what_nobody_can_be_asked_about_is_declined_and_exits_5(
    model: ScriptedModel, place: Place
) -> None:
    model.script(
        run_command("touch out.txt", escalate=True, justification="it must"), say("I could not")
    )
    done = place.run("run", "--json", "Go")
    assert done.code == 5
    decided = [line for line in done.lines if line["type"] == "approval.decided"]
    assert [line["decision"] for line in decided] == ["decline"]
    assert done.lines[-1]["code"] == "declined"
    assert not (place.work / "out.txt").exists()


@pytest.mark.parametrize(
    ("typed", "runs"), [("y", True), ("n", False), ("", False), ("yep", False)]
)
def test_a_person_is_asked_at_the_terminal(
    model: ScriptedModel, place: Place, typed: str, runs: bool
) -> None:
    model.script(run_command("touch out.txt", escalate=True, justification="it must"), say("Well"))
    with place.at_terminal("run", "Go") as screen:
        screen.wait_for("The agent asks to run a command:")
        screen.wait_for("[s]top the turn: ")
        screen.type(f"{typed}\n")
        assert screen.end() == (0 if runs else 5)
    assert "  | touch out.txt" in screen.text
    assert "  | because it must" in screen.text
    assert (place.work / "out.txt").exists() is runs


def test_stopping_the_turn_is_an_answer(model: ScriptedModel, place: Place) -> None:
    model.script(run_command("touch out.txt", escalate=True, justification="it must"))
    with place.at_terminal("run", "Go") as screen:
        screen.wait_for("[s]top the turn: ")
        screen.type("s\n")
        assert screen.end() == 5
    assert not (place.work / "out.txt").exists()


def test_ctrl_c_at_a_question_declines_it_and_exits_130(model: ScriptedModel, place: Place) -> None:
    model.script(run_command("touch out.txt", escalate=True, justification="it must"))
    with place.at_terminal("run", "Go") as screen:
        screen.wait_for("[s]top the turn: ")
        screen.interrupt()
        assert screen.end() == 130
    assert not (place.work / "out.txt").exists()


def test_what_was_typed_before_a_question_does_not_answer_it(
    model: ScriptedModel, place: Place
) -> None:
    gate = Gate()
    model.script(
        hold(gate),
        run_command("touch out.txt", escalate=True, justification="it must"),
        say("Well"),
    )
    with place.at_terminal("run", "Go") as screen:
        model.wait_for_request(1)
        screen.type("y\n")
        screen.wait_for("y\n")
        gate.open()
        screen.wait_for("[s]top the turn: ")
        screen.type("n\n")
        assert screen.end() == 5
    assert not (place.work / "out.txt").exists()


def test_rules_decide_and_the_rest_is_declined(model: ScriptedModel, place: Place) -> None:
    (place.work / "ci.rules").write_text("allow touch a.txt  # fine\ndeny rm\n")
    for command in ("touch a.txt", "touch b.txt"):
        model.script(run_command(command, escalate=True, justification="it must"), say("Well"))
    codes = [place.run("run", "--approve", "rules", "ci.rules", "Go").code for _ in range(2)]
    assert codes == [0, 5]
    assert sorted(path.name for path in place.work.glob("*.txt")) == ["a.txt"]


# --- json ----------------------------------------------------------------------------------------


def test_json_is_a_superset_of_what_codex_exec_prints(model: ScriptedModel, place: Place) -> None:
    steps = (think("Hm"), update_plan([("Look", "in_progress")]), run_command("echo hi"))
    for name in ("a.txt", "b.txt"):
        model.script(*steps, add_file(name, "x\n"), say("Done"))
    theirs = exec_lines(place)
    ours = place.run("run", "--json", *FULL, "hello").lines
    known = [line for line in ours if line["type"] != "usage.updated"]
    assert [shape(line) for line in known] == [shape(line) for line in theirs]
    for mine, other in zip(known, theirs, strict=True):
        assert lacks(mine, other) == [], (mine, other)
    assert ours[-1]["code"] == "ok"


def exec_lines(place: Place) -> list[Any]:
    """Return what the stock command prints for the same."""
    argv = [str(bundled_codex_path()), "exec", "--json", "--skip-git-repo-check"]
    done = subprocess.run(
        [*argv, "--sandbox", "danger-full-access", "hello"],
        env={**os.environ, **place.env},
        cwd=place.work,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def shape(line: Any) -> tuple[Any, ...]:
    return line["type"], line.get("item", {}).get("type"), line.get("item", {}).get("id")


def lacks(mine: Any, other: Any) -> list[str]:
    """Return what `other` has that `mine` has not, or has with another value."""
    if isinstance(other, dict):
        return [
            f"{name}.{rest}" if rest else name
            for name, value in other.items()
            for rest in (lacks(mine[name], value) if name in mine else [""])
        ]
    if isinstance(other, list):
        return [rest for a, b in zip(mine, other, strict=True) for rest in lacks(a, b)]
    differs = type(mine) is not type(other)
    fixed = isinstance(other, (int, bool)) and mine != other
    return [repr(other)] if differs or fixed else []
