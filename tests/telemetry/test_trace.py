"""Spans as data: printed, in a notebook, in Chrome's format; whatever the model named them."""

from __future__ import annotations

import io
import json
from typing import Any

from rich.console import Console

from openai_codex.telemetry import Trace, TraceSpan
from openai_codex.telemetry.waterfall import MOST_ROWS

EVIL = "look\x1b[2J<script>\u202e"


def span(name: str, start: float, end: float | None, **more: Any) -> TraceSpan:
    return TraceSpan(name=name, kind=more.pop("kind", "tool"), start=start, end=end, **more)


TURN = span(
    "invoke_agent codex",
    100.0,
    102.0,
    kind="turn",
    attributes={
        "gen_ai.usage.input_tokens": 1200,
        "gen_ai.usage.output_tokens": 34,
        "gen_ai.response.finish_reasons": ("stop",),
        "codex.turn.id": "t1",
    },
    children=(
        span(
            "execute_tool exec_command",
            100.5,
            101.5,
            attributes={"process.executable.name": "pytest", "process.exit.code": 1},
            error="exit_code_1",
            children=(
                span(
                    "approval command",
                    100.5,
                    101.0,
                    kind="approval",
                    attributes={"codex.approval.decision": "accept"},
                ),
            ),
        ),
        span(f"execute_tool {EVIL}", 101.5, None),
    ),
)
TRACE = Trace((TURN,))


def test_a_trace_prints_as_a_waterfall() -> None:
    assert str(TRACE).splitlines() == [
        "invoke_agent codex                     ██████████████████████████████    2.00 s  "
        "1,200 + 34 tokens",
        "  execute_tool exec_command                   ███████████████            1.00 s  "
        "pytest, exit 1, exit_code_1",
        "    approval command                          ████████                   500 ms  accept",
        "  execute_tool look\\x1b[2J<script>\\u2…                       ████████  500 ms …",
    ]
    assert repr(TRACE) == "<Trace of 1 turns, 4 spans>"
    assert str(Trace()) == "no turns yet"


def test_a_terminal_gets_colours_and_a_notebook_a_table() -> None:
    out = io.StringIO()
    Console(file=out, width=120, force_terminal=True).print(TRACE)
    assert "\x1b[31m" in out.getvalue()  # what failed is red
    assert "\x1b[2J" not in out.getvalue()
    page = TRACE._repr_html_()
    assert "<script>" not in page
    assert "\u202e" not in page
    assert page.count("<tr>") == 4
    assert "no turns yet" in Trace()._repr_html_()
    Console(file=out).print(Trace())
    assert "no turns yet" in out.getvalue()


def test_of_very_many_spans_the_first_are_drawn() -> None:
    many = Trace(tuple(span("x", 1.0, 2.0) for _ in range(MOST_ROWS + 5)))
    assert str(many).splitlines()[-1] == "… 5 more spans"
    assert "… 5 more spans" in many._repr_html_()


def test_a_trace_opens_in_chrome() -> None:
    events = json.loads(json.dumps(TRACE.to_chrome()))["traceEvents"]
    assert events[0]["args"] == {"name": "invoke_agent codex t1"}
    assert [(each["ts"], each["dur"], each["tid"]) for each in events[1:]] == [
        (100_000_000, 2_000_000, 1),
        (100_500_000, 1_000_000, 2),
        (100_500_000, 500_000, 3),
        (101_500_000, 500_000, 2),
    ]
    assert events[1]["args"]["gen_ai.response.finish_reasons"] == ["stop"]
    assert events[4]["name"] == "execute_tool look\\x1b[2J<script>\\u202e"


def test_a_trace_is_data() -> None:
    (turn,) = TRACE
    assert len(TRACE) == 1
    assert turn.seconds == 2.0
    assert turn.children[1].seconds is None
    assert [each.start for each in TRACE.walk()] == [100.0, 100.5, 100.5, 101.5]
    (told,) = json.loads(json.dumps(TRACE.to_dict()))
    assert told["children"][0]["error"] == "exit_code_1"
    assert told["attributes"]["gen_ai.response.finish_reasons"] == ["stop"]
