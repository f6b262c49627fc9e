from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openai_codex.rules import McpRule, PathRule, Rules, mcp, path


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"compound": "no"}, "compound must be True or False, got 'no'"),
        ({"compound": 1}, "compound must be True or False"),
        ({"ask": True}, "ask must be callable, got bool"),
        ({"on_audit": 3}, "on_audit must be callable"),
        ({"resolve": None}, "resolve must be callable"),
        ({"audit_size": None}, "audit_size must be a whole number"),
        ({"audit_size": True}, "audit_size must be a whole number"),
        ({"shells": "bash"}, r"shells takes a list: shells=\['bash'\]"),
        ({"shells": [3]}, "a shell is a name or a path"),
        ({"root": b"/repo"}, "root is a str or a path"),
        ({"root": 3}, "int"),
    ],
)
def test_an_option_of_the_wrong_type_is_refused(options: Any, told: str) -> None:
    with pytest.raises(TypeError, match=told):
        Rules(**options)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"audit_size": -1}, "audit_size must be at least 0, got -1"),
        ({"shells": ["./bash"]}, "a plain name or an absolute path, not './bash'"),
        ({"shells": ["bin/bash"]}, "a plain name or an absolute path"),
        ({"shells": [""]}, "a plain name or an absolute path"),
        ({"root": ""}, r"write root='\.'"),
        ({"root": "~/repo"}, r"write root=os\.path\.expanduser\('~/repo'\)"),
        ({"root": Path("~")}, "is not expanded"),
    ],
)
def test_an_option_that_could_not_work_is_refused(options: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Rules(**options)


@pytest.mark.parametrize(
    "pattern",
    ["~", "~/.ssh/**", "~me/x", "$HOME/.ssh/**", "${HOME}/x", "**/*.{ts,tsx}", "{a,b}/x"],
)
def test_a_path_that_a_shell_would_expand_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"is not expanded: write|a rule for each, not"):
        path(pattern)


@pytest.mark.parametrize(
    ("pattern", "file"),
    [
        ("./~/x", "~/x"),
        ("routes/$id/*.tsx", "routes/$id/a.tsx"),
        ("$id.tsx", "$id.tsx"),
        ("./$HOME/x", "$HOME/x"),
        ("{{name}}/*", "{{name}}/x"),
        ("x[{]a,b}", "x{a,b}"),
    ],
)
def test_a_path_that_means_itself_is_a_rule(pattern: str, file: str) -> None:
    rules = Rules(allow=[path(pattern)], root="/repo", resolve=str)
    assert rules.explain_change(file).outcome == "allow"


def test_kinds_may_be_any_collection_and_are_read_once() -> None:
    kinds: Any = (kind for kind in ["add"])
    assert path("a", kinds=kinds) == path("a", kinds=["add"])


@pytest.mark.parametrize(
    "make",
    [
        lambda: path(3),  # type: ignore[arg-type]
        lambda: path(Path("src")),  # type: ignore[arg-type]
        lambda: PathRule("a", ["add"]),  # type: ignore[arg-type]
        lambda: mcp(3),  # type: ignore[arg-type]
        lambda: mcp("tracker", 3),  # type: ignore[arg-type]
    ],
)
def test_a_rule_of_the_wrong_type_is_refused(make: Any) -> None:
    with pytest.raises(TypeError, match=r"strings?, not|a frozenset, not"):
        make()


def test_a_rule_made_by_hand_is_checked_as_well() -> None:
    with pytest.raises(ValueError, match=r"without '\.\.'"):
        PathRule("../x")
    with pytest.raises(ValueError, match="needs a server and a tool"):
        McpRule("")
