"""`openai-codex record` and `replay`, as processes."""

from __future__ import annotations

import pytest

from openai_codex.testing import ScriptedModel, run_command, say
from tests.cli.processes import Place

FULL = ("--sandbox", "full-access")
NOWHERE = ("--codex-bin", "/nowhere/codex")


def test_a_recorded_turn_plays_without_a_runtime(model: ScriptedModel, place: Place) -> None:
    model.script(run_command("echo hi"), say("Hello"))
    live = place.run("record", "s.jsonl", "run", *FULL, "Say hello")
    assert (live.code, live.out) == (0, "Hello\n")
    played = place.run("replay", "s.jsonl", "run", *FULL, *NOWHERE, "Say hello", CODEX_HOME="/none")
    assert (played.code, played.out) == (0, "Hello\n")
    assert played.err.splitlines()[0].startswith("ran      echo hi")
    lines = place.run("replay", "s.jsonl", "run", "--json", *FULL, "Say hello").lines
    assert lines[-1]["final_response"] == "Hello"


def test_another_prompt_is_a_divergence(model: ScriptedModel, place: Place) -> None:
    model.script(say("Hello"))
    assert place.run("record", "s.jsonl", "run", "Say hello").code == 0
    done = place.run("replay", "s.jsonl", "run", "Say goodbye")
    assert done.code == 1
    assert "the client left the recording" in done.err
    assert "record it again" in done.err
    assert "Traceback" not in done.err


def test_a_turn_that_fails_is_recorded_with_its_exit_code(place: Place) -> None:
    done = place.run("record", "s.jsonl", "threads", "show", "01999999-9999-7999-8999-999999999999")
    assert done.code == 1
    played = place.run(
        "replay", "s.jsonl", "threads", "show", "01999999-9999-7999-8999-999999999999"
    )
    assert (played.code, played.err) == (1, done.err)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("record", "s.jsonl"), "there is no command ''"),
        (("record", "s.jsonl", "export", "last"), "export speaks to no runtime"),
        (("record", "s.jsonl", "nothing"), "there is no command 'nothing'"),
        (("record", "no/such/s.jsonl", "run", "x"), "there is no such folder"),
        (("record", "s.jsonl", "run", "--nope"), "unrecognized arguments: --nope"),
        (("replay", "none.jsonl", "run", "x"), "none.jsonl: there is no such file: make it with"),
        (("record", ".", "run", "x"), ". is a folder: name a file"),
        (("replay",), "the following arguments are required: FILE"),
    ],
)
def test_what_cannot_be_recorded_is_wrong_usage(
    place: Place, words: tuple[str, ...], told: str
) -> None:
    done = place.run(*words)
    assert (done.code, done.out) == (2, "")
    assert told in done.err
    assert "Traceback" not in done.err


def test_json_may_stand_before_the_command_or_in_it(place: Place) -> None:
    assert place.run("record", "a.jsonl", "account").code == 0
    inside = place.run("replay", "a.jsonl", "account", "--json").json
    assert place.run("replay", "--json", "a.jsonl", "account").json == inside
    wrong = place.run("replay", "--json", "a.jsonl", "doctor")
    assert (wrong.code, wrong.json["error"]["code"]) == (2, "usage")
