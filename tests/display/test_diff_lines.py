"""What a line of a diff is: a header names files, and inside a hunk the sign alone counts."""

from __future__ import annotations

import io

from rich.console import Console

from openai_codex.display.cards import Diff
from openai_codex.display.diff_lines import line_kinds
from openai_codex.display.hunks import Hunk
from openai_codex.display.progress import TurnProgress

DIFF = """\
diff --git a/q.sql b/q.sql
index 1..2 100644
--- a/q.sql
+++ b/q.sql
@@ -1,3 +1,3 @@ head
 select 1;
--- was a comment
+++ x
 select 2;
\\ No newline at end of file
--- a/new name
+++ b/new name
@@ -7 +7 @@
-one
+two"""
KINDS = [
    *("head", "head", "head", "head", "at", "", "cut", "add", "", ""),
    *("head", "head", "at", "cut", "add"),
]


class Event:
    """A change that is done."""

    method = "item/completed"
    params = {  # noqa: RUF012
        "item": {
            "id": "1",
            "type": "fileChange",
            "status": "completed",
            "changes": [{"path": "q.sql", "kind": {"type": "update"}, "diff": DIFF}],
        }
    }


def test_headers_are_no_changes_and_changes_are_no_headers() -> None:
    assert list(line_kinds(DIFF.split("\n"))) == KINDS


def test_the_note_of_a_missing_newline_is_no_line_of_its_hunk() -> None:
    note = "\\ No newline at end of file"
    for lines, kinds in (
        (["@@ -1 +1 @@", "-a", note, "+++ b", note], ["at", "cut", "", "add", ""]),
        (["@@ -1 +1 @@", "+a", note, "--- b", note], ["at", "add", "", "cut", ""]),
    ):
        assert list(line_kinds(lines)) == kinds


def test_lines_of_a_hunk_that_does_not_say_how_long_it_is_count_by_their_sign() -> None:
    lines = ["@@", "+one", "-two", " three", "", "-- four", "---five", "index finger", "index.html"]
    kinds = ["at", "add", "cut", "", "", "cut", "cut", "head", ""]
    assert list(line_kinds(lines)) == kinds


def test_colours_in_a_notebook_and_a_terminal_follow() -> None:
    page = Diff(DIFF)._repr_html_()
    assert '<div style="font-weight:600">--- a/q.sql</div>' in page
    assert '<div style="background:rgba(248,81,73,.18)">--- was a comment</div>' in page
    out = io.StringIO()
    options = {"force_terminal": True, "color_system": "standard", "width": 60}
    Console(file=out, **options).print(Diff(DIFF))  # type: ignore[arg-type]
    assert "\x1b[1m--- a/q.sql" in out.getvalue()
    assert "\x1b[31m--- was a comment" in out.getvalue()


def test_a_hunk_whose_first_line_may_be_cut_begins_behind_it_on_both_sides() -> None:
    """The runtime ends a line at a lone carriage return, and git does not."""
    parts = [(" ", "b\r"), (" ", "c\n"), (" ", "d\n"), ("-", "e\n"), ("+", "f\n")]
    assert Hunk(5, 6, "", parts).shown(3) == "@@ -7,2 +8,2 @@\n d\n-e\n+f\n"
    assert Hunk(1, 1, "", parts).shown(3).startswith("@@ -1,3 +1,3 @@\n b\rc\n d\n")


def test_what_was_changed_is_counted_without_headers() -> None:
    (line,) = TurnProgress().feed(Event())
    assert line.facts == "+2 -2"
