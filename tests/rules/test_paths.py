from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openai_codex.rules import PathRule, Rules, path
from tests.rules.asked import FileQuestion, FileUpdate, UpdateKind, identity


def outcome(*changes: FileUpdate, cwd: str | None = None, **options: object) -> str:
    options = {"ask": print, "resolve": identity, "root": "/repo", **options}
    rules = Rules(**options)  # type: ignore[arg-type]
    return rules.judge(FileQuestion(list(changes), cwd=cwd)).outcome


@pytest.mark.parametrize(
    ("pattern", "file"),
    [
        ("src/**/*.py", "/repo/src/a.py"),
        ("src/**/*.py", "/repo/src/x/y/a.py"),
        ("src/**", "/repo/src/x"),
        ("**", "/repo/x/y"),
        ("./src/*", "/repo/src/a"),
        ("src/?.[ch]", "/repo/src/a.c"),
        (".github/**", "/repo/.github/x"),
        ("**/.env", "/repo/a/.env"),
        ("/etc/hosts", "/etc/hosts"),
        ("/var/**/log", "/var/x/log"),
        ("/x", "/x"),
        ("/**", "/x"),
        ("**/a/**/b", "/repo/a/c/a/b"),
    ],
)
def test_a_file_within_an_allow_rule_is_allowed(pattern: str, file: str) -> None:
    assert outcome(FileUpdate(file), allow=[path(pattern)]) == "allow"


@pytest.mark.parametrize(
    ("pattern", "file"),
    [
        ("src/*.py", "/repo/src/x/a.py"),
        ("src/**", "/repo/srcs/a"),
        ("src/**/*.py", "/repo/src/a.PY"),
        ("src/**", "/elsewhere/src/a"),
        ("src/**", "/repo/src/../etc/a"),
        ("src/**", "/repo/src/../../repo/src/a"),
        ("src/**", "src/a"),
        ("src/**", ""),
        ("src/**", "/repo/src/a\x00b"),
        ("src/**", "/repo/src/a\nb"),
        ("src/**", "/repo/src/\ud83d"),
        ("**", "/repo/.git/hooks/pre-commit"),
        ("**", "/repo/src/.envrc"),
        ("src/*", "/repo/src/.x"),
        ("/etc/hosts", "/etc/hosts2"),
        ("/etc/hosts", "/etc"),
        ("**/a/**/b", "/repo/a/c"),
    ],
)
def test_a_file_outside_is_asked(pattern: str, file: str) -> None:
    assert outcome(FileUpdate(file), allow=[path(pattern)]) == "ask"


@pytest.mark.parametrize(
    ("pattern", "file"),
    [
        (".git/**", "/repo/.git/config"),
        (".git/**", "/repo/.GIT/config"),
        (".git/**", "/repo/.git"),
        (".git/**", "/repo/src/../.git/config"),
        ("**/*.key", "/repo/a/.KEY"),
        ("**/caf\u00e9", "/repo/cafe\u0301"),
        ("**/secrets/**", "/repo/a/secrets/b"),
        ("/etc/**", "/etc/hosts"),
        ("/etc/**", "/repo/../etc/hosts"),
        (".git/**", ".git/x"),
        ("**/b", "/repo/a\n/b"),
    ],
)
def test_a_deny_rule_wins_in_any_spelling(pattern: str, file: str) -> None:
    allow = [path("**"), path("/**"), path(".git/**")]
    assert outcome(FileUpdate(file), allow=allow, deny=[path(pattern)]) == "deny"


def test_every_file_must_be_allowed_and_none_denied() -> None:
    inside, outside = FileUpdate("/repo/src/a"), FileUpdate("/repo/b")
    allow = [path("src/*")]
    assert outcome(inside, FileUpdate("/repo/src/c"), allow=allow) == "allow"
    assert outcome(inside, outside, allow=allow) == "ask"
    assert outcome(inside, outside, allow=allow, deny=[path("b")]) == "deny"
    assert outcome(allow=allow) == "ask"


def test_kinds_narrow_a_rule_and_a_move_is_a_delete_and_an_add() -> None:
    move = FileUpdate("/repo/a", UpdateKind(move_path="/repo/b"))
    assert (
        outcome(FileUpdate("/repo/a", UpdateKind()), allow=[path("*", kinds=["update"])]) == "allow"
    )
    assert outcome(FileUpdate("/repo/a", "add"), allow=[path("*", kinds=["update"])]) == "ask"
    assert outcome(FileUpdate("/repo/a", None), allow=[path("*")]) == "ask"
    assert outcome(move, allow=[path("*")]) == "allow"
    assert outcome(move, allow=[path("*", kinds=["add"])]) == "ask"
    assert outcome(move, allow=[path("a")]) == "ask"
    assert outcome(move, allow=[path("*")], deny=[path("*", kinds=["delete"])]) == "deny"
    assert outcome(move, allow=[path("*")], deny=[path("*", kinds=["update"])]) == "allow"
    assert outcome(FileUpdate("/repo/a", None), deny=[path("*", kinds=["delete"])]) == "deny"


@pytest.mark.parametrize("target", [b"/etc/x", Path("/etc/x"), ""])
def test_a_move_to_what_is_no_path_is_asked(target: Any) -> None:
    move = FileUpdate("/repo/a", UpdateKind(move_path=target))
    assert outcome(move, allow=[path("**")]) == "ask"


