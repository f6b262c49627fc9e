"""A turn's events fold into its result: items, final response, usage, error, status."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from openai_codex._turns.collector import COLLECTED, TurnCollector
from openai_codex._turns.notification import Notification
from openai_codex._turns.result import TurnResult
from openai_codex.types import (
    AgentMessageThreadItem,
    ThreadTokenUsage,
    TokenUsageBreakdown,
    TurnStatus,
)

USAGE = {
    "total": {
        "totalTokens": 15,
        "inputTokens": 10,
        "cachedInputTokens": 2,
        "outputTokens": 5,
        "reasoningOutputTokens": 0,
    },
    "last": {
        "totalTokens": 15,
        "inputTokens": 10,
        "cachedInputTokens": 2,
        "outputTokens": 5,
        "reasoningOutputTokens": 0,
    },
    "modelContextWindow": 272000,
}


def note(method: str, **params: Any) -> Notification:
    return Notification.from_wire(method, {"threadId": "th", "turnId": "t1", **params}, 100)


def message(ident: str, text: str | None, phase: str | None = None) -> Notification:
    item = {"type": "agentMessage", "id": ident, "text": text, "phase": phase}
    return note("item/completed", item=item)


def completed(status: str = "completed", **turn: Any) -> Notification:
    whole = {"id": "t1", "items": [], "status": status, "error": None, **turn}
    return note("turn/completed", turn=whole)


def fold(*notes: Notification) -> TurnResult[Any]:
    collector = TurnCollector("t1")
    for one in notes:
        collector.feed(one)
    return collector.result()


@pytest.mark.parametrize(
    ("messages", "response"),
    [
        ([], None),
        ([("m1", "Hello", None)], "Hello"),
        ([("m1", "first", None), ("m2", "last", None)], "last"),
        ([("m1", "text", None), ("m2", "", None)], ""),
        ([("m1", "working on it", "commentary")], None),
        ([("m1", "working", "commentary"), ("m2", "done", "final_answer")], "done"),
        ([("m1", "done", "final_answer"), ("m2", "by the way", None)], "done"),
        ([("m1", "one", "final_answer"), ("m2", "two", "final_answer")], "two"),
        ([("m1", "", "final_answer"), ("m2", "text", None)], ""),
        ([("m1", "plain", None), ("m2", "working", "commentary")], "plain"),
        ([("m1", "plain", None), ("m2", "new", "some_phase_of_tomorrow")], "plain"),
    ],
)
def test_the_final_response_is_the_final_answer_else_the_last_without_a_phase(
    messages: list[tuple[str, str, str | None]], response: str | None
) -> None:
    assert fold(*(message(*each) for each in messages), completed()).final_response == response


def test_only_completed_items_count_in_the_order_they_completed() -> None:
    begun = {"type": "agentMessage", "id": "m0", "text": "never done"}
    result = fold(
        note("item/started", item=begun),
        message("m1", "one"),
        note("item/agentMessage/delta", itemId="m1", delta="one"),
        message("m2", "two"),
        completed(),
    )
    assert [item.id for item in result.items] == ["m1", "m2"]
    assert isinstance(result.items[0], AgentMessageThreadItem)


def test_an_item_that_a_retry_completed_again_counts_once_as_it_was_last() -> None:
    result = fold(message("m1", "cut"), message("m2", "other"), message("m1", "whole"), completed())
    assert [(item.id, item.text) for item in result.items] == [("m1", "whole"), ("m2", "other")]  # type: ignore[union-attr]


def test_items_of_one_id_and_two_kinds_are_two() -> None:
    search = {"type": "webSearch", "id": "m1", "query": "q", "action": None}
    assert len(fold(message("m1", "a"), note("item/completed", item=search)).items) == 2


def test_an_item_of_tomorrow_keeps_its_place_and_its_content() -> None:
    new = {"type": "hologram", "id": "h1", "depth": 3}
    result = fold(message("m1", "a"), note("item/completed", item=new), message("m2", "b"))
    assert [item.id for item in result.items][::2] == ["m1", "m2"]
    unknown: Any = result.items[1]
    assert unknown.type == "hologram"


def test_items_without_an_id_are_all_kept() -> None:
    nameless = [note("item/completed", item={"type": "hologram", "depth": n}) for n in range(3)]
    assert len(fold(*nameless, completed()).items) == 3


@pytest.mark.parametrize("item", [None, [], "text", {"type": [], "id": {}}])
def test_a_malformed_item_breaks_nothing(item: Any) -> None:
    assert fold(note("item/completed", item=item), completed()).completed


def test_the_last_usage_counts_and_is_typed() -> None:
    early = {**USAGE, "total": {**USAGE["total"], "totalTokens": 1}}  # type: ignore[dict-item]
    result = fold(
        note("thread/tokenUsage/updated", tokenUsage=early),
        note("thread/tokenUsage/updated", tokenUsage=USAGE),
        completed(),
    )
    assert isinstance(result.usage, ThreadTokenUsage)
    assert result.usage.total.total_tokens == 15
    assert fold(completed()).usage is None


def test_the_usage_of_a_turn_is_the_sum_of_its_model_calls() -> None:
    later = {"total": {"inputTokens": 30}, "last": {**USAGE["last"], "inputTokens": 20}}  # type: ignore[dict-item]
    told = [note("thread/tokenUsage/updated", tokenUsage=one) for one in (USAGE, USAGE, later)]
    usage = fold(*told, completed()).turn_usage
    assert isinstance(usage, TokenUsageBreakdown)
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (30, 10, 40)
    assert usage.cache_write_input_tokens == 0


@pytest.mark.parametrize("odd", [None, 3, {}, {"last": None}, {"last": {"inputTokens": "many"}}])
def test_an_odd_usage_counts_nothing(odd: object) -> None:
    told = note("thread/tokenUsage/updated", tokenUsage=odd)
    assert fold(told, completed()).turn_usage is None


def test_times_come_from_the_completion() -> None:
    times: dict[str, Any] = {"startedAt": 1767225600, "completedAt": 1767225603, "durationMs": 2875}
    result = fold(completed(**times))
    assert (result.started_at, result.completed_at, result.duration_ms) == tuple(times.values())


def test_an_error_that_will_be_retried_is_progress() -> None:
    error = {"message": "Reconnecting... 1/5", "codexErrorInfo": "other"}
    result = fold(note("error", willRetry=True, error=error), completed())
    assert result.error is None
    assert result.completed


def test_the_completions_own_error_counts_more_than_an_earlier_one() -> None:
    early = note("error", willRetry=False, error={"message": "early", "codexErrorInfo": "other"})
    final = {"message": "final", "codexErrorInfo": "other"}
    assert fold(early, completed("failed", error=final)).error.message == "final"  # type: ignore[union-attr]
    assert fold(early, completed("failed")).error.message == "early"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("status", "failed", "is_completed"),
    [
        ("completed", False, True),
        ("interrupted", False, False),
        ("failed", True, False),
        ("paused_of_tomorrow", False, False),
    ],
)
def test_the_status_is_the_completions(status: str, failed: bool, is_completed: bool) -> None:
    collector = TurnCollector("t1")
    collector.feed(completed(status))
    assert collector.is_complete
    assert collector.failed is failed
    result = collector.result()
    assert result.completed is is_completed
    assert result.status.value == status
    assert result.completed is is_completed


def test_an_unfinished_turn_is_in_progress() -> None:
    collector = TurnCollector("t1")
    collector.feed(message("m1", "so far"))
    result = collector.result()
    assert not collector.is_complete
    assert result.status is TurnStatus.in_progress
    assert (result.id, result.final_response) == ("t1", "so far")


@pytest.mark.parametrize("turn", [None, [], "t1"])
def test_a_malformed_completion_is_an_end_all_the_same(turn: Any) -> None:
    collector = TurnCollector("t1")
    collector.feed(note("turn/completed", turn=turn))
    assert collector.is_complete


def test_only_the_collected_methods_change_a_result() -> None:
    assert {"item/completed", "turn/completed", "error"} < COLLECTED
    plain = fold(completed())
    assert fold(note("turn/diff/updated", diff="x"), note("new/thing"), completed()) == plain


def test_a_result_is_a_plain_value() -> None:
    result = fold(message("m1", "Hello"), completed())
    public = [each.name for each in fields(TurnResult) if each.name[0] != "_"]
    assert public == [
        *("id", "status", "error", "started_at", "completed_at", "duration_ms"),
        *("final_response", "items", "usage", "output", "turn_usage", "spent"),
    ]
    assert replace(result, final_response="other").items == result.items
    assert "final_response='Hello'" in repr(result)
    assert result == fold(message("m1", "Hello"), completed())


PATCH = "diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-x\n+y\n"
CHANGE = {
    "type": "fileChange",
    "id": "c1",
    "status": "completed",
    "changes": [
        {"path": "/repo/a.txt", "kind": {"type": "update"}, "diff": "@@ -1 +1 @@\n-x\n+y\n"}
    ],
}


def test_the_last_diff_of_a_turn_is_kept_beside_its_fields() -> None:
    told = [note("turn/diff/updated", diff=text) for text in ("early", PATCH)]
    result = fold(*told, note("item/completed", item=CHANGE), completed())
    assert vars(result)["_turn_diff"] == PATCH
    assert vars(fold(completed()))["_turn_diff"] is None


def test_a_collector_knows_how_far_the_turn_is_and_its_last_error() -> None:
    collector = TurnCollector("t1")
    assert (collector.raw_status, collector.raw_error, collector.last_error) == (None, None, None)
    retried = {"message": "Reconnecting... 1/5", "additionalDetails": "no route"}
    collector.feed(note("error", willRetry=True, error=retried))
    assert (collector.raw_error, collector.last_error) == (None, "no route")
    final = {"message": "no"}
    collector.feed(note("error", willRetry=False, error=final))
    assert (collector.raw_error, collector.last_error) == (final, "no")
    collector.feed(completed("failed"))
    assert (collector.raw_status, collector.raw_error) == ("failed", final)
