"""What a turn used is the sum of its model calls, whatever else the runtime reports."""

from __future__ import annotations

from typing import Any

import pytest

from openai_codex._turns.collector import TurnCollector
from openai_codex._turns.notification import Notification


def counts(total: int, input: int = 0, output: int = 0) -> dict[str, int]:
    return {"totalTokens": total, "inputTokens": input, "outputTokens": output}


def report(total: dict[str, int], last: dict[str, int]) -> dict[str, Any]:
    return {"total": total, "last": last, "modelContextWindow": 258400}


# As runtime 0.163.0 reported them, fields without tokens left out.
CALL = report(counts(110, 100, 10), counts(110, 100, 10))
FULL = report(counts(258400), counts(258290))
COMPACTED = report(counts(258510, 100, 10), counts(7778))
AFTER = report(counts(258620, 200, 20), counts(110, 100, 10))


def used(*reports: Any, before: Any = None) -> tuple[int, int, int] | None:
    collector = TurnCollector("t1", usage_before=lambda: before)
    for one in reports:
        params = {"threadId": "th", "turnId": "t1", "tokenUsage": one}
        collector.feed(Notification.from_wire("thread/tokenUsage/updated", params, 0))
    usage = collector.result().turn_usage
    if usage is None:
        return None
    return usage.input_tokens, usage.output_tokens, usage.total_tokens


def test_a_model_call_counts_once_however_often_it_is_reported() -> None:
    assert used(CALL, CALL) == (100, 10, 110)


def test_a_full_context_is_not_summed() -> None:
    assert used(CALL, FULL) == (100, 10, 110)
    assert used(FULL) is None


def test_the_call_of_an_earlier_turn_that_is_repeated_does_not_count() -> None:
    assert used(CALL, FULL, before=CALL) is None


def test_an_estimate_of_what_a_compaction_left_does_not_count() -> None:
    assert used(FULL, COMPACTED, AFTER, before=FULL) == (100, 10, 110)


def test_the_total_is_what_went_in_and_what_came_out() -> None:
    assert used(report(counts(999, 100, 10), counts(999, 100, 10))) == (100, 10, 110)


@pytest.mark.parametrize("odd", [None, 5, [], {"last": 5}, {"last": {"inputTokens": "many"}}])
def test_a_report_of_another_shape_counts_nothing(odd: Any) -> None:
    assert used(odd) is None