def test_without_a_root_rules_start_from_the_questions_folder() -> None:
    file = FileUpdate("/repo/src/a")
    assert outcome(file, cwd="/repo", root=None, allow=[path("src/*")]) == "allow"
    assert outcome(file, cwd="/", root=None, allow=[path("src/*")]) == "ask"
    assert outcome(file, root=None, allow=[path("src/*")]) == "ask"
    assert outcome(file, root=None, allow=[path("/repo/**")], deny=[path("src/*")]) == "deny"


def test_unknown_changes_and_grants_of_a_folder_are_asked() -> None:
    rules = Rules(allow=[path("**")], root="/repo", ask=print)
    assert rules.judge(FileQuestion(None)).outcome == "ask"
    assert rules.judge(FileQuestion([FileUpdate(None)])).outcome == "ask"
    granted = FileQuestion([FileUpdate("/repo/a")], grant_root="/repo")
    assert rules.judge(granted).reason.startswith("the question is about writing below a whole")


def test_a_change_in_another_place_is_asked_because_its_links_cannot_be_seen() -> None:
    rules = Rules(allow=[path("**")], deny=[path("secret")], root="/repo", ask=print)
    elsewhere = FileQuestion([FileUpdate("/repo/a")], environment="box")
    assert rules.judge(elsewhere).outcome == "ask"
    denied = FileQuestion([FileUpdate("/repo/secret")], environment="box")
    assert rules.judge(denied).outcome == "deny"


def test_a_symlink_does_not_lead_out_of_a_rule(tmp_path: Path) -> None:
    root, outside = tmp_path / "repo", tmp_path / "outside"
    (root / "src").mkdir(parents=True)
    outside.mkdir()
    (root / "src" / "link").symlink_to(outside)
    rules = Rules(allow=[path("src/**")], root=root, ask=print)
    assert rules.explain_change("src/new/file").outcome == "allow"
    assert rules.explain_change("src/link/file").outcome == "ask"


def test_a_symlink_does_not_hide_a_denied_file(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "src").symlink_to(tmp_path / ".git")
    rules = Rules(allow=[path("src/**")], deny=[path(".git/**")], root=tmp_path)
    assert str(rules.explain_change("src/config").rule) == "path('.git/**')"


def test_a_root_behind_a_symlink_is_still_the_root(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "repo").symlink_to(tmp_path / "real")
    rules = Rules(allow=[path("*"), path(f"{tmp_path}/repo/x/**")], root=tmp_path / "repo")
    assert rules.explain_change("a").outcome == "allow"
    assert rules.explain_change("x/y").outcome == "allow"


@pytest.mark.parametrize("pattern", ["", ".", "/", "../x", "src/../../x"])
def test_a_pattern_that_names_nothing_or_climbs_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="a path rule names files"):
        path(pattern)


@pytest.mark.parametrize("kinds", [[], ["rename"]])
def test_unknown_kinds_are_refused(kinds: list[str]) -> None:
    with pytest.raises(ValueError, match="kinds are some of"):
        path("*", kinds=kinds)


def test_a_rule_is_shown_as_it_is_written() -> None:
    assert str(path("src/**")) == "path('src/**')"
    assert str(path("a", kinds=["update", "add"])) == "path('a', kinds=['add', 'update'])"
    assert isinstance(path("a"), PathRule)


@pytest.mark.parametrize(
    ("pattern", "told"),
    [("secrets/", r"names a folder: write 'secrets/\*\*'"), ("**.pem", "stands alone")],
)
def test_a_pattern_that_could_not_work_is_refused(pattern: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        path(pattern)


def test_a_file_with_another_name_is_asked_before_it_is_written(tmp_path: Path) -> None:
    root, outside = tmp_path / "repo", tmp_path / "outside"
    (root / "src").mkdir(parents=True)
    outside.write_text("theirs")
    (root / "src" / "link").hardlink_to(outside)
    (root / "src" / "own").write_text("ours")
    (root / "src" / "to_link").symlink_to(root / "src" / "link")
    rules = Rules(allow=[path("src/**")], root=root, ask=print)
    assert rules.explain_change("src/own").outcome == "allow"
    assert rules.explain_change("src/link").outcome == "ask"
    assert rules.explain_change("src/link", kind="add").outcome == "ask"
    assert rules.explain_change("src/to_link").outcome == "ask"
    assert rules.explain_change("src/link", kind="delete").outcome == "allow"


def test_symlinks_in_a_circle_are_asked(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    (root / "src").mkdir(parents=True)
    (root / "src" / "self").symlink_to("self")
    (root / "src" / "one").symlink_to("two")
    (root / "src" / "two").symlink_to("one")
    (root / "src" / "deep").symlink_to("deep/../../..")
    rules = Rules(allow=[path("src/**")], deny=[path("src/no")], root=root, ask=print)
    for name in ("self", "one", "two/file", "self/../self", "deep/file"):
        assert rules.explain_change(f"src/{name}").outcome == "ask", name
    assert rules.explain_change("src/new/file").outcome == "allow"
    assert rules.explain_change("src/no").outcome == "deny"
