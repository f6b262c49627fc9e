"""Every program that runs other commands, and every way in which it does: see `programs.txt`."""

from __future__ import annotations

from pathlib import Path

from openai_codex.rules import Rules
from tests.rules.asked import CommandQuestion, identity

DENIED, LEFT = (
    part.strip().split("\n")[1:]
    for part in Path(__file__).with_name("programs.txt").read_text().split("\n\n")
)
RULES = Rules(ask=print, resolve=identity, allow=["*"], deny=["rm"], compound=True)


def outcomes(texts: list[str]) -> dict[str, str]:
    return {text: RULES.judge(CommandQuestion(text)).outcome for text in texts}


def test_a_deny_rule_finds_what_a_program_runs_in_every_way_it_may() -> None:
    assert len(DENIED) > 400
    assert {text: told for text, told in outcomes(DENIED).items() if told != "deny"} == {}


def test_a_word_behind_the_command_that_a_program_runs_is_not_a_command() -> None:
    assert len(LEFT) > 15
    assert {text: told for text, told in outcomes(LEFT).items() if told != "allow"} == {}
