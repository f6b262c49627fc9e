"""The diff of a turn, put together from what the runtime says of it: pure, without a file."""

from __future__ import annotations

from typing import Any

import pytest

from openai_codex.display.changes import blob_id, changes_diff, turn_diff
from openai_codex.display.git_text import quote
from openai_codex.display.hunks import exact_hunks

EDIT = {"path": "/repo/x", "kind": {"type": "update"}, "diff": "@@ -1 +1 @@\n-a\n+b\n"}
# What the runtime tells of a turn that made this change.
TURN = "diff --git a/x b/x\nindex 1..2 100644\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"


def moved(old: str, new: str) -> dict[str, Any]:
    """Return the change of a file that is renamed and stays as it is."""
    kind = {"type": "update", "move_path": f"/repo/{new}"}
    return {"path": f"/repo/{old}", "kind": kind, "diff": f"\n\nMoved to: /repo/{new}"}


@pytest.mark.parametrize(
    ("moves", "renamed"),
    [
        ([("a", "b")], "diff --git a/a b/b\nrename from a\nrename to b\n"),
        ([("a", "b"), ("b", "c")], "diff --git a/a b/c\nrename from a\nrename to c\n"),
        ([("a", "b"), ("b", "a")], ""),
        ([("x", "y")], ""),  # the diff of the runtime names it already
        ([("y", "x")], ""),
    ],
)
def test_a_file_that_was_only_renamed_is_told_under_its_first_and_its_last_name(
    moves: list[tuple[str, str]], renamed: str
) -> None:
    changes = [EDIT, *(moved(*names) for names in moves)]
    assert turn_diff(TURN, changes, folder="/repo") == TURN + renamed


def test_what_the_items_do_not_place_keeps_the_name_of_the_diff() -> None:
    assert turn_diff(TURN, []) == TURN
    rooted = TURN.replace("a/x", "a//x").replace("b/x", "b//x")
    assert turn_diff(rooted, []) == TURN


def test_the_names_count_from_the_threads_folder_and_else_from_that_of_the_diff() -> None:
    deep = {**EDIT, "path": "/repo/sub/x"}
    text = TURN.replace("/x", "/sub/x")
    assert turn_diff(text, [deep], folder="/repo/sub") == TURN
    assert turn_diff(text, [deep], folder="/repo") == text
    assert turn_diff(text, [deep]) == text
    assert turn_diff(text, [deep], folder="/repo/other") == text.replace("/sub/x", "/../sub/x")


def test_a_turn_without_a_diff_shows_the_changes_of_its_items() -> None:
    shown = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"
    for text in (None, "", 7, "no diff at all", "diff --git a/x b/x\n@@ odd"):
        assert turn_diff(text, [EDIT], folder="/repo") == shown


def test_a_file_that_an_added_one_replaces_is_shown_as_changed() -> None:
    added = {"path": "/repo/x", "kind": {"type": "add"}, "diff": "new\n"}
    there = {"/repo/x": "old\n"}
    replaced = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n"
    assert changes_diff([added], folder="/repo", read=there.get) == replaced
    as_new = (
        "diff --git a/x b/x\nnew file mode 100644\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+new\n"
    )
    assert changes_diff([added], folder="/repo", read={"/repo/x": "new\n"}.get) == as_new
    assert changes_diff([added], folder="/repo") == as_new
    gone = {"path": "/repo/x", "kind": {"type": "delete"}, "diff": "old\n"}
    assert changes_diff([gone], folder="/repo", read={"/repo/x": "else\n"}.get).endswith("\n-old\n")


def test_a_file_with_lone_returns_is_asked_as_long_as_it_is_the_one_that_git_names() -> None:
    """The runtime ends a line at a lone carriage return, and git does not."""
    body = "@@ -2,5 +2,5 @@\n b\n c\n d\n-e\n+E\n f\n"
    exact = "@@ -1,5 +1,5 @@\n a\rb\n c\n d\n-e\n+E\n f\n"
    guessed = "@@ -3,4 +3,4 @@\n c\n d\n-e\n+E\n f\n"
    before, after = "a\rb\nc\nd\ne\nf\n", "a\rb\nc\nd\nE\nf\n"
    change = {**EDIT, "diff": body}
    names = "--- a/x\n+++ b/x\n"
    head = f"diff --git a/x b/x\nindex {'1' * 40}..{blob_id(after)}\n{names}"

    def shown(text: str) -> str:
        return turn_diff(f"{head}{body}", [change], folder="/repo", read={"/repo/x": text}.get)

    assert shown(after) == f"{head}{exact}"
    assert shown("changed since\r\n") == f"{head}{guessed}"
    found = [
        changes_diff([change], folder="/repo", read={"/repo/x": text}.get)
        for text in (before, "another\rfile\n", "without\nreturns\n")
    ]
    assert [text.removeprefix(f"diff --git a/x b/x\n{names}") for text in found] == [
        exact,
        guessed,
        guessed,
    ]


@pytest.mark.parametrize(
    ("before", "after", "hunk"),
    [
        ("", "a\n", "@@ -0,0 +1 @@\n+a\n"),
        ("a\n", "", "@@ -1 +0,0 @@\n-a\n"),
        ("a", "a\n", "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"),
        (
            "1\n2\n3\n4\n5\n6\n7\n8\n9\n",
            "1\n2\n3\n4\nV\n6\n7\n8\n9\n",
            "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+V\n 6\n 7\n 8\n",
        ),
        ("a\na\n", "a\na\na\n", "@@ -1,2 +1,3 @@\n a\n a\n+a\n"),
        ("1\n2\n3\n", "1\n3\n", "@@ -1,3 +1,2 @@\n 1\n-2\n 3\n"),
    ],
)
def test_one_hunk_leads_from_a_text_to_another_with_three_lines_around(
    before: str, after: str, hunk: str
) -> None:
    assert exact_hunks("x", "x", before, after) == f"--- a/x\n+++ b/x\n{hunk}"


def test_texts_that_are_the_same_have_no_hunk() -> None:
    assert exact_hunks("x", "x", "a\n", "a\n") == ""


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("a b é.txt", "a b é.txt"),
        ("a\tb é", '"a\\tb é"'),
        ('"\\\n\r', '"\\"\\\\\\n\\r"'),
        ("\x01\u200b", '"\\001\\342\\200\\213"'),
        ("\udcff", '"\\377"'),
    ],
)
def test_a_name_that_would_mislead_is_quoted_as_git_quotes_it(name: str, written: str) -> None:
    assert quote(name) == written


def test_git_names_the_text_of_a_file_by_its_bytes() -> None:
    assert blob_id("") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    assert blob_id("é\n") == "c6003325155f475bd7c87731607525dce73be9cf"
