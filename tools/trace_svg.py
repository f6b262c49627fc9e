"""Makes `docs/images/trace.svg`, a timeline of spans as tracing tools draw it, from a real run.

    python -m tools.trace_svg [--check]

The run is offline: a scripted model has a turn run a command that fails and one that a person must
allow, call a Python function and start a sub-agent. `--check` compares the committed picture with a
new run, whatever the times in it, and in whichever order things that go on side by side began.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from html import escape
from pathlib import Path

from openai_codex import Approval, ApprovalMode, Codex, Decision, Handlers, tool
from openai_codex.telemetry import Trace, TraceSpan
from openai_codex.testing import (
    ScriptedModel,
    call_tool,
    offline_config,
    run_command,
    say,
    spawn_agent,
    usage,
    wait_agent,
)

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs/images/trace.svg"
NUMBER = re.compile(r"-?\d+(\.\d+)?")

WIDTH, LABELS, ROW, TOP = 860, 300, 26, 34
COLOURS = {
    "turn": "#4c78a8",
    "agent": "#72b7b2",
    "approval": "#eeca3b",
    "tool": "#54a24b",
    "command": "#9d755d",
    "patch": "#b279a2",
    "builtin": "#bab0ac",
}
FAILED = "#e45756"
HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" \
aria-label="A turn as a timeline of spans">
<style>
text {{ font: 13px system-ui, sans-serif; fill: #24292f }} .t {{ fill: #6e7781; font-size: 11px }}
</style>
<rect width="{width}" height="{height}" rx="6" fill="#fff" stroke="#d0d7de"/>
"""


def recorded() -> Trace:
    """Return what a scripted turn did, on the real runtime."""

    @tool
    def stock(item: str) -> int:
        """Look up how many of an item are left."""
        time.sleep(0.08)
        return 3

    def person(question: Approval) -> Decision:
        time.sleep(0.35)
        return Decision.accept

    with ScriptedModel() as model, tempfile.TemporaryDirectory() as folder:
        model.script(
            usage(input=4100, output=60),
            run_command("sleep 0.2; grep -rn TODO nowhere"),
            call_tool("stock", {"item": "teapot"}),
            run_command("sleep 0.15; touch released", escalate=True),
            spawn_agent("tester", "try it"),
            wait_agent(),
            say("Done."),
        )
        model.script(
            usage(input=1800, output=20),
            run_command("sleep 0.3"),
            say("Fine."),
            agent="/root/tester",
        )
        config = offline_config(model, cwd=folder, model_name="gpt-6.1-sol")
        with Codex(config, handlers=Handlers(approve=person)) as codex:
            thread = codex.thread_start(approval_mode=ApprovalMode.ask, tools=[stock])
            turn = thread.turn("Is it done?")
            turn.run()
            return turn.trace


def drawn(trace: Trace) -> str:
    """Return the picture."""
    rows = [each for span in trace for each in _rows(span, 0)]
    first = min(span.start for span, _ in rows)
    whole = max(span.end or span.start for span, _ in rows) - first
    height = TOP + ROW * len(rows) + 10
    scale = (WIDTH - LABELS - 90) / whole
    body = [HEAD.format(width=WIDTH, height=height), *_ticks(whole, scale, height)]
    for number, (span, depth) in enumerate(rows):
        body.append(_row(span, depth, TOP + ROW * number, first, scale))
    return "".join(body) + "</svg>\n"


def _rows(span: TraceSpan, depth: int) -> Iterator[tuple[TraceSpan, int]]:
    yield span, depth
    for child in span.children:
        yield from _rows(child, depth + 1)


def _ticks(whole: float, scale: float, height: int) -> Iterator[str]:
    for quarter in range(5):
        x = LABELS + whole * scale * quarter / 4
        yield f'<text class="t" x="{x:.0f}" y="20">{whole * 250 * quarter:.0f} ms</text>\n'
        yield f'<path d="M{x:.0f} 26V{height - 8}" stroke="#eaeef2"/>\n'


def _row(span: TraceSpan, depth: int, y: int, first: float, scale: float) -> str:
    left = LABELS + (span.start - first) * scale
    width = max(2.0, (span.seconds or 0.0) * scale)
    colour = FAILED if span.error is not None else COLOURS.get(span.kind, "#bab0ac")
    took = f"{(span.seconds or 0.0) * 1000:.0f} ms"
    how = span.error or span.attributes.get("codex.approval.decision")
    told = f"{took}, {escape(str(how))}" if how else took
    return (
        f'<text x="{12 + 16 * depth}" y="{y + 17}">{escape(span.name)}</text>\n'
        f'<rect x="{left:.1f}" y="{y + 6}" width="{width:.1f}" height="14" rx="2" '
        f'fill="{colour}"/>\n'
        f'<text class="t" x="{left + width + 5:.1f}" y="{y + 17}">{told}</text>\n'
    )


def same(one: str, other: str) -> bool:
    """Tell whether two pictures differ in numbers alone, and in the order of their rows."""
    first, second = (sorted(NUMBER.sub("#", each).splitlines()) for each in (one, other))
    return first == second


def main() -> None:
    """Write the picture, or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    picture = drawn(recorded())
    if not parser.parse_args().check:
        PICTURE.write_text(picture, encoding="utf-8")
    elif not same(picture, PICTURE.read_text(encoding="utf-8")):
        sys.exit(f"{PICTURE.relative_to(ROOT)} is out of date: python -m tools.trace_svg")


if __name__ == "__main__":
    main()
