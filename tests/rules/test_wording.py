"""Rules that would not do what they say are refused when they are made."""

from __future__ import annotations

import pytest

from openai_codex.rules import CommandRule, Rule, Rules, command
from openai_codex.rules.shell import NotUnderstood, read_script


@pytest.mark.parametrize(
    ("rule", "command_text", "told"),
    [
        ("FOO=1 cmd", "FOO=1 cmd", r"command\('FOO=1', 'cmd'\) .* without the assignment"),
        ("/opt/a=b/x", "/opt/a=b/x", "without the assignment"),
        ("~/bin/x", "~/bin/x", r"command\('~/bin/x'\) .* write the path in full"),
        ("~me/bin/x", "~me/bin/x", "write the path in full"),
        ("ls ~", "ls ~", "write the path in full"),
        (command("cat", "~/x"), "cat ~/x", "write the path in full"),
        ("if x", "if x", r"command\('if', 'x'\) .* a rule for the command it runs"),
        ("time ls", "time ls", "a rule for the command it runs"),
        ("! ls", "! ls", "a word of the shell itself"),
        ("!ls", "!ls", "write the program"),
        ("[[ -f x ]]", "[[ -f x ]]", "a word of the shell itself"),
        ("[ -f x ]", "[ -f x ]", r"write command\('test', \.\.\.\)"),
        ("%1", "%1", "write the program"),
        ("#x", "#x", "write the program"),
    ],
)
def test_an_allow_rule_that_could_never_match_is_refused(
    rule: Rule | str, command_text: str, told: str
) -> None:
    with pytest.raises(NotUnderstood):
        read_script(command_text)
    with pytest.raises(ValueError, match=told):
        Rules(allow=[rule], root="/repo")


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("FOO=1 cmd", "FOO=1 cmd"),
        ("~/bin/x", "~/bin/x"),
        ("rm -rf ~", "rm -rf ~"),
        ("if", "if ls; then ls; fi"),
        ("time", "time ls"),
        ("time", "! time ls"),
        ("while", "ls; while true; do ls; done"),
        ("[[", "[[ -f x ]]"),
        ("[ -f x ]", "[ -f x ]"),
        ("%1", "%1"),
        ("./x", "././x"),
        ("/tmp/*", "/tmp/../bin/rm"),
        ("/bin/rm", "/usr/../bin//rm x"),
    ],
)
def test_a_deny_rule_finds_such_commands_as_they_are_written(rule: str, text: str) -> None:
    assert Rules(deny=[rule], ask=print).explain(text).outcome == "deny"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("$HOME/x", r"'\$HOME/x' .* write the value"),
        ("rm -rf $HOME", "write the value"),
        ('rm "${HOME}"', "write the value"),
        (r'rm "\$x"', "single quotes"),
        ("ls $(id)", "shell operators"),
        ('ls "$(id)"', "expands nothing"),
        ("ls `id`", "expands nothing"),
        ("ls $'a'", "expands nothing"),
        ("ls {a,b}", r"a rule for each, not 'ls \{a,b\}'"),
        ("ls x{1..3}", "a rule for each"),
        ("ls\nrm", "shell operators"),
        ("ls\rrm", "shell operators"),
        ("ls \\\nrm", "shell operators"),
        ("ls &", "shell operators"),
        ("ls 'x", r"\"ls 'x\" is no plain command: No closing quotation"),
        ("{ ls", "is no program"),
        ("'$HOME/x'", "is no program"),
        ("ls 'a\x07'", "control characters"),
        ("ls 'a\ud83d'", "control characters"),
    ],
)
@pytest.mark.parametrize("side", ["allow", "deny"])
def test_a_rule_that_a_shell_would_change_is_refused(side: str, text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Rules(**{side: [text]})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("cat '$HOME'", "cat '$HOME'"),
        (command("cat", "$HOME"), "cat '$HOME'"),
        (r"cat \$HOME", r"cat \$HOME"),
        ("grep foo$", "grep 'foo$'"),
        ('grep "foo$"', "grep 'foo$'"),
        ("awk '{print $1,$2}'", "awk '{print $1,$2}'"),
        ("find . -exec ls {} ';'", r"find . -exec ls '{}' \;"),
        ("git show stash@{0}..stash@{1}", "git show 'stash@{0}..stash@{1}'"),
        ("ls ';'", "ls ';'"),
        ("git show HEAD~1 x~", "git show HEAD~1 x~"),
        ("ls [~]/x", "ls '~/x'"),
        ("ls 'a\nb'", "ls 'a\nb'"),
        ("make X=1", "make X=1"),
        ("bash -c 'git status'", "/bin/bash -lc \"bash -c 'git status'\""),
    ],
)
def test_what_means_itself_is_a_rule(rule: Rule | str, text: str) -> None:
    assert Rules(allow=[rule]).explain(text).outcome == "allow"


def test_several_words_begin_with_the_program_alone() -> None:
    with pytest.raises(ValueError, match=r"write command\('git', 'push', '--force'\)"):
        command("git push", "--force")
    rule = command("'my tool' x")
    assert rule.words == ("my tool", "x")
    assert str(rule) == "command(\"'my tool' x\")"
    assert command("/opt/my tool/run", "x").words == ("/opt/my tool/run", "x")


@pytest.mark.parametrize(
    "words", [(None,), (3,), (b"ls",), (["git", "status"],), ("git", 3), ("git", None)]
)
def test_words_that_are_not_text_are_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(TypeError, match="the words of a command rule are strings"):
        command(*words)


def test_a_rule_made_by_hand_is_checked_as_well() -> None:
    with pytest.raises(TypeError, match="are strings, not 'git status'"):
        CommandRule("git status")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="needs a program"):
        CommandRule(())
    with pytest.raises(TypeError, match="exact must be True or False, got 'no'"):
        command("git", exact="no")  # type: ignore[arg-type]
