r"""Read a shell script, but only one that means the same to every shell and in every environment.

The reader knows literal words, their quotes, and the five ways to put commands one after another.
Everything else raises `NotUnderstood`: expansions, substitutions, redirections into files, jobs,
functions, assignments, keywords. It must never guess: a script that is read is run exactly so.

>>> read_script("git log --format='%h %s' | head -n 3").commands
(('git', 'log', '--format=%h %s'), ('head', '-n', '3'))
>>> read_script("git status > $HOME/x")
Traceback (most recent call last):
    ...
openai_codex.rules.shell.NotUnderstood: a redirection
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

Words = tuple[str, ...]

SHELLS = tuple(
    folder + name
    for folder in ("", "/bin/", "/usr/bin/", "/usr/local/bin/", "/opt/homebrew/bin/")
    for name in ("bash", "sh", "zsh", "dash")
)
"""Shells whose `-c script` is judged by the script. Others are programs like any other."""

KEYWORDS = frozenset(
    "! -"  # noqa: SIM905 - a list would fill a page
    " [[ ]] case coproc do done elif else end esac fi float for foreach function if in integer"
    " nocorrect noglob repeat select then time until while".split()
)

_TOKEN = re.compile(
    r"""
      (?P<blank>    [ \t]+ )
    | (?P<operator> &&(?!&) | \|\|(?!\|) | \|(?![|&]) | ;(?![;&|]) | \n[ \t\n]* )
    | (?P<silence>  (?: [12]?>&[12] | [12]?>[ \t]*/dev/null | <[ \t]*/dev/null )
                    (?= [ \t\n;|] | && | \Z ) )
    | (?P<plain>    (?: [A-Za-z0-9_./:@%+,=-] | (?<=[A-Za-z0-9~^])[~^] )+ )
    | (?P<single>   '[^'\x00-\x08\x0b-\x1f\x7f]*' )
    | (?P<double>   "(?: [^"\\$`\x00-\x08\x0b-\x1f\x7f] | \\[ -~] )*" )
    | (?P<escape>   \\[ -~] )
    """,
    re.VERBOSE,
)
_KEPT_BACKSLASH = re.compile(r"\\([\"\\$`])")
_MEANINGS = {
    **dict.fromkeys(("$", "`"), "an expansion"),
    **dict.fromkeys(("<", ">"), "a redirection"),
    **dict.fromkeys(("*", "?", "[", "]", "{", "}"), "a pattern"),
    **dict.fromkeys(("&", ";", "|"), "an operator"),
    **dict.fromkeys(("(", ")"), "a subshell or function"),
    "#": "a comment",
    **dict.fromkeys(("'", '"'), "a quote that has no plain end"),
    **dict.fromkeys(("~", "!", "^", "\\"), "a special character"),
}


class NotUnderstood(ValueError):  # noqa: N818 - it is an answer, not a fault
    """The script may be harmless, but this reader cannot tell what it would run."""


@dataclass(frozen=True, slots=True)
class Script:
    """The commands of a script, in order, each as the words its program would get."""

    commands: tuple[Words, ...]


def read_script(text: str) -> Script:
    """Return the commands of `text`. Raises NotUnderstood."""
    commands: list[list[str]] = [[]]
    for kind, value in _words_and_operators(text.strip(" \t\n")):
        if kind == "word":
            commands[-1].append(value)
        else:
            commands.append([])
    for words in commands:
        _check_program(words)
    return Script(tuple(map(tuple, commands)))


def inner_script(words: Words, *, shells: tuple[str, ...] = SHELLS) -> str | None:
    """Return the script of `shell -c script` or `shell -lc script`, None for other commands."""
    match words:
        case (shell, "-c" | "-lc", script) if shell in shells and script[:1] not in ("-", "+"):
            return script
        case _:
            return None


def _words_and_operators(text: str) -> Iterator[tuple[str, str]]:
    parts: list[str] = []  # of the word at hand; a word may be empty, its parts are not none
    for token in _tokens(text):
        kind = token.lastgroup
        if kind not in ("blank", "operator", "silence"):
            parts.append(_literal(token, first=not parts))
            continue
        if parts:
            yield ("word", "".join(parts))
        if kind == "operator":
            yield ("operator", token.group())
        elif kind == "silence" and parts:
            raise NotUnderstood("a redirection")
        parts = []
    if parts:
        yield ("word", "".join(parts))


def _tokens(text: str) -> Iterator[re.Match[str]]:
    _check_characters(text)
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise NotUnderstood(_MEANINGS.get(text[at], f"the character {text[at]!a}"))
        yield token
        at = token.end()


def _literal(token: re.Match[str], *, first: bool) -> str:
    text = token.group()
    match token.lastgroup:
        case "single":
            return text[1:-1]
        case "double":
            return _double_quoted(text[1:-1])
        case "escape":
            return text[1:]
    if first and text.startswith("="):
        raise NotUnderstood("a word that zsh would look up")
    return text


def _double_quoted(text: str) -> str:
    if "\\" in text and not text.isascii():
        # In some encodings the second byte of a letter is a backslash: shells disagree here.
        raise NotUnderstood("a backslash among letters outside ASCII")
    return _KEPT_BACKSLASH.sub(r"\1", text)


def _check_characters(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise NotUnderstood("a character that cannot be encoded") from None


def _check_program(words: list[str]) -> None:
    if not words or not words[0]:
        raise NotUnderstood("an empty command")
    if words[0] in KEYWORDS:
        raise NotUnderstood(f"the keyword {words[0]}")
    if "=" in words[0]:
        raise NotUnderstood("an assignment")
    if words[0].startswith("%"):
        raise NotUnderstood("a job")


def shells_of(shells: Iterable[str]) -> tuple[str, ...]:
    """Return the shells. Raises TypeError for a text, ValueError for a path that is relative."""
    if isinstance(shells, str):
        raise TypeError(f"shells takes a list: shells=[{shells!r}]")
    listed = tuple(shells)
    for shell in listed:
        if not isinstance(shell, str):
            raise TypeError(f"a shell is a name or a path, not {shell!r}")
        if not shell or ("/" in shell and not shell.startswith("/")):
            # The agent chooses the working folder, and so what is there.
            raise ValueError(f"a shell is a plain name or an absolute path, not {shell!r}")
    return listed
