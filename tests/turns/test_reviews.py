"""Findings are read from what the runtime makes of a review, and a review is of one thing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from openai_codex import Finding, TurnResult, read_review
from openai_codex._turns.reviews import review_target
from openai_codex.types import TurnStatus

RENDERED = """\
Two problems.
Both are in one file.

Full review comments:

- [P1] Bad thing \u2014 and more \u2014 /shop/a.py:1-2
  It is bad
    very \u2014 bad

  - not a finding \u2014 /shop/x.py:1-1

- Second \u2014 /shop/b c.py:30-30
  b2
"""


def result_with(text: str | None) -> TurnResult[Any]:
    return TurnResult(
        id="turn",
        status=TurnStatus.completed,
        error=None,
        started_at=None,
        completed_at=None,
        duration_ms=None,
        final_response=text,
        items=[],
        usage=None,
    )


def test_findings_are_read_from_the_text() -> None:
    review = read_review(result_with(RENDERED))
    assert review.explanation == "Two problems.\nBoth are in one file."
    first, second = review.findings
    assert (first.title, first.priority) == ("Bad thing \u2014 and more", 1)
    assert (first.path, first.first_line, first.last_line) == ("/shop/a.py", 1, 2)
    assert first.body == ("It is bad\n  very \u2014 bad\n\n- not a finding \u2014 /shop/x.py:1-1")
    assert second == Finding("Second", "b2", "/shop/b c.py", 30, 30)


def test_one_finding_has_another_heading() -> None:
    text = "Why.\n\nReview comment:\n\n- [P0] Now \u2014 /a.py:3-4\n  body"
    review = read_review(result_with(text))
    assert review.explanation == "Why."
    assert review.findings == (Finding("Now", "body", "/a.py", 3, 4, 0),)


def test_of_the_body_of_a_finding_only_the_line_ends_around_it_go() -> None:
    text = "- [P1] T \u2014 /a.py:1-2\n\n  xylophone\n   max\n\n"
    assert read_review(result_with(text)).findings[0].body == "xylophone\n max"


def test_no_findings_are_false() -> None:
    review = read_review(result_with("All is well."))
    assert not review
    assert review.explanation == "All is well."
    assert not read_review(result_with(None))


def test_json_that_the_runtime_passed_on_is_read_too() -> None:
    place = {"absolute_file_path": "/a.py", "line_range": {"start": 3, "end": 4}}
    finding = {"title": "[P2] T", "body": "B", "priority": None, "code_location": place}
    fields = {"findings": [finding], "overall_explanation": "Why."}
    review = read_review(result_with(json.dumps(fields)))
    assert review.findings == (Finding("T", "B", "/a.py", 3, 4, 2),)
    assert review.explanation == "Why."


@pytest.mark.parametrize("text", ['{"findings": [1]}', '{"findings": null}', "[]", "{"])
def test_json_of_another_shape_is_an_explanation(text: str) -> None:
    review = read_review(result_with(text))
    assert (review.findings, review.explanation) == ((), text)


def test_a_review_is_of_one_thing() -> None:
    nothing: dict[str, Any] = {"base": None, "commit": None, "instructions": None}
    assert review_target(**nothing) == {"type": "uncommittedChanges"}
    assert review_target(**{**nothing, "base": "main"}) == {"type": "baseBranch", "branch": "main"}
    assert review_target(**{**nothing, "commit": "abc"}) == {"type": "commit", "sha": "abc"}
    custom = review_target(**{**nothing, "instructions": "the docs"})
    assert custom == {"type": "custom", "instructions": "the docs"}
    with pytest.raises(ValueError, match="of one thing, not of base and commit"):
        review_target(base="main", commit="abc", instructions=None)
    with pytest.raises(TypeError, match="base must be a string"):
        review_target(base=1, commit=None, instructions=None)  # type: ignore[arg-type]
