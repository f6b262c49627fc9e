"""Makes `docs/protocol-coverage.md`: every method of the protocol, and how one says it from Python.

    python -m tools.gen_coverage            write the page
    python -m tools.gen_coverage --check    write nothing; fail when it is out of date

The high-level word of a request is found in the docstrings: a public method that speaks a request
names it in brackets, as in "Start a conversation (thread/start)."
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import openai_codex
from openai_codex import methods
from openai_codex._core.replays import RECONNECTED
from openai_codex._wire.tables import NOTIFICATIONS, QUESTIONS
from openai_codex.questions.kinds import question_kind
from tools.gen_reference.members import members_of
from tools.gen_reference.render import FOLDER, anchor, page_of
from tools.gen_reference.sections import SECTIONS

PAGE = Path(__file__).parents[1] / "docs/protocol-coverage.md"

SPEAKERS = (
    *("Codex", "Thread", "TurnHandle", "ChatgptLoginHandle", "DeviceCodeLoginHandle"),
    *("Exec", "Files", "FileWatch", "Settings", "Skills", "Mcp", "Processes", "Process"),
    *("TurnQueue", "QueuedTurn", "GoalControl", "GoalRun", "RunningAgent"),
)
TOOL_CALL = "item/tool/call"

HEADER = """\
# Protocol coverage

<!-- Made by `python -m tools.gen_coverage` from the schema of the runtime and the docstrings. -->

The whole protocol of the pinned runtime is typed: {calls} requests of ours, {questions} of the
runtime's, {notifications} notifications. The types come from the JSON schema that the runtime
itself emits.

A request is made by the word of the SDK, if it has one, or by its constant:

```python
from openai_codex import Codex, methods

with Codex() as codex:
    loaded = codex.call(methods.thread.LOADED_LIST, {{"limit": 5}})
    print(loaded.data)
```

Params are the params model of the method or a dict of its wire form; the result is typed.
"""

QUESTIONS_HEADER = """\
## Questions of the runtime

Each goes to a handler, to a tool, or to the reader of `codex.questions()`. What nobody takes is
declined. See [approvals](approvals.md).
"""

NOTIFICATIONS_HEADER = """\
## Notifications

Those that belong to a turn arrive in `turn.stream()`, as `event.method` and `event.payload`, which
is of the class shown. `connection/reconnected` is said by this package, not by the runtime, when a
lost connection is back. See [streaming](guides/streaming.md).
"""


def page() -> str:
    """Return the whole page."""
    counts = {
        "calls": len(list(methods.all())),
        "questions": len(QUESTIONS),
        "notifications": len(NOTIFICATIONS.keys() - {RECONNECTED}),
    }
    parts = [
        HEADER.format(**counts),
        "## Requests of ours\n",
        table(("method", "constant in `methods`", "word"), requests()),
        QUESTIONS_HEADER,
        table(("method", "handled by"), questions()),
        NOTIFICATIONS_HEADER,
        table(("method", "payload"), notifications()),
    ]
    return "\n".join(parts)


def requests() -> Iterator[tuple[str, ...]]:
    """Yield a row for each request that a client can make."""
    words = high_level_words()
    for entry in methods.all():
        constant = f"`{entry.family}.{entry.constant}`"
        yield f"`{entry.method}`", constant, ", ".join(words.pop(entry.method, []))
    if words:
        raise SystemExit(f"gen_coverage: docstrings name unknown requests: {sorted(words)}")


def high_level_words() -> dict[str, list[str]]:
    """Return the public methods that speak each request, as links into the reference."""
    words: dict[str, list[str]] = {}
    pages = {name: page_of(section, name) for section in SECTIONS for name in section.names}
    for name in SPEAKERS:
        for member in members_of(getattr(openai_codex, name)):
            word = f"{name}.{member.name}"
            for method in re.findall(r"\(([a-z]\w+(?:/\w+)+)\)", member.function.__doc__ or ""):
                page = f"{FOLDER}/{pages[name]}"
                link = f"[`{word}`]({page}#{anchor(f'{word}()')})"
                words.setdefault(method, []).append(link)
    return words


def questions() -> Iterator[tuple[str, ...]]:
    """Yield a row for each request that the runtime can make."""
    for method in sorted(QUESTIONS):
        kind = question_kind(method, {})
        handler = f"`Handlers.{kind.slot}`" if kind else "answered with an error"
        yield f"`{method}`", "the functions in `tools=`" if method == TOOL_CALL else handler


def notifications() -> Iterator[tuple[str, ...]]:
    """Yield a row for each notification."""
    for method in sorted(NOTIFICATIONS):
        yield f"`{method}`", f"`{NOTIFICATIONS[method]}`"


def table(heads: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    """Return a Markdown table."""
    lines = [heads, ("---",) * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n".replace("|  |", "| |") for line in lines)


def main() -> None:
    """Write the page; with `--check`, exit with a message when it is out of date."""
    parser = argparse.ArgumentParser(prog="python -m tools.gen_coverage")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args().check
    text = page()
    if not check:
        PAGE.write_text(text, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
        raise SystemExit("gen_coverage: out of date, run python -m tools.gen_coverage")


if __name__ == "__main__":
    main()
