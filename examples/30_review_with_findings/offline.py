"""A reviewer who found two things."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

from openai_codex import AppServerConfig
from openai_codex.testing import ModelRequest, ScriptedModel, Step, offline_config, say


def finding(folder: str, title: str, priority: int, line: int) -> dict[str, object]:
    place = {
        "absolute_file_path": f"{folder}/prices.py",
        "line_range": {"start": line, "end": line},
    }
    return {
        "title": f"[P{priority}] {title}",
        "body": "It does.",
        "confidence_score": 0.9,
        "priority": priority,
        "code_location": place,
    }


def review(request: ModelRequest) -> Step:
    found = re.search(r"<cwd>(.*?)</cwd>", "\n".join(request.texts))
    folder = found[1] if found is not None else ""
    return say(
        json.dumps(
            {
                "findings": [
                    finding(folder, "Divides by zero without prices", 1, 2),
                    finding(folder, "Has no docstring", 3, 1),
                ],
                "overall_correctness": "patch is incorrect",
                "overall_explanation": "It fails for an empty list.",
                "overall_confidence_score": 0.9,
            }
        )
    )


@contextmanager
def offline() -> Iterator[AppServerConfig]:
    with ScriptedModel() as model:
        model.script(review, kind="review")
        yield offline_config(model)
