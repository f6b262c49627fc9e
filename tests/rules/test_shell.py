from __future__ import annotations

import pytest

from openai_codex.rules.shell import NotUnderstood, inner_script, read_script


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("git status", (("git", "status"),)),
        ("  git\tstatus \n", (("git", "status"),)),
        ("g''it 'sta'\"tus\"", (("git", "status"),)),
        ("echo '$(rm x) `y` \\ \"'", (("echo", '$(rm x) `y` \\ "'),)),
        (r'grep "foo\.bar \"x\" \$y \\"', (("grep", r'foo\.bar "x" $y \ '.strip()),)),
        (r"find . -name \*.py -exec ls {} \;".replace("{} ", "'{}' "), None),
        (r"echo a\ b \$HOME \'", (("echo", "a b", "$HOME", "'"),)),
        ("git commit -m 'one\ntwo; three'", (("git", "commit", "-m", "one\ntwo; three"),)),
        ("echo 'h\u00e9llo \u2028'", (("echo", "h\u00e9llo \u2028"),)),
        ("git diff HEAD~1 HEAD^ main..dev a@b x=1", None),
        ("ls ''", (("ls", ""),)),
        ("a && b || c; d | e\nf", (("a",), ("b",), ("c",), ("d",), ("e",), ("f",))),
        ("a|b;c", (("a",), ("b",), ("c",))),
        ("pytest -q 2>&1 | tail", (("pytest", "-q"), ("tail",))),
        ("ls >/dev/null 2>/dev/null </dev/null 1>&2 >&2", (("ls",),)),
        ("ls 2> /dev/null&&pwd", (("ls",), ("pwd",))),
    ],
)
def test_plain_scripts_are_read_word_for_word(
    text: str, commands: tuple[tuple[str, ...], ...] | None
) -> None:
    assert read_script(text).commands == (commands or (_literal(text),))


def _literal(text: str) -> tuple[str, ...]:
    return tuple(text.replace("\\", "").replace("'", "").split(" "))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "an empty command"),
        ("''", "an empty command"),
        ("ls;", "an empty command"),
        ("ls &&", "an empty command"),
        ("; ls", "an empty command"),
        (">/dev/null", "an empty command"),
        ("echo $HOME", "an expansion"),
        ("echo ${HOME}", "an expansion"),
        ('echo "$HOME"', "a quote that has no plain end"),
        ('echo "`id`"', "a quote that has no plain end"),
        ("echo `id`", "an expansion"),
        ("echo $(id)", "an expansion"),
        ("echo $'x'", "an expansion"),
        ("diff <(ls)", "a redirection"),
        ("ls > out", "a redirection"),
        ("ls >out 2>&1", "a redirection"),
        ("ls>/dev/null", "a redirection"),
        ("ls 2>&1x", "a redirection"),
        ("ls >/dev/nullx", "a redirection"),
        ("cat <<EOF\nEOF", "a redirection"),
        ("ls *.py", "a pattern"),
        ("ls {a,b}", "a pattern"),
        ("{ ls", "a pattern"),
        ("ls & rm x", "an operator"),
        ("ls |& rm", "an operator"),
        ("ls;; rm", "an operator"),
        ("ls &&& rm", "an operator"),
        ("(ls)", "a subshell or function"),
        ("f() ls", "a subshell or function"),
        ("ls #x", "a comment"),
        ("ls 'x", "a quote that has no plain end"),
        ('ls "x', "a quote that has no plain end"),
        ("ls 'a\rb'", "a quote that has no plain end"),
        ("ls ~", "a special character"),
        ("ls a=~/x", "a special character"),
        ("! ls", "a special character"),
        ("ls \\\nrm", "a special character"),
        ("ls x\\", "a special character"),
        ("ls \x00 rm", "the character '\\x00'"),
        ("ls\rrm", "the character '\\r'"),
        ("ls\u00a0rm", "the character '\\xa0'"),
        ("l\u00e9s", "the character '\\xe9'"),
        ("ls '\ud83d'", "a character that cannot be encoded"),
        ('echo "\u3042\\"; rm x; "', "a backslash among letters outside ASCII"),
        ("ls =rm", "a word that zsh would look up"),
        ("A=1 ls", "an assignment"),
        ("A'='1 ls", "an assignment"),
        ("%1", "a job"),
        ("if ls", "the keyword if"),
        ("ls; time rm", "the keyword time"),
    ],
)
def test_what_is_not_plain_is_not_understood(text: str, reason: str) -> None:
    with pytest.raises(NotUnderstood) as unclear:
        read_script(text)
    assert str(unclear.value) == reason


@pytest.mark.parametrize(
    ("characters", "meaning"),
    [
        ("$`", "an expansion"),
        ("<>", "a redirection"),
        ("*?[]{}", "a pattern"),
        ("&;|", "an operator"),
        ("()", "a subshell or function"),
        ("#", "a comment"),
        ("'\"", "a quote that has no plain end"),
        ("~!^\\", "a special character"),
        ("\x00\x7f\u00e9", None),
    ],
)
def test_a_character_that_cannot_be_read_is_called_what_it_means(
    characters: str, meaning: str | None
) -> None:
    for character in characters:
        with pytest.raises(NotUnderstood) as unclear:
            read_script("ls \\" if character == "\\" else f"ls {character}&&&")
        assert str(unclear.value) == (meaning or f"the character {character!a}")


@pytest.mark.parametrize(
    ("words", "script"),
    [
        (("/bin/bash", "-c", "touch x"), "touch x"),
        (("bash", "-lc", "touch x"), "touch x"),
        (("/usr/bin/zsh", "-lc", "touch x"), "touch x"),
        *(
            ((folder + name, "-c", "touch x"), "touch x")
            for folder in ("", "/bin/", "/usr/bin/", "/usr/local/bin/", "/opt/homebrew/bin/")
            for name in ("bash", "sh", "zsh", "dash")
        ),
        (("/sbin/sh", "-c", "touch x"), None),
        (("fish", "-c", "touch x"), None),
        (("/tmp/bash", "-c", "touch x"), None),
        (("./bash", "-c", "touch x"), None),
        (("bash", "-ic", "touch x"), None),
        (("bash", "-c", "touch x", "name"), None),
        (("bash", "-c", "-x"), None),
        (("bash", "-c", "+x"), None),
        (("bash", "script"), None),
    ],
)
def test_only_known_shells_with_one_script_are_opened(
    words: tuple[str, ...], script: str | None
) -> None:
    assert inner_script(words) == script


def test_a_very_long_command_is_read_in_one_pass() -> None:
    assert len(read_script("ls " + "a\\ 'b c' " * 100_000).commands[0]) == 100_001
