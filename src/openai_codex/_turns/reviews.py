"""Code reviews: what is to be reviewed, and the findings in what the reviewer said. Pure.

The runtime renders the reviewer's JSON to text and passes on that alone, so that the findings are
read from the text: `- TITLE — PATH:FIRST-LAST` and the body below it, two blanks in. JSON that the
runtime could not read comes through as it is.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from .._checks import check_text
from .._safe_text import shown_safely
from .result import TurnResult

__all__ = ["Finding", "Review", "read_review", "review_target"]

_FINDING = re.compile(r"^- (?P<title>.*) \u2014 (?P<path>.+):(?P<first>\d+)-(?P<last>\d+)$")
_HEADINGS = ("Review comment:", "Full review comments:")
_PRIORITY = re.compile(r"^\[P(\d)\] *")
_BODY = "  "


@shown_safely
@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of a review: where it is, in lines from 1 on, and what is wrong.

    `priority` is 0 for what must be fixed at once to 3 for what would be nice, as far as the
    reviewer said.
    """

    title: str
    body: str
    path: str
    first_line: int
    last_line: int
    priority: int | None = None


@shown_safely
@dataclass(frozen=True, slots=True)
class Review:
    """What a review came to: its findings, the reviewer's explanation, and the turn's result.

    All of it is what a model wrote: escape it before it reaches a page or a terminal.
    """

    findings: tuple[Finding, ...]
    explanation: str
    result: TurnResult[Any]

    def __bool__(self) -> bool:
        return bool(self.findings)


def review_target(
    *, base: str | None, commit: str | None, instructions: str | None
) -> dict[str, str]:
    """Return what review/start is to review; raises ValueError for more than one thing."""
    given = {"base": base, "commit": commit, "instructions": instructions}
    named = {name: value for name, value in given.items() if value is not None}
    check_text(**named)
    if len(named) > 1:
        raise ValueError(f"a review is of one thing, not of {' and '.join(named)}")
    if base is not None:
        return {"type": "baseBranch", "branch": base}
    if commit is not None:
        return {"type": "commit", "sha": commit}
    if instructions is not None:
        return {"type": "custom", "instructions": instructions}
    return {"type": "uncommittedChanges"}


def read_review(result: TurnResult[Any]) -> Review:
    """Return the findings in the result of a review."""
    text = result.final_response or ""
    # JSON as the reviewer writes it, or the text that the runtime makes of it for people.
    findings, explanation = _from_json(text) or _from_text(text)
    return Review(findings, explanation, result)


def _from_json(text: str) -> tuple[tuple[Finding, ...], str] | None:
    try:
        fields = json.loads(text)
        found = tuple(_finding_of(each) for each in fields["findings"])
        return found, str(fields.get("overall_explanation") or "")
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _finding_of(fields: dict[str, Any]) -> Finding:
    place = fields["code_location"]
    title, priority = _split_title(str(fields["title"]))
    given = fields.get("priority")
    return Finding(
        title=title,
        body=str(fields["body"]),
        path=str(place["absolute_file_path"]),
        first_line=int(place["line_range"]["start"]),
        last_line=int(place["line_range"]["end"]),
        priority=given if isinstance(given, int) else priority,
    )


def _from_text(text: str) -> tuple[tuple[Finding, ...], str]:
    explanation: list[str] = []
    found: list[tuple[re.Match[str], list[str]]] = []
    for line in text.split("\n"):
        begun = _FINDING.match(line)
        if begun is not None:
            found.append((begun, []))
        elif not found:
            explanation.append(line)
        else:
            found[-1][1].append(line.removeprefix(_BODY))
    # A heading without a finding below it is the reviewer's own text.
    kept = [line for line in explanation if not (found and line in _HEADINGS)]
    return tuple(_finding(*each) for each in found), "\n".join(kept).strip()


def _finding(begun: re.Match[str], body: list[str]) -> Finding:
    title, priority = _split_title(begun["title"])
    return Finding(
        title=title,
        body="\n".join(body).strip("\n"),
        path=begun["path"],
        first_line=int(begun["first"]),
        last_line=int(begun["last"]),
        priority=priority,
    )


def _split_title(title: str) -> tuple[str, int | None]:
    found = _PRIORITY.match(title)
    return (title[found.end() :], int(found[1])) if found is not None else (title, None)
