"""Answers for the calls that the runtime makes on its own, so that no test has to script them.

A script for the same kind (`model.script(..., kind="review")`) goes before these.
"""

from __future__ import annotations

import json

from .reviews import deny
from .steps import Step, call_tool, say

NO_FINDINGS = {
    "findings": [],
    "overall_correctness": "patch is correct",
    "overall_explanation": "No findings.",
    "overall_confidence_score": 1.0,
}

ANSWERS: dict[str, tuple[Step, ...]] = {
    "compaction": (say("Summary of the conversation so far."),),
    "review": (say(json.dumps(NO_FINDINGS)),),
    "guardian": (deny(),),
    # A goal continues by itself until the model says that it is reached.
    "goal": (call_tool("update_goal", {"status": "complete"}), say("The goal is reached.")),
}
OTHER: tuple[Step, ...] = (say("Done."),)
SCRIPTED_KINDS = ("turn", "subagent")
KINDS = (*SCRIPTED_KINDS, *ANSWERS, "memory", "memory_consolidation", "prewarm")
"""Every reason why this runtime asks its model."""


def answer(kind: str) -> tuple[Step, ...] | None:
    """Give the steps for a kind of request; None for turns, which only a script can answer."""
    return None if kind in SCRIPTED_KINDS else ANSWERS.get(kind, OTHER)
