"""Events and items of every wrong shape: nothing that shows them raises."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from openai_codex import Notification
from openai_codex._turns.collector import TurnCollector
from openai_codex.cli.run.events import ExecEvents
from openai_codex.display import screens
from openai_codex.display.items import items_html
from openai_codex.display.progress import TurnProgress
from tests.wire.samples import valid_samples

MISSING = object()
WRONG = [7, -1.5, 10**400, "x\x1b[31m\ny", [], {}, None, [7, None, "y", []], {"a": [1]}, MISSING]
EVENTS = {
    "turn/started": "TurnStartedNotification",
    "turn/completed": "TurnCompletedNotification",
    "turn/plan/updated": "TurnPlanUpdatedNotification",
    "turn/diff/updated": "TurnDiffUpdatedNotification",
    "thread/tokenUsage/updated": "ThreadTokenUsageUpdatedNotification",
    "item/agentMessage/delta": "AgentMessageDeltaNotification",
    "item/commandExecution/outputDelta": "CommandExecutionOutputDeltaNotification",
    "item/fileChange/patchUpdated": "FileChangePatchUpdatedNotification",
    "error": "ErrorNotification",
    "warning": "WarningNotification",
}
ITEMS = [s for s in valid_samples("ThreadItem") if s.about.endswith("-full")]


def places(value: Any, deepest: int = 4) -> Iterator[tuple[Any, ...]]:
    """Yield the way to everything in a value."""
    names = value.items() if isinstance(value, dict) else enumerate(value[:2])
    for name, inner in names:
        yield (name,)
        if deepest and isinstance(inner, (dict, list)):
            yield from ((name, *rest) for rest in places(inner, deepest - 1))


def spoiled(value: Any) -> Iterator[Any]:
    """Yield the value with each part of it in each wrong shape."""
    for place in places(value):
        for wrong in WRONG:
            copied = copy.deepcopy(value)
            inner = copied
            for name in place[:-1]:
                inner = inner[name]
            if wrong is MISSING:
                del inner[place[-1]]
            else:
                inner[place[-1]] = wrong
            yield copied


def show(events: list[Notification]) -> None:
    """Have the events shown wherever events are shown while a turn runs."""
    progress, lines = TurnProgress(), ExecEvents()
    for event in events:
        for line in progress.feed(event):
            screens.line_text(line, 80)
            screens._html_line(line)
        screens.footer(progress, 1.0)
        screens._plan_rows(progress, 80)
        screens._running_rows(progress, 80)
        json.dumps(lines.feed(event))
    json.dumps(lines.end())


def show_result(events: list[Notification]) -> None:
    """Have the result of the events shown in all its forms."""
    collector = TurnCollector("t1", folder="/work")
    for event in events:
        collector.feed(event)
    result = collector.result()
    for text in (repr(result), result._repr_html_(), str(result.diff), items_html(result.items)):
        assert "\x1b" not in text
    result.to_dict()
    result.diff.__rich__()
    assert result.agents is not None


def told(method: str, **params: Any) -> Notification:
    return Notification.from_wire(method, {"threadId": "th", "turnId": "t1", **params}, 0)


@pytest.mark.parametrize("sample", ITEMS, ids=[str(s.value["type"]) for s in ITEMS])
def test_an_item_of_any_shape_is_shown(sample: Any) -> None:
    for number, item in enumerate(spoiled(sample.value)):
        turn = {"id": "t1", "status": "completed", "items": [item]}
        events = [
            told("item/started", item=item),
            told("item/completed", item=item),
            told("turn/completed", turn=turn),
        ]
        show(events)
        if number % 5 == 0:  # it is slower, and models take most of the shapes away
            show_result(events)


@pytest.mark.parametrize("item", [7, "text", [1], None, True])
@pytest.mark.parametrize("method", ["item/started", "item/completed"])
def test_what_is_no_item_is_shown(method: str, item: Any) -> None:
    events = [told(method, item=item)]
    show(events)
    (line,) = ExecEvents().feed(events[0])
    assert line["item"].get("value") == item


@pytest.mark.parametrize("method", EVENTS)
def test_an_event_of_any_shape_is_shown(method: str) -> None:
    for sample in valid_samples(EVENTS[method]):
        for params in spoiled(sample.value):
            show([Notification.from_wire(method, params, 0)])


def test_what_is_not_of_the_shape_of_the_protocol_is_shown_as_it_came() -> None:
    events = ExecEvents()
    item: dict[str, Any] = {"type": "fileChange", "id": "f", "changes": ["odd"]}
    (line,) = events.feed(told("item/completed", item=item))
    assert line["item"]["changes"] == ["odd"]
    item["changes"] = [{"path": "a.py", "kind": "add", "diff": "one\ntwo\n"}]
    (line,) = events.feed(told("item/completed", item=item))
    assert line["item"]["changes"] == item["changes"]
    (shown,) = TurnProgress().take_item(item)
    assert (shown.text, shown.facts) == ("a.py", "+2 -0")
    (line,) = events.feed(told("turn/plan/updated", plan=["look", 7]))
    assert [step["text"] for step in line["item"]["items"]] == ["look", 7]
    (line,) = events.feed(told("error", error="boom"))
    assert line["message"] == "boom"
